"""Writing an evaluation set: all of it or nothing, sealed with the hashes of its files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml

from evaluation.sets.heading import FILE, FORMAT, Heading
from evaluation.sets.jsoncase import case_entry
from evaluation.sets.model import Case, EvaluationSet, Say
from evaluation.sets.problems import refused
from evaluation.sets.reading import LISTING, checked, read_set

AUDIO: Final = "audio"
"""The folder of a set's recordings."""


def write_set(target: Path, heading: Heading, cases: Iterable[Case]) -> EvaluationSet:
    """Write a new set to the folder `target`, with copies of the recordings; read it back.

    The hashes of `heading` are made anew. Raises SetError, and leaves nothing, where `target` has
    files already or the set could not be read.
    """
    with staged(target) as folder:
        write_files(folder, heading, cases)
    return read_set(target)


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A folder beside `target` that becomes `target` when everything in it is written.

    Raises SetError where `target` has files already.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise refused(target, "exists already: name a new folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        folder.chmod(0o755)
        yield folder
        folder.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_files(folder: Path, heading: Heading, cases: Iterable[Case]) -> None:
    """Write `set.yaml`, `cases.jsonl` and the recordings that lie elsewhere into `folder`; seal it.

    Raises SetError where the set can't be read.
    """
    copies = _Copies(folder.resolve())
    entries = [case_entry(copies.inside(case), copies.folder) for case in cases]
    lines = [json.dumps(entry, ensure_ascii=False) for entry in entries]
    _write(folder / LISTING, "".join(f"{line}\n" for line in lines))
    _write(folder / FILE, _yaml(_heading_entry(heading)))
    seal(folder)


def seal(folder: Path) -> Mapping[str, str]:
    """Check a set and write the hashes of its files into set.yaml; gives them by path.

    What else stands in set.yaml stays as it is, with its comments. Raises SetError, and changes
    nothing, where the set can't be read.
    """
    path = folder / FILE
    if not path.exists():
        raise refused(path, "is missing: only a set with a set.yaml can be sealed")
    hashes = checked(folder, sealed=False).hashes
    text = _without_hashes(path.read_text(encoding="utf-8-sig"))
    text += _yaml({"hashes": dict(sorted(hashes.items()))})
    if not _has_hashes(text, hashes):
        raise refused(path, "has to be written with one key a line, to have hashes put in")
    _write(path, text)
    return hashes


class _Copies:
    """Copies recordings into a set, each once, under names that do not collide."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._copied: dict[Path, Path] = {}
        self._taken: set[str] = set()

    def inside(self, case: Case) -> Case:
        """The case with all its recordings in the folder."""
        turns = tuple(
            replace(turn, audio=self._of(turn.audio))
            if isinstance(turn, Say) and turn.audio is not None
            else turn
            for turn in case.turns
        )
        return replace(case, turns=turns)

    def _of(self, path: Path) -> Path:
        path = path.resolve()
        if path.is_relative_to(self.folder):
            return path
        if path not in self._copied:
            copy = self.folder / AUDIO / self._free(path)
            copy.parent.mkdir(exist_ok=True)
            try:
                shutil.copyfile(path, copy)
            except OSError as error:
                raise refused(path, f"can't be copied into the set: {error.strerror}") from None
            self._copied[path] = copy
        return self._copied[path]

    def _free(self, path: Path) -> str:
        name, number = path.name, 1
        while name.casefold() in self._taken or (self.folder / AUDIO / name).exists():
            number += 1
            name = f"{path.stem}-{number}{path.suffix}"
        self._taken.add(name.casefold())
        return name


def _heading_entry(heading: Heading) -> dict[str, Any]:
    entry = {
        "format": FORMAT,
        "name": heading.name,
        "version": heading.version,
        "licence": heading.licence,
        "source": heading.source,
        "split": heading.split,
        "synthetic": heading.synthetic,
    }
    return entry | ({"today": heading.today} if heading.today else {})


def _yaml(entry: Mapping[str, Any]) -> str:
    return yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=100)


def _without_hashes(text: str) -> str:
    """The text of a set.yaml without the lines of `hashes`."""
    root = yaml.compose(text, yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)  # noqa: S101 - it was read before
    lines = text.splitlines(keepends=True)
    for key, value in reversed(root.value):
        if key.value == "hashes":
            # A block ends for the parser where the next key begins, behind comments on that one.
            last = value.value[-1][1] if _is_block(value) else value
            del lines[key.start_mark.line : last.end_mark.line + 1]
    kept = "".join(lines)
    return kept if not kept or kept.endswith("\n") else f"{kept}\n"


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and not node.flow_style


def _has_hashes(text: str, hashes: Mapping[str, str]) -> bool:
    try:
        return bool(yaml.safe_load(text)["hashes"] == hashes)
    except (yaml.YAMLError, TypeError, KeyError):
        return False


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
