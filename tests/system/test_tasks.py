"""The bank's tasks by telephone: real speech in, real recognition, dialogue and voice, real effect.

Two kinds of synthetic callers ask, and recorded people answer: digits of the Free Spoken Digit
Dataset, numbers and dates of AN4, words from the prompts of a telephone exchange.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable

import numpy as np
import pytest

from tests.system.conftest import RunningAgent, Telephone
from tests.system.placed import Placed, Plan, Secret, place_all
from voicebot.conversation.events import Digit, Transcript
from voicebot.conversation.journal import replay
from voicebot.conversation.masking import MASK

PINS = {"480193": "6323", "562740": "5631", "851067": "1006"}
"""Customers whose PIN becomes what somebody says in AN4."""

TASKS = (
    "balance",
    "transfer",
    "card",
    "cheques",
    "bill",
    "password",
    "appointment",
    "hours",
)
BESIDE = ("stranger", "mind", "zero", "person", "slower")


@pytest.fixture(scope="module")
def plans(
    spoken_digits: Callable[..., str],
    spoken_words: Callable[..., str],
    utterance: Callable[[str], str],
) -> list[Plan]:
    """What is said; where a file stands, a person speaks."""
    bye = spoken_words("vm-no", "privacy-thankyou", "goodbye")
    return [
        Plan(
            "hours",
            "+15550199",
            ("say:is the old town branch open on friday", bye),
            voice="espeak",
        ),
        Plan(
            "transfer",
            "+15550102",
            (
                "say:I'd like to move two hundred dollars from checking to savings.",
                Secret(utterance("cen3-mmdg-b"), "6323"),
                "say:Actually, no, make it fifty.",
                "say:Yes, please.",
                bye,
            ),
        ),
        Plan(
            "card",
            "+15550103",
            (
                "say:my card was stolen",
                Secret(utterance("cen3-mfaa-b"), "5631"),
                "say:the credit card",
                "say:yes please",
                bye,
            ),
            voice="espeak",
        ),
        Plan(
            "balance",
            "+15550105",
            ("say:what is my balance", Secret(spoken_digits("8090", "jackson"), "8090"), bye),
            voice="espeak",
        ),
        Plan(
            "cheques",
            "+15550104",
            (
                "say:I need more checks.",
                Secret(spoken_digits("1357", "lucas"), "1357"),
                "say:For my checking account.",
                spoken_words("digits/1", "digits/hundred"),
                "say:Yes, please.",
                bye,
            ),
        ),
        Plan(
            "bill",
            "+15550106",
            (
                "say:I want to pay my electric bill.",
                Secret(spoken_digits("3472", "theo"), "3472"),
                spoken_words("digits/80", "digits/5", "digits/dollars"),
                spoken_words("digits/tomorrow"),
                "say:Yes.",
                bye,
            ),
        ),
        Plan(
            "password",
            "+15550110",
            (
                "say:I forgot my online password.",
                Secret("keys:6283", "6283"),
                "say:By text message, please.",
                "say:Yes.",
                bye,
            ),
        ),
        Plan(
            "appointment",
            "+15550198",
            (
                "say:I'd like to book an appointment at the airport branch.",
                utterance("cen8-mjda-b"),  # January twelfth, nineteen sixty six
                utterance("cen3-mmap-b"),  # six thirty
                "say:A mortgage.",
                "say:Daniel Weiss.",
                "say:Yes, please.",
                bye,
            ),
        ),
        Plan(
            "stranger",
            "+15550197",
            (
                "say:What's my savings balance?",
                spoken_digits("273916", "yweweler"),
                Secret(spoken_digits("7741", "george"), "7741"),
                bye,
            ),
        ),
        Plan(
            "mind",
            "+15550111",
            (
                "say:Please transfer one hundred dollars from savings to checking.",
                Secret(spoken_digits("4950", "jackson"), "4950"),
                "say:Forget that. What's my balance?",
                bye,
            ),
        ),
        Plan("zero", "+15550112", ("say:Hello.", "keys:0")),
        Plan("person", "+15550107", (spoken_words("spy-agent"),)),
        Plan(
            "slower",
            "+15550109",
            (
                "say:I want to pay a bill.",
                Secret(utterance("cen3-mcsc-b"), "1006"),
                "say:Slower, please.",
                "say:Please repeat that.",
                bye,
            ),
        ),
    ]


@pytest.fixture(scope="module")
def calls(agent: RunningAgent, telephone: Telephone, plans: list[Plan]) -> dict[str, object]:
    """All calls, placed side by side; the first alone, since it makes the bank."""
    first = asyncio.run(place_all(telephone, plans[:1]))
    with sqlite3.connect(agent.data_dir / "bank.sqlite", timeout=10) as bank:
        for number, pin in PINS.items():
            bank.execute("UPDATE customers SET pin = ? WHERE number = ?", (pin, number))
    bank.close()
    return {**first, **asyncio.run(place_all(telephone, plans[1:]))}


@pytest.fixture
def placed(calls: dict[str, object]) -> Callable[[str], Placed]:
    """The call of that name; shows how it went where the test fails."""

    def one(name: str) -> Placed:
        call = calls[name]
        if isinstance(call, Exception):
            raise call
        assert isinstance(call, Placed)
        sys.stdout.write(call.told())
        return call

    return one


Get = Callable[[str], Placed]


def test_balance(placed: Get) -> None:
    call = placed("balance")
    assert call.rows("audit", "customer, action") == [
        ("735201", "identity"),
        ("735201", "balance"),
    ]
    for amount in ("5120", "42000", "9000"):
        assert amount in call.said
    assert call.outcome == "contained"


def test_transfer_with_a_change_of_mind(placed: Get) -> None:
    call = placed("transfer")
    assert call.rows("transfers", "customer, source, target, amount_cents") == [
        ("480193", "checking", "savings", 5000)
    ]
    assert "$200" in call.said
    assert "$50" in call.said
    assert "2960" in call.said
    assert "left in checking" in call.said
    assert call.outcome == "contained"


def test_stolen_card(placed: Get) -> None:
    call = placed("card")
    assert call.rows("card_orders", "customer, kind, old_last4, reason") == [
        ("562740", "credit", "4416", "stolen")
    ]
    held = "SELECT status FROM cards WHERE customer = '562740' AND last4 = '4416'"
    assert call.agent.bank(held) == [("blocked",)]
    assert "is blocked" in call.said
    assert call.outcome == "contained"


def test_cheques(placed: Get) -> None:
    call = placed("cheques")
    assert call.rows("cheque_orders", "customer, account, quantity") == [
        ("619382", "checking", 100)
    ]
    assert "100 checks" in call.said
    assert call.outcome == "contained"


def test_bill(placed: Get) -> None:
    call = placed("bill")
    assert call.rows("bill_payments", "customer, payee, amount_cents, pay_on, status") == [
        ("148859", "electric", 8500, "2026-11-25", "scheduled")
    ]
    assert "$85" in call.said
    assert "november 25" in call.said
    assert call.outcome == "contained"


def test_password(placed: Get) -> None:
    call = placed("password")
    assert call.rows("password_resets", "customer, sent_by") == [("390528", "text message")]
    assert "link" in call.said
    assert call.outcome == "contained"


def test_appointment(placed: Get) -> None:
    call = placed("appointment")
    assert call.rows("appointments", "branch, day, at, name, topic") == [
        ("Airport", "2027-01-12", "18:30", "Daniel Weiss", "a mortgage")
    ]
    assert "january 12" in call.said
    assert "6.30" in call.said.replace(":", ".")
    assert call.outcome == "contained"


def test_hours(placed: Get) -> None:
    call = placed("hours")
    assert "old town is open" in call.said
    assert "9.30" in call.said.replace(":", ".")
    assert call.outcome == "contained"


def test_an_unknown_number_gives_customer_number_and_pin(placed: Get) -> None:
    call = placed("stranger")
    assert ("273916", "balance") in call.rows("audit", "customer, action")
    assert "999" in call.said
    assert call.outcome == "contained"


def test_a_caller_drops_a_transfer_for_a_question(placed: Get) -> None:
    call = placed("mind")
    assert call.rows("transfers", "*") == []
    assert ("604173", "balance") in call.rows("audit", "customer, action")
    assert "2718" in call.said
    assert call.outcome == "contained"


@pytest.mark.parametrize("name", ["zero", "person"])
def test_who_wants_a_person_is_called_back_when_nobody_is_there(placed: Get, name: str) -> None:
    call = placed(name)
    wanted = "SELECT reason, skill, result FROM transfers WHERE call_id = ?"
    assert [row[:2] for row in call.agent.record(wanted, call.call_id)] == [("asked", "general")]
    noted = "SELECT number, state FROM callbacks WHERE call_id = ?"
    assert call.agent.record(noted, call.call_id) == [(call.plan.caller, "open")]
    assert "colleague" in call.said
    assert "called back" in call.said
    assert call.result.hung_up_by_bot


def test_slower_and_repeat(placed: Get) -> None:
    call = placed("slower")
    bot = [turn for turn in call.result.turns if turn.party == "bot"]
    asked = [turn for turn in bot if "which bill" in turn.text.lower()]
    assert len(asked) == 3, "asked, asked slowly, and repeated"
    once, slowly, again = (turn.end - turn.start for turn in asked)
    assert slowly > 1.15 * once
    assert again > 1.15 * once, "who wanted it slow once wants it slow again"
    assert "goodbye" in bot[-1].text.lower()


@pytest.mark.parametrize("name", TASKS + BESIDE)
def test_the_journal_replays_to_the_same_commands(placed: Get, name: str) -> None:
    journal = placed(name).journal
    assert len(journal.steps) > 20
    for step, commands in replay(journal):
        assert commands == step.commands


@pytest.mark.parametrize("name", TASKS + BESIDE)
def test_the_recording_holds_both_and_no_secret(placed: Get, name: str) -> None:
    call = placed(name)
    recording = call.recording()
    assert recording.shape[1] / 8000 == pytest.approx(call.result.seconds, abs=1.0)
    spoken = [turn for turn in call.result.turns if turn.party == "caller"]
    for turn, item in zip(spoken, call.plan.items, strict=True):
        channel = recording[0, round(turn.start * 8000) : round(turn.end * 8000)]
        if isinstance(item, Secret):
            assert not channel.any(), f"{turn.text} can be heard in the recording"
        elif not item.startswith("keys:"):
            assert np.abs(channel).max() > 500, f"{turn.text} is missing in the recording"
    assert np.abs(recording[1]).max() > 1000


@pytest.mark.parametrize("name", TASKS + BESIDE)
def test_secrets_are_masked_in_transcript_and_journal(placed: Get, name: str) -> None:
    call = placed(name)
    hidden = [line.text for line in call.lines if line.sensitive]
    assert len(hidden) == len(call.plan.secrets)
    assert all(MASK in text and not any(c.isalnum() for c in text) for text in hidden)
    shown = [line.text for line in call.lines if line.party == "caller" and not line.sensitive]
    events = [step.event for step in call.journal.steps]
    shown += [event.text for event in events if isinstance(event, Transcript)]
    shown.append("".join(event.digit for event in events if isinstance(event, Digit)))
    for secret in call.plan.secrets:
        assert not any(secret.digits in _digits(text) for text in shown)


_NAMES = "zero one two three four five six seven eight nine".split()


def _digits(text: str) -> str:
    """The digits in what was heard, however they were written."""
    for value, name in enumerate(_NAMES):
        text = text.lower().replace(name, str(value))
    return "".join(c for c in text if c.isdigit())
