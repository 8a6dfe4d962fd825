"""Asks recorded calls "what if": reads them, loads what the question needs, keeps the answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evaluation.whatif import policy, recognition, understanding
from evaluation.whatif.answers import FOLDER, WhatIf, keep
from evaluation.whatif.changes import Change
from evaluation.whatif.recorded import Recorded, RecordedError, of_agent, of_run

if TYPE_CHECKING:
    from evaluation.sets.model import Case
    from voicebot.config import Settings

_RUN: Final = "run.json"
_MODELS: Final = ("tiny.en", "base")


@dataclass(frozen=True, slots=True)
class Question:
    """One of three: other numbers of the policy, another recognizer, another dialogue model.

    `recognizer` is the name of a Whisper model, `dialogue` the address of a Rasa server of ours.
    """

    changes: tuple[Change, ...] = ()
    recognizer: str = ""
    dialogue: str = ""


class QuestionError(ValueError):
    """The question can't be asked; the message says why."""


def ask(
    folder: Path,
    question: Question,
    settings: Settings,
    cases: Mapping[str, Case] | None = None,
) -> WhatIf:
    """Ask the calls in `folder`: a run's, or those that an agent kept.

    Raises:
        QuestionError: not exactly one thing is to change, or there are no calls.
        ChangeError, RecordedError, EngineError, ModelMissing, DialogueError: see there.
    """
    asked = [bool(question.changes), bool(question.recognizer), bool(question.dialogue)]
    if sum(asked) != 1:
        raise QuestionError(
            "ask one thing at a time: --with NAME=VALUE (several belong together), "
            "--recognizer MODEL or --dialogue URL"
        )
    calls = list(recorded_in(folder))
    if not calls:
        raise QuestionError(f"{folder} holds no recorded call: no {_RUN}, no journal.jsonl")
    if question.changes:
        return policy.answer(calls, question.changes)
    if question.recognizer:
        return _reheard(calls, question.recognizer, settings)
    return asyncio.run(_reparsed(calls, question.dialogue, settings, cases))


def recorded_in(folder: Path) -> Iterator[Recorded | str]:
    """The calls of a run or of an agent; instead of one that can't be used, the reason."""
    if not folder.is_dir():
        raise RecordedError(f"there is no folder {folder}")
    if not (folder / _RUN).is_file():
        return of_agent(folder)
    from evaluation.runs.store import RunFolder

    return of_run(folder, RunFolder(folder).read().calls)


def cases_of(folder: Path, given: Path | None) -> dict[str, Case]:
    """The cases by id, which tell what callers meant: from the set `given`, or the run's own.

    None of an agent's own calls. Raises RunError and SetError.
    """
    if given is None and not (folder / _RUN).is_file():
        return {}
    from evaluation.runs.opened import opened
    from evaluation.sets.reading import read_set

    cases = opened(folder)[1] if given is None else read_set(given)
    return {case.id: case for case in cases.cases}


def place_of(folder: Path, answer: WhatIf) -> Path:
    """Where an answer is kept: in the run's folder, under the name of its question."""
    name = re.sub(r"[^A-Za-z0-9.=_]+", "-", answer.question.removeprefix("What if")).strip("-.")
    return folder / FOLDER / f"{answer.kind}-{name[:80]}.json"


def asked_and_kept(
    folder: Path,
    question: Question,
    settings: Settings,
    cases: Mapping[str, Case] | None = None,
    out: Path | None = None,
) -> tuple[WhatIf, Path]:
    """Ask, and keep the answer at `out`, or where the run's report finds it."""
    answer = ask(folder, question, settings, cases)
    path = out or place_of(folder, answer)
    keep(answer, path)
    return answer, path


def _reheard(calls: list[Recorded | str], model: str, settings: Settings) -> WhatIf:
    from voicebot.engines.whisper import WhisperRecognizer
    from voicebot.models import ModelStore

    if model not in _MODELS:
        raise QuestionError(f"there is no recognizer {model!r}, only {', '.join(_MODELS)}")
    recognizer = WhisperRecognizer(ModelStore(settings.models_dir).path(f"whisper-{model}"))
    return recognition.answer(calls, recognizer, settings.turns.pause)


async def _reparsed(
    calls: list[Recorded | str],
    url: str,
    settings: Settings,
    cases: Mapping[str, Case] | None,
) -> WhatIf:
    from voicebot.dialogue.rasa import RasaDialogue
    from voicebot.server.secrets import load_secrets

    secret = load_secrets(settings).rasa_secret
    async with RasaDialogue(url, secret, settings.limits.dialogue_seconds) as dialogue:
        model = await dialogue.health()
        return await understanding.answer(calls, dialogue.parse, model, cases)
