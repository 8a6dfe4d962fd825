"""The report of a run as one HTML page that needs nothing else: no network, no other file.

Style, script, pictures and the sound of the worst calls are in it; of other calls the recordings in
the run's folder are linked. Every text is escaped, and the page's own policy lets no other script
run: what callers say, and what systems answer, is nobody's to trust.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from evaluation.comparing.model import Comparison
from evaluation.reporting import pictures
from evaluation.reporting.calls import WORST, CallTold, calls_told
from evaluation.reporting.confusions import matrix
from evaluation.reporting.examples import known_examples
from evaluation.reporting.figures import clock, counted, number
from evaluation.reporting.gates import comparison_told
from evaluation.reporting.stages import stages_told, tag_table
from evaluation.reporting.summary import summary
from evaluation.runs.model import Run
from evaluation.runs.names import call_name
from evaluation.scoring.model import Scores
from evaluation.sets.model import EvaluationSet
from evaluation.svg import STYLE
from evaluation.whatif.answers import AnswerError, WhatIf, kept, telling_first
from voicebot.places import ROOT

NAME: Final = "report.html"
"""Of the page in the run's folder."""
_PACKAGE: Final = "evaluation.reporting"
_SECRET_SETTINGS: Final = ("secret", "password", "token", "key")


def write_report(
    folder: Path,
    run: Run,
    cases: EvaluationSet,
    scores: Scores,
    comparison: Comparison | None = None,
) -> Path:
    """Write the page into the run's `folder`, where its recordings are; returns its path.

    The page is whole or not there. Raises OSError where it can't be written.
    """
    path = folder / NAME
    draft = folder / f".{NAME}.draft"
    draft.write_text(page(folder, run, cases, scores, comparison), encoding="utf-8")
    draft.replace(path)
    return path


def page(
    folder: Path,
    run: Run,
    cases: EvaluationSet,
    scores: Scores,
    comparison: Comparison | None = None,
) -> str:
    """The page as text; recordings are read from the run's `folder`."""
    told = comparison_told(comparison) if comparison is not None else None
    gate = (told.status, told.sentence) if told is not None and told.sentence else None
    calls = calls_told(folder, run, cases, scores, known_examples(ROOT / "nlu-data"))
    answers, broken = _what_ifs(folder)
    worst = [call for call in calls[:WORST] if call.worth_hearing]
    waits = pictures.waits(scores)
    return _template().render(
        run=run,
        info=run.info,
        cases=cases,
        scores=scores,
        summary=summary(run, cases, scores, gate),
        comparison=told,
        stages=stages_told(scores),
        tags=tag_table(scores, calls),
        matrices=[m for m in map(matrix, scores.confusions) if m is not None],
        calibration=pictures.calibration(scores.calibration),
        bins=[one for one in scores.calibration if one.count],
        waterfall=pictures.stage_waterfall(run),
        distribution=pictures.distribution(waits),
        answered=pictures.share_answered(waits),
        other_times=_other_times(scores),
        worst=worst,
        shown_above={call.anchor for call in worst},
        calls=calls,
        reviews=_reviews(calls),
        what_ifs=answers,
        telling=telling_first,
        notes=(*scores.notes, *broken),
        settings=_flat(run.info.settings),
        machine=_flat(run.info.machine),
        call_name=call_name,
        anchors={(call.case, call.attempt): call.anchor for call in calls},
        style=Markup(_read("report.css") + STYLE),  # noqa: S704 - ours
        script=Markup(_read("report.js")),  # noqa: S704 - ours
        script_hash=_hash(_read("report.js")),
    )


def _what_ifs(folder: Path) -> tuple[list[WhatIf], list[str]]:
    """What was asked of the run's journals, and a note where that can't be read."""
    try:
        return kept(folder), []
    except AnswerError as error:
        return [], [str(error)]


def _other_times(scores: Scores) -> list[tuple[str, Markup]]:
    """Distributions of other times (ms) that the scores have."""
    drawn = ((name, pictures.distribution(v, name)) for name, v in scores.latencies.items())
    return [(name, picture) for name, picture in drawn if picture is not None]


def _reviews(calls: list[CallTold]) -> dict[str, Any]:
    """The items that the page's buttons download: those of all calls that did not pass."""
    return {call.anchor: call.item.as_json() for call in calls if call.passed is not True}


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as lines; what is secret by its name is not told."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        full = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found += _flat(value, f"{full}.")
        elif any(word in name.lower() for word in _SECRET_SETTINGS):
            found.append((full, "••••"))
        else:
            found.append((full, str(value)))
    return found


# ── the template ──────────────────────────────────────────────────────────────────────────────


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(number=number, clock=clock, counted=counted, percent=_percent)
    return environment.get_template("report.html")


def _percent(share: float | None) -> str:
    """A length for the style of a bar."""
    return f"{100 * (share or 0.0):.1f}%"


def _read(name: str) -> str:
    return (resources.files(_PACKAGE) / "templates" / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """What the page's policy (CSP 3, section 2.3.1) names its one script by."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")
