"""What is found out about the calls of a run when they are over: no call waits for it.

What the dialogue makes of each reference and of what was heard (while the system is still there),
and what recognition hears of the bot's own speech (when it no longer needs the machine). Either is
left out where it is there already, so that it can be interrupted and gone on with.
"""

from __future__ import annotations

import asyncio
import hashlib
import wave
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from evaluation.runs.model import BotTurn, CallerTurn, CallRecord, Understood
from evaluation.runs.store import RunFolder
from voicebot.audio.pcm import Int16
from voicebot.engines.base import Recognizer
from voicebot.telephony.base import LINE_RATE

AT_ONCE: Final = 4
"""Texts that the dialogue is asked about at the same time."""
AROUND: Final = 0.15
"""Seconds of the bot's channel before and behind what is audible that recognition gets, too."""

Understand = Callable[[str], Awaitable[Understood | None]]
Told = Callable[[int, int], None]
"""Told how many of how many calls are done."""


async def understand_all(folder: RunFolder, understand: Understand, told: Told) -> None:
    """Ask the dialogue about all texts of the run. Raises DialogueError, RunError, OSError."""
    waiting = not_understood(folder.read().calls)
    texts = {text for call in waiting for turn in call.turns for text in _texts(turn)}
    known: dict[str, Understood | None] = {}
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(text: str) -> None:
        async with room:
            known[text] = await understand(text)

    await asyncio.gather(*map(ask, sorted(texts)))
    for done, call in enumerate(waiting, 1):
        turns = tuple(_understood(turn, known) for turn in call.turns)
        if turns != call.turns:
            folder.append(replace(call, turns=turns))
        told(done, len(waiting))


def not_understood(calls: Iterable[CallRecord]) -> list[CallRecord]:
    """The calls of whose texts the dialogue was not asked."""
    return [call for call in calls if any(map(_to_ask, call.turns))]


def hear_all(
    folder: RunFolder, recognizer: Recognizer, told: Told, going_on: Callable[[], bool]
) -> None:
    """Write down what recognition hears of the bot; blocking, for minutes.

    The same sound is recognized once. Raises EngineError, RunError, OSError.
    """
    waiting = [c for c in folder.read().calls if c.audio and any(not t.heard for t in c.bot)]
    known: dict[bytes, str] = {}
    for done, call in enumerate(waiting, 1):
        if not going_on():
            return
        heard = _heard(folder.path / call.audio, call, recognizer, known)
        if heard.bot != call.bot:
            folder.append(heard)
        told(done, len(waiting))


def _to_ask(turn: CallerTurn) -> bool:
    return bool(_texts(turn)) and turn.by_reference is None and turn.understood is None


def _texts(turn: CallerTurn) -> list[str]:
    """What the dialogue is asked about; nothing of a turn that nobody may keep."""
    if turn.kind != "say" or turn.secret or turn.backchannel:
        return []
    return [text for text in (turn.reference, turn.heard) if text]


def _understood(turn: CallerTurn, known: dict[str, Understood | None]) -> CallerTurn:
    if not _texts(turn):
        return turn
    return replace(turn, by_reference=known.get(turn.reference), understood=known.get(turn.heard))


def _heard(
    path: Path, call: CallRecord, recognizer: Recognizer, known: dict[bytes, str]
) -> CallRecord:
    bot = _bot_channel(path)

    def hear(turn: BotTurn) -> BotTurn:
        if turn.heard:
            return turn
        first = max(0, round((turn.start - AROUND) * LINE_RATE))
        sound = bot[first : round((turn.end + AROUND) * LINE_RATE)]
        key = hashlib.sha256(np.trim_zeros(sound).tobytes()).digest()
        if key not in known:
            known[key] = recognizer.recognize(sound, LINE_RATE).text.strip()
        return replace(turn, heard=known[key])

    return replace(call, bot=tuple(map(hear, call.bot)))


def _bot_channel(path: Path) -> Int16:
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return samples.astype(np.int16).reshape(-1, 2)[:, 1]
