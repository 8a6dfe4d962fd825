"""One hostile fax call, received as the gateway receives: by T.30 in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from evaluation.hostile.report import Outcome
from evaluation.hostile.results import faults
from evaluation.hostile.trial import outcome_of
from gateway.content import Content, Kind
from gateway.errors import RefusedError
from gateway.fax.pagefile import whole_pages
from gateway.fax.process import FaxProcess
from gateway.fax.result import Direction, FaxTask
from gateway.fax.session import conduct
from gateway.fax.settings import FaxSettings
from voicebot.audio.g711 import ulaw_decode
from voicebot.server.faxline import FRAME, LineClosed

_LONGEST: Final = 600.0  # seconds of call


def try_call(audio: bytes, folder: Path, secret: str) -> tuple[Outcome, ...]:
    """Let a fax process hear `audio` (mu-law); the pages that come of it, or why there are none."""
    return (outcome_of("fax", lambda: _received(audio, folder), lambda it: faults(it, secret)),)


def _received(audio: bytes, folder: Path) -> Content:
    pages = folder / "pages.tif"
    task = FaxTask(Direction.RECEIVE, pages, "+15550199")
    with FaxProcess(task, FaxSettings(), lambda _: None) as process:
        result = conduct(process, _Recording(audio), _LONGEST)
    count = whole_pages(pages)
    if count != len(result.pages):
        raise ValueError(f"{count} pages lie there, {len(result.pages)} are told")
    if not count:
        raise RefusedError(result.text)
    return Content(Kind.FAX, pages, "image/tiff", {"pages": count})


class _Recording:
    """A line on which a recording is heard, whatever is said."""

    def __init__(self, audio: bytes) -> None:
        self._audio = memoryview(audio)

    def exchange(self, _: bytes) -> bytes:
        """The next 20 ms. Raises LineClosed at the end."""
        heard, self._audio = self._audio[:FRAME], self._audio[FRAME:]
        if not heard:
            raise LineClosed("the other side hung up")
        return ulaw_decode(bytes(heard).ljust(FRAME, b"\xff"))
