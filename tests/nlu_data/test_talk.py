from pathlib import Path
from typing import Any

import pytest
from actions import talk
from actions.bank import Bank
from actions.turn import Turn, read_turn


class Tracker:
    """What rasa_sdk hands to an action, as far as ours look at it."""

    sender_id = "c"

    def __init__(
        self, events: list[dict[str, Any]], slots: dict[str, Any] | None = None, form: str = ""
    ) -> None:
        self.events = events
        self.slots = slots or {}
        self.active_loop = {"name": form} if form else {}


def user(text: str, intent: str = "inform") -> dict[str, Any]:
    parsed = {"intent": {"name": intent, "confidence": 0.9}}
    return {"event": "user", "text": text, "parse_data": parsed, "metadata": {"confidence": 0.9}}


def bot(text: str, **custom: Any) -> dict[str, Any]:
    return {"event": "bot", "text": text, "data": {"custom": custom or None}}


def action(name: str) -> dict[str, Any]:
    return {"event": "action", "name": name}


def turn(*events: dict[str, Any], form: str = "", **slots: Any) -> Turn:
    return read_turn(Tracker(list(events), slots, form))


def slots_of(events: list[dict[str, Any]]) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


def test_repeat_says_all_that_answered_the_turn_before() -> None:
    events = [
        user("balance"), bot("Old."), user("4821"), bot("Thank you.", end=True),
        bot("How much?", expects={"kind": "amount"}), user("what", "repeat"),
    ]  # fmt: skip
    assert talk.last_answer(events) == [
        ("Thank you.", {}),
        ("How much?", {"expects": {"kind": "amount"}}),
    ]
    assert talk.last_answer([user("what", "repeat")]) == []


def test_a_form_is_fresh_only_right_after_the_caller_spoke() -> None:
    started = [user("move money", "transfer_money"), action("action_begin_task")]
    assert turn(*started, action("transfer_form"), form="transfer_form").fresh
    answered = [user("hello", "greet"), action("action_answer"), action("transfer_form")]
    assert not turn(*answered, form="transfer_form").fresh


def test_a_brief_task_lets_the_other_wait(tmp_path: Path) -> None:
    bank = Bank(tmp_path / "bank.sqlite3")
    now = turn(user("what's my balance", "check_balance"), form="transfer_form")
    found = slots_of(talk.begin_task(now, bank, print))
    assert found["paused_form"] == "transfer_form"
    assert "transfer_amount" not in found
    dropped = turn(user("forget that what's my balance", "check_balance"), form="transfer_form")
    found = slots_of(talk.begin_task(dropped, bank, print))
    assert found["paused_form"] is None
    assert found["transfer_amount"] is None


@pytest.mark.parametrize(
    ("misses", "intent", "response"),
    [
        (0, "nlu_fallback", "utter_didnt_catch_task"),
        (0, "out_of_scope", "utter_out_of_scope"),
        (1, "nlu_fallback", "utter_examples"),
        (2, "nlu_fallback", "utter_handoff_not_understood"),
    ],
)
def test_help_grows(misses: int, intent: str, response: str) -> None:
    said: list[str] = []
    talk.not_understood(turn(user("?", intent), misses=misses), lambda name, **_: said.append(name))
    assert said == [response]


def test_silences_count_only_in_a_row() -> None:
    said: list[str] = []
    quiet = user("", "EXTERNAL_silence")
    for events in ([quiet], [quiet, user("hello"), quiet], [quiet, quiet], [quiet] * 3):
        talk.silence(turn(*events), lambda name, **_: said.append(name))
    assert said == ["utter_silence", "utter_silence", "utter_silence_help", "utter_silence_end"]
