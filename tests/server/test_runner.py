"""What goes wrong within a call: the caller is answered, the record tells, the next call works."""

from __future__ import annotations

import asyncio
import gc
import json
import socket as sockets
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.asyncio.client import connect

from tests.server.agent_parts import (
    BALANCE,
    STORY,
    WELCOME,
    QuickAgent,
    dialogue_error,
    engine_error,
    quick_agent,
    until,
)
from tests.server.phones import Phone, good_call, phone_call
from voicebot.caller.wire import Sender
from voicebot.conversation import prompts
from voicebot.conversation.journal import read, replay
from voicebot.dialogue.base import DialogueError
from voicebot.dialogue.scripted import Rule, reply
from voicebot.server.hearing import Hearing
from voicebot.server.runner import CallRunner
from voicebot.server.timers import Timers
from voicebot.store.folders import call_folder
from voicebot.store.records import CallRecord, Outcome, TransferResult


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[QuickAgent]:
    async with quick_agent(tmp_path) as agent:
        yield agent


async def ended(agent: QuickAgent) -> CallRecord:
    await agent.quiet()
    return await agent.newest()


def outcome(record: CallRecord) -> tuple[Outcome | None, str]:
    return record.call.outcome, record.call.outcome_reason


def incidents(record: CallRecord) -> list[str]:
    return [incident.what for incident in record.call.incidents]


def bot_lines(record: CallRecord) -> list[str]:
    return [turn.text for turn in record.turns if turn.party == "bot"]


# ── a good call, and how calls end ────────────────────────────────────────────────────────────


async def test_a_good_call_and_its_marks_journal_and_recording(agent: QuickAgent) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("balance")
        await phone.heard(2)
        await phone.hang_up()
        assert set(phone.marks.values()) == {"echoed"}
    record = await ended(agent)
    assert outcome(record) == (Outcome.CONTAINED, "the caller hung up")
    assert incidents(record) == []
    assert [(t.party, t.text, t.heard) for t in record.turns] == [
        ("bot", WELCOME, None),
        ("caller", "balance", None),
        ("bot", BALANCE, None),
    ]
    assert record.call.recording_state == "complete"
    folder = call_folder(agent.settings.data_dir, record.call.id, record.call.started_at)
    journal = read((folder / "journal.jsonl").read_text().splitlines(keepends=True))
    assert [step.commands for step in journal.steps] == [c for _, c in replay(journal)]
    assert agent.dialogue.ended == [record.call.id]


async def test_the_bot_ends_the_call_after_its_goodbye(agent: QuickAgent) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("goodbye")
        assert await phone.closed() == (1000, "the call is over")
        assert phone.marks == dict.fromkeys(phone.marks, "echoed")
    record = await ended(agent)
    assert outcome(record) == (Outcome.CONTAINED, "the dialogue ended")
    assert bot_lines(record)[-1] == "Goodbye."


async def test_a_call_that_ends_in_the_middle_of_a_reply(agent: QuickAgent) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("a story")
        await until(lambda: phone.played > 35)
        await phone.hang_up()
    record = await ended(agent)
    assert outcome(record) == (Outcome.CONTAINED, "the caller hung up")
    story = record.turns[-1]
    assert story.text == STORY.strip()
    assert story.heard is not None
    assert story.text.startswith(story.heard)
    assert 10 < len(story.heard) < len(STORY) * 0.8
    assert incidents(record) == []
    await good_call(agent)


async def test_a_connection_that_is_lost_is_no_hanging_up(agent: QuickAgent) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        phone.socket.transport.abort()
        await phone.closed()
    record = await ended(agent)
    lost = "the connection to the caller was lost"
    assert outcome(record) == (Outcome.FAILED, lost)
    assert incidents(record) == [lost]
    await good_call(agent)


async def test_barge_in_clears_and_nothing_is_sent_before_the_next_answer(
    agent: QuickAgent,
) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("a story")
        await until(lambda: phone.played > 30)
        await phone.say("balance", 0.5)
        await until(lambda: "clear" in phone.got and phone.got[-1].startswith("mark"))
        await until(lambda: not phone.speaking)
        await phone.hang_up()
        cleared = phone.got.index("clear")
        after = phone.got[cleared + 1 :]
        assert after[:1] == ["media"]
        assert after.count("media") < 30  # the short answer, not the story
        assert phone.got.count("clear") == 1
    record = await ended(agent)
    story = next(turn for turn in record.turns if turn.text == STORY.strip())
    assert story.heard is not None
    assert len(story.heard) < len(STORY) / 2
    assert bot_lines(record)[-1] == BALANCE
    asked = [a.content for a in agent.dialogue.asked if a.what == "turn"]
    assert asked == ["a story", "balance"]


async def test_between_clear_and_the_next_answer_there_is_silence(agent: QuickAgent) -> None:
    waiting = asyncio.Event()

    async def slow(text: str) -> None:
        if text == "balance":
            await waiting.wait()

    agent.dialogue.before = slow
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("a story")
        await until(lambda: phone.played > 30)
        await phone.say("balance", 0.5)
        await until(lambda: "clear" in phone.got)
        await until(lambda: [c.state for c in agent.calls] == ["thinking"])
        assert phone.got[-1] == "clear"
        waiting.set()
        await until(lambda: phone.got[-1] != "clear")
        await phone.hang_up()
    await ended(agent)


async def test_marks_that_never_come_back_hold_nothing_up(agent: QuickAgent) -> None:
    async with phone_call(agent) as phone:
        phone.echoes = False
        await until(lambda: [c.state for c in agent.calls] == ["listening"])
        await phone.say("goodbye")
        assert await phone.closed() == (1000, "the call is over")
    assert outcome(await ended(agent)) == (Outcome.CONTAINED, "the dialogue ended")


# ── peers that misbehave ──────────────────────────────────────────────────────────────────────


async def test_a_socket_that_never_reads(agent: QuickAgent) -> None:
    agent.dialogue.events = {"start": reply(STORY)}
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", agent.settings.edge_port))
    token = agent.tokens.issue("web", {}, 60.0)
    async with connect(f"{agent.ws}/browser", sock=raw, max_queue=1) as socket:
        await socket.send(json.dumps({"type": "start", "token": token, "rate": 8000}))
        await until(lambda: len(agent.calls) == 1)
        socket.transport.pause_reading()
        (theirs,) = agent.server.connections
        theirs.transport.get_extra_info("socket").setsockopt(
            sockets.SOL_SOCKET, sockets.SO_SNDBUF, 4096
        )
        await until(lambda: not len(agent.calls), 15)
        socket.transport.abort()
    record = await ended(agent)
    assert outcome(record) == (Outcome.FAILED, "the peer stopped reading")
    assert incidents(record) == ["the peer stopped reading"]
    agent.dialogue.events = {"start": reply(WELCOME)}
    await good_call(agent)


async def test_a_socket_that_falls_silent_after_its_start(tmp_path: Path) -> None:
    """No audio at all: gaps count as silence, and the dialogue is told."""
    async with (
        quick_agent(tmp_path, turns={"no_input": 0.5}) as agent,
        connect(f"{agent.ws}/twilio") as socket,
    ):
        sender = Sender()
        await socket.send(sender.connected())
        await socket.send(sender.start({"token": agent.token()}))
        await until(lambda: any(a.what == "silence" for a in agent.dialogue.asked), 20)
        await socket.send(sender.stop())
        record = await ended(agent)
        assert any(turn.kind == "silence" for turn in record.turns)


# ── the dialogue ──────────────────────────────────────────────────────────────────────────────


async def talk_to_a_broken_dialogue(agent: QuickAgent, caller: str = "+15550100") -> CallRecord:
    async with phone_call(agent, caller) as phone:
        await phone.heard(1)
        await phone.say("balance")
        await phone.closed()
    return await ended(agent)


def means_a_call_back(record: CallRecord, why: str) -> None:
    assert outcome(record) == (Outcome.CALLBACK, "none_signed_in")
    assert incidents(record) == [f"the dialogue failed: {why}"]
    assert bot_lines(record)[-2:] == [prompts.TROUBLE, prompts.NO_SEAT]
    assert [(c.number, c.reason) for c in record.callbacks] == [("+15550100", "failed_dialogue")]
    assert [t.result for t in record.transfers] == [TransferResult.NO_SEAT]


async def test_a_dialogue_that_is_down(agent: QuickAgent) -> None:
    agent.dialogue.rules = [Rule("balance", dialogue_error("no connection to the dialogue"))]
    means_a_call_back(await talk_to_a_broken_dialogue(agent), "no connection to the dialogue")
    agent.dialogue.rules = [Rule("balance", reply(BALANCE))]
    await good_call(agent)


async def test_a_dialogue_that_is_down_from_the_start(agent: QuickAgent) -> None:
    agent.dialogue.events = {"start": dialogue_error("no connection to the dialogue")}
    async with phone_call(agent) as phone:
        await phone.closed()
    means_a_call_back(await ended(agent), "no connection to the dialogue")


async def test_without_a_number_no_call_back_is_promised(agent: QuickAgent) -> None:
    agent.dialogue.rules = [Rule("balance", dialogue_error())]
    record = await talk_to_a_broken_dialogue(agent, caller="")
    assert outcome(record) == (Outcome.FAILED, "none_signed_in, and no number to call back")
    assert bot_lines(record)[-1] == prompts.NO_SEAT_NO_NUMBER
    assert record.callbacks == ()


async def test_a_slow_dialogue_is_bridged_by_a_sentence(agent: QuickAgent) -> None:
    async def slow(text: str) -> None:
        await asyncio.sleep(0.6 if text == "balance" else 0)

    agent.dialogue.before = slow
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("balance")
        await phone.heard(3)
        await phone.hang_up()
    record = await ended(agent)
    assert outcome(record) == (Outcome.CONTAINED, "the caller hung up")
    assert bot_lines(record) == [WELCOME, prompts.MOMENT, BALANCE]
    assert incidents(record) == []


async def test_a_dialogue_that_never_answers(agent: QuickAgent) -> None:
    async def never(text: str) -> None:
        if text == "balance":
            await asyncio.Event().wait()

    agent.dialogue.before = never
    means_a_call_back(await talk_to_a_broken_dialogue(agent), "no answer in time")


async def test_a_bug_on_the_way_to_the_dialogue(agent: QuickAgent) -> None:
    async def broken(text: str) -> None:
        if text == "balance":
            raise KeyError("no such thing")

    agent.dialogue.before = broken
    means_a_call_back(await talk_to_a_broken_dialogue(agent), "KeyError")


async def test_a_dialogue_that_does_not_hear_of_the_end(agent: QuickAgent) -> None:
    agent.dialogue.ending = DialogueError("away")
    await good_call(agent)


# ── recognition and the voice ─────────────────────────────────────────────────────────────────


async def not_understood(agent: QuickAgent, why: str) -> None:
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("balance", 0.7)
        await until(lambda: any(a.what == "not_understood" for a in agent.dialogue.asked))
        await phone.heard(2)
        await phone.hang_up()
    record = await ended(agent)
    assert outcome(record)[0] is Outcome.CONTAINED
    assert incidents(record) == [f"recognition failed: {why}"]
    assert bot_lines(record)[-1] == "Sorry, I did not understand."


async def test_recognition_that_fails(agent: QuickAgent) -> None:
    agent.recognizer.failure = engine_error("the model is gone")
    await not_understood(agent, "the model is gone")
    agent.recognizer.failure = None
    await good_call(agent)


async def test_recognition_that_breaks(agent: QuickAgent) -> None:
    agent.recognizer.failure = RuntimeError("a foreign library")
    await not_understood(agent, "RuntimeError")


async def test_recognition_that_is_too_slow(agent: QuickAgent) -> None:
    agent.recognizer.hold = threading.Event()
    await not_understood(agent, "recognition: no answer within 0.6 s")
    agent.recognizer.hold.set()
    agent.recognizer.hold = None
    await good_call(agent)


async def test_recognition_that_is_too_busy(agent: QuickAgent) -> None:
    held = threading.Event()
    others = [
        asyncio.create_task(agent.recognition.run(held.wait, 10.0, timeout=20.0)) for _ in range(2)
    ]
    await until(lambda: agent.recognition.working == 1 and agent.recognition.waiting == 1)
    await not_understood(
        agent,
        "recognition: 1 jobs wait for 1 workers; allow fewer calls at once or more workers",
    )
    held.set()
    await asyncio.gather(*others)
    await good_call(agent)


@pytest.mark.parametrize(
    ("chunks", "error", "why", "heard"),
    [
        (0, engine_error("no voice"), "no voice", ""),
        (0, ValueError("a bug"), "ValueError", ""),
        (2, engine_error("no voice"), "no voice", "Once"),
    ],
)
async def test_a_voice_that_fails(
    agent: QuickAgent, chunks: int, error: Exception, why: str, heard: str
) -> None:
    agent.voice.fails = {"Once upon a time": (chunks, error)}
    agent.voice.chunk = 1100
    long = "Once upon a time " + "there was and was and was " * 4
    agent.dialogue.rules = [Rule("story", reply(long.strip())), *agent.dialogue.rules]
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("a story")
        await until(lambda: len(agent.dialogue.asked) == 2)
        await until(lambda: [c.state for c in agent.calls] == ["listening"])
        await phone.say("goodbye")
        assert await phone.closed() == (1000, "the call is over")
    record = await ended(agent)
    assert outcome(record) == (Outcome.CONTAINED, "the dialogue ended")
    assert incidents(record) == [f"speech failed: {why}"]
    line = next(turn for turn in record.turns if turn.text.startswith("Once"))
    assert line.heard == heard
    agent.voice.fails = {}
    await good_call(agent)


# ── bugs ──────────────────────────────────────────────────────────────────────────────────────

INSIDE = "an error inside the agent"


def broke(record: CallRecord, kind: str) -> None:
    assert outcome(record) == (Outcome.FAILED, INSIDE)
    assert incidents(record) == [f"{INSIDE}: {kind}"]


async def test_a_bug_in_the_machine_ends_that_call_only(
    agent: QuickAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with phone_call(agent) as bystander, phone_call(agent) as phone:
        await phone.heard(1)
        await bystander.heard(1)
        victim = max(agent.calls, key=lambda call: call.started_at)
        monkeypatch.setattr(victim._machine, "handle", _broken)
        await phone.press("1")  # by the reader of the stream
        assert await phone.closed() == (1011, INSIDE)
        await until(lambda: len(agent.calls) == 1)
        await bystander.say("balance")
        await bystander.heard(2)
        await bystander.hang_up()
    await agent.quiet()
    records = [await agent.store.get_call(c.id) for c in await agent.store.list_calls()]
    victim_record, other = (r for r in records if r is not None)
    broke(victim_record, "ZeroDivisionError")
    assert outcome(other)[0] is Outcome.CONTAINED


def _broken(*_: Any) -> Any:
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize(
    ("owner", "part"), [(CallRunner, "_record"), (Hearing, "transcribe"), (Timers, "set")]
)
async def test_a_bug_in_a_handler(
    agent: QuickAgent, owner: type, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, part, _broken)
    async with phone_call(agent) as phone:
        phone.speak("balance")
        assert await phone.closed() == (1011, INSIDE)
    broke(await ended(agent), "ZeroDivisionError")
    monkeypatch.undo()
    await good_call(agent)


async def test_a_bug_in_voice_activity(agent: QuickAgent) -> None:
    class Broken:
        window = 256
        probability = _broken

    agent.activity = Broken
    async with phone_call(agent) as phone:
        assert await phone.closed() == (1011, INSIDE)
    broke(await ended(agent), "ZeroDivisionError")
    async with connect(f"{agent.ws}/twilio") as socket:  # no audio: by the clock of all calls
        sender = Sender()
        await socket.send(sender.connected())
        await socket.send(sender.start({"token": agent.token()}))
        await socket.wait_closed()
        assert socket.close_code == 1011
    broke(await ended(agent), "ZeroDivisionError")


async def test_a_bug_before_a_call_begins(agent: QuickAgent) -> None:
    agent.activity = _broken
    async with connect(f"{agent.ws}/twilio") as socket:
        sender = Sender()
        await socket.send(sender.connected())
        await socket.send(sender.start({"token": agent.token()}))
        await socket.wait_closed()
        assert socket.close_code == 1011
    assert outcome(await ended(agent)) == (Outcome.FAILED, "the call broke off")


@pytest.mark.parametrize("part", ["audio", "mark"])
async def test_a_bug_in_the_player_or_the_dialect(
    agent: QuickAgent, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"voicebot.telephony.twilio.TwilioDialect.{part}", _broken)
    async with phone_call(agent) as phone:
        assert await phone.closed() == (1011, INSIDE)
    broke(await ended(agent), "ZeroDivisionError")
    monkeypatch.undo()
    await good_call(agent)


async def test_a_bug_in_sending(agent: QuickAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebot.server.edge.SocketWire.send", _broken)
    async with phone_call(agent) as phone:
        await phone.closed()
    record = await ended(agent)
    assert outcome(record) == (Outcome.FAILED, "sending failed: ZeroDivisionError")


async def test_stopping_the_agent_ends_calls_decently(tmp_path: Path) -> None:
    async with quick_agent(tmp_path) as agent, phone_call(agent) as phone:
        await phone.heard(1)
        await agent.calls.shut_down("the agent was stopped", 5.0)
        assert await phone.closed() == (1000, "the call is over")
        record = await ended(agent)
        assert outcome(record) == (Outcome.FAILED, "the agent was stopped")


# ── nothing is left behind ────────────────────────────────────────────────────────────────────


async def test_a_hundred_calls_leave_nothing_behind(tmp_path: Path) -> None:
    async with quick_agent(tmp_path, limits={"calls": 20}) as agent:
        await good_call(agent)
        before = await _footprint(agent)
        for _ in range(10):
            await asyncio.gather(*(_short_call(agent, number) for number in range(10)))
            await agent.quiet()
        after = await _footprint(agent)
        assert len(await agent.store.list_calls(200)) == 101
        assert {call.outcome for call in await agent.store.list_calls(200)} <= {
            Outcome.CONTAINED,
            Outcome.ABANDONED,
            Outcome.FAILED,
        }
        assert after == before


async def _short_call(agent: QuickAgent, number: int) -> None:
    async with connect(f"{agent.ws}/twilio", compression=None) as socket:
        sender = Sender()
        await socket.send(sender.connected())
        await socket.send(sender.start({"token": agent.token()}))
        phone = Phone(socket, sender)
        running = asyncio.create_task(phone.run())
        await until(lambda: phone.played > number // 3 % 3)
        if number % 3 == 0:
            socket.transport.abort()
        elif number % 3 == 1:
            await phone.hang_up()
        else:
            await socket.send("nonsense")
            await socket.wait_closed()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _footprint(agent: QuickAgent) -> dict[str, int]:
    """Tasks, timers, open files and calls that exist, when everything has settled."""
    loop: Any = asyncio.get_running_loop()
    await agent.quiet()
    await until(lambda: not agent.server.connections)
    for _ in range(10):  # what was cancelled comes to its end
        await asyncio.sleep(0)
    gc.collect()
    timers = [t for t in loop._scheduled if not t.cancelled() and "CallRunner" in repr(t)]
    return {
        "tasks": len(asyncio.all_tasks()),
        "timers": len(timers),
        "files": psutil.Process().num_fds(),
        "calls": sum(1 for thing in gc.get_objects() if isinstance(thing, CallRunner)),
    }
