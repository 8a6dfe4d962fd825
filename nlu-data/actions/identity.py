"""Who is calling? Customer number and phone PIN (or the last four digits of a card)."""

from typing import Any

from spoken.numbers import spoken_digits

from actions.bank import Bank
from actions.fills import DIGIT_LENGTHS
from actions.outcome import LISTEN, Event, finished, slot
from actions.tasks import Task
from actions.turn import Turn, record_of

MAX_ATTEMPTS = 3


class Identity:
    """The identity step of a private task, for one turn."""

    def __init__(self, bank: Bank, turn: Turn, say: Any, task: Task) -> None:
        """`say(response, **values)` utters a response of the domain."""
        self.bank = bank
        self.turn = turn
        self.say = say
        self.task = task

    def needed_slot(self) -> str | None:
        """The digits to ask for now; None once the caller is known."""
        if self.turn.verified:
            return None
        if self.turn.customer is None:
            return "customer_number"
        return "card_digits" if self.turn.slots.get("identity_method") == "card" else "pin"

    def hear(self, asked: str, digits: str | None) -> list[Event] | None:
        """Judge digits (spoken or keyed). None: nothing usable was said, the form counts a miss."""
        if asked == "customer_number":
            return self._number(digits) if digits else None
        other = spoken_digits(self.turn.words, 6)
        if digits is None and other and self.bank.customer(other):
            return self._number(other)
        return self._secret(asked, digits) if digits else None

    def unknown(self, asked: str) -> list[Event]:
        """The caller does not know the digits: the card instead of the PIN, else a person."""
        has_card = bool(self.turn.customer and self.turn.customer["cards"])
        if asked == "pin" and has_card:
            self.say("utter_card_instead")
            return [slot("identity_method", "card")]
        return self.give_up()

    def give_up(self) -> list[Event]:
        """Identity failed: a person takes over."""
        self.say("utter_handoff_identity", topic=self.task.name, skill=self.task.skill)
        return [*finished(), slot("misses", 0), slot("identity_attempts", 0), LISTEN]

    def _number(self, digits: str) -> list[Event]:
        customer = self.bank.customer(digits)
        if customer is None:
            return self._failed("utter_unknown_customer_number")
        return [slot("customer", record_of(customer, verified=False))]

    def _secret(self, asked: str, digits: str) -> list[Event]:
        number = self.turn.number or ""
        test = self.bank.check_pin if asked == "pin" else self.bank.check_card
        if not test(number, digits, self.turn.call_id):
            return self._failed("utter_wrong_pin" if asked == "pin" else "utter_wrong_card_digits")
        customer = self.bank.customer(number)
        record = record_of(customer, verified=True) if customer else None
        self.say("utter_identity_ok")
        return [slot("customer", record), slot("identity_attempts", 0)]

    def _failed(self, response: str) -> list[Event]:
        attempts = int(self.turn.slots.get("identity_attempts") or 0) + 1
        if attempts >= MAX_ATTEMPTS:
            return self.give_up()
        self.say(response)
        return [slot("identity_attempts", attempts)]


def digits_for(asked: str, turn: Turn) -> str | None:
    """The digits of this turn for a question of the identity step, spoken or keyed."""
    length = DIGIT_LENGTHS[asked]
    if turn.intent == "EXTERNAL_dtmf":
        keyed = "".join(c for c in str(turn.payload.get("digits", "")) if c.isdigit())
        return keyed if len(keyed) == length else None
    return spoken_digits(turn.words, length)
