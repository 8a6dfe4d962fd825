"""Install the npm packages of the tests' message centre; quick when they are there.

    tools/python tools/message_centre.py

They go into build/message-centre, in the versions and with the hashes of
tools/message-centre/package-lock.json. Without npm the tests that need them are skipped and say so;
in CI that is an error.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tools" / "message-centre"
TARGET = ROOT / "build" / "message-centre"
STAMP = ".installed"
FILES = ("package.json", "package-lock.json")


def fingerprint(source: Path) -> str:
    """A hash over what is to be installed."""
    return hashlib.sha256(b"".join((source / name).read_bytes() for name in FILES)).hexdigest()


def installed(source: Path, target: Path) -> bool:
    """Are the packages there, as the lock file says?"""
    stamp = target / STAMP
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint(source)


def install(source: Path, target: Path) -> int:
    """Install what is missing; the exit status."""
    target.mkdir(parents=True, exist_ok=True)
    with (target / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed(source, target):
            return 0
        if shutil.which("npm") is None or shutil.which("node") is None:
            print("  npm is missing: short messages are not tested against a message centre")
            return 1 if os.environ.get("CI") == "true" else 0
        for name in FILES:
            shutil.copyfile(source / name, target / name)
        # No package's own scripts are run: none needs any.
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(["npm", "ci", *quiet], cwd=target, check=False)
        if done.returncode == 0:
            (target / STAMP).write_text(fingerprint(source), encoding="utf-8")
        return done.returncode


if __name__ == "__main__":
    sys.exit(install(SOURCE, TARGET))
