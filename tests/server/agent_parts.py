"""A quick agent: the real edge, dialects, calls, desk and record; only the models are stand-ins.

Voice activity is loudness, a word is a tone of its own frequency, the voice is a tone that is as
long as its text, and the dialogue is a script. Everything between them is what serves callers.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.server import Server

from voicebot.config import Settings
from voicebot.conversation.events import Expectation, Handoff, Reply
from voicebot.desk.seats import Desk
from voicebot.dialogue.base import DialogueError
from voicebot.dialogue.scripted import Rule, ScriptedDialogue, reply
from voicebot.engines.base import EngineError, Int16, Recognition, VoiceSettings
from voicebot.engines.pool import WorkerPool
from voicebot.server.calls import LiveCalls
from voicebot.server.edge import MediaEdge
from voicebot.server.parts import Parts, policy_from
from voicebot.server.ports import free_port
from voicebot.server.tokens import TokenBook
from voicebot.store.calls import CallStore
from voicebot.store.database import Database
from voicebot.store.records import CallRecord
from voicebot.store.writer import RecordWriter

WORDS = {400: "balance", 600: "a person", 800: "goodbye", 1000: "a story", 1200: "trouble"}
"""What a tone of so many hertz says."""
HERTZ = {word: hertz for hertz, word in WORDS.items()}
CHARACTERS_PER_SECOND = 300.0
WELCOME = "Welcome to the bank."
BALANCE = "You have twelve dollars."
STORY = "Once upon a time there was a very long sentence that went on and on and on. " * 12


class Loudness:
    """Voice activity by loudness."""

    window = 256

    def probability(self, window: Int16) -> float:
        return 1.0 if int(np.abs(window).max(initial=0)) > 1000 else 0.0


@dataclass
class ToneRecognizer:
    """Hears tones. `failure` is raised instead; `hold` keeps a worker until it is set."""

    name: str = "tones"
    failure: Exception | None = None
    hold: threading.Event | None = None
    asked: int = 0

    def recognize(
        self,
        pcm: Int16,
        rate: int,
        hints: tuple[str, ...] = (),
        wanted: Callable[[str], bool] | None = None,
    ) -> Recognition:
        self.asked += 1
        if self.hold is not None:
            self.hold.wait(10)
        if self.failure is not None:
            raise self.failure
        spectrum = np.abs(np.fft.rfft(pcm.astype(np.float64)))
        if not len(spectrum) or spectrum.max() < 1e5:
            return Recognition("", 0.0)
        hertz = float(np.argmax(spectrum)) * rate / len(pcm)
        nearest = min(WORDS, key=lambda known: abs(known - hertz))
        return Recognition(WORDS[nearest] if abs(nearest - hertz) < 50 else "", 0.9)


@dataclass
class ToneVoice:
    """Speaks in tones. Text that holds a key of `fails` breaks after so many chunks."""

    fails: dict[str, tuple[int, Exception]] = field(default_factory=dict)
    chunk: int = 800
    ahead: list[str] = field(default_factory=list)

    def render_ahead(self, text: str, settings: VoiceSettings) -> None:
        self.ahead.append(text)

    async def speak(self, text: str, settings: VoiceSettings) -> AsyncIterator[Int16]:
        samples = tone(440, len(text) / CHARACTERS_PER_SECOND)
        broken = next((how for part, how in self.fails.items() if part in text), None)
        for number, start in enumerate(range(0, len(samples), self.chunk)):
            if broken is not None and number == broken[0]:
                raise broken[1]
            yield samples[start : start + self.chunk]
            await asyncio.sleep(0)


class QuickDialogue(ScriptedDialogue):
    """The script of a small bank; `before` may delay or break what is asked."""

    def __init__(self) -> None:
        super().__init__(
            rules=[
                Rule("balance", reply(BALANCE, intent="balance", slots={"task": "balance"})),
                Rule("person", reply("I'll find somebody.", handoff=Handoff("asked"))),
                Rule("goodbye", reply("Goodbye.", end=True)),
                Rule("story", reply(STORY)),
                Rule(
                    "trouble",
                    reply(
                        "What is your PIN?",
                        requested_slot="pin",
                        expects=Expectation("digits", 4, sensitive=True),
                    ),
                ),
            ],
            events={"start": reply(WELCOME)},
        )
        self.before: Callable[[str], Awaitable[None]] | None = None
        self.ending: Exception | None = None

    async def turn(self, call_id: str, turn: int, text: str, **more: Any) -> Reply:
        if self.before is not None:
            await self.before(text)
        return await super().turn(call_id, turn, text, **more)

    async def event(self, call_id: str, turn: int, name: str, payload: Mapping[str, Any]) -> Reply:
        if self.before is not None:
            await self.before(f"/{name}")
        return await super().event(call_id, turn, name, payload)

    async def end(self, call_id: str) -> None:
        await super().end(call_id)
        if self.ending is not None:
            raise self.ending


@dataclass
class QuickAgent:
    """A running agent and what tests reach into."""

    settings: Settings
    dialogue: QuickDialogue
    voice: ToneVoice
    recognizer: ToneRecognizer
    recognition: WorkerPool
    parts: Parts
    store: CallStore
    records: RecordWriter
    desk: Desk
    tokens: TokenBook
    calls: LiveCalls
    server: Server = field(init=False)
    activity: Callable[[], Any] = Loudness

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.settings.edge_port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.settings.edge_port}"

    def token(self, caller: str = "+15550100") -> str:
        return self.tokens.issue("twilio", {"From": caller, "To": "+15550199"}, 60.0)

    async def quiet(self) -> None:
        """Wait until no call is going on and everything is in the record."""
        await until(lambda: not len(self.calls))
        await self.records.flush()

    async def newest(self) -> CallRecord:
        """The call that began last, when it is closed in the record."""
        async with asyncio.timeout(10):
            while True:
                await self.records.flush()
                calls = await self.store.list_calls(1)
                if calls and calls[0].outcome is not None:
                    record = await self.store.get_call(calls[0].id)
                    assert record is not None
                    return record
                await asyncio.sleep(0.02)


async def until(done: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


def tone(hertz: float, seconds: float, level: int = 8000) -> Int16:
    time = np.arange(round(seconds * 8000)) / 8000
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


QUICK_TURNS = {
    "pause": 0.1,
    "silence": 0.2,
    "barge_in": 0.15,
    "longest": 5.0,
    "no_input": 5.0,
    "between_digits": 0.4,
}
QUICK_LIMITS = {
    "calls": 3,
    "call_seconds": 60.0,
    "start_seconds": 0.5,
    "send_seconds": 0.5,
    "recognition_seconds": 0.6,
    "dialogue_seconds": 1.0,
    "filler_seconds": 0.3,
    "ring_seconds": 2.0,
    "transfer_seconds": 4.0,
}


def quick_settings(data_dir: Path, **changes: Any) -> Settings:
    """Settings of a quick agent; `limits` and `turns` change single numbers."""
    limits = QUICK_LIMITS | changes.pop("limits", {})
    turns = QUICK_TURNS | changes.pop("turns", {})
    return Settings(data_dir=data_dir, edge_port=free_port(), limits=limits, turns=turns, **changes)


async def _hasty(seconds: float) -> None:
    await asyncio.sleep(seconds / 20)


@asynccontextmanager
async def quick_agent(data_dir: Path, **changes: Any) -> AsyncIterator[QuickAgent]:
    """An agent that listens on a free port; stopped as the real one is.

    `may_prepare`, `may_show_partials` and `fax` are the agent's; other changes are of its settings.
    """
    may_prepare = changes.pop("may_prepare", lambda: True)
    may_show_partials = changes.pop("may_show_partials", lambda: True)
    fax = changes.pop("fax", None)
    settings = quick_settings(data_dir, **changes)
    database = Database(settings.database, data_dir)
    await database.upgrade()
    store = CallStore(database)
    records = RecordWriter(store, data_dir, sleep=_hasty)
    await records.start()
    recognizer, voice, dialogue = ToneRecognizer(), ToneVoice(), QuickDialogue()
    recognition = WorkerPool("recognition", 1, 1)
    desk = Desk(settings.limits, records)
    calls = LiveCalls(settings.limits.calls)
    tokens = TokenBook(asyncio.get_running_loop().time)
    parts = Parts(
        settings,
        policy_from(settings),
        lambda: agent.activity(),
        recognizer,
        recognition,
        voice,
        dialogue,
        desk,
        records,
        may_prepare=may_prepare,
        may_show_partials=may_show_partials,
        fax=fax,
    )
    agent = QuickAgent(
        settings,
        dialogue,
        voice,
        recognizer,
        recognition,
        parts,
        store,
        records,
        desk,
        tokens,
        calls,
    )
    ticking = asyncio.create_task(calls.tick())
    edge = MediaEdge(parts, tokens, calls)
    agent.server = server = await edge.listen(settings.host, settings.edge_port)
    if settings.audiosocket_port:
        door = await edge.listen_audiosocket(settings.host, settings.audiosocket_port)
    else:
        door = None
    try:
        yield agent
        assert not ticking.done(), "the calls' clock has stopped"
    finally:
        await calls.shut_down("the agent was stopped", 5.0)
        server.close()
        await server.wait_closed()
        if door is not None:
            door.close()
            await door.wait_closed()
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        recognition.close()
        await records.close()
        await database.close()


def engine_error(reason: str = "no engine") -> EngineError:
    return EngineError(reason)


def dialogue_error(reason: str = "no dialogue") -> DialogueError:
    return DialogueError(reason)
