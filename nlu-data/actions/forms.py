"""One turn of a task's form: hear the answer, check it, ask the next thing."""

from collections.abc import Callable
from typing import Any

from spoken.numbers import spoken_digits
from spoken.things import has_any
from spoken.today import today

from actions import checks
from actions.bank import Bank
from actions.fills import DIGIT_LENGTHS, QUANTITIES, Heard, read_slot
from actions.identity import Identity, digits_for
from actions.interruptions import OPEN_SLOTS, VERY_SURE, interrupts
from actions.outcome import LISTEN, Event, finished, follow, rejected, slot
from actions.tasks import IDENTITY_SLOTS, Task, all_slots
from actions.turn import Turn

Say = Callable[..., None]
MISSES_BEFORE_HANDOFF = 3
# With one of these, even a sentence that sounds like yes is none.
_DOUBT = ("but", "wait", "no", "not", "actually", "what", "hold", "if", "how", "hang", "when")


class FormTurn:
    """What a form does with one turn of the caller."""

    def __init__(
        self, task: Task, turn: Turn, bank: Bank, say: Say, order: list[str], responses: set[str]
    ) -> None:
        """`order`: the form's slots as the domain lists them; `responses`: names in the domain."""
        self.task = task
        self.turn = turn
        self.bank = bank
        self.say = say
        self.order = order
        self.responses = responses
        asked = turn.slots.get("requested_slot")
        known = asked in IDENTITY_SLOTS or asked in task.slots
        self.asked: str | None = asked if known and turn.fresh else None
        self.events: list[Event] = []

    def run(self) -> list[Event]:
        """The events of this turn; the last decides whether the form asks, ends or yields."""
        if not self.turn.fresh:
            return self._next()
        if self.asked is None:
            refusal = checks.refused(self.task, self.turn)
            if refusal:
                self.say(refusal)
                return [*finished(), *self._cleared(), LISTEN]
            self._fill(self._read(None))
            return self._next()
        if self.asked in IDENTITY_SLOTS:
            return self._identity(self.asked)
        return self._answer(self.asked)

    def _identity(self, asked: str) -> list[Event]:
        digits = digits_for(asked, self.turn)
        if self._yields(asked, digits is not None):
            return [rejected(self.task.form)]
        step = Identity(self.bank, self.turn, self.say, self.task)
        if digits is None and self.turn.intent == "dont_know":
            return self._after_identity(step.unknown(asked))
        events = step.hear(asked, digits)
        return self._missed(asked) if events is None else self._after_identity(events)

    def _after_identity(self, events: list[Event]) -> list[Event]:
        if LISTEN in events:
            return events
        self.events += [*events, slot("misses", 0)]
        self.turn.slots |= {e["name"]: e["value"] for e in events if e["event"] == "slot"}
        return self._next()

    def _answer(self, asked: str) -> list[Event]:
        values = self._keyed(asked) if self.turn.intent == "EXTERNAL_dtmf" else self._read(asked)
        changed = {name: value for name, value in values.items() if name != asked}
        if self._yields(asked, bool(values)):
            return [rejected(self.task.form)]
        if asked == self.task.confirm and not values:
            values = self._meant(asked)
        if asked == self.task.confirm and not changed and values.get(asked) is False:
            return self._left_alone()
        if asked == self.task.confirm and changed:
            values = changed
        if not values:
            return self._missed(asked)
        self._fill(values)
        self.events.append(slot("misses", 0))
        return self._next()

    def _meant(self, asked: str) -> dict[str, Any]:
        """Yes or no in other words ("that would be lovely"), if the classifier is very sure."""
        meant = {"affirm": True, "deny": False}.get(self.turn.intent)
        doubt = len(self.turn.words) > 6 or has_any(self.turn.words, _DOUBT)
        sure = self.turn.confidence >= VERY_SURE and not doubt
        return {asked: meant} if sure and meant is not None else {}

    def _yields(self, asked: str, answered: bool) -> bool:
        turn = self.turn
        if turn.intent == "EXTERNAL_dtmf":
            return not answered and (
                asked not in DIGIT_LENGTHS or str(turn.payload.get("digits")) == "0"
            )
        return interrupts(self.task, asked, turn.intent, turn.confidence, len(turn.words), answered)

    def _read(self, asked: str | None) -> dict[str, Any]:
        """Values of the task's slots in this turn: those asked for, and those that differ."""
        heard = Heard(self.turn.words, asked, today(), self.turn.slots)
        values = {name: read_slot(name, heard) for name in all_slots(self.task)}
        found = {name: value for name, value in values.items() if value is not None}
        if asked in OPEN_SLOTS:
            return {asked: found[asked]} if asked in found else {}
        known = self.turn.slots
        return {
            name: value
            for name, value in found.items()
            if name == asked or known.get(name) != value
        }

    def _keyed(self, asked: str) -> dict[str, Any]:
        digits = "".join(c for c in str(self.turn.payload.get("digits", "")) if c.isdigit())
        if not digits or (digits == "0"):
            return {}
        if asked.endswith("_confirm") and digits in ("1", "2"):
            return {asked: digits == "1"}
        if asked.endswith("_amount"):
            return {asked: int(digits[:9]) * 100}
        if asked.endswith("_quantity") and int(digits[:9]) in QUANTITIES:
            return {asked: int(digits)}
        return {}

    def _fill(self, values: dict[str, Any]) -> None:
        self.turn.slots |= values
        self.events += [slot(name, value) for name, value in values.items()]

    def _next(self) -> list[Event]:
        """Ask for what is still missing, or let the task be done."""
        step = Identity(self.bank, self.turn, self.say, self.task)
        digits = step.needed_slot() if self.task.private else None
        if digits:
            return [*self.events, slot("misses", self._misses()), slot("requested_slot", digits)]
        verdict = checks.check(self.task, self.turn.slots, self.turn, self.bank)
        if verdict.response:
            self.say(verdict.response, **verdict.values)
        if verdict.stop:
            return [*self.events, *finished(), *self._cleared(), LISTEN]
        self._fill(verdict.slots)
        missing = next((s for s in self.order if self.turn.slots.get(s) is None), None)
        if missing is None:
            return [*self.events, *finished(), follow(f"action_do_{self.task.name}")]
        if missing == self.task.confirm:
            sentence = checks.proposal(self.task, self.turn.slots, self.turn, self.bank)
            self.events.append(slot("proposal", sentence))
        return [*self.events, slot("misses", self._misses()), slot("requested_slot", missing)]

    def _misses(self) -> int:
        reset = any(e["event"] == "slot" and e["name"] == "misses" for e in self.events)
        return 0 if reset else int(self.turn.slots.get("misses") or 0)

    def _missed(self, asked: str) -> list[Event]:
        """Nothing usable was said: help that grows, then a person."""
        misses = int(self.turn.slots.get("misses") or 0) + 1
        if misses >= MISSES_BEFORE_HANDOFF:
            self.say("utter_handoff_not_understood", topic=self.task.name, skill=self.task.skill)
            return [*finished(), slot("paused_form", self.task.form), slot("misses", 0), LISTEN]
        hint = f"utter_hint_{asked}"
        wanted = self.turn.intent == "dont_know" or misses == 2
        self.say(hint if wanted and hint in self.responses else self._short(asked))
        return [slot("misses", misses), slot("requested_slot", asked)]

    def _short(self, asked: str) -> str:
        """The short answer to the first miss: what was wrong, as far as it can be told."""
        if self.turn.intent == "out_of_scope":
            return "utter_not_here"
        length = DIGIT_LENGTHS.get(asked)
        given = len(spoken_digits(self.turn.words) or "") if length else 0
        return f"utter_wrong_length_{length}" if 2 <= given != length else "utter_didnt_catch"

    def _left_alone(self) -> list[Event]:
        self.say("utter_left_alone")
        return [*finished(), *self._cleared(), LISTEN]

    def _cleared(self) -> list[Event]:
        names = [*all_slots(self.task), "task", "proposal"]
        return [slot(name, None) for name in names] + [slot("misses", 0)]
