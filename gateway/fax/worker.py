"""The fax process: one T.30 session over its standard input and output (see `messages`).

It ends when the session does, or when whoever started it is gone. A received page is on the disk
before its sender is told that it arrived.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import BinaryIO

from gateway.errors import GatewayError
from gateway.fax import messages
from gateway.fax.messages import BadMessageError, Message, PipeClosedError
from gateway.fax.result import Direction, FaxPage, FaxTask
from gateway.fax.spandsp import FaxTerminal


class Worker:
    """Answers messages until the session is over."""

    def __init__(self, source: BinaryIO, target: BinaryIO) -> None:
        self._source = source
        self._target = target
        self._task: FaxTask | None = None

    def run(self) -> None:
        """Raises PipeClosedError, BadMessageError."""
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
                spoken = terminal.speak(wanted)
            case messages.MISSED:
                terminal.miss(message.missed())
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
        self._keep()
        self._say(messages.of_json(messages.PAGE, page.as_json()))

    def _keep(self) -> None:
        """Received pages survive a power cut from now on."""
        if self._task is None or self._task.direction is Direction.SEND:
            return
        with suppress(FileNotFoundError):  # no page has come
            descriptor = os.open(self._task.file, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

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
    except BadMessageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
