"""The folder of a run: what was measured, call by call, safe against a crash at any moment.

    run.json          what the run is (`RunInfo`), and the order of its cases
    calls.jsonl       one `CallRecord` a line; of several lines of one call the last one counts
    audio/*.wav       both channels of each call, caller left, bot right
    journals/*.jsonl  the agent's journals
    agent.log         what the agent printed, where it was started for the run

A call counts when its line is complete and on the disk; a torn last line is left out and cut off
when the run goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from evaluation.runs.model import CallRecord, Run, RunInfo
from voicebot.store.folders import safe_name

INFO: Final = "run.json"
CALLS: Final = "calls.jsonl"
AUDIO: Final = "audio"
JOURNALS: Final = "journals"
FORMAT: Final = 1


class RunError(ValueError):
    """A run's folder can't be used; the message says why and what to do."""


class RunFolder:
    """One run on the disk; not for two processes at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Has a run begun in it?"""
        return (self.path / INFO).is_file()

    def create(self, info: RunInfo, order: Sequence[str] = ()) -> None:
        """Begin a run; `order` has the ids of its cases. Raises RunError where there is one."""
        if self.exists:
            raise RunError(
                f"there is a run in {self.path} already: go on with it by --resume, or name "
                "another folder by --out"
            )
        for folder in (self.path, self.path / AUDIO, self.path / JOURNALS):
            folder.mkdir(parents=True, exist_ok=True)
        (self.path / CALLS).touch()
        self._write(info, order)

    def resume(self, info: RunInfo, order: Sequence[str] = ()) -> None:
        """Go on with a run that was begun as `info` and `order` say.

        Raises RunError where it was not.
        """
        document = self._document()
        different = [
            f"{title} ({was!r}, now {now!r})"
            for title, was, now in _compared(_info(document, self.path), info)
            if was != now
        ]
        if not different and document["order"] != list(order):
            different = ["other cases are chosen"]
        if different:
            raise RunError(
                f"the run in {self.path} is another one: {'; '.join(different)}; "
                "name another folder by --out, or run it as it was begun"
            )
        self._cut_torn_line()

    def finish(self) -> None:
        """Every case has been placed as often as it was to be; each call keeps its last line."""
        document, run = self._document(), self.read()
        draft = self.path / f".{CALLS}.part"
        with draft.open("wb") as file:
            file.writelines(map(_line, run.calls))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / CALLS)
        self._write(replace(run.info, complete=True), document["order"])

    def order(self) -> list[str]:
        """The ids of the run's cases, in the order of the set. Raises RunError."""
        return [str(case) for case in self._document()["order"]]

    def info(self) -> RunInfo:
        """What the run is. Raises RunError."""
        return _info(self._document(), self.path)

    def append(self, call: CallRecord) -> None:
        """Put a call on the disk; returns when it is there."""
        with (self.path / CALLS).open("ab") as file:
            file.write(_line(call))
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> Run:
        """The run as far as it goes, its calls in the order of the set. Raises RunError."""
        document = self._document()
        calls = self._calls()
        place = {case: number for number, case in enumerate(document["order"])}
        ordered = sorted(calls.values(), key=lambda c: (place.get(c.case, len(place)), c.attempt))
        return Run(_info(document, self.path), tuple(ordered))

    def finished(self) -> set[tuple[str, int]]:
        """Case and attempt of the calls that are there, and need not be placed again.

        A call that was interrupted is there, but must be placed again. Raises RunError.
        """
        return {key for key, call in self._calls().items() if call.ended != "interrupted"}

    def audio(self, case: str, attempt: int) -> Path:
        """Where the sound of a call belongs, relative to the folder."""
        return Path(AUDIO) / f"{safe_name(case)}.{attempt}.wav"

    def journal(self, case: str, attempt: int) -> Path:
        """Where the agent's journal of a call belongs, relative to the folder."""
        return Path(JOURNALS) / f"{safe_name(case)}.{attempt}.jsonl"

    def _calls(self) -> dict[tuple[str, int], CallRecord]:
        path = self.path / CALLS
        try:
            with path.open("rb") as file:
                return _read(file, path)
        except FileNotFoundError as error:
            raise RunError(f"{self.path} has no {CALLS}: it is no run's folder") from error

    def _document(self) -> dict[str, Any]:
        path = self.path / INFO
        try:
            document: dict[str, Any] = json.loads(path.read_bytes())
            if document["format"] != FORMAT:
                raise RunError(
                    f"{path} is of format {document['format']}, this is format {FORMAT}: read it "
                    "with the version that wrote it"
                )
        except FileNotFoundError as error:
            raise RunError(f"{self.path} is no run's folder: it has no {INFO}") from error
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, RunError):
                raise
            raise RunError(f"{path} can't be read: {error}") from error
        return document

    def _write(self, info: RunInfo, order: Sequence[str]) -> None:
        document = {"format": FORMAT, "order": list(order)} | _infos().dump_python(
            info, mode="json"
        )
        draft = self.path / f".{INFO}.part"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / INFO)

    def _cut_torn_line(self) -> None:
        with (self.path / CALLS).open("r+b") as file:
            content = file.read()
            file.truncate(content.rfind(b"\n") + 1)


def _line(call: CallRecord) -> bytes:
    plain = _calls().dump_python(call, mode="json")
    return json.dumps(plain, ensure_ascii=False).encode() + b"\n"


def _read(lines: Iterable[bytes], path: Path) -> dict[tuple[str, int], CallRecord]:
    calls: dict[tuple[str, int], CallRecord] = {}
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            break
        try:
            call = _calls().validate_json(line)
        except ValidationError as error:
            reason = "; ".join(
                f"{'.'.join(map(str, e['loc']))}: {e['msg']}"
                for e in error.errors(include_input=False, include_url=False)[:3]
            )
            raise RunError(f"{path}, line {number} can't be read: {reason}") from error
        calls[call.case, call.attempt] = call
    return calls


def _compared(kept: RunInfo, info: RunInfo) -> list[tuple[str, object, object]]:
    return [
        ("the set", kept.set_name, info.set_name),
        ("the set's version", kept.set_version, info.set_version),
        ("the set's content", kept.set_digest[:12], info.set_digest[:12]),
        ("the system", kept.system, info.system),
        ("the seed", kept.seed, info.seed),
        ("repeats", kept.repeats, info.repeats),
        ("the number of cases", kept.cases, info.cases),
        *(
            (f"the setting {name}", kept.settings.get(name), info.settings.get(name))
            for name in sorted({*kept.settings, *info.settings})
        ),
        *(
            (f"the model {name}", kept.models.get(name), info.models.get(name))
            for name in sorted({*kept.models, *info.models})
        ),
    ]


def _info(document: Mapping[str, Any], path: Path) -> RunInfo:
    known = {k: v for k, v in document.items() if k not in ("format", "order")}
    try:
        return _infos().validate_python(known)
    except ValidationError as error:
        raise RunError(f"{path / INFO} can't be read: {error.errors()[0]['msg']}") from error


@cache
def _calls() -> TypeAdapter[CallRecord]:
    return TypeAdapter(CallRecord)


@cache
def _infos() -> TypeAdapter[RunInfo]:
    return TypeAdapter(RunInfo)
