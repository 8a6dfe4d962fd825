"""People who talk when a test tells them to: callers on a telephone, experts in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.async_api import Browser, BrowserContext, Page, WebSocket, async_playwright

from tests.system.conftest import PASSWORD, RunningAgent
from voicebot.caller.behaviour import Act, Behaviour, Manners
from voicebot.caller.cues import Synthesize, prepare
from voicebot.caller.line import RealClock, talk
from voicebot.caller.phonecall import PhoneCall
from voicebot.caller.result import EndedBy
from voicebot.caller.ring import Agent, ring
from voicebot.caller.script import Speak
from voicebot.caller.wire import FRAME_SECONDS, new_id

RATE = 8000
FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
]
PATIENCE = 30.0
"""Seconds that a test waits for anything: a failure that is sure, not a speed that is promised."""


async def until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for a condition, looking often."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain for {what}"
        await asyncio.sleep(0.03)


class Prompted(Behaviour):
    """A caller who says what is put into `acts`, and nothing else."""

    def __init__(self) -> None:
        super().__init__((), Manners(), lambda _what, _odd: None)
        self.acts: deque[Act] = deque()

    def step(self) -> Act:
        return self.acts.popleft() if self.acts else Act()


class PromptedCall(PhoneCall):
    """A telephone whose caller is prompted."""

    def __init__(self, call_id: str, parameters: dict[str, str]) -> None:
        super().__init__(call_id, (), parameters, Manners())
        self.prompted = Prompted()
        self._behaviour = self.prompted


@dataclass
class Caller:
    """Somebody on a telephone of the Twilio network."""

    call: PromptedCall
    synthesize: Synthesize
    talking: asyncio.Task[EndedBy]

    async def say(self, text: str) -> None:
        """Say it, and return when it is said."""
        self.call.prompted.ear.attend()
        (cue,) = await prepare((Speak(text),), self.synthesize)
        self.call.prompted.acts.extend(Act(frame) for frame in cue.frames)
        await until(lambda: not self.call.prompted.acts or self.over, f"{text!r} to be said")

    async def turn(self) -> None:
        """Wait until the bot has spoken and is silent."""
        ear = self.call.prompted.ear
        await until(lambda: ear.finished(round(0.7 / FRAME_SECONDS)), "the bot to have spoken")

    async def hears_sound(self) -> None:
        """Wait until anything is to be heard."""
        self.call.prompted.ear.attend()
        await until(lambda: self.call.prompted.ear.spoke, "sound on the line")

    def heard(self, since: float = 0.0) -> bytes:
        """What was to be heard from `since` (seconds of the call) on."""
        return self.call.bot_pcm[2 * round(since * RATE) :]

    def hang_up(self) -> None:
        """Put the receiver down."""
        self.call.prompted.acts.append(Act(hang_up=True))

    @property
    def over(self) -> bool:
        """Is the call over?"""
        return self.talking.done()

    async def ended(self) -> EndedBy:
        """Wait for the end: who ended the call?"""
        return await asyncio.wait_for(asyncio.shield(self.talking), PATIENCE)


@contextlib.asynccontextmanager
async def calling(
    agent: RunningAgent, synthesize: Synthesize, number: str
) -> AsyncIterator[Caller]:
    """A call from `number`; hung up at the end, if it is not over then."""
    sid = new_id("CA")
    asked = {"CallSid": sid, "From": number, "To": "+15550199"}
    invitation = await ring(Agent(url=agent.edge), asked)
    call = PromptedCall(sid, dict(invitation.parameters))
    stop = asyncio.Event()
    task = asyncio.create_task(talk(call, invitation, RealClock(), stop))
    try:
        yield Caller(call, synthesize, task)
    finally:
        stop.set()
        await task


@dataclass
class Media:
    """What arrives on the media socket of a page: audio (16-bit, 8 kHz), and the rest as text."""

    path: str
    audio: bytearray = field(default_factory=bytearray)
    texts: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Follow the page's sockets; call it before the page opens them."""
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        if socket.url.partition("?")[0].endswith(self.path):
            socket.on("framereceived", self._received)

    def _received(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            self.audio += payload
        else:
            self.texts.append(payload)


@contextlib.asynccontextmanager
async def chromium(microphone: Path) -> AsyncIterator[Browser]:
    """A browser whose microphone plays a WAV file, again and again."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium: apt-get install chromium")
    flags = [
        *FLAGS,
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
    ]
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=program, args=flags)
        yield browser
        await browser.close()


async def sign_in(context: BrowserContext, agent: RunningAgent, name: str) -> None:
    """Get the cookie of an expert."""
    page = await context.new_page()
    await page.goto(f"{agent.control}/sign-in")
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.click("main button[type=submit]")
    await page.wait_for_url("**/seat")
    await page.close()


def write_microphone(path: Path, pcm: bytes, *, before: float, after: float) -> None:
    """A WAV file that chromium takes for the microphone, and plays again and again.

    `pcm` is 16-bit at 8 kHz; `before` and `after` are seconds of silence around it.
    """
    speech = np.frombuffer(pcm, np.int16)
    whole = [np.zeros(round(before * RATE), np.int16), speech]
    whole.append(np.zeros(round(after * RATE), np.int16))
    soundfile.write(path, np.concatenate(whole), RATE, subtype="PCM_16")


def words(text: str) -> set[str]:
    """The words of a text, for comparing what was heard with what was said."""
    kept = "".join(letter if letter.isalnum() or letter == "'" else " " for letter in text.lower())
    return set(kept.split())


def share_heard(said: str, heard: str) -> float:
    """Which share of the words of `said` is in `heard`: 0 to 1."""
    wanted = words(said)
    return len(wanted & words(heard)) / len(wanted)
