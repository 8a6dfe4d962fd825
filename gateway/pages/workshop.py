"""Orders for the worker: foreign documents are only ever opened in its process, within limits."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from gateway import sandbox
from gateway.errors import RefusedError
from gateway.pages.settings import PageSettings

PROGRESS: Final = "worker.progress"
"""A file in the worker's folder: how much of its work is done, 0 to 1."""

_START: Final = 10.0  # seconds of CPU time before the first page
_PATIENCE: Final = 4.0  # the clock may take so many times longer than the CPU


def order(
    what: str,
    folder: Path,
    settings: PageSettings,
    *,
    pages: int | None = None,
    going_on: Callable[[float], None] = lambda _: None,
    **details: Any,
) -> dict[str, Any]:
    """Have the worker do something in `folder`; `pages` is how many it is about at most.

    The worker allows itself no more CPU time than the pages may take that it finds.

    `going_on` is called several times a second and told how much is done, 0 to 1.

    Raises:
        RefusedError: the document is bad or needs too much.
        UnavailableError: the worker can't be started.
    """
    cpu = _START + settings.page_seconds * (pages or settings.pages)
    told = folder / PROGRESS
    told.unlink(missing_ok=True)
    command = [sys.executable, "-I", "-m", "gateway.pages.worker"]
    limits = sandbox.Limits(
        seconds=cpu * _PATIENCE, cpu=cpu, memory=settings.memory_megabytes << 20
    )
    what_to_do = {
        "do": what,
        "pages": settings.pages,
        "pixels": settings.megapixels * 1_000_000,
        "start_seconds": _START,
        "page_seconds": settings.page_seconds,
        **details,
    }
    try:
        printed = sandbox.run(
            command,
            limits,
            folder=folder,
            stdin=json.dumps(what_to_do, default=str).encode(),
            going_on=lambda: going_on(_done(told)),
        )
    except sandbox.TooSlowError as error:
        raise RefusedError(
            "the document can't be worked on: a page of it takes more than "
            f"{settings.page_seconds:g} s of computing"
        ) from error
    except sandbox.CrashedError as error:
        raise RefusedError(
            "the document can't be worked on: it breaks the program that reads it, or needs more "
            f"than {settings.memory_megabytes} MB of memory"
        ) from error
    except RefusedError as error:
        raise RefusedError(f"the document can't be worked on: {_reason(error)}") from error
    finally:
        told.unlink(missing_ok=True)
    answer: dict[str, Any] = json.loads(printed)
    if "refused" in answer:
        raise RefusedError(answer["refused"])
    done: dict[str, Any] = answer["done"]
    return done


def checked_size(path: Path, settings: PageSettings) -> Path:
    """The path, absolute, of a file that is not too large to be opened.

    Raises:
        RefusedError: it is empty, too large or not there.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise RefusedError(f"the document can't be opened: {error.strerror}") from error
    if not size:
        raise RefusedError("the document is empty")
    if size > settings.megabytes << 20:
        raise RefusedError(f"the document is larger than {settings.megabytes} MB")
    return path.absolute()


def _reason(error: RefusedError) -> str:
    """Its last line, without where Python lies on this machine."""
    last = str(error).strip().splitlines()[-1]
    return last.replace(sys.executable, "the worker")


def _done(told: Path) -> float:
    try:
        return float(told.read_text(encoding="ascii"))
    except (OSError, ValueError):  # not begun, or just being written
        return 0.0
