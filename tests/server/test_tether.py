"""The tether: real processes that must never be left behind, and logs of bounded size."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from voicebot.server import tether
from voicebot.server.tether import RotatingLog

# Says its process id and that of its own child through a named pipe, then both sleep.
FAMILY = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "w") as told:
    told.write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""


def hold(tmp_path: Path, *program: str, **more: str) -> subprocess.Popen[bytes]:
    options = [word for name, value in more.items() for word in (f"--log-{name}", value)]
    log = str(tmp_path / "logs" / "x.log")
    return subprocess.Popen(
        [sys.executable, "-I", tether.__file__, "--log", log, *options, "--", *program],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def family(tmp_path: Path, *more: str) -> tuple[subprocess.Popen[bytes], list[psutil.Process]]:
    """A tether, and the program with its child that it holds."""
    pipe = tmp_path / "told"
    os.mkfifo(pipe)
    held = hold(tmp_path, sys.executable, "-S", "-c", FAMILY, str(pipe), *more)
    return held, [psutil.Process(int(pid)) for pid in pipe.read_text().split()]


def gone(processes: list[psutil.Process], seconds: float = 20) -> bool:
    # Orphans are reaped by whatever is process 1; a zombie holds nothing any more.
    left = [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    return not psutil.wait_procs(left, timeout=seconds)[1]


def test_the_exit_status_and_the_output_are_the_programs(tmp_path: Path) -> None:
    script = "import sys; print('hello'); print('woe', file=sys.stderr); sys.exit(7)"
    held = hold(tmp_path, sys.executable, "-S", "-c", script)
    assert held.wait(20) == 7
    assert sorted((tmp_path / "logs" / "x.log").read_text().split()) == ["hello", "woe"]


def test_a_signal_shows_in_the_status(tmp_path: Path) -> None:
    held = hold(tmp_path, sys.executable, "-S", "-c", "import os, signal; os.kill(os.getpid(), 11)")
    assert held.wait(20) == 128 + 11


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    held = hold(tmp_path, str(tmp_path / "none"))
    assert held.wait(20) == 127
    assert "cannot start" in (tmp_path / "logs" / "x.log").read_text()


def test_when_the_holder_lets_go_the_family_ends(tmp_path: Path) -> None:
    held, processes = family(tmp_path)
    assert held.stdin is not None
    held.stdin.close()
    assert held.wait(20) == -signal.SIGKILL
    assert gone(processes)


def test_kill_9_of_the_holder_ends_the_family(tmp_path: Path) -> None:
    pipe = tmp_path / "told"
    os.mkfifo(pipe)
    holder = f"""
import subprocess, sys
argv = [sys.executable, "-I", {tether.__file__!r}, "--log", {str(tmp_path / "x.log")!r}, "--"]
argv += [sys.executable, "-S", "-c", {FAMILY!r}, {str(pipe)!r}]
subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True).wait()
"""
    supervisor = subprocess.Popen([sys.executable, "-S", "-c", holder])
    processes = [psutil.Process(int(pid)) for pid in pipe.read_text().split()]
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait(20)
    assert gone(processes)


def test_kill_9_of_the_tether_ends_the_program(tmp_path: Path) -> None:
    held, processes = family(tmp_path)
    os.kill(held.pid, signal.SIGKILL)
    held.wait(20)
    assert gone(processes[:1])
    processes[1].kill()  # a grandchild is the supervisor's to sweep: it signals the whole group


def test_a_stubborn_program_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(tether.__file__).read_text().replace("GRACE = 5.0", "GRACE = 0.2")
    hasty = tmp_path / "hasty.py"
    hasty.write_text(source)
    monkeypatch.setattr(tether, "__file__", str(hasty))
    held, processes = family(tmp_path, "stubborn")
    assert held.stdin is not None
    held.stdin.close()
    held.wait(20)
    assert gone(processes)


def test_a_flood_of_output_fills_no_disk(tmp_path: Path) -> None:
    script = "import sys; [print('x' * 99) for _ in range(20_000)]; print('last words')"
    held = hold(tmp_path, sys.executable, "-S", "-c", script, bytes="200000", files="3")
    assert held.wait(20) == 0
    logs = sorted((tmp_path / "logs").iterdir())
    assert [log.name for log in logs] == ["x.log", "x.log.1", "x.log.2"]
    assert all(log.stat().st_size <= 200_000 for log in logs)
    assert logs[0].read_text().endswith("last words\n")


def test_a_grandchild_that_holds_the_output_open_does_not_keep_us(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys; print('bye', flush=True);"
        "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'])"
    )
    held = hold(tmp_path, sys.executable, "-S", "-c", script)
    assert held.wait(20) == 0
    assert (tmp_path / "logs" / "x.log").read_text() == "bye\n"
    os.killpg(held.pid, signal.SIGKILL)


def test_a_log_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    RotatingLog(path, 10, 2).write(b"12345\n")
    log = RotatingLog(path, 10, 2)
    log.write(b"6789\n")
    assert path.read_bytes() == b"6789\n"
    assert path.with_name("a.log.1").read_bytes() == b"12345\n"
    log.write(b"much longer than the limit\n")
    assert path.read_bytes() == b"much longer than the limit\n"


def test_a_full_disk_loses_lines_and_says_so(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "a.log", 1000, 2)
    room = log._stream
    with Path("/dev/full").open("wb", buffering=0) as full:
        log._stream = full
        log.write(b"lost\n")
    log._stream = room
    log.write(b"kept\n")
    assert (tmp_path / "a.log").read_text() == (
        "[5 bytes of this log were lost: the disk was full]\nkept\n"
    )
