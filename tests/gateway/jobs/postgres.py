"""A PostgreSQL server of a test's own, from the machine's packages, in a folder that goes away."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voicebot.server.ports import free_port

_USER = "postgres"


def programs() -> Path | None:
    """The folder of initdb and postgres."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


def installed() -> bool:
    """Can a server be started here?"""
    return programs() is not None


@contextmanager
def cluster() -> Iterator[str]:
    """Its URL. A server that root would have to start is started as the user postgres."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    as_root = os.geteuid() == 0
    user = pwd.getpwnam(_USER) if as_root else None
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    prefix = ["runuser", "-u", _USER, "--"] if user else []
    port = free_port()
    server = None
    try:
        data = str(folder / "data")
        initdb = [str(programs() / "initdb"), "-D", data, "-A", "trust", "-U", "tester", "-N"]
        subprocess.run([*prefix, *initdb], check=True, capture_output=True, cwd=folder)
        options = ["-c", "listen_addresses=127.0.0.1", "-p", str(port), "-k", str(folder)]
        server = subprocess.Popen(
            [*prefix, str(programs() / "postgres"), "-D", data, *options],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait(port)
        yield f"postgresql://tester@127.0.0.1:{port}/postgres"
    finally:
        if server:
            server.terminate()
            server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not come up")
