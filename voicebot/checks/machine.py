"""What the machine must have: Python, environments, programs, room, ports."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx

from voicebot.checks.finding import Finding, fail, ok, warn
from voicebot.config import ROOT, Settings
from voicebot.configuration import settings_file, unknown_variables
from voicebot.server.ports import holder_of, is_free, reachable

GIGABYTE = 1e9
SHORT_OF_ROOM = 5 * GIGABYTE
"""Bytes: an hour of recorded calls is 115 MB, and nobody looks every day."""
NO_ROOM = 0.5 * GIGABYTE
ENVIRONMENTS = "tools/python tools/environments.py"


def settings_read(settings: Settings) -> Iterator[Finding]:
    """Where the settings come from, and variables that nobody reads."""
    file = settings_file()
    given = len(settings.model_fields_set)
    source = f"{file}" if file.is_file() else f"defaults ({file} isn't there, and needn't be)"
    yield ok("settings", f"{source}; {given} differ from the defaults")
    if unknown := unknown_variables(os.environ):
        yield warn(
            "settings",
            f"no such settings: {', '.join(unknown)}",
            "correct or unset these variables: nobody reads them",
        )


def python(_settings: Settings) -> Iterator[Finding]:
    """The Python that runs this."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield ok("python", f"{version}, {sys.executable}")


def environments(settings: Settings, root: Path = ROOT) -> Iterator[Finding]:
    """The environments beside our own, and whether they are what the lock files say."""
    for name in () if settings.rasa_url else ("rasa", "actions"):
        part = f"environment {name}"
        folder = root / f".venv-{name}"
        mend = f"run `{ENVIRONMENTS} {name}`"
        if not (folder / "bin" / "python").exists():
            yield fail(part, f"{folder} is missing", mend)
        elif (folder / ".incomplete").exists():
            yield fail(part, "its installation broke off", mend)
        elif not _built_from(folder / f".built-{name}", root / "requirements" / f"{name}.txt"):
            yield warn(part, "it wasn't built from the lock file of today", mend)
        else:
            yield ok(part, f"{folder}, as locked")


def _built_from(stamp: Path, lock: Path) -> bool:
    """As tools/environments.py writes it: the folder and a hash over the lock file."""
    if not (stamp.is_file() and lock.is_file()):
        return False
    wanted = f"{stamp.parent} {hashlib.sha256(lock.read_bytes()).hexdigest()}"
    return stamp.read_text(encoding="utf-8") == wanted


def programs(settings: Settings) -> Iterator[Finding]:
    """ffmpeg and espeak-ng."""
    from voicebot.caller.decode import AudioUnreadable, ffmpeg_binary

    try:
        yield ok("ffmpeg", ffmpeg_binary())
    except AudioUnreadable as error:
        yield warn("ffmpeg", str(error), f"run `{ENVIRONMENTS} agent`: audio files need it")
    if found := shutil.which("espeak-ng"):
        yield ok("espeak-ng", found)
        return
    mend = "run `make system`, or as root `apt-get install espeak-ng`"
    if settings.voice == "espeak":
        yield fail("espeak-ng", "the setting voice is espeak, but it isn't installed", mend)
    else:
        yield warn("espeak-ng", "not installed: nobody speaks if the first voice fails", mend)


def room(settings: Settings) -> Iterator[Finding]:
    """Can data_dir be written, and is there room?"""
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            yield ok("data_dir", f"{settings.data_dir} can be written")
    except OSError as error:
        yield fail(
            "data_dir",
            f"{settings.data_dir} can't be written: {error.strerror}",
            f"give {folder} to the user that runs the agent, or set VOICEBOT_DATA_DIR",
        )
    free = shutil.disk_usage(folder).free
    told = f"{free / GIGABYTE:.1f} GB free at {folder}"
    mend = "make room, run `voicebot calls prune`, or set VOICEBOT_DATA_DIR to another disk"
    if free < NO_ROOM:
        yield fail("disk", told, mend)
    elif free < SHORT_OF_ROOM:
        yield warn("disk", told, mend)
    else:
        yield ok("disk", told)


def doors(settings: Settings) -> Iterator[Finding]:
    """Our two listeners: running, or their ports free; and the way in from outside."""
    for part, port in (("pages", settings.control_port), ("edge", settings.edge_port)):
        yield _door(part, settings.host, port)
    if settings.public_url:
        url = f"{settings.public_url.rstrip('/')}/health"
        mend = "look at the proxy or tunnel before the edge, and at VOICEBOT_PUBLIC_URL"
        answer = _ask(url, proxy=True)
        if answer in (200, 503):
            yield ok("public_url", f"{url} answers")
        else:
            yield warn("public_url", f"{url}: {answer}", mend)


def _door(part: str, host: str, port: int) -> Finding:
    if port == 0:
        return ok(part, "any free port")
    if is_free(host, port):
        return ok(part, f"port {port} is free: `voicebot serve` will listen there")
    answer = _ask(f"http://{reachable(host)}:{port}/health")
    if answer == 200:
        return ok(part, f"the agent answers on port {port}")
    setting = {"pages": "VOICEBOT_CONTROL_PORT", "edge": "VOICEBOT_EDGE_PORT"}[part]
    if answer == 503:
        return warn(
            part, f"the agent on port {port} says that a part isn't ready", "see the page /status"
        )
    return fail(part, f"port {port} is in use by {holder_of(port)}", f"end it, or set {setting}")


def _ask(url: str, *, proxy: bool = False) -> int | str:
    """The status of a GET, or why there is none. The environment's proxy is for outside only."""
    try:
        return httpx.get(url, timeout=5, trust_env=proxy).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return str(error) or type(error).__name__
