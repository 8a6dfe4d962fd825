"""Files of an original: found where they are distributed, and read with clear errors."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.sets.problems import refused
from evaluation.sets.yamlfile import read_text

LARGEST = 256_000_000
"""Bytes of one file of an original."""


def found(source: Path, candidates: Sequence[str], what: str) -> Path:
    """The first of `candidates` that is there below `source`.

    Raises SetError naming `what` is missing.
    """
    for name in candidates:
        if (source / name).exists():
            return source / name
    raise refused(source, f"has no {what}: looked for {', '.join(candidates)}")


def read_json(path: Path) -> Any:
    """What a JSON file says. Raises SetError."""
    text = read_text(path, LARGEST)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise refused(f"{path}:{error.lineno}", f"no JSON: {error.msg}") from None
    except RecursionError:
        raise refused(path, "no JSON that anybody would write: too many brackets") from None


def read_json_lines(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The objects of a file with one a line, each with its file and line. Raises SetError."""
    entries = []
    for number, line in enumerate(read_text(path, LARGEST).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            entry = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            raise refused(where, "is no JSON object") from None
        if not isinstance(entry, dict):
            raise refused(where, "is no JSON object")
        entries.append((where, entry))
    return entries


def read_csv(path: Path, columns: Sequence[str]) -> list[tuple[str, list[str]]]:
    """These columns of a CSV file with a heading, each row with its file and line.

    Raises SetError: no such column, a row without one.
    """
    reader = csv.DictReader(io.StringIO(read_text(path, LARGEST), newline=""))
    try:
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise refused(f"{path}:1", f"has no column {', '.join(sorted(missing))}")
        rows = []
        for row in reader:
            where = f"{path}:{reader.line_num}"
            values = [row[column] for column in columns]
            if any(not value for value in values):
                raise refused(where, f"lacks one of {', '.join(columns)}")
            rows.append((where, [str(value) for value in values]))
    except csv.Error as error:
        raise refused(f"{path}:{reader.line_num}", f"no CSV: {error}") from None
    return rows


def plain(text: str) -> str:
    """A text on one line, with single spaces."""
    return " ".join(text.split())
