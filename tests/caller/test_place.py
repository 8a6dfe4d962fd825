"""Whole calls over real sockets to a bot behind the real webhook, faster than real time."""

import asyncio
import os
import signal
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection, serve

from tests.telephony.echobot import ANSWER_AFTER, EchoAgent, tone
from voicebot.audio.pcm import from_bytes
from voicebot.caller.behaviour import Manners
from voicebot.caller.decode import AudioUnreadable
from voicebot.caller.line import RealClock
from voicebot.caller.place import CallOptions, hang_up_on_interrupt, place_call, write_recording
from voicebot.caller.report import conversation
from voicebot.caller.result import CallResult
from voicebot.caller.ring import Agent, CallRefused, LineBusy, NoAgent
from voicebot.caller.script import BadItem, parse_script
from voicebot.config import Settings

SECRET = "s3cret"


class QuickClock:
    """Time that is over as soon as the sockets had their chance."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    async def sleep_until(self, deadline: float) -> None:
        self._now = max(self._now, deadline)
        for _ in range(12):
            await asyncio.sleep(0)


@pytest.fixture
async def agent() -> AsyncIterator[EchoAgent]:
    async with EchoAgent(Settings(public_url="")).serve() as agent:
        yield agent


def options(echo: EchoAgent, *script: str, **more: Any) -> CallOptions:
    usual = CallOptions(
        parse_script(script),
        agent=Agent(echo.url),
        clock=QuickClock(),
        synthesize=lambda _: tone(0.6, 300),
        manners=Manners(longest=60),
    )
    return replace(usual, **more)


async def test_a_conversation(agent: EchoAgent, tmp_path: Path) -> None:
    clip = tmp_path / "question.wav"
    write_recording(clip, tone(0.5, 300), bytes(len(tone(0.5))))
    recording = tmp_path / "calls" / "call.wav"
    live: list[str] = []
    result = await place_call(
        options(
            agent,
            str(clip),
            "say:and more",
            "keys:12",
            recording=recording,
            transcribe=lambda pcm: f"{len(pcm) / 16000:.1f} s of tone",
            on_event=lambda _, what: live.append(what),
        )
    )
    [bot] = agent.bots
    assert result.ended_by == "caller"
    assert result.mistakes == 0
    await bot.gone.wait()
    assert bot.digits == "12"
    assert [t.text for t in result.turns if t.party == "caller"] == [
        "question.wav",
        "and more",
        "[keys 12]",
    ]
    assert result.turns[0].text == "0.6 s of tone"
    assert all(ANSWER_AFTER < seconds < ANSWER_AFTER + 0.2 for seconds in result.responses[:2])
    assert live[:2] == ["caller: question.wav", "caller: and more"]
    with wave.open(str(recording)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        both = from_bytes(file.readframes(file.getnframes())).reshape(-1, 2)
    assert np.array_equal(both[:, 0], from_bytes(result.caller_pcm))
    assert np.array_equal(both[:, 1], from_bytes(result.bot_pcm))
    lines = conversation(result)
    assert any(line.startswith("response: median 5") and "of 2" in line for line in lines)


async def test_caller_and_callee_reach_the_bot(agent: EchoAgent) -> None:
    await place_call(options(agent, "say:hello", caller="+4912345", callee="+4954321"))
    started = agent.bots[0].started
    assert started is not None
    assert (started.caller, started.callee) == ("+4912345", "+4954321")
    payload = agent.tokens.redeem(started.parameters["token"], "twilio")
    assert payload["CallSid"] == started.call_id


async def test_the_bot_hangs_up() -> None:
    async with EchoAgent(Settings(public_url=""), hang_up_after=1).serve() as agent:
        result = await place_call(options(agent, "say:bye", "say:never said"))
    assert result.hung_up_by_bot
    assert result.ended_by == "bot"
    assert [turn.party for turn in result.turns] == ["bot", "caller", "bot"]
    assert conversation(result)[-2].endswith("the bot hung up")


async def test_signed_calls() -> None:
    settings = Settings(public_url="https://voice.example.com", twilio_auth_token=SecretStr(SECRET))
    async with EchoAgent(settings).serve() as agent:
        known = Agent(agent.url, "https://voice.example.com", SECRET)
        result = await place_call(options(agent, "say:hello", agent=known))
        assert result.ended_by == "caller"
        with pytest.raises(CallRefused, match=r"HTTP 403.*VOICEBOT_TWILIO_AUTH_TOKEN"):
            await place_call(options(agent, "say:hello"))


async def test_busy() -> None:
    async with EchoAgent(Settings(public_url=""), busy="We are busy.").serve() as agent:
        with pytest.raises(LineBusy, match="We are busy"):
            await place_call(options(agent, "say:hello"))


async def test_what_is_wrong_before_anything_rings(agent: EchoAgent, tmp_path: Path) -> None:
    silent = tmp_path / "silent.wav"
    write_recording(silent, bytes(16000), bytes(16000))
    with pytest.raises(AudioUnreadable, match="no such file"):
        await place_call(options(agent, "gone.wav"))
    with pytest.raises(AudioUnreadable, match="write silence:3"):
        await place_call(options(agent, str(silent)))
    with pytest.raises(BadItem, match="no synthetic voice"):
        await place_call(options(agent, "say:hello", synthesize=None))
    with pytest.raises(OSError, match=r"silent\.wav"):
        await place_call(options(agent, "say:hello", recording=silent / "call.wav"))
    assert agent.bots == []


async def test_no_agent() -> None:
    async with EchoAgent(Settings(public_url="")).serve() as agent:
        pass
    with pytest.raises(NoAgent, match="make run"):
        await place_call(options(agent, "say:hello"))


async def test_interrupting_hangs_up_and_keeps_the_recording(
    agent: EchoAgent, tmp_path: Path
) -> None:
    recording = tmp_path / "call.wav"

    def at_first_word(_: float, what: str) -> None:
        if what.startswith("caller"):
            os.kill(os.getpid(), signal.SIGINT)

    with hang_up_on_interrupt() as stop:
        result = await place_call(
            options(agent, "silence:30", recording=recording, on_event=at_first_word), stop
        )
    assert result.ended_by == "interrupted"
    await agent.bots[0].gone.wait()
    assert agent.bots[0].over
    assert recording.stat().st_size > 1000


async def test_a_cancelled_call_hangs_up_and_keeps_the_recording(
    agent: EchoAgent, tmp_path: Path
) -> None:
    recording = tmp_path / "call.wav"
    begun = asyncio.Event()
    slow = options(agent, "silence:30", recording=recording, on_event=lambda *_: begun.set())
    task = asyncio.create_task(place_call(slow))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await agent.bots[0].gone.wait()
    assert agent.bots[0].over
    assert recording.stat().st_size > 1000


@pytest.mark.parametrize(("code", "reason"), [(1008, "the token was used"), (1011, "")])
async def test_the_bot_closes_with_a_reason(agent: EchoAgent, code: int, reason: str) -> None:
    async def refuse(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(code, reason)

    result = await against(refuse, agent)
    assert result.ended_by == "bot"
    assert any(str(code) in line and reason in line for line in conversation(result))


async def test_a_broken_connection(agent: EchoAgent) -> None:
    async def drop(socket: ServerConnection) -> None:
        await socket.recv()
        socket.transport.abort()

    result = await against(drop, agent)
    assert result.ended_by == "lost"
    assert conversation(result)[-1].endswith("the connection was lost")


async def test_a_stream_address_where_nobody_is(agent: EchoAgent) -> None:
    agent.settings = agent.settings.model_copy(update={"edge_port": 1})
    with pytest.raises(NoAgent, match=r"ws://127\.0\.0\.1:1/twilio.*make run"):
        await place_call(options(agent, "say:hello"))


async def test_a_machine_that_falls_behind_says_so(agent: EchoAgent) -> None:
    class Slow(QuickClock):
        async def sleep_until(self, deadline: float) -> None:
            await super().sleep_until(deadline + (0.5 if 3.0 < deadline < 3.03 else 0.0))

    result = await place_call(options(agent, "say:hello", clock=Slow()))
    assert any(line.endswith("up to 0.50 s behind time)") for line in conversation(result))


async def test_a_peer_that_takes_nothing(agent: EchoAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stuck(_: ClientConnection, __: str) -> None:
        await asyncio.Event().wait()

    sending = ClientConnection.send
    monkeypatch.setattr("voicebot.caller.line.SEND_LIMIT", 0.05)

    def block(_: float, what: str) -> None:
        if what == "caller: hello":
            monkeypatch.setattr(ClientConnection, "send", stuck)

    result = await place_call(options(agent, "say:hello", on_event=block))
    monkeypatch.setattr(ClientConnection, "send", sending)
    assert result.ended_by == "lost"
    assert any("took no message" in line for line in conversation(result))


async def test_the_real_clock_does_not_wait_for_the_past() -> None:
    clock = RealClock()
    before = clock.now()
    await clock.sleep_until(before - 1)
    await clock.sleep_until(before + 0.01)
    assert clock.now() >= before + 0.01


async def test_a_stream_that_is_refused(agent: EchoAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tests.telephony.echobot.stream_signature_ok", lambda *_: False, raising=True
    )
    with pytest.raises(CallRefused, match=r"refused the stream: .*403"):
        await place_call(options(agent, "say:hello"))


async def against(
    handler: Callable[[ServerConnection], Awaitable[None]], agent: EchoAgent
) -> CallResult:
    """A call whose webhook is the agent's, and whose stream goes to `handler`."""
    async with serve(handler, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        agent.settings = agent.settings.model_copy(update={"edge_port": port})
        return await place_call(options(agent, "say:hello"))
