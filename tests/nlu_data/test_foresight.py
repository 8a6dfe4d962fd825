"""Answers prepared ahead: the same as without, nothing left of those that did not come about."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.nlu_data.calls import SECRET, Bot, Call
from voicebot.rasa_project import RasaProject

pytestmark = [pytest.mark.rasa, pytest.mark.slow]

MARIA, THOMAS = "+15550100", "+15550109"
SCRIPT = Path(__file__).with_name("compare_trackers.py")
# Nothing in them changes the bank, so that both ways find the same one. All tasks are there.
CONVERSATIONS: list[list[Any]] = [
    ["what's my balance", "1906", "and my savings", "no that's all thank you"],
    ["move two hundred dollars from checking to savings", "one nine oh six", "make it fifty", "no"],
    ["transfer money", ["from savings"], "1906", "from checking", ["fifty"], "to savings", "20"],
    ["I lost my card", "1906", "debit", "what are your hours at riverside", "no"],
    ["i need more checks", "i don't know my pin", "5512", "checking", "fifty", "no"],
    ["pay my electric bill", "1111", "1906", "eighty five dollars", "next tuesday", "no thanks"],
    ["reset my online password", "1906", "by text", "repeat that please", "no"],
    ["an appointment at riverside", "next tuesday", "ten thirty", "a mortgage", "thomas berg",
     "no make it two thirty", "no"],
    ["when does old town close", "and riverside", "what about tomorrow", "speak slower please"],
    ["i want to open a pony farm", "blah blue", "purple monkey", "something else entirely"],
    ["somebody used my card without asking", "let me talk to a person"],
]  # fmt: skip


def _prepare(call: Call, text: str) -> dict[str, Any]:
    body = {"call_id": call.call_id, "text": text, "confidence": 0.9, "alternatives": []}
    answer = call.bot.post("/prepare", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _bank(bot: Bot) -> str:
    return hashlib.sha256(bot.database.read_bytes()).hexdigest()


def test_the_tracker_is_the_same_as_after_plain_turns(
    bot: Bot, model: Path, project: RasaProject
) -> None:
    address = {"VOICEBOT_ACTIONS_URL": bot.actions_url, "VOICEBOT_RASA_SECRET": SECRET}
    done = subprocess.run(
        [str(project.python("rasa")), str(SCRIPT), str(model)],
        input=json.dumps(CONVERSATIONS),
        env=os.environ | address | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    results = json.loads(line.removeprefix("RESULT "))
    assert [found["differ"] for found in results] == [[]] * len(CONVERSATIONS)
    said = [sum(isinstance(text, str) for text in texts) for texts in CONVERSATIONS]
    assert [found["prepared"] for found in results] == said


def test_what_would_change_the_bank_is_not_prepared(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("move twenty dollars from checking to savings", "4821")
    before, untouched = bot.balance("204815", "checking"), _bank(bot)
    assert _prepare(call, "yes") == {"prepared": False}
    assert _bank(bot) == untouched
    call.say("yes")
    assert bot.balance("204815", "checking") == before - 2000
    assert len(bot.rows("transfers", call)) == 1


@pytest.mark.parametrize(
    ("texts", "table"),
    [
        (("i need more checks", "1906", "checking", "fifty"), "cheque_orders"),
        (("reset my online password", "1906", "by text"), "password_resets"),
        (("pay my rent", "1906", "ten dollars", "next tuesday"), "bill_payments"),
        (("my credit card was stolen", "1906"), "card_orders"),
        (
            ("an appointment at airport", "next friday", "nine thirty", "a loan", "thomas berg"),
            "appointments",
        ),
    ],
)
def test_no_order_is_prepared(bot: Bot, texts: tuple[str, ...], table: str) -> None:
    call = bot.call(THOMAS)
    call.say(*texts)
    assert str(call.last["requested_slot"]).endswith("_confirm"), call.heard
    untouched = _bank(bot)
    assert _prepare(call, "yes please") == {"prepared": False}
    assert _bank(bot) == untouched
    assert bot.rows(table, call) == []


def test_the_audit_is_written_when_the_turn_comes_about(bot: Bot) -> None:
    call = bot.call(THOMAS)
    call.say("what's my balance")
    untouched = _bank(bot)
    ahead = _prepare(call, "1906")
    assert ahead.pop("prepared") is True
    assert "You have" in " ".join(message["text"] for message in ahead["messages"])
    assert _bank(bot) == untouched
    assert bot.rows("audit", call) == []
    assert call.say("1906") == ahead
    assert [row["detail"] for row in bot.rows("audit", call)] == ["pin ok", "told by phone"]


def test_a_caller_who_goes_on_leaves_no_trace(bot: Bot) -> None:
    call, other = bot.call(THOMAS), bot.call(THOMAS)
    for text in ("i'd like", "i'd like to move money", "goodbye"):
        assert _prepare(call, text)["prepared"] is True
    texts = ("i'd like to move money from savings", "1906", "to checking", "thirty dollars")
    for text in texts:
        _prepare(call, text + " and")
        assert call.say(text) == other.say(text)


def test_a_wrong_pin_that_was_only_prepared_does_not_count(bot: Bot) -> None:
    call = bot.call(THOMAS)
    call.say("what's my balance")
    for _ in range(5):
        assert _prepare(call, "1111")["handoff"] is None
    call.say("1906")
    assert "You have" in call.heard


def test_other_readings_count_only_where_the_best_one_is_in_doubt(bot: Bot) -> None:
    for text, intent in (("what's my balance", "check_balance"), ("blah blue", "check_balance")):
        call = bot.call(THOMAS)
        _prepare(call, text)
        call.say(text, alternatives=["what is my balance"])
        assert call.last["intent"]["name"] == intent


def test_the_same_words_are_prepared_once(bot: Bot) -> None:
    call = bot.call(THOMAS)
    call.say("what's my balance")
    first, second = _prepare(call, "1906"), _prepare(call, "1906")
    assert first == second
    call.say("1906")
    assert [row["detail"] for row in bot.rows("audit", call)] == ["pin ok", "told by phone"]


def test_a_key_makes_a_preparation_void(bot: Bot) -> None:
    call = bot.call(THOMAS)
    call.say("what's my balance")
    _prepare(call, "hello")
    call.key("1906")
    assert "You have" in call.heard
    call.say("hello")
    assert call.last["intent"]["name"] == "greet"


def test_a_turn_that_comes_while_it_is_prepared(bot: Bot) -> None:
    for same in (True, False):
        call = bot.call(THOMAS)
        ahead = threading.Thread(target=_prepare, args=(call, "what's my balance"))
        ahead.start()
        call.say("what's my balance" if same else "when does old town close")
        ahead.join()
        assert call.last["requested_slot"] == ("pin" if same else None)
        call.say("1906" if same else "and riverside")
        assert ("You have" if same else "Riverside") in call.heard


def test_many_calls_prepare_at_once(bot: Bot) -> None:
    calls = [bot.call(THOMAS) for _ in range(80)]
    for call in calls:
        assert _prepare(call, "what's my balance")["prepared"] is True
    for call in (calls[0], calls[-1]):  # the first is forgotten by now; its turn is run as ever
        assert call.say("what's my balance")["requested_slot"] == "pin"


def test_nothing_is_prepared_for_an_unknown_call(bot: Bot) -> None:
    body = {"call_id": "nobody", "text": "hello", "confidence": 0.9}
    assert bot.post("/prepare", body).json() == {"prepared": False}


def test_a_preparation_takes_what_a_turn_takes(bot: Bot) -> None:
    assert bot.post("/prepare", {"call_id": "c"}).status_code == 400
    assert bot.post("/prepare", {"call_id": "c", "text": "x" * 3000}).status_code == 413


def test_a_turn_cannot_be_made_a_dry_run_from_outside(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("i need more checks", "4821", "checking", "fifty")
    body = {"call_id": call.call_id, "text": "yes", "metadata": {"dry_run": True}}
    assert "dry_run" not in bot.post("/turn", body).text
    assert len(bot.rows("cheque_orders", call)) == 1


def test_nothing_is_prepared_while_the_actions_are_away(bot: Bot) -> None:
    call = bot.call(THOMAS)
    with bot.without_actions():
        assert _prepare(call, "what's my balance") == {"prepared": False}
    call.say("what's my balance")
    assert call.last["requested_slot"] == "pin"


def test_an_audit_that_cannot_be_written_voids_the_preparation(bot: Bot) -> None:
    call = bot.call(THOMAS)
    call.say("what's my balance")
    assert _prepare(call, "1906")["prepared"] is True
    with bot.without_actions():
        call.say("1906")
        assert call.last["handoff"]["reason"] == "failed_action"
    assert bot.rows("audit", call) == []
