"""Recorded calls to ask what would have been: out of a run's folder or the agent's own data.

RUN/calls.jsonl with journals and audio    calls of an evaluation, with what was really said
FOLDER/**/journal.jsonl, recording.wav     calls that the agent kept (`data_dir/calls`)
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from evaluation.runs.model import CallerTurn, CallRecord
from evaluation.runs.names import call_name
from voicebot.audio.pcm import Int16
from voicebot.conversation import journal
from voicebot.conversation.commands import RecordTurn
from voicebot.conversation.events import Party
from voicebot.conversation.journal import Journal, JournalError
from voicebot.store.folders import JOURNAL, RECORDING

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a journal; a call of half an hour has about two million."""
_NEAR: Final = 0.02
"""Seconds by which a moment may differ in two records of it."""
_TICK: Final = 0.002
"""Seconds by which the same moment may differ on two clocks that were brought together."""


class RecordedError(ValueError):
    """There is nothing to replay; the message says what is missing where."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded call.

    `shift` are the seconds from the journal's clock to that of `audio` (two channels, caller left);
    None where they can't be brought together. `turns` are those of an evaluation, with what was
    really said; `case` is '' where nobody knows.
    """

    name: str
    journal: Journal
    audio: Path | None = None
    shift: float | None = None
    turns: tuple[CallerTurn, ...] = ()
    case: str = ""

    def turn_at(self, decided: float) -> CallerTurn | None:
        """The caller's turn that the agent declared over at `decided` (journal's clock).

        None also where that was a sound of listening: what else was taken with it nobody knows.
        """
        if self.shift is None:
            return None
        at = decided + self.shift
        near = [
            (abs(turn.decided - at), turn)
            for turn in self.turns
            if turn.decided is not None and not turn.backchannel
        ]
        off, turn = min(near, key=lambda one: one[0], default=(math.inf, None))
        return turn if off <= _NEAR else None


def of_run(folder: Path, calls: Sequence[CallRecord]) -> Iterator[Recorded | str]:
    """The calls of a run; instead of one that can't be used, the reason in words."""
    root = folder.resolve()
    for call in calls:
        name = call_name(call.case, call.attempt)
        if not call.journal:
            yield f"{name}: it has no journal" + (f" ({call.failure})" if call.failure else "")
            continue
        path, audio = (root / call.journal).resolve(), (root / call.audio).resolve()
        if not path.is_relative_to(root) or not audio.is_relative_to(root):
            yield f"{name}: its files lie outside the run's folder"
            continue
        try:
            kept = read_journal(path)
        except RecordedError as error:
            yield f"{name}: {error}"
            continue
        usable = audio if call.audio and audio.is_file() else None
        yield Recorded(name, kept, usable, shift_between(kept, call.turns), call.turns, call.case)


def of_agent(folder: Path) -> Iterator[Recorded | str]:
    """The calls that an agent kept below `folder`, oldest first."""
    for path in sorted(folder.rglob(JOURNAL)):
        name = path.parent.name
        try:
            kept = read_journal(path)
        except RecordedError as error:
            yield f"{name}: {error}"
            continue
        audio = path.parent / RECORDING
        yield Recorded(name, kept, audio if audio.is_file() else None, 0.0)


def read_journal(path: Path) -> Journal:
    """Raises RecordedError."""
    try:
        if path.stat().st_size > LARGEST:
            raise RecordedError(f"{path} is larger than any journal")
        with path.open(encoding="utf-8") as file:
            kept = journal.read(file)
    except (OSError, UnicodeDecodeError, JournalError) as error:
        raise RecordedError(f"{path}: {error}") from error
    if not kept.steps:
        raise RecordedError(f"{path} holds no event")
    return kept


def shift_between(kept: Journal, turns: Sequence[CallerTurn]) -> float | None:
    """Seconds from the journal's clock to the caller's, told by when turns were declared over.

    These were brought from one clock to the other by one number, and that is the difference that
    most pairs of a moment then and a moment now agree on. None where no two pairs agree, unless
    there is only one.
    """
    then = {
        command.times["decided"]
        for step in kept.steps
        for command in step.commands
        if isinstance(command, RecordTurn)
        and command.party is Party.CALLER
        and "decided" in command.times
    }
    measured = [turn.decided for turn in turns if turn.decided is not None]
    apart = sorted(at - decided for at in measured for decided in then)
    if not apart:
        return None
    agreeing = max((_near(apart, number) for number in range(len(apart))), key=len)
    if len(agreeing) == 1 and len(apart) > 1:
        return None
    return float(np.median(agreeing))


def _near(values: Sequence[float], first: int) -> Sequence[float]:
    """The values from `first` on that are about the same; `values` are sorted."""
    return values[first : bisect_right(values, values[first] + _TICK)]


def caller_audio(recorded: Recorded, since: float, until: float) -> tuple[Int16, int] | None:
    """The caller's channel between two times of the journal's clock, and its rate (Hz).

    None where there is no audio for it. Raises RecordedError where the file can't be read.
    """
    if recorded.audio is None or recorded.shift is None:
        return None
    try:
        with soundfile.SoundFile(recorded.audio) as file:
            first = max(round((since + recorded.shift) * file.samplerate), 0)
            last = max(round((until + recorded.shift) * file.samplerate), first)
            if first >= file.frames:
                return None
            file.seek(first)
            samples = file.read(last - first, dtype="int16", always_2d=True)[:, 0]
            return np.ascontiguousarray(samples), int(file.samplerate)
    except (OSError, soundfile.LibsndfileError) as error:
        raise RecordedError(f"the recording {recorded.audio} can't be read: {error}") from error
