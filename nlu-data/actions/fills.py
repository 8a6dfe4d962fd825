"""How each slot of a task is read from what the caller said. Pure."""

from collections.abc import Callable
from datetime import date
from typing import Any

from spoken import calendar, things
from spoken.money import amounts, last_amount
from spoken.numbers import cardinal, spoken_digits

# A bare number is an amount out of turn only where the caller changes something.
_CHANGES = ("make it", "make that", "instead", "no", "not", "actually", "change", "mean", "meant")
QUANTITIES = (25, 50, 100)
_BOOKS = {
    25: ("one book", "a book", "a single book", "just one", "smallest", "least", "fewest"),
    50: ("two books", "a couple"),
    100: ("four books", "most", "biggest", "largest"),
}
_TOPICS: things.Phrases = {
    "a mortgage": ("mortgage", "house", "home loan"),
    "a loan": ("loan", "borrow", "credit"),
    "opening an account": ("open", "opening", "new account"),
    "savings and investments": ("savings", "invest", "investment", "investing", "retirement"),
    "business banking": ("business", "company"),
    "a card": ("card", "cards"),
}


class Heard:
    """The words of a turn plus what the reading depends on."""

    def __init__(
        self,
        words: list[str],
        asked: str | None,
        today: date,
        known: dict[str, Any] | None = None,
    ) -> None:
        """`asked`: the slot the last question was about, None at the start of a task; `known`:
        what the task already has."""
        self.words = words
        self.asked = asked
        self.today = today
        self.known = known or {}


def _account(role: str) -> Callable[[Heard], str | None]:
    def read(heard: Heard) -> str | None:
        found = things.accounts(heard.words)
        if role in found:
            return found[role]
        slot = f"transfer_{role}"
        if "any" in found and len(found) == 1 and heard.asked == slot:
            return found["any"]
        if "any" in found and role == "from" and "to" in found:
            return found["any"]
        if heard.asked == slot and len(found) == 1:
            return next(iter(found.values()))
        return None

    return read


def _amount(slot: str) -> Callable[[Heard], int | None]:
    def read(heard: Heard) -> int | None:
        asked = heard.asked == slot
        marked = [cents for cents, _, _ in amounts(heard.words) if cents > 0]
        if marked:
            return marked[-1]
        if asked:
            return last_amount(heard.words)
        if not _bare_number_is_money(slot, heard):
            return None
        dated = {
            at
            for _, first, after in calendar.dates(heard.words, heard.today)
            for at in range(first, after)
        }
        cents = last_amount([word for at, word in enumerate(heard.words) if at not in dated])
        return cents if cents and cents > 100 else None

    return read


def _bare_number_is_money(slot: str, heard: Heard) -> bool:
    """Out of turn, a number without "dollars" may be a day or a count."""
    if heard.asked is None:
        return True
    if heard.asked.endswith("_date"):
        return False
    missing = heard.known.get(slot) is None and not heard.asked.endswith("_confirm")
    return missing or things.has_any(heard.words, _CHANGES)


def _mention(phrases: things.Phrases) -> Callable[[Heard], str | None]:
    def read(heard: Heard) -> str | None:
        return things.last_mention(heard.words, phrases)

    return read


def _date(slot: str) -> Callable[[Heard], str | None]:
    def read(heard: Heard) -> str | None:
        value = calendar.spoken_date(heard.words, heard.today)
        near = heard.known.get(slot)
        if value and near:
            value = (
                calendar.in_same_week(heard.words, date.fromisoformat(near), heard.today) or value
            )
        return value.isoformat() if value else None

    return read


def _time(heard: Heard) -> str | None:
    asked = heard.asked == "appointment_time"
    used = {
        at
        for _, first, after in calendar.dates(heard.words, heard.today)
        for at in range(first, after)
    }
    rest = [word for at, word in enumerate(heard.words) if at not in used]
    found = calendar.times(rest, bare=asked)
    return found[-1][0].isoformat("minutes") if found else None


def _quantity(heard: Heard) -> int | None:
    position, numbers = 0, []
    while position < len(heard.words):
        read = cardinal(heard.words, position)
        if read:
            numbers.append(int(read[0]))
        position = read[1] if read else position + 1
    allowed = [number for number in numbers if number in QUANTITIES]
    if allowed or heard.asked != "cheque_quantity":
        return allowed[-1] if allowed else None
    for quantity, forms in _BOOKS.items():
        if things.has_any(heard.words, forms) or " ".join(heard.words) == forms[0].split()[0]:
            return quantity
    return None


def _reason(heard: Heard) -> str | None:
    found = things.mentions(heard.words, things.REASONS)
    stolen = [name for name, _, _ in found if name == "stolen"]
    return stolen[0] if stolen else (found[-1][0] if found else None)


def _topic(heard: Heard) -> str | None:
    if heard.asked != "appointment_topic":
        about = heard.words.index("about") if "about" in heard.words else None
        rest = heard.words[about + 1 :] if about is not None else []
        return things.last_mention(rest, _TOPICS)
    known = things.last_mention(heard.words, _TOPICS)
    if known:
        return known
    return " ".join(heard.words[:8]) if len(heard.words) >= 1 else None


def _name(heard: Heard) -> str | None:
    if heard.asked == "appointment_name":
        return things.person_name(heard.words)
    return None


def _confirm(heard: Heard) -> bool | None:
    return things.yes_no(heard.words)


READERS: dict[str, Callable[[Heard], Any]] = {
    "transfer_from": _account("from"),
    "transfer_to": _account("to"),
    "transfer_amount": _amount("transfer_amount"),
    "card_kind": _mention(things.CARDS | {"both": ("both",)}),
    "card_reason": _reason,
    "cheque_account": _mention(things.ACCOUNTS),
    "cheque_quantity": _quantity,
    "bill_payee": _mention(things.PAYEES),
    "bill_amount": _amount("bill_amount"),
    "bill_date": _date("bill_date"),
    "password_delivery": _mention(things.DELIVERY),
    "appointment_branch": _mention(things.BRANCHES),
    "appointment_date": _date("appointment_date"),
    "appointment_time": _time,
    "appointment_topic": _topic,
    "appointment_name": _name,
    "hours_branch": _mention(things.BRANCHES),
    "hours_day": _date(""),
}
# Read only when asked for: their words mean something else elsewhere.
ONLY_WHEN_ASKED = frozenset({"password_delivery", "appointment_name"})
DIGIT_LENGTHS = {"customer_number": 6, "pin": 4, "card_digits": 4}


def read_slot(slot: str, heard: Heard) -> Any:
    """The value of `slot` in this turn, or None."""
    if slot in DIGIT_LENGTHS:
        return spoken_digits(heard.words, DIGIT_LENGTHS[slot]) if heard.asked == slot else None
    if slot.endswith("_confirm"):
        return _confirm(heard) if heard.asked == slot else None
    if slot in ONLY_WHEN_ASKED and heard.asked != slot:
        return None
    return READERS[slot](heard)
