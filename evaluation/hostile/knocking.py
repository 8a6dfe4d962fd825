"""Brings hostile mails and talks to the SMTP door, and measures what it does."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import psutil

from evaluation.hostile.circumstances import DOMAIN
from evaluation.hostile.report import Answer
from voicebot.places import ROOT

_RESET_PEAK: Final = "5"  # to /proc/PID/clear_refs, proc(5)
_LONGEST: Final = 8192  # bytes of an answer's line that are read
_QUIET: Final = 1.0  # seconds: the door has said all that it will say


@dataclass(frozen=True, slots=True)
class SmtpDoor:
    """A running door; `patience` (s) is how long it may stand still."""

    process: subprocess.Popen[str]
    jobs: Path
    trusting: int
    strict: int
    patience: float

    def deliver(self, mail: bytes, sender: str, *, strict: bool) -> Answer:
        """A mail, as an honest client would send it."""
        body = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        stuffed = body.replace(b"\r\n.", b"\r\n..")
        path = sender.strip("<>").encode()
        steps = [
            b"EHLO evil.example\r\n",
            b"MAIL FROM:<%b>\r\n" % path,
            f"RCPT TO:<text@{DOMAIN}>\r\n".encode(),
            b"DATA\r\n",
            stuffed + b"\r\n.\r\n",
        ]
        port = self.strict if strict else self.trusting
        return self._measured(lambda: _dialogue(steps, port, self.patience))

    def talk(self, data: bytes) -> Answer:
        """Bytes on a connection, whatever they are."""
        return self._measured(lambda: _monologue(data, self.trusting, self.patience))

    def _measured(self, converse: Callable[[], tuple[list[bytes], bool]]) -> Answer:
        before, used = self._accepted(), self._cpu()
        self._proc("clear_refs").write_text(_RESET_PEAK)
        lines, late = converse()
        return Answer(
            lines=tuple(line.decode("latin-1") for line in lines),
            reply=lines[-1].decode("latin-1") if lines else "",
            cpu=round(self._cpu() - used, 3),
            accepted=self._accepted() - before,
            memory=self._peak(),
            alive=self._is_alive(),
            late=late,
        )

    def _accepted(self) -> int:
        return sum(1 for _ in self.jobs.iterdir()) if self.jobs.exists() else 0

    def _cpu(self) -> float:
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def _proc(self, name: str) -> Path:
        return Path(f"/proc/{self.process.pid}/{name}")

    def _peak(self) -> int:
        status = self._proc("status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) << 10

    def _is_alive(self) -> bool:
        if self.process.poll() is not None:
            return False
        lines, _ = _dialogue([b"EHLO honest.example\r\n"], self.trusting, self.patience)
        return any(line.startswith(b"250") for line in lines)


@contextmanager
def smtp_door(folder: Path, patience: float) -> Iterator[SmtpDoor]:
    """A door with its jobs in `folder`; its log is there, too."""
    with (folder / "door.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "evaluation.hostile.door", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        if process.stdout is None or not (told := process.stdout.readline()):
            raise RuntimeError(f"the SMTP door did not open; see {folder / 'door.log'}")
        ports = json.loads(told)
        jobs = folder / "gateway" / "jobs"
        yield SmtpDoor(process, jobs, ports["trusting"], ports["strict"], patience)
    finally:
        process.kill()
        process.wait()


def _dialogue(steps: Sequence[bytes], port: int, patience: float) -> tuple[list[bytes], bool]:
    """All lines that come back, and whether they took too long: each step is sent when the one
    before it was answered well."""
    lines: list[bytes] = []
    try:
        with socket.create_connection(("127.0.0.1", port), patience) as line:
            reader = line.makefile("rb")
            lines += _reply(reader)
            for step in steps:
                line.sendall(step)
                answer = _reply(reader)
                lines += answer
                if not answer or answer[-1][:1] not in b"23":
                    break
    except TimeoutError:
        return lines, True
    except OSError:  # it has hung up on us, and may
        return lines, False
    return lines, False


def _monologue(data: bytes, port: int, patience: float) -> tuple[list[bytes], bool]:
    """All lines that come back when `data` is sent at once and QUIT behind it, until the door hangs
    up or has nothing more to say; and whether it did not even take all of it."""
    lines: list[bytes] = []
    with socket.create_connection(("127.0.0.1", port), patience) as line:
        sending = threading.Thread(target=_send, args=(line, data + b"\r\nQUIT\r\n"))
        sending.start()
        reader = line.makefile("rb")
        with contextlib.suppress(OSError):
            while answer := reader.readline(_LONGEST):
                lines.append(answer.rstrip(b"\r\n"))
                line.settimeout(_QUIET)
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        sending.join(patience)
    return lines, sending.is_alive()


def _send(line: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):  # it has hung up on us, and may
        line.sendall(data)


def _reply(reader: BinaryIO) -> list[bytes]:
    """The lines of one answer; fewer where the door hangs up."""
    lines: list[bytes] = []
    while line := reader.readline(_LONGEST):
        lines.append(line.rstrip(b"\r\n"))
        if line[3:4] != b"-":
            break
    return lines
