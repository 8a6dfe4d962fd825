"""A failed call as an item for those who train: what was said, heard, understood and expected.

An item is a folder that can be taken along:

    item.json     everything about the call, turn by turn
    nlu.yml       an example for each turn that went wrong, to accept or to edit
    turn-3.wav    what the caller said in turn 3, with the bot in the other channel

Secrets are masked in the texts and silent in the audio.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from evaluation.reporting.examples import Example, KnownExamples, as_yaml
from evaluation.reporting.secrets import Secrets, secrets_of
from evaluation.reporting.sound import Sound, read_sound, wav_bytes
from evaluation.reporting.transcript import TurnTold, told
from evaluation.runs.model import CallRecord, Run
from evaluation.scoring.model import Aligned, Scores, Verdict
from evaluation.sets.model import EvaluationSet

VERSION: Final = 1
"""Of the format of item.json."""
BEFORE: Final = 0.5
"""Seconds of the call before a turn that its audio begins with."""
AFTER: Final = 1.5
"""Seconds after a turn: long enough to hear that the bot spoke into it."""
MEASURES: Final = (
    "This sentence belongs to a set that measures. Training on it would make the next figures "
    "better than the bot is: write one of your own that means the same."
)
_ABOUT_WORDS: Final = ("misunderstood", "misheard", "not heard", "cut off")


class ReviewError(ValueError):
    """There is no such call, or it can't be written; the message says which there are."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A call for review; `wrong` are the numbers of the turns that it is about.

    `nlu` is the content of nlu.yml, `notes` what the reader has to know before using it.
    """

    case: str
    attempt: int
    reasons: tuple[str, ...]
    tags: tuple[str, ...]
    run: dict[str, Any]
    turns: tuple[TurnTold, ...]
    wrong: tuple[int, ...]
    nlu: str
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """item.json."""
        return {"format": VERSION, **asdict(self)}


def review_item(
    run: Run,
    cases: EvaluationSet,
    call: CallRecord,
    verdict: Verdict | None,
    aligned: Sequence[Aligned],
    known: KnownExamples | None = None,
) -> ReviewItem:
    """What is to be looked at in a call; `aligned` are all alignments of the run or the call's."""
    case = next((one for one in cases.cases if one.id == call.case), None)
    secrets = secrets_of(case, call)
    own = [one for one in aligned if (one.case, one.attempt) == (call.case, call.attempt)]
    turns = told(call, case, own, secrets)
    wrong = _wrong(turns)
    notes = (MEASURES,) if cases.split == "test" else ()
    return ReviewItem(
        case=call.case,
        attempt=call.attempt,
        reasons=_reasons(call, verdict, secrets),
        tags=tuple(dict.fromkeys((*(case.tags if case else ()), *call.tags))),
        run={
            "set": run.info.set_name,
            "version": run.info.set_version,
            "split": cases.split,
            "system": run.info.system,
            "started": run.info.started,
            "seed": call.seed,
        },
        turns=turns,
        wrong=tuple(turn.number for turn in wrong),
        nlu=as_yaml([_example(turn, known) for turn in wrong], notes),
        notes=notes,
    )


def _reasons(call: CallRecord, verdict: Verdict | None, secrets: Secrets) -> tuple[str, ...]:
    found = verdict.reasons if verdict is not None else ()
    told = any(call.failure in reason for reason in found)
    failure = (call.failure,) if call.failure and not told else ()
    return tuple(secrets.hide(reason) for reason in (*failure, *found))


def _wrong(turns: Sequence[TurnTold]) -> list[TurnTold]:
    """The turns that went wrong by their words; where none did, all of the caller's words."""
    said = [t for t in turns if t.who == "caller" and t.kind == "say" and not t.secret]
    found = [turn for turn in said if set(turn.wrong) & set(_ABOUT_WORDS)]
    return found or said


def _example(turn: TurnTold, known: KnownExamples | None) -> Example:
    text = turn.said or turn.heard
    stands = known.where(text) if known is not None else None
    already = f"stands already under {stands[0] or 'no intent'} in {stands[1]}" if stands else ""
    ranked = tuple(name for name, _ in turn.ranking[:3]) or ((turn.found,) if turn.found else ())
    return Example(turn.expected, text, turn.heard, ranked, already)


# ── written to a folder ───────────────────────────────────────────────────────────────────────


def write_review(
    folder: Path,
    run: Run,
    cases: EvaluationSet,
    scores: Scores,
    case: str,
    out: Path,
    attempt: int | None = None,
    known: KnownExamples | None = None,
) -> Path:
    """Write the item of a call of the run in `folder` below `out`; returns the item's folder.

    `attempt` counts from 0; without it, it is the first one that failed, or else the first.

    Raises:
        ReviewError: the run has no such call.
        SoundError: its recording can't be read.
    """
    call, verdict = _chosen(run, scores, case, attempt)
    item = review_item(run, cases, call, verdict, scores.alignments, known)
    place = out / _safe(f"{call.case}-{call.attempt + 1}")
    place.mkdir(parents=True, exist_ok=True)
    sound = read_sound(folder, call)
    files = _slices(item, sound, place) if sound is not None else {}
    content = {**item.as_json(), "audio": files}
    (place / "nlu.yml").write_text(item.nlu, encoding="utf-8")
    text = json.dumps(content, indent=1, ensure_ascii=False, default=str)
    (place / "item.json").write_text(text + "\n", encoding="utf-8")
    return place


def _chosen(
    run: Run, scores: Scores, case: str, attempt: int | None
) -> tuple[CallRecord, Verdict | None]:
    calls = [one for one in run.calls if one.case == case]
    if not calls:
        near = sorted({one.case for one in run.calls})[:20]
        raise ReviewError(f"the run has no call of {case!r}; it has {', '.join(near) or 'none'}")
    verdicts = {v.attempt: v for v in scores.verdicts if v.case == case}
    if attempt is None:
        failed = [c for c in calls if c.attempt in verdicts and not verdicts[c.attempt].passed]
        call = (failed or calls)[0]
    else:
        found = [one for one in calls if one.attempt == attempt]
        if not found:
            have = ", ".join(str(one.attempt + 1) for one in calls)
            raise ReviewError(f"{case} has no attempt {attempt + 1}, only {have}")
        call = found[0]
    return call, verdicts.get(call.attempt)


def _slices(item: ReviewItem, sound: Sound, place: Path) -> dict[int, dict[str, Any]]:
    """The audio of each turn that went wrong."""
    files: dict[int, dict[str, Any]] = {}
    for turn in item.turns:
        if turn.number not in item.wrong or turn.who != "caller" or turn.at is None:
            continue
        since = max(turn.at - BEFORE, 0.0)
        until = min((turn.end if turn.end is not None else turn.at) + AFTER, sound.seconds)
        name = f"turn-{turn.number}.wav"
        (place / name).write_bytes(wav_bytes(sound.between(since, until)))
        files[turn.number] = {"file": name, "since": since, "until": until}
    return files


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip(".")[:100] or "call"
