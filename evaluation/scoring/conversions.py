"""Conversions there and back, from what the gateway's own evaluations wrote.

`python -m evaluation.roundtrip_speech --full` writes build/roundtrip_speech.json, and
`python -m evaluation.roundtrip_fax --full --json FILE` the other file. Their texts are not calls:
the interval is Wilson's over words and characters, which takes errors as independent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from evaluation.bench.intervals import rate
from evaluation.scoring.gathered import ScoringError
from evaluation.scoring.metrics import Wanted, given, missing
from evaluation.scoring.model import Metric

_SPEECH: Final = "no results of `python -m evaluation.roundtrip_speech` were given"
_FAX: Final = "no results of `python -m evaluation.roundtrip_fax` were given"
_MOST_BYTES: Final = 16 * 2**20


def _wanted(name: str, title: str, because: str) -> Wanted:
    return Wanted(f"conversions.{name}", title, "share", "lower", "ratio", because)


WANTED: Final = {
    "wide-band": _wanted("speech_wide_band", "Text to voice and back, wide-band", _SPEECH),
    "mu-law": _wanted("speech_mu_law", "Text to voice and back, mu-law", _SPEECH),
    "fine": _wanted("fax_fine", "Text to fax and back, fine", _FAX),
    "standard": _wanted("fax_standard", "Text to fax and back, standard", _FAX),
}
"""Metrics by the form or resolution that the files name."""


def metrics(files: Sequence[Path]) -> list[Metric]:
    """Word error rates of speech and character error rates of fax.

    Raises:
        ScoringError: a file can't be read, or holds no such results.
    """
    found: dict[str, tuple[int, int]] = {}
    for path in files:
        results = dict(_results(path))
        if not results:
            raise ScoringError(f"{path} holds no results of a round trip")
        found |= results
    return [
        given(wanted, figure)
        if name in found and (figure := rate(min(found[name]), found[name][1])) is not None
        else missing(wanted)
        for name, wanted in WANTED.items()
    ]


def _results(path: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """(errors, words or characters) by form or resolution."""
    for entry in _entries(path):
        try:
            name = str(entry.get("form") or entry.get("resolution"))
            size = int(entry["words"] if "form" in entry else entry["characters"])
            errors = int(entry["errors"])
        except (KeyError, TypeError, ValueError) as error:
            raise ScoringError(f"{path} holds no results of a round trip: {error!r}") from error
        if name in WANTED:
            yield name, (errors, size)


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ScoringError(f"{path} is too large to be the results of a round trip")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScoringError(f"{path} can't be read as results of a round trip: {error}") from error
    entries = content.get("own sentences", []) if isinstance(content, dict) else content
    if not isinstance(entries, list):
        return []
    return [entry for entry in entries if isinstance(entry, dict)]
