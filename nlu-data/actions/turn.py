"""The caller's last turn and the state of the call, read from Rasa's tracker."""

from dataclasses import dataclass, field
from typing import Any

from spoken.corrections import split_correction
from spoken.tokens import words

from actions.bank import Bank, Customer


@dataclass(slots=True)
class Turn:
    """What was said last, as a form or an action needs it."""

    call_id: str
    text: str
    intent: str
    confidence: float
    payload: dict[str, Any]
    slots: dict[str, Any]
    form: str | None
    fresh: bool
    events: list[dict[str, Any]] = field(repr=False)
    correction: str | None = None
    follow_up: bool = False
    words: list[str] = field(default_factory=list)
    dry_run: bool = False

    @property
    def customer(self) -> dict[str, Any] | None:
        """The record on the expert's screen; `verified` says whether the caller may hear it."""
        record = self.slots.get("customer")
        return record if isinstance(record, dict) else None

    @property
    def verified(self) -> bool:
        """Has the caller proved who they are?"""
        return bool(self.customer and self.customer.get("verified"))

    @property
    def number(self) -> str | None:
        """The customer number that goes with the call, proved or not."""
        return str(self.customer["customer_id"]) if self.customer else None

    def bank_customer(self, bank: Bank) -> Customer | None:
        """The customer, read afresh from the bank."""
        return bank.customer(self.number) if self.number else None


def read_turn(tracker: Any) -> Turn:
    """Build a Turn from a rasa_sdk Tracker.

    The last `user` event counts, not `latest_message`, which a form may have replaced. `fresh`
    is False where the form runs again only to repeat its question (after an interruption);
    `dry_run` is True while an answer is only being prepared and the turn may never come about.
    """
    events = tracker.events
    user: dict[str, Any] = next(
        (event for event in reversed(events) if event.get("event") == "user"), {}
    )
    parsed = user.get("parse_data") or {}
    intent = parsed.get("intent") or {}
    metadata = user.get("metadata") or {}
    text = user.get("text") or ""
    external = str(intent.get("name") or "").startswith("EXTERNAL_")
    kind, _ = (None, "") if external else split_correction(text)
    return Turn(
        call_id=tracker.sender_id,
        text=text,
        intent=intent.get("name") or "nlu_fallback",
        confidence=float(intent.get("confidence") or 0.0),
        payload=metadata.get("payload") or {},
        slots=dict(tracker.slots),
        form=(tracker.active_loop or {}).get("name"),
        fresh=_fresh(events),
        events=events,
        correction=kind,
        follow_up=bool(metadata.get("follow_up")),
        words=[] if external else words(text),
        dry_run=metadata.get("dry_run") is True,
    )


def _fresh(events: list[dict[str, Any]]) -> bool:
    """Did the caller speak just now, with nothing but the start of a task in between?"""
    names = []
    for event in reversed(events):
        if event.get("event") == "user":
            break
        if event.get("event") == "action":
            names.append(event.get("name"))
    return not set(names[1:]) - {"action_begin_task", "action_listen", "action_extract_slots"}


def record_of(customer: Customer, verified: bool) -> dict[str, Any]:
    """The customer as the expert's screen shows it (slot `customer`)."""
    return {
        "customer_id": customer.number,
        "name": customer.name,
        "phone": customer.phone,
        "verified": verified,
        "accounts": [
            {"kind": kind, "number_last4": customer.account_last4[kind], "balance": cents / 100}
            for kind, cents in customer.accounts.items()
        ],
        "cards": [{"kind": kind, "last4": last4} for kind, last4 in customer.cards.items()],
    }
