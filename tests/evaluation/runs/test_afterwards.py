from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluation.runs.afterwards import hear_all, not_understood, understand_all
from evaluation.runs.model import BotTurn, CallerTurn, CallRecord, RunInfo, Understood
from evaluation.runs.store import RunFolder
from tests.evaluation.bench.tracks import silence, tone
from voicebot.audio.pcm import Int16
from voicebot.engines.base import Recognition


def folder(path: Path, *calls: CallRecord) -> RunFolder:
    made = RunFolder(path / "run")
    made.create(RunInfo("s", "1", "d", "x", 1, 1, len(calls), "now"), [c.case for c in calls])
    for call in calls:
        made.append(call)
    return made


def call(case: str, *turns: CallerTurn, **more: object) -> CallRecord:
    return CallRecord(case, 0, 1, turns=turns, **more)  # type: ignore[arg-type]


def said(reference: str, heard: str = "", **more: object) -> CallerTurn:
    return CallerTurn(0, "say", reference, heard, **more)  # type: ignore[arg-type]


def nothing(_: int, __: int) -> None:
    pass


def test_each_text_is_asked_about_once_and_secrets_never(tmp_path: Path) -> None:
    asked: list[str] = []

    async def understand(text: str) -> Understood | None:
        asked.append(text)
        return Understood(text.upper(), 0.5)

    kept = folder(
        tmp_path,
        call("a", said("yes", "yeah"), said("•••• ••", "••••", secret=True)),
        call("b", said("yes", ""), said("mm-hmm", "hm", backchannel=True)),
        call("c", CallerTurn(0, "keys", "42")),
    )
    asyncio.run(understand_all(kept, understand, nothing))
    assert sorted(asked) == ["yeah", "yes"]
    first, second, _ = kept.read().calls
    assert first.turns[0].by_reference == Understood("YES", 0.5)
    assert first.turns[0].understood == Understood("YEAH", 0.5)
    assert first.turns[1].by_reference is None
    assert (second.turns[0].understood, second.turns[1].by_reference) == (None, None)
    assert not_understood(kept.read().calls) == []
    asyncio.run(understand_all(kept, understand, nothing))
    assert len(asked) == 2


class Ear:
    """Hears how long a sound is."""

    name = "ear"

    def __init__(self) -> None:
        self.heard: list[float] = []

    def recognize(
        self,
        pcm: Int16,
        rate: int,
        hints: tuple[str, ...] = (),
        wanted: Callable[[str], bool] | None = None,
    ) -> Recognition:
        self.heard.append(len(pcm) / rate)
        return Recognition(f" {np.count_nonzero(pcm) / rate:.1f} s ", 1.0)


def with_sound(run: RunFolder, name: str) -> None:
    bot = np.concatenate([silence(1.0), tone(0.5), silence(1.0), tone(0.5), silence(1.0)])
    with wave.open(str(run.path / "audio" / name), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(np.stack([silence(4.0), bot], axis=1).astype("<i2").tobytes())


def test_what_the_bot_said_is_recognized_once_for_each_sound(tmp_path: Path) -> None:
    spoken = (BotTurn("a", 1.0, 1.5), BotTurn("b", 2.5, 3.0))
    calls = [call(name, bot=spoken, audio=f"audio/{name}.wav") for name in ("x", "y")]
    kept = folder(tmp_path, *calls, call("never"))
    for one in calls:
        with_sound(kept, f"{one.case}.wav")
    ear = Ear()
    told: list[tuple[int, int]] = []
    hear_all(kept, ear, lambda *done: told.append(done), lambda: True)
    assert [turn.heard for one in kept.read().calls for turn in one.bot] == ["0.5 s"] * 4
    assert len(ear.heard) == 1, "all four are the same sound"
    assert ear.heard[0] == pytest.approx(0.8)
    assert told == [(1, 2), (2, 2)]


def test_it_stops_when_it_has_to_and_goes_on_later(tmp_path: Path) -> None:
    calls = [call(n, bot=(BotTurn("a", 1.0, 1.5),), audio=f"audio/{n}.wav") for n in ("x", "y")]
    kept = folder(tmp_path, *calls)
    for one in calls:
        with_sound(kept, f"{one.case}.wav")
    answers = iter([True, False])
    hear_all(kept, Ear(), nothing, lambda: next(answers))
    assert [one.bot[0].heard for one in kept.read().calls] == ["0.5 s", ""]
    hear_all(kept, Ear(), nothing, lambda: True)
    assert [one.bot[0].heard for one in kept.read().calls] == ["0.5 s", "0.5 s"]
