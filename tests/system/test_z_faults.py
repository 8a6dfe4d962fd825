"""Parts of the running agent die in the middle of calls. Last in the order: Rasa needs a while."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import psutil
from streamdouble import api
from streamdouble.audio import frame_ulaw
from streamdouble.scenario import Dtmf, Expect, Hangup, Say, Scenario, Wait, WaitFor
from streamdouble.session import SessionConfig

from tests.system.conftest import RunningAgent, Telephone, bot_said
from voicebot.audio.g711 import ulaw_encode
from voicebot.caller.result import CallResult
from voicebot.caller.speech import speaking_with
from voicebot.engines.hibari import HibariSynthesizer

RECOVERY_SECONDS = 240.0
"""Rasa is back after 15 s on a free machine; on a busy one it takes much longer."""


@dataclass(frozen=True)
class Kept:
    """What the record says of one caller's newest call."""

    outcome: str
    incidents: str
    bot: list[str]
    transfers: list[str]
    callbacks: list[tuple[str, str]]


def kept(agent: RunningAgent, caller: str) -> Kept:
    query = "SELECT id, outcome, incidents FROM calls WHERE caller = ? ORDER BY started_at DESC"
    wait(lambda: bool(agent.record(query, caller)[0][1]), 20)
    call_id, outcome, incidents = agent.record(query, caller)[0]
    return Kept(
        outcome,
        incidents,
        [text for party, text in agent.transcript(call_id) if party == "bot"],
        [r for (r,) in agent.record("SELECT reason FROM transfers WHERE call_id = ?", call_id)],
        agent.record("SELECT number, reason FROM callbacks WHERE call_id = ?", call_id),
    )


def wait(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def bot_lines_begun(agent: RunningAgent, caller: str) -> int:
    query = (
        "SELECT COUNT(*) FROM turns JOIN calls ON calls.id = turns.call_id WHERE caller = ? "
        "AND party = 'bot' AND ended_at IS NULL AND turns.times LIKE '%first_audio%'"
    )
    return int(agent.record(query, caller)[0][0])


async def disturbed(
    telephone: Telephone, caller: str, *items: str, after: int, by: Callable[[], None]
) -> CallResult:
    """A call in which `by` happens as soon as the bot begins its line number `after`."""
    calling = asyncio.create_task(telephone.place(*items, caller=caller))
    await asyncio.to_thread(
        wait, lambda: calling.done() or bot_lines_begun(telephone.agent, caller) >= after, 60
    )
    assert not calling.done(), bot_said(calling.result())
    await asyncio.to_thread(by)
    return await calling


def listener(agent: RunningAgent, script: str) -> psutil.Process:
    """The child that runs `script` and listens."""
    for child in psutil.Process(agent.process.pid).children(recursive=True):
        try:
            listens = any(c.status == psutil.CONN_LISTEN for c in child.net_connections("tcp"))
            if listens and any(script in part for part in child.cmdline()):
                return child
        except psutil.Error:
            continue
    raise AssertionError(f"nothing that runs {script} listens")


def killed(agent: RunningAgent, script: str) -> None:
    process = listener(agent, script)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)


@contextmanager
def kept_dead(agent: RunningAgent, script: str) -> Iterator[Callable[[], None]]:
    """What is given kills the process that runs `script`, and each new one until the end."""
    enough = threading.Event()
    killing: list[threading.Thread] = []

    def kill_on() -> None:
        while not enough.wait(0.05):
            with suppress(AssertionError, psutil.Error):
                killed(agent, script)

    def begin() -> None:
        killed(agent, script)
        killing.append(threading.Thread(target=kill_on))
        killing[0].start()

    try:
        yield begin
    finally:
        enough.set()
        for thread in killing:
            thread.join()


def well(agent: RunningAgent) -> bool:
    return httpx.get(f"{agent.control}/health", timeout=10, trust_env=False).status_code == 200


async def works_again(telephone: Telephone, caller: str, pin: str) -> None:
    """All parts are ready within a while, and a whole task can be done."""
    await asyncio.to_thread(wait, lambda: well(telephone.agent), RECOVERY_SECONDS)
    result = await telephone.place(
        "say:what is my balance", f"keys:{pin}", "say:no thank you, goodbye", caller=caller
    )
    record = kept(telephone.agent, caller)
    assert record.outcome == "contained", (record, bot_said(result))
    assert record.incidents == "[]"
    assert any("in checking" in text for text in record.bot)
    assert "checking" in bot_said(result), bot_said(result)


def promises_a_call_back(record: Kept, result: CallResult, caller: str, why: str) -> None:
    said = bot_said(result)
    assert result.hung_up_by_bot, (record, said)
    assert record.outcome == "callback"
    assert record.transfers == [why]
    assert record.callbacks == [(caller, why)]
    assert "colleague" in said
    assert "call" in said
    assert "back" in said
    assert "goodbye" in said


# ── an independent implementation of Twilio's side ────────────────────────────────────────────


async def streamed(agent: RunningAgent, caller: str, *steps: Any) -> Any:
    """Run a scenario of streamdouble's against the edge, let in by our own webhook."""
    asked = {"CallSid": "CA" + "0" * 32, "From": caller, "To": "+15550199"}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{agent.edge}/twilio/voice", params=asked)
    document = ElementTree.fromstring(answer.text)
    stream = document.find("Connect/Stream")
    assert stream is not None
    parameters = {p.attrib["name"]: p.attrib["value"] for p in stream.iter("Parameter")}
    config = SessionConfig(custom_parameters=parameters, quiet_period_s=0.8)
    return await api.run_scenario(
        stream.attrib["url"], Scenario("real edge", list(steps)), config=config
    )


async def test_an_independent_caller_talks_and_interrupts(
    agent: RunningAgent, hibari: HibariSynthesizer
) -> None:
    speak = speaking_with(hibari)

    async def said(text: str) -> Say:
        pcm = await asyncio.to_thread(speak, text)
        return Say(path=Path(text), frames=frame_ulaw(ulaw_encode(pcm)))

    talk = streamed(
        agent,
        "+15550110",
        WaitFor("mark"),
        WaitFor("quiet"),
        await said("What is my balance?"),
        Wait(4.0),
        WaitFor("quiet"),
        Dtmf("6283"),
        Wait(4.0),
        WaitFor("quiet"),
        Expect("no_violations"),
        Hangup(),
    )
    interrupt = streamed(
        agent,
        "+15550198",
        WaitFor("audio"),
        Wait(0.5),
        await said("Hold on a second, I want to know your opening hours please."),
        Expect("clear"),
        WaitFor("mark"),
        Expect("no_violations"),
        Hangup(),
    )
    for report in await asyncio.gather(talk, interrupt):
        assert report.violations == []
        assert report.result.failed_expectations == []
        assert report.passed
        assert report.result.marks_echoed
    balance = " ".join(kept(agent, "+15550110").bot)
    assert "$1,450.05" in balance
    cut = "SELECT heard FROM turns JOIN calls ON calls.id = call_id WHERE caller = '+15550198'"
    assert any(heard is not None for (heard,) in agent.record(f"{cut} AND party = 'bot'"))


# ── parts that fail ───────────────────────────────────────────────────────────────────────────


@contextmanager
def away(agent: RunningAgent, table: str) -> Iterator[Callable[[], None]]:
    """What is given takes the table out of the bank; at the end it is back."""
    taken = []

    def rename(old: str, new: str) -> None:
        connection = sqlite3.connect(agent.data_dir / "bank.sqlite", timeout=20)
        with connection:
            connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
        connection.close()

    def take() -> None:
        rename(table, f"{table}_away")
        taken.append(table)

    try:
        yield take
    finally:
        if taken:
            rename(f"{table}_away", table)


async def test_an_action_that_raises(telephone: Telephone, agent: RunningAgent) -> None:
    caller = "+15550111"
    with away(agent, "accounts") as take:
        result = await disturbed(
            telephone, caller, "say:what is my balance", "keys:4950", after=2, by=take
        )
    record = kept(agent, caller)
    promises_a_call_back(record, result, caller, "failed_action")
    assert any("Something went wrong on my side" in text for text in record.bot)


async def test_the_action_server_dies_in_a_task(telephone: Telephone, agent: RunningAgent) -> None:
    caller = "+15550112"
    with kept_dead(agent, "serve_actions") as kill:
        result = await disturbed(
            telephone, caller, "say:what is my balance", "keys:0817", after=2, by=kill
        )
    promises_a_call_back(kept(agent, caller), result, caller, "failed_action")
    await works_again(telephone, caller, "0817")


async def test_rasa_dies_in_a_call(telephone: Telephone, agent: RunningAgent) -> None:
    caller = "+15550113"
    result = await disturbed(
        telephone,
        caller,
        "say:what is my balance",
        after=1,
        by=lambda: killed(agent, "serve_rasa"),
    )
    record = kept(agent, caller)
    promises_a_call_back(record, result, caller, "failed_dialogue")
    assert "the dialogue failed: no connection to the dialogue" in record.incidents
    assert agent.process.poll() is None
    await works_again(telephone, caller, "3325")
