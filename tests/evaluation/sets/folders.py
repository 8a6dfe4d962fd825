"""Sets made for tests: a folder, what stands in it, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from evaluation.sets.problems import SetError
from evaluation.sets.reading import read_set

HEADING = """\
# whose it is
format: 1
name: small
version: "1.0"
licence: Apache-2.0
source: made for a test
split: test
synthetic: true
"""


def sound(path: Path, seconds: float = 0.5, rate: int = 8000, seed: int = 1) -> Path:
    """A recording of noise, soft at its ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).normal(0, 0.1, round(seconds * rate))
    soundfile.write(path, (noise * np.hanning(len(noise))).astype("f4"), rate)
    return path


def case(name: str = "a", *turns: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A case as it is written; one turn where none is given."""
    return {"id": name, "turns": list(turns) or [{"say": "what is my balance"}]} | more


def make(folder: Path, cases: Sequence[object], heading: str = HEADING) -> Path:
    """A set; a case that is a string stands in its line as it is."""
    folder.mkdir(exist_ok=True)
    if heading:
        (folder / "set.yaml").write_text(heading, encoding="utf-8")
    lines = [one if isinstance(one, str) else json.dumps(one) for one in cases]
    (folder / "cases.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def problems(folder: Path, **options: Any) -> list[str]:
    """What is wrong with a set, with paths inside it."""
    with pytest.raises(SetError) as caught:
        read_set(folder, **options)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]
