"""`set.yaml`: what a set is called, whose it is, and what its files were when it was sealed."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

from evaluation.sets.fields import Fields
from evaluation.sets.model import Split
from evaluation.sets.problems import Problems
from evaluation.sets.yamlfile import read_mapping

FILE: Final = "set.yaml"
FORMAT: Final = 1
"""The version of the file format; sets of another one are refused."""

_KEYS: Final = "format name version licence source split synthetic today hashes".split()
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Heading:
    """What set.yaml says; see `EvaluationSet`. `hashes`: SHA-256 (hex) by path inside the folder,
    empty where the set was never sealed."""

    name: str
    version: str
    licence: str
    source: str
    split: Split = "test"
    synthetic: bool = False
    today: str = ""
    hashes: Mapping[str, str] = field(default_factory=dict)


def read_heading(path: Path, problems: Problems) -> Heading:
    """What a set.yaml says. Raises SetError where it is no YAML or of another format."""
    data, lines = read_mapping(path, problems)
    fields = Fields(data, str(path), problems, lines=lines)
    if data.get("format", FORMAT) != FORMAT:
        # what else stands there can't be judged
        fields.problem(
            f"is {data['format']}; this program reads format {FORMAT}. Take the program with which "
            "the set was made, or import the set anew",
            "format",
        )
        problems.raise_any()
    fields.known(_KEYS)
    for key in ("split", "synthetic"):
        if key not in fields:
            fields.problem("is missing", key)
    _no_bare_number(fields, data)
    return Heading(
        name=fields.text("name", required=True),
        version=fields.text("version", required=True) if _is_text(data, "version") else "",
        licence=fields.text("licence", required=True),
        source=fields.text("source", required=True),
        split=fields.choice("split", get_args(Split), "test"),
        synthetic=fields.flag("synthetic"),
        today=_day(fields, data),
        hashes=_hashes(fields),
    )


def _is_text(data: Mapping[str, object], key: str) -> bool:
    return key not in data or isinstance(data[key], str)


def _no_bare_number(fields: Fields, data: Mapping[str, object]) -> None:
    if not _is_text(data, "version"):
        # YAML takes 1.10 for 1.1
        fields.problem('has to be in quotes: version: "1.0"', "version")


def _day(fields: Fields, data: Mapping[str, object]) -> str:
    """YAML makes a date of 2026-11-24; a text is as good."""
    value = data.get("today")
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    text = fields.text("today")
    if text:
        try:
            return datetime.date.fromisoformat(text).isoformat()
        except ValueError:
            fields.problem(f"is {text!r}; it has to be a day: 2026-11-24", "today")
    return ""


def _hashes(fields: Fields) -> Mapping[str, str]:
    inner = fields.inner("hashes")
    if inner is None:
        return {}
    hashes = {name: str(value) for name, value in inner.values().items()}
    for name, value in hashes.items():
        if not _SHA256.fullmatch(value):
            inner.problem(f"is {value!r}; it has to be a SHA-256 in 64 hex digits", name)
    return hashes
