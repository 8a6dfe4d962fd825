"""NIST's sclite as the judge of our counts: it scores the same texts, and says so by utterance."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from evaluation.scoring.alignment import Counts

_AT = Path("/usr/lib/sctk/bin/sclite")
PROGRAM = shutil.which("sclite") or (str(_AT) if _AT.exists() else None)
needed = pytest.mark.skipif(
    PROGRAM is None, reason="sclite is not installed (package sctk); `make system` installs it"
)
_ID = re.compile(r"^id: \((\S+)\)$")
_SCORES = re.compile(r"^Scores: \(#C #S #D #I\) (\d+) (\d+) (\d+) (\d+)$")

Texts = Mapping[str, tuple[Sequence[str], Sequence[str]]]
"""Reference and hypothesis, as words, by the id of the utterance: speaker, hyphen, number."""


def scored(texts: Texts, folder: Path) -> dict[str, Counts]:
    """sclite's counts by utterance; every utterance must have been scored."""
    assert PROGRAM is not None
    names = {f"spk-{number:05d}": key for number, key in enumerate(texts)}
    for side, name in enumerate(("ref.trn", "hyp.trn")):
        lines = [f"{' '.join(texts[key][side])} ({name_})\n" for name_, key in names.items()]
        (folder / name).write_text("".join(lines), encoding="utf-8")
    command = "-r ref.trn trn -h hyp.trn trn -i rm -o pralign stdout"
    done = subprocess.run(
        [PROGRAM, *command.split()],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: dict[str, Counts] = {}
    current = ""
    for line in done.stdout.splitlines():
        if match := _ID.match(line.strip()):
            current = names[match.group(1)]
        elif match := _SCORES.match(line.strip()):
            found[current] = Counts(*(int(number) for number in match.groups()))
    assert found.keys() == texts.keys()
    return found
