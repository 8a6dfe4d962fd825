"""`voicebot call` against a bot behind the real webhook that echoes tones, in quick time."""

from __future__ import annotations

import asyncio
import os
import signal
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.telephony.echobot import EchoAgent, tone
from voicebot import phone as command
from voicebot.caller.place import write_recording
from voicebot.caller.ring import CallRefused, NoAgent
from voicebot.caller.script import BadItem
from voicebot.config import Settings
from voicebot.models import ModelMissing
from voicebot.phone import Wish, phone
from voicebot.server.ports import free_port


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


@pytest.fixture
def clip(tmp_path: Path) -> str:
    path = tmp_path / "question.wav"
    write_recording(path, tone(0.5, 300), bytes(len(tone(0.5))))
    return str(path)


async def test_a_call_is_placed_recorded_and_reported(
    agent: EchoAgent, clip: str, tmp_path: Path
) -> None:
    out = tmp_path / "call.wav"
    lines: list[str] = []
    wish = Wish(
        (clip, "keys:12"), agent.url, out, caller="+4912345", transcribe=False, verbose=True
    )
    assert await phone(Settings(), wish, lines.append, QuickClock()) == 0
    assert any("question.wav" in line for line in lines)
    assert lines[-1] == f"recorded in {out}"
    with wave.open(str(out)) as file:
        assert file.getnchannels() == 2
    started = agent.bots[0].started
    assert started is not None
    assert started.caller == "+4912345"


async def test_what_the_bot_said_is_written_down(
    agent: EchoAgent, clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_ear", lambda _settings: lambda _pcm: "a tone")
    monkeypatch.setattr(command, "_voice", lambda _settings: lambda _text: tone(0.5, 300))
    lines: list[str] = []
    wish = Wish((clip, "barge:say:stop@0.2"), agent.url)
    assert await phone(Settings(), wish, lines.append, QuickClock()) == 0
    assert any(line.endswith("a tone") for line in lines)


async def test_the_agents_address_and_secret_are_those_of_the_settings(clip: str) -> None:
    settings = Settings(public_url="", twilio_auth_token=SecretStr("s3cret"), edge_port=0)
    async with EchoAgent(settings).serve() as agent:
        port = int(agent.url.rpartition(":")[2])
        ours = settings.model_copy(update={"edge_port": port})
        wish = Wish((clip,), transcribe=False)
        assert await phone(ours, wish, list[str]().append, QuickClock()) == 0
        other = ours.model_copy(update={"twilio_auth_token": SecretStr("wrong")})
        with pytest.raises(CallRefused):
            await phone(other, wish, list[str]().append, QuickClock())


async def test_ctrl_c_hangs_up_and_is_130(agent: EchoAgent, clip: str) -> None:
    lines: list[str] = []

    def interrupt(line: str) -> None:
        lines.append(line)
        if "question.wav" in line and len(lines) == 1:
            os.kill(os.getpid(), signal.SIGINT)

    wish = Wish((clip, "silence:60"), agent.url, transcribe=False, verbose=True)
    assert await phone(Settings(), wish, interrupt, QuickClock()) == 130
    assert any("interrupted" in line for line in lines)


async def test_what_cannot_be_is_said_before_anything_rings(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(BadItem):
        await phone(Settings(), Wish(("keys:xyz",), nobody), print)
    with pytest.raises(NoAgent, match="no agent at"):
        await phone(Settings(), Wish(("keys:1",), nobody, transcribe=False), print)
    with pytest.raises(ModelMissing, match="fetch"):
        await phone(Settings(models_dir=tmp_path), Wish(("keys:1",), nobody), print)
