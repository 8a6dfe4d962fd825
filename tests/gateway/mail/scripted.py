"""A mail server that says what a test wants, and breaks off where it wants; records what it got."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

ANSWERS = {
    "greeting": "220 hello",
    "EHLO": "250-hi\r\n250 SIZE 1000000",
    "LHLO": "250 hi",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 taken",
    "QUIT": "221 bye",
}
BREAK = "(the connection breaks)"
SILENCE = "(no answer)"


@dataclass
class Recorded:
    """What a client has sent."""

    port: int = 0
    commands: list[str] = field(default_factory=list)
    data: bytes = b""


@contextmanager
def server(answers: Mapping[str, str] | None = None) -> Iterator[Recorded]:
    """Serve one connection after another with `answers` instead of the usual ones."""
    said = ANSWERS | dict(answers or {})
    recorded = Recorded()
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        recorded.port = listening.getsockname()[1]

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection, connection.makefile("rwb") as stream:
                    try:
                        _talk(stream, said, recorded, ended)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield recorded
        finally:
            ended.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _talk(stream, said, recorded, ended) -> None:
    if not _answer(stream, said["greeting"], ended):
        return
    while line := stream.readline():
        recorded.commands.append(line.decode().rstrip())
        verb = line.split()[0].decode().upper()
        answer = said.get(verb, "502 what?")
        if not _answer(stream, answer, ended):
            return
        if verb == "DATA" and answer.startswith("354"):
            recorded.data = b"".join(iter(stream.readline, b".\r\n"))
            if not _answer(stream, said["."], ended):
                return


def _answer(stream, answer, ended) -> bool:
    if answer == BREAK:
        return False
    if answer == SILENCE:
        ended.wait(10)
        return False
    stream.write(answer.encode() + b"\r\n")
    stream.flush()
    return True
