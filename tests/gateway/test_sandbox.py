"""Foreign programs kept within limits."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from gateway.errors import CancelledError, MissingPartError, RefusedError
from gateway.sandbox import Limits, run
from voicebot.places import ROOT


def python(code, tmp_path, limits=None, **more):
    return run([sys.executable, "-c", code], limits or Limits(), folder=tmp_path, **more)


def test_what_it_prints_comes_back(tmp_path):
    echoed = python("import sys; sys.stdout.write(sys.stdin.read()[::-1])", tmp_path, stdin=b"abc")
    assert echoed == b"cba"


def test_it_runs_in_the_folder_and_knows_nothing_of_our_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_OF_OURS", "x")
    printed = python("import os; print(os.getcwd(), 'SECRET_OF_OURS' in os.environ)", tmp_path)
    assert printed.decode().split() == [str(tmp_path), "False"]


def test_a_missing_program_is_named(tmp_path):
    with pytest.raises(MissingPartError, match="no-such-program is not installed"):
        run(["no-such-program"], Limits(), folder=tmp_path)


def test_its_complaint_is_passed_on(tmp_path):
    with pytest.raises(RefusedError, match="bad page"):
        python("import sys; sys.exit('bad page')", tmp_path)


@pytest.mark.parametrize(
    ("code", "limits", "reason"),
    [
        ("import time; time.sleep(60)", Limits(seconds=0.3), "longer than 0.3 s"),
        ("while True: pass", Limits(cpu=1), "CPU time"),
        ("b = bytearray(1 << 30)", Limits(memory=256 << 20), "MemoryError"),
        ("import os; os.abort()", Limits(), r"crashed \(SIGABRT\)"),
        ("open('f', 'wb').write(bytes(1 << 20))", Limits(output=1 << 16), "File too large"),
    ],
)
def test_what_needs_too_much_is_ended(tmp_path, code, limits, reason):
    with pytest.raises(RefusedError, match=reason):
        python(code, tmp_path, limits)


def test_a_cancelled_program_leaves_no_child_behind(tmp_path):
    def called_off():
        if (tmp_path / "child").exists():
            raise CancelledError("called off")

    code = (
        "import subprocess, time; c = subprocess.Popen(['sleep', '60']); "
        "open('child.part', 'w').write(str(c.pid)); import os; os.rename('child.part', 'child'); "
        "time.sleep(60)"
    )
    with pytest.raises(CancelledError):
        python(code, tmp_path, going_on=called_off)
    child = int((tmp_path / "child").read_text())
    with suppress(psutil.NoSuchProcess):
        psutil.Process(child).wait(10)
    assert not psutil.pid_exists(child)


def test_it_dies_with_the_process_that_started_it(tmp_path):
    inner_code = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    code = (
        "import sys; from pathlib import Path; from gateway.sandbox import Limits, run;"
        "run([sys.executable, '-c', sys.argv[2]], Limits(), folder=Path(sys.argv[1]))"
    )
    outer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), inner_code], cwd=ROOT)
    written = tmp_path / "pid"
    until = time.monotonic() + 30
    while not (written.exists() and written.read_text()):
        assert time.monotonic() < until
        time.sleep(0.02)
    inner = psutil.Process(int(written.read_text()))
    outer.kill()
    outer.wait()
    inner.wait(10)
    assert not psutil.pid_exists(inner.pid)
