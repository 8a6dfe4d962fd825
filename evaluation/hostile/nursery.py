"""Runs trials one after the other, each in a process of its own, and measures them.

    python -m evaluation.hostile.nursery FOLDER

It imports the gateway once and forks for every order (a line of JSON on standard input); the report
is a line on standard output. Processes that outlive their trial become its children (it is a
"subreaper", prctl(2)), are counted and killed.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil
import structlog

from evaluation.hostile.centre import try_line
from evaluation.hostile.circumstances import settings
from evaluation.hostile.faxing import try_call
from evaluation.hostile.inputs import Door
from evaluation.hostile.report import Outcome, Report
from evaluation.hostile.trial import OUTCOMES, Order, try_file, write_outcomes
from gateway.transform import Transform
from gateway.transforms import assemble

_SUBREAPER: Final = 36  # PR_SET_CHILD_SUBREAPER
_LOOK: Final = 0.02  # seconds
_MOST_SPACE: Final = 12 << 30  # bytes of addresses: keeps the machine alive whatever happens
_PEAK: Final = "peak"


def main() -> int:
    """Serve until standard input ends."""
    folder = Path(sys.argv[1])
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(sys.stderr))
    ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)
    transforms = assemble(settings(folder))
    for line in sys.stdin:
        report = _measured(Order.from_json(line), transforms)
        print(json.dumps(report.as_json()), flush=True)
    return 0


def _measured(order: Order, transforms: Sequence[Transform]) -> Report:
    began = time.monotonic()
    child = os.fork()
    if not child:
        _be_tried(order, transforms)
    status, usage, late = _waited(child, began + order.clock)
    clock = time.monotonic() - began
    left = _leftovers()
    folder = Path(order.folder)
    report = Report(
        outcomes=_outcomes(folder),
        cpu=round(usage.ru_utime + usage.ru_stime, 3),
        clock=round(clock, 3),
        program=usage.ru_maxrss << 10,
        left=left,
        status=os.waitstatus_to_exitcode(status),
        late=late,
    )
    own = int(_text(folder / _PEAK) or 0)
    return replace(report, own=own, disk=_size_of(folder))


def _be_tried(order: Order, transforms: Sequence[Transform]) -> None:
    """The child: does one trial, and ends without tidying up."""
    status = 1
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_SPACE, _MOST_SPACE))
        write_outcomes(_tried(order, transforms), Path(order.folder))
        (Path(order.folder) / _PEAK).write_text(str(_peak()))
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def _tried(order: Order, transforms: Sequence[Transform]) -> tuple[Outcome, ...]:
    match order.door:
        case Door.LINE:
            return try_line(Path(order.path).read_bytes())
        case Door.CALL:
            return try_call(Path(order.path).read_bytes(), Path(order.folder), order.secret)
    return try_file(order, transforms)


def _peak() -> int:
    """Bytes of memory that this process had at its peak (VmHWM, proc(5))."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


def _waited(child: int, until: float) -> tuple[int, resource.struct_rusage, bool]:
    """Status and usage of the child, and whether it had to be killed."""
    late = False
    while True:
        found, status, usage = os.wait4(child, os.WNOHANG)
        if found:
            return status, usage, late
        if not late and time.monotonic() > until:
            late = True
            os.killpg(child, signal.SIGKILL)
        time.sleep(_LOOK)


def _leftovers() -> tuple[str, ...]:
    """The names of processes that have outlived their trial; they are killed."""
    names = []
    for process in psutil.Process().children(recursive=True):
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                names.append(process.name())
            process.kill()
            process.wait()
        except psutil.NoSuchProcess:
            continue
    return tuple(names)


def _outcomes(folder: Path) -> tuple[Outcome, ...]:
    told = _text(folder / OUTCOMES)
    found = json.loads(told) if told else []
    return tuple(Outcome(**{**one, "faults": tuple(one["faults"])}) for one in found)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _size_of(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
