"""Every call as the page tells it, the worst first, with its sound as far as there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from evaluation.reporting.examples import KnownExamples
from evaluation.reporting.review import ReviewItem, review_item
from evaluation.reporting.secrets import Secrets, secrets_of
from evaluation.reporting.sound import Mark, SoundError, opus_uri, read_sound, waveform
from evaluation.reporting.transcript import TurnTold
from evaluation.runs.model import CallRecord, Run
from evaluation.runs.names import call_name
from evaluation.scoring.model import Aligned, Scores, Verdict
from evaluation.sets.model import Case, EvaluationSet, Goal

WORST: Final = 30
"""Calls whose sound is put into the page, if there is room."""
SOUND_BYTES: Final = 24_000_000
"""Characters of sound in the page altogether; a page that is larger can't be mailed."""


@dataclass(frozen=True, slots=True)
class CallTold:
    """A call on the page.

    `anchor` is its name in the page, `passed` None where nobody judged it. `sound` is a data URI
    ('' : not in the page), `link` the recording's path relative to the page ('' : none, or one with
    a secret in it), `wave` the picture of both channels, `no_sound` why there is none.
    """

    anchor: str
    case: str
    attempt: int
    passed: bool | None
    reasons: tuple[str, ...]
    tags: tuple[str, ...]
    outcome: str
    expected: str
    ended: str
    seconds: float
    seed: int
    line: str
    goal: str
    item: ReviewItem
    errors: int
    words: int
    link: str = ""
    sound: str = ""
    wave: Markup = field(default_factory=Markup)
    sound_seconds: float = 0.0
    no_sound: str = ""
    actions: tuple[tuple[str, str], ...] = ()

    @property
    def turns(self) -> tuple[TurnTold, ...]:
        """What was said on both sides."""
        return self.item.turns

    @property
    def name(self) -> str:
        """Case and repetition."""
        return call_name(self.case, self.attempt)

    @property
    def cut_offs(self) -> int:
        """Turns into which the bot spoke."""
        return sum("cut off" in turn.wrong for turn in self.turns)

    @property
    def worth_hearing(self) -> bool:
        """Did anything go wrong that can be heard?"""
        return self.passed is not True or self.errors > 0 or self.cut_offs > 0

    @property
    def search(self) -> str:
        """What the page's search looks at."""
        said = (f"{turn.said} {turn.heard} {turn.expected} {turn.found}" for turn in self.turns)
        return " ".join((self.case, *self.tags, *self.reasons, self.outcome, *said)).lower()


@dataclass(frozen=True, slots=True)
class _Known:
    """What is looked up for every call."""

    run: Run
    cases: EvaluationSet
    by_id: Mapping[str, Case]
    verdicts: Mapping[tuple[str, int], Verdict]
    alignments: Mapping[tuple[str, int], Sequence[Aligned]]
    examples: KnownExamples | None


def calls_told(
    folder: Path,
    run: Run,
    cases: EvaluationSet,
    scores: Scores,
    known: KnownExamples | None = None,
) -> list[CallTold]:
    """All calls, the worst first; the sound of the worst is read from the run's `folder`."""
    aligned: dict[tuple[str, int], list[Aligned]] = {}
    for one in scores.alignments:
        aligned.setdefault((one.case, one.attempt), []).append(one)
    lookup = _Known(
        run,
        cases,
        {case.id: case for case in cases.cases},
        {(v.case, v.attempt): v for v in scores.verdicts},
        aligned,
        known,
    )
    told = [(call, _told(number, call, lookup)) for number, call in enumerate(run.calls)]
    told.sort(key=lambda pair: _badness(pair[1]))
    return _with_sound(folder, told)


def _badness(call: CallTold) -> tuple[bool, int, int, int]:
    """Failed calls first, and of these the ones in which most went wrong."""
    passed = call.passed is True
    return (passed, -len(call.reasons), -call.cut_offs, -call.errors)


def _told(number: int, call: CallRecord, known: _Known) -> CallTold:
    key = (call.case, call.attempt)
    case = known.by_id.get(call.case)
    verdict, aligned = known.verdicts.get(key), known.alignments.get(key, ())
    item = review_item(known.run, known.cases, call, verdict, aligned, known.examples)
    secrets = secrets_of(case, call)
    return CallTold(
        anchor=f"call-{number}",
        case=call.case,
        attempt=call.attempt,
        passed=None if verdict is None else verdict.passed and not call.failure,
        reasons=item.reasons,
        tags=item.tags,
        outcome=call.outcome,
        expected=(case.expected.outcome or "") if case is not None else "",
        ended=call.ended,
        seconds=call.seconds,
        seed=call.seed,
        line=_line(case) if case is not None else "",
        goal=_goal(case.goal, secrets) if case is not None and case.goal is not None else "",
        item=item,
        errors=sum(one.errors for one in aligned),
        words=sum(one.words for one in aligned),
        link=_link(call),
        actions=tuple(
            (done.name, ", ".join(f"{k}={v}" for k, v in secrets.values(done.arguments).items()))
            for done in call.actions
        ),
    )


def _link(call: CallRecord) -> str:
    """The recording's path as a link; '' where it leads out of the folder, or has a secret."""
    path = PurePosixPath(call.audio)
    inside = bool(call.audio) and not path.is_absolute() and ".." not in path.parts
    return quote(call.audio) if inside and not any(t.secret for t in call.turns) else ""


def _line(case: Case) -> str:
    """The line in a few words."""
    line = case.line
    parts = [f"{line.band} band, {line.codec}"]
    if line.snr is not None:
        parts.append(f"{line.noise} noise at {line.snr:g} dB")
    if line.loss:
        parts.append(f"{line.loss:.0%} of the frames lost")
    if line.jitter:
        parts.append(f"jitter {line.jitter * 1000:.0f} ms")
    if line.echo is not None:
        parts.append(f"echo {line.echo:g} dB down after {line.echo_delay * 1000:.0f} ms")
    return ", ".join(parts)


def _goal(goal: Goal, secrets: Secrets) -> str:
    knows = ", ".join(f"{name} {value}" for name, value in secrets.values(goal.knows).items())
    return f"{goal.task}: {knows}" if knows else goal.task


# ── sound ─────────────────────────────────────────────────────────────────────────────────────


def _with_sound(folder: Path, told: Sequence[tuple[CallRecord, CallTold]]) -> list[CallTold]:
    """The first ones get their sound, as long as it fits."""
    room = SOUND_BYTES
    found: list[CallTold] = []
    for number, (record, call) in enumerate(told):
        changes: dict[str, Any] = {}
        if number < WORST and call.worth_hearing and room > 0:
            changes = _sounding(folder, record, call, room)
            room -= len(changes.get("sound", ""))
        found.append(replace(call, **changes))
    return found


def _sounding(folder: Path, record: CallRecord, call: CallTold, room: int) -> dict[str, Any]:
    try:
        sound = read_sound(folder, record)
    except SoundError as error:
        return {"no_sound": str(error), "link": ""}
    if sound is None:
        return {}
    found = {"wave": waveform(sound, _marks(call.turns)), "sound_seconds": round(sound.seconds, 3)}
    uri = opus_uri(sound)
    return {**found, "sound": uri} if len(uri) <= room else found


def _marks(turns: Sequence[TurnTold]) -> list[Mark]:
    return [
        Mark(turn.at, turn.end, "wrong" if turn.wrong else "said")
        for turn in turns
        if turn.who == "caller" and turn.at is not None and turn.end is not None
    ]
