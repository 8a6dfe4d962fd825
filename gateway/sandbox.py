"""Foreign programs on foreign files: with limits on time, CPU, memory and output."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import MissingPartError, RefusedError, UnavailableError

_POLL: Final = 0.1  # seconds
_TOLD: Final = 2000  # characters of a program's complaints that are kept
_GRACE: Final = 2.0  # seconds from SIGTERM to SIGKILL


class TooSlowError(RefusedError):
    """A program needed more time than it may have, by the clock or of the CPU."""


class CrashedError(RefusedError):
    """A program was ended by a signal that it brought upon itself."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use: `seconds` by the clock and of CPU time, `memory` and the `output` of
    one file in bytes."""

    seconds: float = 60.0
    cpu: float = 60.0
    memory: int = 1 << 30
    output: int = 256 << 20


def run(
    command: Sequence[str],
    limits: Limits,
    *,
    folder: Path,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    going_on: Callable[[], None] = lambda: None,
) -> bytes:
    """Run a program in `folder`, in a process group of its own, and return what it printed.

    `going_on` is called several times a second; what it raises ends the program. The program gets
    no input but `stdin`, and no environment but PATH, LANG, HOME (the folder) and `environment`.

    Raises:
        MissingPartError: there is no such program.
        RefusedError: it failed, or needed more than it may have (time: TooSlowError), or
            crashed (CrashedError).
        UnavailableError: it can't be started, the machine being out of memory or processes.
    """
    program = shutil.which(command[0])
    if program is None:
        raise MissingPartError(f"{command[0]} is not installed; `make system` installs it")
    given = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        **(environment or {}),
    }
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        with tempfile.TemporaryFile() as source:
            source.write(stdin or b"")
            source.seek(0)
            try:
                process = subprocess.Popen(
                    [*_limited(limits), program, *command[1:]],
                    stdin=source,
                    stdout=out,
                    stderr=complaints,
                    cwd=folder,
                    env=given,
                    start_new_session=True,
                )
            except OSError as error:
                raise UnavailableError(f"{command[0]} can't be started: {error}") from error
        try:
            status = _wait(process, limits, going_on)
        finally:
            _end(process)
        out.seek(0)
        complaints.seek(0)
        printed = out.read(limits.output)
        told = complaints.read(_TOLD).decode(errors="replace").strip()
    _judge(command[0], status, told, limits)
    return printed


def _judge(program: str, status: int | None, told: str, limits: Limits) -> None:
    """Raise RefusedError where a program did not succeed; it `told` why, perhaps."""
    if status is None:
        raise TooSlowError(f"{program} took longer than {limits.seconds:g} s")
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        raise TooSlowError(f"{program} needed more than {limits.cpu:g} s of CPU time")
    if status == -signal.SIGXFSZ:
        raise RefusedError(f"{program} wrote more than {limits.output >> 20} MB")
    if status < 0:
        raise CrashedError(f"{program} crashed ({signal.Signals(-status).name})")
    if status != 0:
        raise RefusedError(f"{program} failed: {told or f'exit status {status}'}")


def _limited(limits: Limits) -> list[str]:
    """A command that sets the limits and becomes the program; callers of the bot come first.

    (Setting them between fork and exec is not safe in a process with threads.)
    """
    cpu = max(1, round(limits.cpu))
    # Whatever becomes of us, it does not live on.
    setpriv = ["setpriv", "--pdeathsig", "KILL", "--"]
    prlimit = ["prlimit", f"--cpu={cpu}:{cpu + 1}", f"--as={limits.memory}", "--core=0"]
    return [*setpriv, *prlimit, f"--fsize={limits.output}", "--", "nice", "-n", "5"]


def _wait(
    process: subprocess.Popen[bytes], limits: Limits, going_on: Callable[[], None]
) -> int | None:
    """The exit status, or None when the time was up."""
    until = time.monotonic() + limits.seconds
    while (left := until - time.monotonic()) > 0:
        try:
            return process.wait(min(_POLL, left))
        except subprocess.TimeoutExpired:
            going_on()
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of the program's group is left."""
    for sent, patience in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, None)):
        if process.poll() is not None and sent == signal.SIGTERM:
            continue
        try:
            os.killpg(process.pid, sent)
        except ProcessLookupError:
            return
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
