"""Run one program on a tether: it never outlives whoever holds the other end.

    python -I tether.py --log FILE --log-bytes N --log-files N -- PROGRAM ARGUMENT...

Standard input is the tether: nothing is read from it, but when its other end closes - because the
supervisor ended in whatever way, kill -9 included - the program and all that it started get SIGTERM
and, a few seconds later, SIGKILL. A pipe is used because the kernel closes it whatever happens,
and because it reaches the whole process group: PR_SET_PDEATHSIG alone would signal only the direct
child, and would fire when the *thread* that started it ends. It is set as well, between this
process and the program, so that a kill -9 of this process leaves nothing behind either.

Output of the program goes through here into a log file of bounded size, so that a program which
floods its output fills no disk, and one which writes on while its supervisor is busy never blocks.

Only the standard library is imported: this runs beside every child and should cost little.
Exits with the program's status, as a shell would give it (128 + N after signal N).
"""

from __future__ import annotations

import argparse
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

GRACE = 5.0
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class RotatingLog:
    """A log file of at most `limit` bytes and `files` - 1 older ones: name.log.1, name.log.2 ..."""

    def __init__(self, path: Path, limit: int, files: int) -> None:
        self.path = path
        self._limit = limit
        self._files = files
        self._lost = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("ab", buffering=0)
        self._size = path.stat().st_size

    def write(self, data: bytes) -> None:
        """Append; a full disk loses the data, counted and told later, and never stops the child."""
        try:
            if self._size and self._size + len(data) > self._limit:
                self._rotate()
            if self._lost:
                note = f"[{self._lost} bytes of this log were lost: the disk was full]\n".encode()
                self._append(note)
                self._lost = 0
            self._append(data)
        except OSError:
            self._lost += len(data)

    def _append(self, data: bytes) -> None:
        written = self._stream.write(data)
        self._size += written
        self._lost += len(data) - written

    def _rotate(self) -> None:
        for number in range(self._files - 1, 0, -1):
            source = self._numbered(number - 1)
            if source.exists():
                source.replace(self._numbered(number))
        fresh = self.path.open("wb", buffering=0)
        self._stream.close()
        self._stream = fresh
        self._size = 0

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the process that started this one ends."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the request
        os.kill(os.getpid(), signal.SIGKILL)


def run(argv: list[str], log: RotatingLog) -> int:
    """Run the program until it or the tether ends; its exit status."""
    me = os.getpid()
    # The supervisor signals the whole group; this process stays to write the program's last words.
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, _stay)
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: die_with_parent(me),  # safe: there is one thread only
        )
    except OSError as error:
        log.write(f"cannot start {argv[0]}: {error.strerror}\n".encode())
        return 127
    assert child.stdout is not None  # noqa: S101 - it is a pipe, see above
    _watch(child, child.stdout.fileno(), log)
    status = child.wait()
    return status if status >= 0 else 128 - status


def _stay(_number: int, _frame: FrameType | None) -> None:
    """A handler, not SIG_IGN: what is ignored would be ignored by the program too."""


def _watch(child: subprocess.Popen[bytes], output: int, log: RotatingLog) -> None:
    """Carry output into the log until the program ends; end it when the tether breaks."""
    ended = os.pidfd_open(child.pid)
    with selectors.DefaultSelector() as selector:
        for number in (0, output, ended):
            selector.register(number, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if output in ready:
                data = os.read(output, 65536)
                log.write(data)
                if not data:
                    selector.unregister(output)
            if 0 in ready and not os.read(0, 4096):
                selector.unregister(0)
                _end_group(ended)
            if ended in ready:
                _drain(output, log)
                return


def _drain(output: int, log: RotatingLog) -> None:
    """What the program wrote last; not more, since a grandchild may hold the pipe open for ever."""
    os.set_blocking(output, False)
    try:
        while data := os.read(output, 65536):
            log.write(data)
    except BlockingIOError:
        return


def _end_group(ended: int) -> None:
    """SIGTERM to the group, which this process leads, a few seconds, then SIGKILL."""
    os.killpg(0, signal.SIGTERM)
    with selectors.DefaultSelector() as selector:
        selector.register(ended, selectors.EVENT_READ)
        until = time.monotonic() + GRACE
        while (left := until - time.monotonic()) > 0 and not selector.select(left):
            continue
    os.killpg(0, signal.SIGKILL)  # this process, too


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Run a program that never outlives its parent.")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--log-bytes", type=int, default=10_000_000)
    parser.add_argument("--log-files", type=int, default=3)
    parser.add_argument("program", nargs="+")
    given = parser.parse_args()
    return run(given.program, RotatingLog(given.log, given.log_bytes, given.log_files))


if __name__ == "__main__":
    sys.exit(main())
