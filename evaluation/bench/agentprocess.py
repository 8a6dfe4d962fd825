"""A real agent process on ports and data of its own: `voicebot serve`, for benchmarks and tests."""

from __future__ import annotations

import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

import httpx

from voicebot.config import ROOT
from voicebot.server.ports import free_port

READY_SECONDS: Final = 240.0
STOP_SECONDS: Final = 30.0
_TAIL: Final = 3000
"""Characters of the log in an error."""
_ENDED_BY_US: Final = (0, 130)


class AgentNotRunning(RuntimeError):
    """The agent did not start, or ended by itself; the message has the end of its log."""


class AgentProcess:
    """`voicebot serve` in `folder`; `settings` are further VOICEBOT_ variables, without prefix.

    Use it as a context manager, or call `start` and `stop`; both block.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = folder / "var"
        self.log = folder / "agent.log"
        ports = {name: free_port() for name in ("EDGE", "CONTROL", "RASA", "ACTIONS")}
        self.edge_port, self.control_port = ports["EDGE"], ports["CONTROL"]
        self.rasa_port = ports["RASA"]
        self.rasa_secret = secrets.token_urlsafe(16)
        self.settings = {
            **{f"{name}_PORT": str(port) for name, port in ports.items()},
            "DATA_DIR": str(self.data_dir),
            "RASA_SECRET": self.rasa_secret,
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running process. Raises AgentNotRunning before `start`."""
        if self._process is None:
            raise AgentNotRunning("the agent was not started")
        return self._process

    @property
    def edge(self) -> str:
        """The address of the media edge."""
        return f"http://127.0.0.1:{self.edge_port}"

    @property
    def control(self) -> str:
        """The address of the control plane."""
        return f"http://127.0.0.1:{self.control_port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, going_on: Callable[[], bool] = lambda: True) -> None:
        """Start and wait until it takes calls; given up when `going_on` says no.

        Raises AgentNotRunning.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {f"VOICEBOT_{k}": v for k, v in self.settings.items()}
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "voicebot.cli", "serve"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we stop the agent in our own time
            )
        try:
            self._wait_until_ready(going_on)
        except AgentNotRunning:
            self.process.kill()
            self.process.wait()
            raise

    def stop(self) -> int:
        """Stop as Ctrl-C does; the exit status. Raises AgentNotRunning if it had ended badly."""
        process = self.process
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.returncode not in _ENDED_BY_US:
            raise AgentNotRunning(f"the agent ended with {process.returncode}:\n{self.tail()}")
        return process.returncode

    def tail(self) -> str:
        """The end of what the agent said on its console."""
        return self.log.read_text("utf-8", "replace")[-_TAIL:]

    def record(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of the agent's record of calls (read only)."""
        return self.rows("voicebot.sqlite", query, *parameters)

    def rows(self, database: str, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of one of the agent's SQLite files (read only)."""
        address = f"file:{self.data_dir / database}?mode=ro"
        connection = sqlite3.connect(address, uri=True, timeout=10)
        try:
            return connection.execute(query, parameters).fetchall()
        finally:
            connection.close()

    def _wait_until_ready(self, going_on: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while "ready." not in self.tail():
            if self.process.poll() is not None:
                raise AgentNotRunning(f"the agent ended while starting:\n{self.tail()}")
            if time.monotonic() >= deadline:
                raise AgentNotRunning(
                    f"the agent is not ready after {READY_SECONDS:.0f} s:\n{self.tail()}"
                )
            if not going_on():
                raise AgentNotRunning("interrupted while the agent was starting")
            time.sleep(0.2)
        if httpx.get(f"{self.edge}/health", timeout=5, trust_env=False).status_code != 200:
            raise AgentNotRunning(f"the agent's edge does not answer:\n{self.tail()}")
