"""The fax process: one T.30 session over its standard input and output (see `messages`).

It ends when the session does, or when whoever started it is gone. A received page is on the disk
before its sender is told that it arrived. The library itself would confirm pages that a full disk
did not take; here that ends the session before the confirmation is spoken.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import BinaryIO

from gateway.errors import GatewayError
from gateway.fax import messages
from gateway.fax.messages import BadMessageError, Message, PipeClosedError
from gateway.fax.pagefile import whole_pages
from gateway.fax.result import Direction, FaxPage, FaxTask
from gateway.fax.spandsp import FaxTerminal


class PageLostError(Exception):
    """A received page could not be written."""


class Worker:
    """Answers messages until the session is over."""

    def __init__(self, source: BinaryIO, target: BinaryIO) -> None:
        self._source = source
        self._target = target
        self._task: FaxTask | None = None
        self._pages = 0
        self._lost = False

    def run(self) -> None:
        """Raises PipeClosedError, BadMessageError, PageLostError."""
        first = self._next()
        if first.kind != messages.TASK:
            raise BadMessageError("the first message is no task")
        try:
            self._task = FaxTask.from_json(first.json())
            terminal = FaxTerminal(self._task, self._page)
        except (GatewayError, ValueError, TypeError, KeyError, MemoryError) as error:
            self._say(Message(messages.REFUSED, str(error).encode()))
            return
        try:
            while self._answer(terminal, self._next()):
                continue
        finally:
            terminal.hang_up()
            terminal.close()

    def _answer(self, terminal: FaxTerminal, message: Message) -> bool:
        """Is the session still going on?"""
        spoken = b""
        match message.kind:
            case messages.AUDIO:
                wanted, pcm = message.heard()
                terminal.hear(pcm)
                self._require_page()
                spoken = terminal.speak(wanted)
            case messages.MISSED:
                terminal.miss(message.missed())
                self._require_page()
                return True
            case messages.HANG_UP:
                terminal.hang_up()
            case _:
                raise BadMessageError("not a message to the fax process")
        if terminal.result is not None:
            terminal.close()  # now the file is whole
            self._keep()
            self._say(messages.of_json(messages.RESULT, terminal.result.as_json()))
        self._say(Message(messages.AUDIO, spoken))
        return terminal.result is None

    def _page(self, page: FaxPage) -> None:
        """Called by the library, which takes no exceptions."""
        self._pages += 1
        try:
            self._keep()
            self._say(messages.of_json(messages.PAGE, page.as_json()))
        except OSError:
            self._lost = True

    def _require_page(self) -> None:
        """Go on only if what the sender is going to believe is true. Raises PageLostError."""
        if self._lost:
            raise PageLostError(f"page {self._pages} could not be kept: is the disk full?")

    def _keep(self) -> None:
        """Received pages survive a power cut from now on. Raises OSError: one does not."""
        if self._task is None or self._task.direction is Direction.SEND:
            return
        with suppress(FileNotFoundError):  # no page has come
            descriptor = os.open(self._task.file, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        if whole_pages(self._task.file) < self._pages:
            raise OSError("a page is missing in the file")

    def _next(self) -> Message:
        return messages.read(self._source.read)

    def _say(self, message: Message) -> None:
        self._target.write(message.encode())
        self._target.flush()


def main() -> int:
    """The process's exit status."""
    try:
        Worker(sys.stdin.buffer, sys.stdout.buffer).run()
    except (PipeClosedError, BrokenPipeError):
        return 1
    except (BadMessageError, PageLostError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
