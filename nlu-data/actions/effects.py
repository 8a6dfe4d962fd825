"""What each task does to the bank once everything is known and confirmed."""

from collections.abc import Callable
from datetime import date, time
from typing import Any

from spoken import say
from spoken.today import today

from actions.bank import Bank, NotEnoughMoney, SlotTaken
from actions.turn import Turn

Say = Callable[..., None]


def balance(turn: Turn, bank: Bank, tell: Say) -> None:
    """Tell the balances."""
    held = bank.balances(str(turn.number), turn.call_id)
    wanted = turn.slots.get("balance_account")
    told = {kind: cents for kind, cents in held.items() if wanted in (None, kind)} or held
    parts = [f"{say.money(cents)} in {kind}" for kind, cents in told.items()]
    tell("utter_done_balance", balances=say.listing(parts))


def transfer(turn: Turn, bank: Bank, tell: Say) -> None:
    """Move the money."""
    get = turn.slots.get
    cents = int(get("transfer_amount") or 0)
    source, target = str(get("transfer_from")), str(get("transfer_to"))
    try:
        left = bank.transfer(str(turn.number), source, target, cents, turn.call_id)
    except NotEnoughMoney:
        tell("utter_not_enough_now", account=source)
        return
    tell(
        "utter_done_transfer",
        amount=say.money(cents),
        target=target,
        source=source,
        left=say.money(left),
    )


def card(turn: Turn, bank: Bank, tell: Say) -> None:
    """Block the card and send a new one."""
    kind, reason = str(turn.slots["card_kind"]), str(turn.slots["card_reason"])
    old, _ = bank.replace_card(str(turn.number), kind, reason, turn.call_id)
    tell("utter_done_card", kind=kind, last4=old)


def cheques(turn: Turn, bank: Bank, tell: Say) -> None:
    """Order cheques."""
    account, quantity = str(turn.slots["cheque_account"]), int(turn.slots["cheque_quantity"])
    bank.order_cheques(str(turn.number), account, quantity, turn.call_id)
    tell("utter_done_cheques", quantity=quantity, account=account)


def bill(turn: Turn, bank: Bank, tell: Say) -> None:
    """Pay the bill, or plan the payment."""
    cents, payee = int(turn.slots["bill_amount"]), str(turn.slots["bill_payee"])
    when = date.fromisoformat(str(turn.slots["bill_date"]))
    try:
        bank.pay_bill(str(turn.number), payee, cents, when, today(), turn.call_id)
    except NotEnoughMoney:
        tell("utter_not_enough_now", account="checking")
        return
    customer = turn.bank_customer(bank)
    name = customer.payees.get(payee, payee) if customer else payee
    if when <= today():
        tell("utter_done_bill_now", amount=say.money(cents), payee=name)
    else:
        tell("utter_done_bill_later", amount=say.money(cents), payee=name, day=say.day(when))


def password(turn: Turn, bank: Bank, tell: Say) -> None:
    """Send the link for a new password."""
    by = str(turn.slots["password_delivery"])
    bank.reset_password(str(turn.number), by, turn.call_id)
    tell("utter_done_password", by=by)


def appointment(turn: Turn, bank: Bank, tell: Say) -> None:
    """Book the appointment."""
    get = turn.slots.get
    branch, name = str(get("appointment_branch")), str(get("appointment_name"))
    day = date.fromisoformat(str(get("appointment_date")))
    at = time.fromisoformat(str(get("appointment_time")))
    number = turn.number if turn.verified else None
    try:
        bank.book(branch, day, at, name, str(get("appointment_topic")), number, turn.call_id)
    except SlotTaken:
        tell("utter_time_taken", time=say.clock(at))
        return
    tell("utter_done_appointment", branch=branch, day=say.day(day), time=say.clock(at), name=name)


def hours(turn: Turn, bank: Bank, tell: Say) -> None:
    """Tell when a branch is open: on the day that was asked for, else today."""
    branch = str(turn.slots["hours_branch"])
    wanted = turn.slots.get("hours_day")
    day = date.fromisoformat(str(wanted)) if wanted else today()
    named = "today" if day == today() else f"on {say.day(day)}"
    open_hours = bank.hours(branch, day.weekday())
    bank.note(turn.number if turn.verified else None, "hours", branch, turn.call_id)
    if open_hours is None:
        tell("utter_done_hours_closed", branch=branch, day=named)
        return
    tell(
        "utter_done_hours",
        branch=branch,
        day=named,
        opens=say.clock(open_hours[0]),
        closes=say.clock(open_hours[1]),
    )


EFFECTS: dict[str, Callable[[Turn, Bank, Say], Any]] = {
    "balance": balance,
    "transfer": transfer,
    "card": card,
    "cheques": cheques,
    "bill": bill,
    "password": password,
    "appointment": appointment,
    "hours": hours,
}
