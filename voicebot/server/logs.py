"""Logging: JSON lines in data_dir/logs/voicebot.log, readable lines on the console.

What callers say, and secrets, never get into a log: fields of such names are masked here whatever a
module passes, and libraries that would quote messages are held at a level where they don't.
"""

from __future__ import annotations

import logging
import queue
import sys
from collections.abc import Callable, Iterable
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from voicebot.config import Settings

FILE_BYTES = 10_000_000
OLDER_FILES = 2
MASK = "(not logged)"
PRIVATE = frozenset(
    {
        "alternatives", "audio", "body", "content", "dossier", "entities", "heard", "hints",
        "message", "payload", "prompt", "reply", "said", "slots", "text", "texts", "transcript",
        "utterance", "words",
        "digit", "digits", "keys", "pin",
        "authorization", "cookie", "password", "secret", "signature", "token",
    }
)  # fmt: skip
"""Names of fields that hold a caller's words or a secret."""
CHATTY = {
    # At DEBUG websockets writes down every frame, httpx at INFO every address.
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "multipart": logging.WARNING,
    "python_multipart": logging.WARNING,
    "sqlalchemy.engine": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "websockets": logging.WARNING,
}


def mask_private(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace values of private fields, nested ones included; a structlog processor."""
    return {name: _masked(name, value) for name, value in event.items()}


def hold_exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Take hold of the exception being handled, here: the writing thread can't see it."""
    if event.get("exc_info") is True:
        event["exc_info"] = sys.exc_info()
    return event


def _masked(name: str, value: Any) -> Any:
    if name.lower() in PRIVATE:
        return MASK
    if isinstance(value, dict):
        return {key: _masked(str(key), inner) for key, inner in value.items()}
    return value


def configure_logs(settings: Settings, *, debug: bool = False) -> Callable[[], None]:
    """Set logging up for this process; the answer ends it (flushes, closes the file).

    A thread does the writing: a slow disk must not hold up audio.
    """
    level = logging.DEBUG if debug else logging.INFO
    file = _file_handler(settings.data_dir / "logs" / "voicebot.log")
    console = _console_handler()
    console.setLevel(logging.DEBUG if debug else logging.WARNING)  # the file has the rest
    lines: queue.SimpleQueue[Any] = queue.SimpleQueue()
    listener = QueueListener(lines, file, console, respect_handler_level=True)
    listener.start()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    before = root.handlers[:], root.level
    root.handlers = [_Handover(lines)]
    root.setLevel(level)
    for name, least in CHATTY.items():
        logging.getLogger(name).setLevel(max(level, least))

    def end() -> None:
        root.handlers, root.level = before
        structlog.reset_defaults()
        listener.stop()
        file.close()

    return end


def configure_quiet() -> None:
    """Logging for a command that a person runs: warnings on stderr, nothing into files."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            hold_exception,
            mask_private,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=_Stderr,
        cache_logger_on_first_use=False,
    )


class _Stderr:
    """A logger that writes to whatever is stderr when it writes."""

    def __init__(self, *_: Any) -> None:
        """The arguments are those of structlog's factories."""

    def msg(self, line: str) -> None:
        """Write a line."""
        sys.stderr.write(line + "\n")

    debug = info = warning = error = critical = exception = msg


class _Handover(QueueHandler):
    """Passes records to the writing thread as they are: the formatters need the event's fields."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Keep the record."""
        return record


def _shared() -> Iterable[Processor]:
    """What happens to every line, whichever way it came."""
    return (
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hold_exception,
        mask_private,
    )


def _file_handler(path: Path) -> logging.Handler:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        path, maxBytes=FILE_BYTES, backupCount=OLDER_FILES, encoding="utf-8"
    )
    # Local variables stay out of tracebacks: they hold what callers say.
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    handler.setFormatter(_formatter([tracebacks, structlog.processors.JSONRenderer()]))
    return handler


def _console_handler() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _formatter(
            [
                structlog.dev.ConsoleRenderer(
                    colors=sys.stderr.isatty(),
                    pad_event_to=28,
                    exception_formatter=structlog.dev.plain_traceback,
                )
            ]
        )
    )
    return handler


def _formatter(renderers: list[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_shared()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    )
