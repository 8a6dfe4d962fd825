"""Did an action fail in this turn? Rasa only logs it and goes on; the channel has to know."""

import contextvars
import logging
from collections.abc import Iterator
from contextlib import contextmanager

_seen: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("failures", default=None)


class _Watcher(logging.Handler):
    """Notes errors of Rasa's processor for the turn that is running in this context."""

    def emit(self, record: logging.LogRecord) -> None:
        """Note the record; its text is not kept, only where it came from."""
        noted = _seen.get()
        if noted is not None:
            noted.append(f"{record.name}:{record.lineno}")


_WATCHER = _Watcher(level=logging.ERROR)


@contextmanager
def watch_failures() -> Iterator[list[str]]:
    """Yield a list that fills with the failures of actions while the turn runs."""
    source = logging.getLogger("rasa.core.processor")
    if _WATCHER not in source.handlers:
        source.addHandler(_WATCHER)
    noted: list[str] = []
    token = _seen.set(noted)
    try:
        yield noted
    finally:
        _seen.reset(token)
