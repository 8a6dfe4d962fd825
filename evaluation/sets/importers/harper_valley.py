"""Harper Valley Bank: 1,446 calls of people who play customers of a bank, over real telephones.

Source: the repository cricketclub/gridspace-stanford-harper-valley (Wu et al. 2020,
"HarperValleyBank: A Domain-Specific Spoken Dialog Corpus"), with a file for every call id:
`data/transcript/ID.json` (segments with `human_transcript`, `speaker_role`, `offset_ms` and
`duration_ms` in the speaker's recording), `data/metadata/ID.json` (`tasks` with `task_type`) and
`data/audio/caller/ID.wav` (8 kHz, the caller alone). Licence: CC-BY-4.0. The source of an import is
the repository or its `data`.

Every segment of a caller becomes a case of one turn, tagged with the tasks of the call: what a
caller answers fits the agent of that bank, not another. Sounds in brackets are no words. A segment
with words that nobody understood (`<unk>`), or with none, is no reference and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evaluation.cases import LONGEST
from evaluation.sets.heading import Heading
from evaluation.sets.importers.audio import cut
from evaluation.sets.importers.options import Options, brought, drawn, slug
from evaluation.sets.importers.sources import found, read_json
from evaluation.sets.model import Case, EvaluationSet, Say
from evaluation.sets.problems import Problems, refused

LICENCE: Final = "CC-BY-4.0"
TITLE: Final = "HarperValleyBank (Gridspace, Stanford)"
PADDING: Final = 0.2
"""Seconds around a segment that are kept, as far as nothing else is said in them."""

_SOUND: Final = re.compile(r"\[[^\]]*\]|~")
_UNKNOWN: Final = "<unk>"


@dataclass(frozen=True, slots=True)
class Segment:
    """What a caller says at once, from `start` to `end` seconds in the caller's recording."""

    call: str
    number: int
    text: str
    start: float
    end: float
    tags: tuple[str, ...]


def import_harper_valley(source: Path, target: Path, options: Options) -> EvaluationSet:
    """The callers' segments, one case each; the original has no splits: any may be named.

    `options.only` keeps the calls with one of these tasks ("replace card"). Raises SetError.
    """
    root = found(source, ("data/transcript", "transcript"), "transcripts").parent
    problems = Problems()
    segments: list[Segment] = []
    left_out = 0
    for path in sorted((root / "transcript").glob("*.json")):
        tasks = _tasks(root / "metadata" / path.name, problems)
        if not any(map(options.wants, tasks or ("",))):
            continue
        if not (root / "audio" / "caller" / f"{path.stem}.wav").is_file():
            problems.add(str(path), f"audio/caller/{path.stem}.wav is missing")
        heard, unclear = _segments(path, tuple(map(slug, tasks)), problems)
        segments += heard
        left_out += unclear
    problems.raise_any()
    title = f"{TITLE}; {left_out} segments without words that were understood are left out"
    heading = Heading("harper-valley-bank", options.version, LICENCE, title, options.split)
    chosen = drawn(segments, options)
    by_call = _by_call(chosen)

    def case(segment: Segment, folder: Path) -> Case:
        if segment.call in by_call:
            # one recording after another: each is opened once
            spans = [(one.start, one.end, _file(folder, one)) for one in by_call.pop(segment.call)]
            cut(root / "audio" / "caller" / f"{segment.call}.wav", spans)
        where = f"{root / 'transcript' / segment.call}.json"
        said = Say(segment.text, audio=_file(folder, segment))
        return Case(_name(segment), (said,), tags=segment.tags, where=where)

    return brought(target, heading, chosen, case)


def _tasks(path: Path, problems: Problems) -> list[str]:
    if not path.is_file():
        problems.add(str(path), "is missing")
        return []
    data = read_json(path)
    tasks = data.get("tasks") if isinstance(data, dict) else None
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        problems.add(str(path), "has no tasks")
        return []
    return sorted({str(task["task_type"]) for task in tasks if task.get("task_type")})


def _segments(path: Path, tags: tuple[str, ...], problems: Problems) -> tuple[list[Segment], int]:
    """What the caller says in a call, and how many segments are no reference."""
    entries = read_json(path)
    if not isinstance(entries, list):
        raise refused(path, "is no transcript: it has to be a list of segments")
    callers = [entry for entry in entries if _by_caller(entry, path, problems)]
    spans = list(_spans(callers))
    segments = []
    for number, (entry, (start, end)) in enumerate(zip(callers, spans, strict=True), 1):
        words = str(entry["human_transcript"])
        text = " ".join(_SOUND.sub(" ", words).split())
        if text and _UNKNOWN not in words and end - start <= LONGEST:
            segments.append(Segment(path.stem, number, text, start, end, tags))
    return segments, len(callers) - len(segments)


def _by_caller(entry: object, path: Path, problems: Problems) -> bool:
    """Is it a segment of the caller, with all that is needed of it?"""
    if not isinstance(entry, dict) or "speaker_role" not in entry:
        problems.add(str(path), "has something that is no segment")
        return False
    if entry["speaker_role"] != "caller":
        return False
    times = [entry.get("offset_ms"), entry.get("duration_ms")]
    if not all(isinstance(time, int) and 0 <= time < 10**8 for time in times):
        problems.add(str(path), f"segment {entry.get('index')} has no offset_ms and duration_ms")
        return False
    if not isinstance(entry.get("human_transcript"), str):
        problems.add(str(path), f"segment {entry.get('index')} has no human_transcript")
        return False
    return True


def _spans(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, float]]:
    """Where each segment begins and ends (s), with padding that reaches into no neighbour."""
    times = [
        (entry["offset_ms"] / 1000, (entry["offset_ms"] + entry["duration_ms"]) / 1000)
        for entry in entries
    ]
    for start, end in times:
        before = max((other for _, other in times if other <= start), default=0.0)
        after = min((other for other, _ in times if other >= end), default=end + 2 * PADDING)
        yield (
            start - min(PADDING, (start - before) / 2),
            end + min(PADDING, (after - end) / 2),
        )


def _by_call(segments: Sequence[Segment]) -> dict[str, list[Segment]]:
    calls: dict[str, list[Segment]] = {}
    for segment in segments:
        calls.setdefault(segment.call, []).append(segment)
    return calls


def _name(segment: Segment) -> str:
    return f"{slug(segment.call)}-{segment.number:03d}"


def _file(folder: Path, segment: Segment) -> Path:
    return folder / "audio" / f"{_name(segment)}.flac"
