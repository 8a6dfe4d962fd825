"""What simulated callers make of the bank's own sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from evaluation.callers.asks import understand

DOMAIN = Path(__file__).resolve().parents[3] / "nlu-data" / "domain"
FIELDS = {
    "customer_number": "customer",
    "pin": "pin",
    "card_digits": "card_digits",
    "transfer_from": "source",
    "transfer_to": "target",
    "transfer_amount": "amount",
    "card_kind": "card",
    "card_reason": "reason",
    "cheque_account": "account",
    "cheque_quantity": "quantity",
    "bill_payee": "payee",
    "bill_amount": "amount",
    "bill_date": "date",
    "password_delivery": "delivery",
    "appointment_branch": "branch",
    "appointment_date": "date",
    "appointment_time": "time",
    "appointment_topic": "topic",
    "appointment_name": "name",
    "hours_branch": "branch",
}


def responses(name: str) -> dict[str, str]:
    domain: dict[str, Any] = yaml.safe_load((DOMAIN / f"{name}.yml").read_text("utf-8"))
    return {key: texts[0]["text"] for key, texts in domain["responses"].items()}


QUESTIONS = responses("questions")
TALK = responses("talk")


def asked_for(slot: str) -> str:
    return "confirm" if slot.endswith("_confirm") else FIELDS[slot]


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name.startswith("utter_ask_")])
def test_every_question_of_the_bank_is_understood(name: str) -> None:
    heard = understand(QUESTIONS[name])
    assert heard.ask == asked_for(name.removeprefix("utter_ask_"))
    assert not heard.missed
    assert not heard.refused


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name.startswith("utter_hint_")])
def test_help_with_a_question_asks_the_same_and_says_that_it_was_missed(name: str) -> None:
    heard = understand(f"Sorry, I didn't catch that. {QUESTIONS[name]}")
    assert heard.ask == asked_for(name.removeprefix("utter_hint_"))
    assert heard.missed


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("utter_welcome", "request"),
        ("utter_greet", "request"),
        ("utter_didnt_catch_task", "request"),
        ("utter_examples", "request"),
        ("utter_out_of_scope", "request"),
        ("utter_start_over", "request"),
        ("utter_anything_else", "else"),
        ("utter_thanks", "else"),
        ("utter_cancelled", "else"),
        ("utter_silence", "presence"),
        ("utter_silence_help", "presence"),
        ("utter_silence_end", "farewell"),
        ("utter_goodbye", "farewell"),
        ("utter_handoff_asked", "handover"),
        ("utter_handoff_not_understood", "handover"),
        ("utter_handoff_identity", "handover"),
        ("utter_report_fraud", "handover"),
        ("utter_ask_loan", "handover"),
    ],
)
def test_talk_beside_the_tasks(name: str, ask: str) -> None:
    assert understand(TALK[name]).ask == ask


def test_what_stands_last_is_what_is_asked() -> None:
    heard = understand("Thank you. You have $50 in checking. Is there anything else?")
    assert (heard.ask, heard.missed, heard.refused) == ("else", False, False)
    heard = understand("That PIN isn't right. Let's try again. Please say your 4-digit phone PIN.")
    assert (heard.ask, heard.missed) == ("pin", True)
    twice = "That's savings twice. It needs two different accounts. Which account should it go to?"
    heard = understand(twice)
    assert (heard.ask, heard.missed, heard.refused) == ("target", True, False)
    heard = understand("There isn't enough in savings. It holds $12. How much shall it be?")
    assert (heard.ask, heard.refused) == ("amount", True)


def test_nothing_known_is_nothing_asked() -> None:
    assert understand("").ask is None
    assert understand("The weather is fine.").ask is None
