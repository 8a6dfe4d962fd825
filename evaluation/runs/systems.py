"""The system that is evaluated: an agent of our own, started for the run, or one that runs already.

Any system that takes calls as Twilio Media Streams can be evaluated; what nobody can hear (what it
understood, what it did) is known only where it keeps a record that can be read.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from evaluation.bench.agentprocess import AgentProcess
from evaluation.runs.bank import BankBook, seeded_bank
from evaluation.runs.model import HeardEntity, Understood
from voicebot.caller.ring import Agent, Invitation, ring
from voicebot.config import ROOT
from voicebot.dialogue.rasa import RasaDialogue

CALLEE = "+15550199"
PARSE_SECONDS = 20.0
"""More than a call would wait: a machine that carries calls is busy."""


class AgentFiles:
    """What an agent has written down, read from its data folder; a `Keeper`. Blocking."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    @property
    def data_dir(self) -> Path:
        """Its folder."""
        return self._data_dir

    def record(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of its record of calls (read only). Raises LookupError where there is none."""
        path = self._data_dir / "voicebot.sqlite"
        if not path.exists():
            raise LookupError(
                f"no record of calls in {self._data_dir}: --data must name the agent's data_dir"
            )
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(query, parameters).fetchall()
        finally:
            connection.close()

    @property
    def bank(self) -> BankBook:
        """Its bank."""
        return BankBook(self._data_dir / "bank.sqlite")


class EvaluatedSystem(Protocol):
    """A system under evaluation. `restores`: what a call changed in its bank may be undone."""

    name: str
    restores: bool

    @property
    def files(self) -> AgentFiles | None:
        """Its record; None where it keeps none that can be read."""

    async def start(self, going_on: Callable[[], bool]) -> None:
        """Be ready for calls. Raises AgentNotRunning, CallFailed."""

    async def stop(self) -> None:
        """Give back everything that `start` took."""

    async def invite(self, number: str, call_id: str) -> Invitation:
        """Where the stream of a call from `number` is to be opened. Raises CallFailed."""

    def ended(self) -> str:
        """Why it takes no more calls; '' while it does, as far as is known."""

    def about(self) -> Mapping[str, Any]:
        """The settings that it was started with, beyond those of this installation."""

    async def understand(self, text: str) -> Understood | None:
        """What its dialogue makes of a text, with no effect on any call; None: can't be asked.

        Raises DialogueError.
        """


class OwnSystem:
    """`voicebot serve` on ports and data of its own in `folder`.

    `today` (YYYY-MM-DD) fixes its day; `settings` are VOICEBOT_ variables without the prefix.
    """

    restores = True

    def __init__(self, folder: Path, today: str = "", settings: Mapping[str, str] | None = None):
        self.name = "voicebot"
        self._given = dict(settings or {})
        self._secret = secrets.token_urlsafe(32)
        chosen = {"RASA_SECRET": self._secret, **({"TODAY": today} if today else {})}
        self._today = today
        self.agent = AgentProcess(folder, {**chosen, **self._given})
        self._dialogue: RasaDialogue | None = None

    @property
    def files(self) -> AgentFiles:
        """See `EvaluatedSystem`."""
        return AgentFiles(self.agent.data_dir)

    async def start(self, going_on: Callable[[], bool]) -> None:
        """Start the agent and its children. Raises AgentNotRunning."""
        bank = self.agent.data_dir / "bank.sqlite"
        if not bank.exists():
            await asyncio.to_thread(seeded_bank, bank, ROOT / "nlu-data")
        await asyncio.to_thread(self.agent.start, going_on)
        url = f"http://127.0.0.1:{self.agent.rasa_port}"
        self._dialogue = RasaDialogue(url, self._secret, PARSE_SECONDS)

    async def stop(self) -> None:
        """Stop the agent and its children. Raises AgentNotRunning where it had ended badly."""
        if self._dialogue is not None:
            await self._dialogue.close()
        await asyncio.to_thread(self.agent.stop)

    async def invite(self, number: str, call_id: str) -> Invitation:
        """Ring as Twilio does."""
        return await _ring(Agent(url=self.agent.edge), number, call_id)

    def ended(self) -> str:
        """The end of its log, when its process is gone."""
        status = self.agent.process.poll()
        return "" if status is None else f"it ended with status {status}:\n{self.agent.tail()}"

    def about(self) -> Mapping[str, Any]:
        """The settings that were given, and the day."""
        return {**self._given, **({"TODAY": self._today} if self._today else {})}

    async def understand(self, text: str) -> Understood | None:
        """Ask its Rasa."""
        return await _understood(self._dialogue, text) if self._dialogue is not None else None


class RunningSystem:
    """An agent that runs already; nothing of it is started, stopped or put back.

    `data_dir` is its data folder where that can be read here, `rasa` (url, secret) its dialogue.
    """

    restores = False

    def __init__(
        self, agent: Agent, data_dir: Path | None = None, rasa: tuple[str, str] | None = None
    ) -> None:
        self.name = agent.url
        self._agent = agent
        self._data_dir = data_dir
        self._rasa = rasa
        self._dialogue: RasaDialogue | None = None

    @property
    def files(self) -> AgentFiles | None:
        """See `EvaluatedSystem`."""
        return None if self._data_dir is None else AgentFiles(self._data_dir)

    async def start(self, going_on: Callable[[], bool]) -> None:
        """See whether its record is there. Raises LookupError where it is not."""
        if self.files is not None:
            await asyncio.to_thread(self.files.record, "SELECT 1 FROM calls LIMIT 1")
        if self._rasa is not None:
            self._dialogue = RasaDialogue(*self._rasa, PARSE_SECONDS)

    async def stop(self) -> None:
        """Leave it as it is."""
        if self._dialogue is not None:
            await self._dialogue.close()

    async def invite(self, number: str, call_id: str) -> Invitation:
        """Ring as Twilio does."""
        return await _ring(self._agent, number, call_id)

    def ended(self) -> str:
        """Nobody knows."""
        return ""

    def about(self) -> Mapping[str, Any]:
        """Its address: more is not known."""
        return {"agent": self._agent.url}

    async def understand(self, text: str) -> Understood | None:
        """Ask its Rasa, where its address is known."""
        return await _understood(self._dialogue, text) if self._dialogue is not None else None


async def _ring(agent: Agent, number: str, call_id: str) -> Invitation:
    return await ring(agent, {"CallSid": call_id, "From": number, "To": CALLEE})


async def _understood(dialogue: RasaDialogue, text: str) -> Understood:
    parsed = await dialogue.parse(text)
    intent = parsed.get("intent") or {}
    return Understood(
        intent=str(intent.get("name") or ""),
        confidence=float(intent.get("confidence") or 0.0),
        entities=tuple(
            HeardEntity(str(entity.get("entity", "")), entity.get("value"))
            for entity in parsed.get("entities", ())
        ),
        ranking=tuple(
            (str(other.get("name")), float(other.get("confidence") or 0.0))
            for other in parsed.get("alternatives", ())
        ),
    )
