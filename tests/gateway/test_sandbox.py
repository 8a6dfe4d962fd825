"""Foreign programs kept within limits."""

from __future__ import annotations

import sys
from contextlib import suppress

import psutil
import pytest

from gateway.errors import CancelledError, MissingPartError, RefusedError
from gateway.sandbox import Limits, run


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
