"""Entity extractor for spoken values: amounts, accounts, dates, times, digits, names of things."""

from datetime import date
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spoken import calendar, things
from spoken.corrections import split_correction
from spoken.money import amounts
from spoken.numbers import digit_runs
from spoken.today import today
from spoken.tokens import Token, tokens

_NAMES = {
    "account": things.ACCOUNTS,
    "payee": things.PAYEES,
    "branch": things.BRANCHES,
    "card": things.CARDS,
}


def entities(text: str, day: date) -> list[dict[str, Any]]:
    """Everything found in `text`, by position; offsets are characters of `text`."""
    spans: list[tuple[str, Any, int, int]] = []
    found = tokens(text)
    said = [token.text for token in found]
    for name, phrases in _NAMES.items():
        spans += [(name, value, a, b) for value, a, b in things.mentions(said, phrases)]
    spans += [("amount", cents / 100, a, b) for cents, a, b in amounts(said)]
    spans += [("date", value.isoformat(), a, b) for value, a, b in calendar.dates(said, day)]
    spans += [
        ("time", value.isoformat("minutes"), a, b)
        for value, a, b in calendar.times(said, bare=False)
    ]
    spans += [("digits", digits, a, b) for digits, a, b in digit_runs(said) if len(digits) >= 3]
    kind, _ = split_correction(text)
    if kind:
        spans.append(("correction", kind, 0, 1))
    return sorted((_entity(found, span) for span in spans), key=lambda e: e["start"])


def _entity(found: list[Token], span: Any) -> dict[str, Any]:
    name, value, first, after = span
    return {
        "entity": name,
        "value": value,
        "start": found[first].start,
        "end": found[after - 1].end,
    }


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class SpokenValueExtractor(GraphComponent, EntityExtractorMixin):
    """Reads values by rule; needs no training examples."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SpokenValueExtractor":
        """A new extractor."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the values to each message's entities."""
        for message in messages:
            text = message.get(TEXT) or ""
            found = self.add_extractor_name(entities(text, today()))
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages
