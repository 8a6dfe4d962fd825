"""The journal of a call on disk: written step by step, so that a crash loses nothing."""

from __future__ import annotations

import os
from pathlib import Path

from voicebot.conversation.journal import Step, header_line, step_lines
from voicebot.conversation.policy import Policy


class JournalFile:
    """Appends the steps of one call to `path`. Raises OSError where the disk does not take them."""

    def __init__(self, path: Path, policy: Policy) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        self._write(header_line(policy))

    def append(self, step: Step, *, sensitive: bool) -> None:
        """Keep one step; `sensitive` hides what the caller said or keyed in it."""
        self._write(step_lines(step, sensitive=sensitive))

    def close(self) -> None:
        """No more steps will come."""
        self._file.close()

    def _write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()
