"""The message centre of the npm package smpp, as a process that tests talk to."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = ROOT / "build" / "message-centre" / "node_modules"

needs_centre = pytest.mark.skipif(
    not (MODULES / "smpp").is_dir() or shutil.which("node") is None,
    reason="no message centre here; run `make test-ready` with npm installed",
)


class Centre:
    """A running centre; see tools/message-centre/centre.js for what it tells and takes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._told: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.port = int(self.hears("listening")["port"])

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._told.put(json.loads(line))

    def hears(self, event: str) -> dict[str, Any]:
        """The next `event`; others before it are passed over."""
        while True:
            told = self._told.get(timeout=10)
            if told["event"] == event:
                return told

    def do(self, what: str, **more: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self._process.stdin.flush()


@contextmanager
def message_centre() -> Iterator[Centre]:
    process = subprocess.Popen(
        ["node", str(ROOT / "tools" / "message-centre" / "centre.js")],
        env={"PATH": os.environ["PATH"], "NODE_PATH": str(MODULES)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Centre(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)
