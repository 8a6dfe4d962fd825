"""Other frameworks as systems under test, each in its own environment and process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import httpx
import psutil

from evaluation.bench.agentprocess import AgentNotRunning
from evaluation.bench.trace import CallTrace
from voicebot.caller.ring import Invitation
from voicebot.config import ROOT
from voicebot.server.ports import free_port

PYTHON: Final = ROOT / ".venv-peers" / "bin" / "python"
SERVER: Final = "evaluation.bench.peers.pipecat_server"
START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 15.0
_TAIL: Final = 3000
"""Characters of the log in an error."""


class PeerServer:
    """pipecat's process, which takes calls for each of its variants."""

    def __init__(
        self, folder: Path, model: Path, environment: Mapping[str, str], python: Path = PYTHON
    ) -> None:
        """`folder` takes the log; `model` is the folder of the Whisper model; `environment` has
        further variables."""
        self.log = folder / "pipecat.log"
        self.port = free_port()
        self._python = python
        self._model = model
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running process. Raises AgentNotRunning before `start`."""
        if self._process is None:
            raise AgentNotRunning("pipecat was not started")
        return self._process

    def start(self, going_on: Callable[[], bool]) -> None:
        """Start it and wait until it takes calls. Raises AgentNotRunning."""
        if not self._python.exists():
            raise AgentNotRunning(f"{self._python} is missing: run `make bench-peers`")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [str(self._python), "-m", SERVER, "--port", str(self.port)]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [*command, "--model", str(self._model)],
                cwd=ROOT,
                env=os.environ | {"HF_HUB_OFFLINE": "1", **self._environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we stop it in our own time
            )
        try:
            self._wait_until_ready(going_on)
        except AgentNotRunning:
            self.stop()
            raise

    def versions(self) -> dict[str, str]:
        """What it is made of. Raises httpx.HTTPError where it does not answer."""
        address = f"http://127.0.0.1:{self.port}/versions"
        found: dict[str, str] = httpx.get(address, timeout=5, trust_env=False).json()
        return found

    def stop(self) -> None:
        """Stop it; calls that are up end."""
        process = self.process
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_until_ready(self, going_on: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None:
                raise AgentNotRunning(f"pipecat ended while starting:\n{self._tail()}")
            if time.monotonic() >= deadline:
                raise AgentNotRunning(
                    f"pipecat is not ready after {START_SECONDS:.0f} s:\n{self._tail()}"
                )
            if not going_on():
                raise AgentNotRunning("interrupted while pipecat was starting")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            self.versions()
        except httpx.TransportError:
            return False
        return True

    def _tail(self) -> str:
        return self.log.read_text("utf-8", "replace")[-_TAIL:]


class Peer:
    """pipecat with one of its ways to end a turn (`settings.VARIANTS`); they share a server."""

    def __init__(self, server: PeerServer, variant: str) -> None:
        self.name = f"pipecat, {variant.replace('_', '-')}"
        self._server = server
        self._variant = variant

    async def start(self, going_on: Callable[[], bool]) -> None:
        """Start the server. Raises AgentNotRunning."""
        await asyncio.to_thread(self._server.start, going_on)

    async def stop(self) -> None:
        """Stop the server."""
        await asyncio.to_thread(self._server.stop)

    async def invite(self, number: str, call_id: str) -> Invitation:
        """Its streams are open to everybody: nobody has to ring first."""
        return Invitation(f"ws://127.0.0.1:{self._server.port}/{self._variant}", {}, {})

    def process(self) -> psutil.Process:
        """The process that carries the calls."""
        return psutil.Process(self._server.process.pid)

    async def trace(self, number: str) -> CallTrace | None:
        """It keeps no record of its calls."""
        return None
