"""Does what the caller wants make sense? Sensible answers for what cannot be done."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from spoken import say
from spoken.things import has_any
from spoken.today import today

from actions.bank import Bank
from actions.tasks import Task
from actions.turn import Turn


@dataclass(slots=True)
class Verdict:
    """Slots to change, and what to tell the caller: a response name and its variables."""

    slots: dict[str, Any] = field(default_factory=dict)
    response: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    stop: bool = False


def check(task: Task, values: dict[str, Any], turn: Turn, bank: Bank) -> Verdict:
    """Look at a task's slots together; `values` holds what is known so far."""
    checker = _CHECKERS.get(task.name)
    return checker(values, turn, bank) if checker else Verdict()


def _transfer(values: dict[str, Any], turn: Turn, bank: Bank) -> Verdict:
    customer = turn.bank_customer(bank)
    if customer is None:
        return Verdict()
    kinds = list(customer.accounts)
    for slot in ("transfer_from", "transfer_to"):
        if values.get(slot) and values[slot] not in kinds:
            told = {"wanted": values[slot], "accounts": say.listing(kinds)}
            return Verdict({slot: None}, "utter_no_such_account", told)
    source, target = values.get("transfer_from"), values.get("transfer_to")
    if source and source == target:
        return Verdict({"transfer_to": None}, "utter_same_account", {"account": source})
    changes: dict[str, Any] = {}
    if len(kinds) == 2 and bool(source) != bool(target):
        other = kinds[0] if (source or target) == kinds[1] else kinds[1]
        changes["transfer_to" if source else "transfer_from"] = other
        source = source or other
    cents = values.get("transfer_amount")
    if cents and source and cents > customer.accounts[source]:
        held = {"account": source, "balance": say.money(customer.accounts[source])}
        return Verdict(changes | {"transfer_amount": None}, "utter_not_enough", held)
    return Verdict(changes)


def _card(values: dict[str, Any], turn: Turn, bank: Bank) -> Verdict:
    customer = turn.bank_customer(bank)
    if customer is None:
        return Verdict()
    if not customer.cards:
        return Verdict({}, "utter_no_card", stop=True)
    kind = values.get("card_kind")
    if kind == "both":
        return Verdict({"card_kind": None}, "utter_one_card_first")
    if kind and kind not in customer.cards:
        held = say.listing(list(customer.cards))
        return Verdict({"card_kind": None}, "utter_no_such_card", {"wanted": kind, "cards": held})
    if not kind and len(customer.cards) == 1:
        return Verdict({"card_kind": next(iter(customer.cards))})
    return Verdict()


def _cheques(values: dict[str, Any], turn: Turn, bank: Bank) -> Verdict:
    customer = turn.bank_customer(bank)
    account = values.get("cheque_account")
    if customer and account and account not in customer.accounts:
        kinds = say.listing(list(customer.accounts))
        told = {"wanted": account, "accounts": kinds}
        return Verdict({"cheque_account": None}, "utter_no_such_account", told)
    return Verdict()


def _bill(values: dict[str, Any], turn: Turn, bank: Bank) -> Verdict:
    customer = turn.bank_customer(bank)
    if customer is None:
        return Verdict()
    payee = values.get("bill_payee")
    if payee and payee not in customer.payees:
        known = say.listing(sorted(customer.payees))
        told = {"wanted": payee, "payees": known}
        return Verdict({"bill_payee": None}, "utter_no_such_payee", told)
    cents, when = values.get("bill_amount"), values.get("bill_date")
    soon = when is None or date.fromisoformat(when) <= today()
    if cents and soon and cents > customer.accounts["checking"]:
        held = {"account": "checking", "balance": say.money(customer.accounts["checking"])}
        return Verdict({"bill_amount": None}, "utter_not_enough", held)
    if when and date.fromisoformat(when) > today() + timedelta(days=365):
        return Verdict({"bill_date": None}, "utter_date_too_far")
    return Verdict()


def _appointment(values: dict[str, Any], turn: Turn, bank: Bank) -> Verdict:
    changes: dict[str, Any] = {}
    if turn.verified and turn.customer and not values.get("appointment_name"):
        changes["appointment_name"] = turn.customer["name"]
    branch, day, at = (values.get(f"appointment_{part}") for part in ("branch", "date", "time"))
    if not (branch and day):
        return Verdict(changes)
    when = date.fromisoformat(day)
    if when > today() + timedelta(days=180):
        return Verdict(changes | {"appointment_date": None}, "utter_date_too_far")
    open_hours = bank.hours(branch, when.weekday())
    if open_hours is None:
        told = {"branch": branch, "day": say.day(when)}
        return Verdict(changes | {"appointment_date": None}, "utter_branch_closed", told)
    if at:
        wanted = time.fromisoformat(at)
        if not open_hours[0] <= wanted < open_hours[1]:
            told = {
                "branch": branch,
                "opens": say.clock(open_hours[0]),
                "closes": say.clock(open_hours[1]),
            }
            return Verdict(changes | {"appointment_time": None}, "utter_outside_hours", told)
        if bank.appointment_taken(branch, when, wanted):
            told = {"time": say.clock(wanted)}
            return Verdict(changes | {"appointment_time": None}, "utter_time_taken", told)
    return Verdict(changes)


_CHECKERS = {
    "transfer": _transfer,
    "card": _card,
    "cheques": _cheques,
    "bill": _bill,
    "appointment": _appointment,
}


_OTHERS = (
    "daughter", "son", "wife", "husband", "mother", "father", "mom", "dad", "brother", "sister",
    "friend", "someone", "somebody", "else", "person", "other bank", "another bank", "his account",
    "her account", "their account", "abroad", "overseas", "business partner", "company account",
)  # fmt: skip


def refused(task: Task, turn: Turn) -> str | None:
    """The answer to a wish that the task cannot fulfil at all, right at its beginning."""
    if task.name == "transfer" and has_any(turn.words, _OTHERS):
        return "utter_only_own_accounts"
    return None


def proposal(task: Task, values: dict[str, Any], turn: Turn, bank: Bank) -> str | None:
    """What the bot is about to do, as the end of "You want to ..."; None for plain questions."""
    get = values.get
    if task.name == "transfer":
        money = say.money(int(get("transfer_amount") or 0))
        return f"move {money} from {get('transfer_from')} to {get('transfer_to')}"
    if task.name == "card":
        customer = turn.bank_customer(bank)
        last4 = customer.cards.get(str(get("card_kind")), "") if customer else ""
        return f"block your {get('card_kind')} card ending in {last4} and send you a new one"
    if task.name == "cheques":
        return f"order {get('cheque_quantity')} checks for your {get('cheque_account')} account"
    if task.name == "bill":
        when = date.fromisoformat(str(get("bill_date")))
        day = "today" if when <= today() else f"on {say.day(when)}"
        customer = turn.bank_customer(bank)
        payee = str(get("bill_payee"))
        name = customer.payees.get(payee, payee) if customer else payee
        return f"pay {say.money(int(get('bill_amount') or 0))} to {name} {day}"
    if task.name == "password":
        return f"get a link for a new password by {get('password_delivery')}"
    if task.name == "appointment":
        day = say.day(date.fromisoformat(str(get("appointment_date"))))
        at = say.clock(time.fromisoformat(str(get("appointment_time"))))
        return f"see us at {get('appointment_branch')} on {day} at {at}"
    return None
