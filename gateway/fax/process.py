"""A fax session in a process of its own, which may fail without harm to any other call.

The process has limits on CPU time, memory and the size of its file. Whatever becomes of it, the
session here ends with a result or with a clear error.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Protocol, Self

from gateway.errors import MissingPartError, UnavailableError
from gateway.fax import messages
from gateway.fax.messages import BadMessageError, Message, PipeClosedError
from gateway.fax.result import FaxPage, FaxResult, FaxTask
from gateway.fax.settings import FaxSettings

_TOLD: Final = 1000  # bytes of a dying process's last words that are kept
_GRACE: Final = 2.0  # seconds that it may take to end by itself
_PIECE: Final = 16_000  # bytes: a second
_SPEED: Final = 5  # a session takes a fraction of this part of its call's time as CPU time


class FaxSession(Protocol):
    """One side of a fax call, in this process or in another."""

    @property
    def result(self) -> FaxResult | None:
        """How the session ended, None while it goes on."""

    def exchange(self, heard: bytes, samples: int) -> bytes:
        """Take audio that was heard, give the next `samples` to be sent."""

    def miss(self, samples: int) -> None:
        """So much audio from the other side was lost."""

    def hang_up(self) -> FaxResult:
        """The call is over, wherever the session stood."""


class FaxProcess:
    """A `FaxSession` in a child process; `on_page` hears of each page that has crossed the line.

    All methods block, some milliseconds as a rule. They raise UnavailableError when the process
    died, or said nothing for `settings.answer_seconds`.
    """

    def __init__(
        self, task: FaxTask, settings: FaxSettings, on_page: Callable[[FaxPage], None]
    ) -> None:
        """Raises UnavailableError: no process can be started."""
        self._patience = settings.answer_seconds
        self._on_page = on_page
        self._result: FaxResult | None = None
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        try:
            self._process = subprocess.Popen(
                _command(settings),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=_environment(task.file.parent),
                start_new_session=True,
            )
        except OSError as error:
            self._complaints.close()
            raise UnavailableError(f"a fax process can't be started: {error}") from error
        self._pid = self._process.pid
        assert self._process.stdin is not None  # noqa: S101 - pipes, see above
        assert self._process.stdout is not None  # noqa: S101
        self._to: IO[bytes] = self._process.stdin
        self._from: IO[bytes] = self._process.stdout
        self._say(messages.of_json(messages.TASK, task.as_json()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The child's process number."""
        return self._pid

    @property
    def result(self) -> FaxResult | None:
        """How the session ended, None while it goes on."""
        return self._result

    def exchange(self, heard: bytes, samples: int) -> bytes:
        """Take audio that was heard, give the next `samples` to be sent."""
        if self._result is not None:
            return bytes(2 * samples)
        *early, last = pieces(heard)
        for piece in early:  # a longer message might fill the pipe of a process that hangs
            self._say(messages.of_heard(piece, 0))
            self._answer()
            if self._over():
                return bytes(2 * samples)
        self._say(messages.of_heard(last, samples))
        return self._answer()

    def miss(self, samples: int) -> None:
        """So much audio from the other side was lost."""
        if self._result is None:
            self._say(messages.of_missed(samples))

    def hang_up(self) -> FaxResult:
        """The call is over, wherever the session stood."""
        if self._result is None:
            self._say(Message(messages.HANG_UP))
            self._answer()
        if self._result is None:
            raise UnavailableError("the fax process gave no result; try again")
        return self._result

    def close(self) -> None:
        """End the process, by force where it does not end by itself."""
        for pipe in (self._to, self._from):
            try:
                pipe.close()
            except BrokenPipeError:  # what it was to be told does not matter any more
                continue
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._complaints.close()

    def _over(self) -> bool:
        return self._result is not None

    def _answer(self) -> bytes:
        until = time.monotonic() + self._patience
        while True:
            try:
                message = messages.read(lambda size: self._read(size, until))
                match message.kind:
                    case messages.AUDIO:
                        return message.body
                    case messages.PAGE:
                        self._on_page(FaxPage(**message.json()))
                    case messages.RESULT:
                        self._result = FaxResult.from_json(message.json())
                    case messages.REFUSED:
                        raise MissingPartError(message.body.decode(errors="replace"))
                    case _:
                        raise BadMessageError("not a message from a fax process")
            except PipeClosedError as error:
                raise self._dead() from error
            except (BadMessageError, TypeError, KeyError) as error:
                self._process.kill()
                raise UnavailableError(f"the fax process talked nonsense: {error}") from error

    def _read(self, size: int, until: float) -> bytes:
        """Exactly `size` bytes, or fewer when the process ends."""
        descriptor = self._from.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        parts: list[bytes] = []
        while size:
            if not poll.poll(max(until - time.monotonic(), 0.0) * 1000):
                self._process.kill()
                raise UnavailableError(
                    f"the fax process said nothing for {self._patience:g} s; try again"
                )
            part = os.read(descriptor, size)
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _say(self, message: Message) -> None:
        try:
            self._to.write(message.encode())
            self._to.flush()
        except (BrokenPipeError, ValueError) as error:
            raise self._dead() from error

    def _dead(self) -> UnavailableError:
        try:
            status = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._complaints.seek(0)
        told = self._complaints.read(_TOLD).decode(errors="replace").strip()
        last = told.splitlines()[-1] if told else f"status {status}"
        return UnavailableError(f"the fax process ended in the middle of the fax ({last})")


def pieces(pcm: bytes) -> list[bytes]:
    """`pcm` cut into pieces of a second; one, perhaps empty, at least."""
    return [pcm[at : at + _PIECE] for at in range(0, len(pcm), _PIECE)] or [b""]


def _command(settings: FaxSettings) -> list[str]:
    cpu = max(10, round(settings.call_seconds / _SPEED))
    limits = [f"--cpu={cpu}:{cpu + 1}", f"--as={settings.memory_bytes}", "--core=0"]
    program = [sys.executable, "-m", "gateway.fax.worker"]
    return ["prlimit", *limits, f"--fsize={settings.file_bytes}", "--", *program]


def _environment(folder: Path) -> dict[str, str]:
    """The process knows nothing of ours but where its code lies."""
    root = str(Path(__file__).resolve().parents[2])
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": root,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
