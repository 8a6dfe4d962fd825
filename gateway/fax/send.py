"""Fax pages delivered by telephone: the recipient is called, and T.30 spoken on the line.

What has arrived is remembered in the work folder page by page, so that a second attempt after a
dropped call begins with the first page that is missing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from gateway.content import Content, Json, Kind
from gateway.errors import MissingPartError, RefusedError, UnavailableError
from gateway.fax import spandsp
from gateway.fax.process import FaxProcess
from gateway.fax.result import Direction, FaxPage, FaxResult, FaxTask
from gateway.fax.session import conduct
from gateway.fax.settings import FaxSettings
from gateway.numbers import e164
from gateway.pages.settings import PageSettings
from gateway.pages.transforms import TIFF, fax_pages
from gateway.transform import Transform, Wishes, Work
from gateway.wholefiles import write_whole
from voicebot.server.faxline import FaxLine

_SENT: Final = "sent.json"
_PREPARED: Final = 0.1
"""Part of the work that is done when the pages are drawn."""
_HOPELESS: Final = frozenset(
    {
        8,  # T30_ERR_INCOMPATIBLE
        9,  # T30_ERR_RX_INCAPABLE
        11,  # T30_ERR_NORESSUPPORT
        12,  # T30_ERR_NOSIZESUPPORT
        *range(41, 47),  # what is wrong with the file
    }
)
"""Completion codes after which another call would end in the same way."""


class FaxCalls(Protocol):
    """Whoever can call a number and give us the line."""

    def call(self, number: str, key: str) -> AbstractContextManager[FaxLine]:
        """Call `number` (E.164) and wait for an answer; leaving the context hangs up.

        `key` names the call, the same in every attempt.

        Raises:
            UnavailableError: busy, no answer, or no line is free.
            RefusedError: this number must not be called, or does not exist.
        """


@dataclass(frozen=True, slots=True)
class _Share:
    """A `Work` of which a step is done within a part of the progress."""

    work: Work
    share: float

    @property
    def folder(self) -> Path:
        return self.work.folder

    @property
    def key(self) -> str:
        return self.work.key

    def progress(self, done: float) -> None:
        self.work.progress(done * self.share)


def transforms(
    settings: FaxSettings, pages: PageSettings, calls: FaxCalls | None = None
) -> list[Transform]:
    """The transforms of fax: "fax" delivers pages by telephone, if there is somebody who calls."""

    def run(content: Content, wishes: Wishes, work: Work) -> Content:
        if calls is None:
            raise MissingPartError(_no_line())
        return deliver(content, wishes, work, settings, pages, calls)

    return [
        Transform(
            "fax",
            Kind.FAX,
            Kind.FAX,
            cost=2.0,
            loss=0.0,
            run=run,
            delivers=True,
            resumes=True,
            missing=lambda: missing() or ("" if calls is not None else _no_line()),
        )
    ]


def missing() -> str:
    """What has to be installed before faxes can be sent or received, '' when nothing."""
    try:
        spandsp.load()
    except MissingPartError as error:
        return str(error)
    return "" if shutil.which("prlimit") else "prlimit is not installed (package util-linux)"


def deliver(
    content: Content,
    wishes: Wishes,
    work: Work,
    settings: FaxSettings,
    pages: PageSettings,
    calls: FaxCalls,
) -> Content:
    """Send pages to `wishes.recipient`; what comes back are the pages with what became of them.

    Raises:
        RefusedError: no number, bad pages, or a recipient that can't take them.
        UnavailableError: nobody took them, or the call dropped; the next attempt sends the rest.
        MissingPartError: the fax library is not installed.
    """
    number = e164(wishes.recipient or str(content.details.get("to") or ""))
    prepared = _prepared(content, work, pages, settings)
    total = int(str(prepared.details["pages"]))
    arrived = _arrived(work.folder)
    if arrived < total:
        result = _called(prepared, number, work, settings, calls, arrived, total)
        arrived += len(result.pages)
        if arrived < total:
            raise _failure(result, number, arrived, total)
        details = _outcome(result)
    else:  # an attempt before this one was stopped when the last page had arrived
        details = {}
    work.progress(1.0)
    return replace(prepared, details={**prepared.details, **details, "to": number, "pages": total})


def _prepared(content: Content, work: Work, pages: PageSettings, settings: FaxSettings) -> Content:
    """The pages as a fax sends them: drawn by us, whatever they were before."""
    limited = pages.model_copy(update={"pages": min(pages.pages, settings.pages)})
    drawn = fax_pages(content, _Share(work, _PREPARED), limited)
    if not drawn.details.get("pages"):
        raise RefusedError("there are no pages to fax")
    return replace(drawn, media_type=TIFF)


def _called(
    prepared: Content,
    number: str,
    work: Work,
    settings: FaxSettings,
    calls: FaxCalls,
    first: int,
    total: int,
) -> FaxResult:
    """Call and send from page `first` (from 0) on."""
    arrived = first

    def crossed(_: FaxPage) -> None:
        nonlocal arrived
        arrived += 1
        _remember(work.folder, arrived)

    task = FaxTask(
        Direction.SEND,
        prepared.path,
        settings.ident,
        settings.header,
        settings.ecm,
        settings.fastest,
        first,
    )

    def going_on(_: float) -> None:
        work.progress(_PREPARED + (1 - _PREPARED) * min(arrived / total, 0.99))

    with calls.call(number, work.key) as line, FaxProcess(task, settings, crossed) as process:
        return conduct(process, line, settings.call_seconds, going_on)


def _failure(
    result: FaxResult, number: str, arrived: int, total: int
) -> RefusedError | UnavailableError:
    text = result.text[:1].lower() + result.text[1:]
    got = f"{arrived} of {total} pages arrived" if arrived else "no page arrived"
    if result.code in _HOPELESS:
        return RefusedError(f"the fax machine at {number} can't take this fax ({text}); {got}")
    rest = f"; the next try sends the rest from page {arrived + 1}" if 0 < arrived < total else ""
    return UnavailableError(f"the fax to {number} was not complete ({text}); {got}{rest}")


def _outcome(result: FaxResult) -> Mapping[str, Json]:
    return {
        "ident": result.remote,
        "bit_rate": result.bit_rate,
        "ecm": result.ecm,
        "delivered": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _arrived(folder: Path) -> int:
    """How many pages earlier attempts brought there."""
    try:
        data: Any = json.loads((folder / _SENT).read_bytes())
        return int(data["pages"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _remember(folder: Path, arrived: int) -> None:
    write_whole(folder / _SENT, json.dumps({"pages": arrived}).encode())


def _no_line() -> str:
    return "no telephone line to fax by: set up a provider or a telephone system"
