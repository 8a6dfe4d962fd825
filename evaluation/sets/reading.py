"""Reading an evaluation set, and checking it to the last file before anybody is called.

A set is a folder with `set.yaml`, `cases.jsonl` and recordings (docs/evaluation.md). A folder with
`cases.jsonl` alone, whose lines have `id`, `audio` and `text`, is a plain set of recordings: one
case with one turn each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evaluation.sets.casereading import Place, case_of, plain_case
from evaluation.sets.consistency import clashes, contradictions
from evaluation.sets.fields import Fields
from evaluation.sets.heading import FILE, Heading, read_heading
from evaluation.sets.jsonlines import lines_of
from evaluation.sets.model import Case, EvaluationSet, Say
from evaluation.sets.problems import Problems, refused
from evaluation.sets.recordings import RecordingUnusable, examined

LISTING: Final = "cases.jsonl"
MOST_CASES: Final = 20_000
LARGEST_LISTING: Final = 64_000_000
"""Bytes of cases.jsonl."""

_RESEAL: Final = "if the change is meant, seal the set anew: `voicebot evaluate hash FOLDER`"


@dataclass(frozen=True, slots=True)
class Checked:
    """A set with the SHA-256 of its files by path inside the folder (without set.yaml)."""

    cases: EvaluationSet
    hashes: Mapping[str, str]


def read_set(folder: Path, intents: Collection[str] | None = None) -> EvaluationSet:
    """The set in `folder`, with every case and recording checked.

    `intents` are those that the dialogue knows (`evaluation.sets.domain`); None: any will do.
    Raises SetError with all problems, each with file and line.
    """
    return checked(folder, intents).cases


def checked(
    folder: Path, intents: Collection[str] | None = None, *, sealed: bool = True
) -> Checked:
    """The set in `folder` with the hashes of its files.

    `sealed`: the hashes in set.yaml have to be right; without it they are not looked at. Raises
    SetError.
    """
    if not folder.is_dir():
        raise refused(folder, "is no folder: a set is a folder with set.yaml and cases.jsonl")
    problems, root = Problems(), folder.resolve()
    listing = folder / LISTING
    data = _listing(listing)
    heading = read_heading(folder / FILE, problems) if (folder / FILE).exists() else None
    cases = _cases(data, listing, Place(root, intents), problems, plain=heading is None)
    known = heading.hashes if heading is not None and sealed else {}
    hashes = {LISTING: hashlib.sha256(data).hexdigest()} | _recordings(cases, root, problems)
    if known:
        _unchanged(folder, known, hashes, problems)
    problems.raise_any()
    usual = heading or Heading(root.name, "0", "", "")
    digest = digest_of([*hashes.items(), *_file_hash(folder / FILE)])
    return Checked(
        EvaluationSet(
            folder=root,
            name=usual.name,
            version=usual.version,
            licence=usual.licence,
            source=usual.source,
            split=usual.split,
            synthetic=usual.synthetic,
            cases=tuple(cases),
            digest=digest,
            today=usual.today,
        ),
        hashes,
    )


def digest_of(hashes: Iterable[tuple[str, str]]) -> str:
    """The SHA-256 (hex) over the SHA-256 of files by their paths, whatever their order."""
    listed = "".join(f"{value}  {name}\n" for name, value in sorted(hashes))
    return hashlib.sha256(listed.encode()).hexdigest()


def _file_hash(path: Path) -> list[tuple[str, str]]:
    return [(path.name, hashlib.sha256(path.read_bytes()).hexdigest())] if path.exists() else []


def _listing(listing: Path) -> bytes:
    try:
        size = listing.stat().st_size
        if size > LARGEST_LISTING:
            raise refused(listing, f"has {size} bytes; at most {LARGEST_LISTING} are read")
        return listing.read_bytes()
    except OSError as error:
        raise refused(listing, f"can't be read: {error.strerror}") from None


def _cases(
    data: bytes, listing: Path, place: Place, problems: Problems, *, plain: bool
) -> Sequence[Case]:
    cases: list[Case] = []
    for line in lines_of(data):
        where = f"{listing}:{line.number}"
        if len(cases) == MOST_CASES:
            problems.add(where, f"is one case more than the {MOST_CASES} that are read")
            break
        if line.entry is None:
            problems.add(where, line.problem)
            continue
        if plain and ("turns" in line.entry or "goal" in line.entry):
            raise refused(
                listing.parent / FILE,
                "is missing: a set of calls says its name, version, licence, source and split",
            )
        fields = Fields(line.entry, where, problems)
        cases.append(plain_case(fields, place) if plain else case_of(fields, place))
    if not cases and not problems:
        problems.add(str(listing), "has no case")
    for case in cases:
        for text in contradictions(case):
            problems.add(case.where, text)
    clashes(cases, problems)
    return cases


def _recordings(cases: Sequence[Case], root: Path, problems: Problems) -> dict[str, str]:
    """The SHA-256 of every recording, by its path inside the folder."""
    hashes: dict[str, str] = {}
    bad: set[str] = set()
    for case in cases:
        for turn in case.turns:
            if not isinstance(turn, Say) or turn.audio is None:
                continue
            name = turn.audio.relative_to(root).as_posix()
            if name in hashes or name in bad:
                continue
            try:
                hashes[name] = examined(turn.audio).sha256
            except RecordingUnusable as error:
                bad.add(name)
                problems.add(case.where, f"{name} {error}")
    return hashes


def _unchanged(
    folder: Path, known: Mapping[str, str], hashes: Mapping[str, str], problems: Problems
) -> None:
    """Are the files those that were sealed?"""
    for name, value in hashes.items():
        if name not in known:
            problems.add(str(folder / FILE), f"has no hash of {name}; {_RESEAL}")
        elif known[name] != value:
            problems.add(str(folder / name), f"is not the file that was sealed; {_RESEAL}")
    for name in known:
        if name not in hashes and not (folder / name).exists():
            problems.add(str(folder / FILE), f"names {name}, which is missing")
