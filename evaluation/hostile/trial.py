"""One hostile file through the gateway: recognised, planned, carried out, in this process."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from evaluation.hostile.inputs import Door
from evaluation.hostile.report import Outcome
from evaluation.hostile.results import faults
from gateway.content import Content, Kind
from gateway.errors import GatewayError
from gateway.kinds import recognised
from gateway.planner import Goal, find
from gateway.runner import carry_out
from gateway.speech.ssml import MEDIA_TYPE as SSML
from gateway.transform import Transform, Wishes

OUTCOMES: Final = "outcomes.json"
GOALS: Final[Mapping[Kind, tuple[Kind, ...]]] = {
    Kind.TEXT: (Kind.FAX, Kind.SMS, Kind.EMAIL, Kind.VOICE),
    Kind.EMAIL: (Kind.TEXT, Kind.FAX, Kind.SMS),
    Kind.FAX: (Kind.FAX, Kind.EMAIL),
    Kind.VOICE: (Kind.EMAIL,),
    Kind.SMS: (Kind.TEXT, Kind.FAX),
}
"""What is made of each kind: together, every transform that sees foreign bytes."""
_FROM_SSML: Final = (Kind.FAX, Kind.SMS, Kind.VOICE)
"""A mail only encloses it."""


@dataclass(frozen=True, slots=True)
class Order:
    """A trial: the file, what its sender calls it, his wishes, and the `secret` that must come out
    nowhere. `folder` is empty and takes all that is made. `door` says where it comes in. `clock` is
    the limit in seconds."""

    path: str
    folder: str
    filename: str
    media_type: str
    secret: str
    clock: float
    wishes: Mapping[str, str]
    door: str = Door.FILE

    def as_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """The order that `as_json` wrote down."""
        return cls(**json.loads(line))


def try_file(order: Order, transforms: Sequence[Transform]) -> tuple[Outcome, ...]:
    """What comes of each goal of a file; of one that is refused at once, one outcome."""
    try:
        source = recognised(Path(order.path), order.filename, order.media_type)
    except GatewayError as error:
        return (_refused("recognise", error),)
    except Exception:  # noqa: BLE001 - a mistake of the gateway is what is looked for
        return (_crashed("recognise"),)
    wishes = {"attachments": True, **order.wishes}
    kinds = _FROM_SSML if source.media_type == SSML else GOALS[source.kind]
    return tuple(_try(order, source, kind, wishes, transforms) for kind in kinds)


def _try(
    order: Order,
    source: Content,
    kind: Kind,
    wishes: Mapping[str, Any],
    transforms: Sequence[Transform],
) -> Outcome:
    folder = Path(order.folder) / str(kind)
    folder.mkdir()

    def make() -> Content:
        plan = find(transforms, source.kind, Goal(kind))
        return carry_out(plan, source, Wishes.model_validate(wishes), folder, key="trial")

    return outcome_of(str(kind), make, lambda made: faults(made, order.secret))


def outcome_of(
    goal: str, make: Callable[[], Content], check: Callable[[Content], tuple[str, ...]]
) -> Outcome:
    """Make something, and check it."""
    try:
        made = make()
    except GatewayError as error:
        return _refused(goal, error)
    except Exception:  # noqa: BLE001 - a mistake of the gateway is what is looked for
        return _crashed(goal)
    return Outcome(goal, "made", faults=check(made))


def _refused(goal: str, error: GatewayError) -> Outcome:
    return Outcome(goal, "refused", type(error).__name__, str(error), error.retry)


def _crashed(goal: str) -> Outcome:
    told = traceback.format_exc()
    return Outcome(goal, "crashed", told.strip().rpartition("\n")[2][:200], told[-3000:])


def write_outcomes(outcomes: Sequence[Outcome], folder: Path) -> None:
    """Leave them for whoever measures."""
    (folder / OUTCOMES).write_text(json.dumps([asdict(one) for one in outcomes]))
