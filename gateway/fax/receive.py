"""Faxes that come in by telephone: taken off the line, safe on the disk, handed on.

Each has a folder of its own in the inbox:

    pages.tiff   the pages; each is on the disk before its sender is told that it arrived
    fax.json     how it ended, and the `Content`: written when the call is over
    accepted     empty: the fax was handed on

After a crash `recover` hands on what was not, so that no page is lost that a sender believes to
have arrived.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from gateway.content import Content, Json, Kind
from gateway.errors import GatewayError, MissingPartError, RefusedError
from gateway.fax import spandsp
from gateway.fax.pagefile import whole_pages
from gateway.fax.process import FaxProcess
from gateway.fax.result import Direction, FaxPage, FaxResult, FaxTask
from gateway.fax.session import conduct
from gateway.fax.settings import FaxSettings
from gateway.wholefiles import write_whole
from voicebot.server.faxline import FaxCall, FaxLine, FaxReport

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "image/tiff"
_PAGES: Final = "pages.tiff"
_ENDED: Final = "fax.json"
_ACCEPTED: Final = "accepted"
_BUSY: Final = "all fax lines are busy"

AcceptFax = Callable[[Content], None]
"""Takes a fax over: when it returns, the fax is safe with whoever took it. May be called again for
the same fax (`details["fax"]` names it) after a crash."""


class FaxInbox:
    """Receives faxes into `folder`, several at once. A `FaxService`."""

    def __init__(self, settings: FaxSettings, folder: Path, accept: AcceptFax) -> None:
        self._settings = settings
        self._folder = folder
        self._accept = accept
        self._active = 0
        self._threads = ThreadPoolExecutor(settings.lines, thread_name_prefix="fax")

    async def receive(self, call: FaxCall, line: FaxLine) -> FaxReport:
        """Take a fax over the line; what has come of it is safe when this returns.

        It ends soon after the line closes, and goes on to its end when this is cancelled.
        """
        if self._active >= self._settings.lines:
            return FaxReport(0, complete=False, reason=_BUSY)
        self._active += 1
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._take, call, line)
        work.add_done_callback(self._freed)
        return await asyncio.shield(work)

    def recover(self) -> int:
        """Hand on what a crash kept from it (blocking); how many faxes that were."""
        found = 0
        for folder in sorted(self._folder.glob("*/")):
            if (folder / _ACCEPTED).exists() or not (folder / _PAGES).exists():
                continue
            found += self._recovered(folder)
        return found

    def close(self) -> None:
        """Wait for the faxes that are being received; close their lines first."""
        self._threads.shutdown()

    def _freed(self, _: asyncio.Future[FaxReport]) -> None:
        self._active -= 1

    def _take(self, call: FaxCall, line: FaxLine) -> FaxReport:
        folder = self._folder / call.call_id
        try:
            folder.mkdir(parents=True)
            result = self._carried(call, folder, line)
            pages = len(result.pages)
            if not pages:
                log.info("no fax came", call=call.call_id, reason=result.text)
                _remove(folder)
                return FaxReport(0, complete=False, reason=result.text)
            self._hand_on(_ended(folder, call, result))
        except (GatewayError, OSError) as error:
            pages = whole_pages(folder / _PAGES)
            log.error("a fax call failed", call=call.call_id, pages=pages, reason=str(error))
            if pages:
                self._recovered(folder)
            return FaxReport(pages, complete=False, reason=str(error))
        return FaxReport(pages, result.complete, result.text)

    def _carried(self, call: FaxCall, folder: Path, line: FaxLine) -> FaxResult:
        settings = self._settings
        task = FaxTask(
            Direction.RECEIVE,
            folder / _PAGES,
            settings.ident,
            ecm=settings.ecm,
            fastest=settings.fastest,
        )
        pages = 0

        def page_came(_: FaxPage) -> None:
            nonlocal pages
            pages += 1
            log.info("a fax page came", call=call.call_id, page=pages)
            if pages > settings.pages:
                raise RefusedError(f"more than {settings.pages} pages")

        with FaxProcess(task, settings, page_came) as process:
            return conduct(process, line, settings.call_seconds)

    def _recovered(self, folder: Path) -> int:
        try:
            if (folder / _ENDED).exists():
                content = Content.from_json(json.loads((folder / _ENDED).read_bytes()))
            elif pages := whole_pages(folder / _PAGES):
                content = _ended(folder, FaxCall(folder.name), None, pages)
            else:
                return 0
        except (OSError, ValueError, KeyError) as error:
            log.error("a fax in the inbox can't be read", call=folder.name, reason=str(error))
            return 0
        return int(self._hand_on(content))

    def _hand_on(self, content: Content) -> bool:
        try:
            self._accept(content)
        except Exception:  # whoever takes it: the fax stays in the inbox and is offered again
            log.exception("a fax was not taken over", call=content.details.get("fax"))
            return False
        write_whole(content.path.with_name(_ACCEPTED), b"")
        return True


def open_inbox(
    settings: FaxSettings, folder: Path, accept: AcceptFax | None = None
) -> FaxInbox | None:
    """The inbox, if faxes are to be received and can be. Without `accept` they stay in `folder`."""
    if not settings.receive:
        return None
    try:
        spandsp.load()
    except MissingPartError as error:
        log.warning("no faxes are received", reason=str(error))
        return None
    return FaxInbox(settings, folder, accept or _left_there)


def _left_there(content: Content) -> None:
    log.info("a fax lies in the inbox", fax=content.details["fax"])


def _ended(folder: Path, call: FaxCall, result: FaxResult | None, pages: int = 0) -> Content:
    """The fax as content, written down beside its pages; no `result`: a crash broke it off."""
    details: dict[str, Json] = {
        "fax": folder.name,
        "from": call.caller or (result.remote if result else ""),
        "to": call.callee,
        "ident": result.remote if result else "",
        "pages": len(result.pages) if result else pages,
        "complete": bool(result and result.complete),
        "reason": result.text if result else "the gateway was stopped in the middle of the fax",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    content = Content(Kind.FAX, folder / _PAGES, MEDIA_TYPE, details)
    write_whole(folder / _ENDED, json.dumps(content.as_json()).encode())
    return content


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
