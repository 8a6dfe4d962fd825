"""Calls placed side by side, and all that is known of each afterwards."""

from __future__ import annotations

import asyncio
import time
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.system.conftest import RunningAgent, Telephone, bot_said
from voicebot.caller.result import CallResult
from voicebot.conversation.journal import Journal, read

AT_ONCE = 4
"""Calls at the same time: as many as two busy cores carry without delay."""


@dataclass(frozen=True)
class Secret:
    """An item of the script in which the caller gives these digits, which nobody may keep."""

    item: str
    digits: str


@dataclass(frozen=True)
class Plan:
    """A call to place; `caller` is nobody else's, so that its record is found by it."""

    name: str
    caller: str
    items: tuple[str | Secret, ...]
    voice: str = "hibari"

    @property
    def script(self) -> tuple[str, ...]:
        """The items as they are performed."""
        return tuple(item.item if isinstance(item, Secret) else item for item in self.items)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What must not be kept."""
        return tuple(item for item in self.items if isinstance(item, Secret))


@dataclass(frozen=True)
class Line:
    """A line of the transcript as it was kept."""

    party: str
    kind: str
    text: str
    sensitive: bool
    intent: str


@dataclass(frozen=True)
class Placed:
    """A call that is over, with what the caller and what the agent know of it."""

    plan: Plan
    agent: RunningAgent
    result: CallResult
    call_id: str
    outcome: str
    lines: tuple[Line, ...]
    folder: Path

    @property
    def said(self) -> str:
        """What was heard of the bot, transcribed from its audio; amounts without commas."""
        return bot_said(self.result).replace(",", "")

    @property
    def journal(self) -> Journal:
        """The journal on disk."""
        with (self.folder / "journal.jsonl").open(encoding="utf-8") as lines:
            return read(lines)

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """What this call left in a table of the bank."""
        return self.agent.bank(f"SELECT {columns} FROM {table} WHERE call_id = ?", self.call_id)

    def recording(self) -> np.ndarray[Any, np.dtype[np.int16]]:
        """Both channels, the caller's first; [channels, samples] at 8 kHz."""
        with wave.open(str(self.folder / "recording.wav")) as file:
            assert (file.getnchannels(), file.getframerate()) == (2, 8000)
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return samples.reshape(-1, 2).T

    def told(self) -> str:
        """The call for people, for when a test fails."""
        kept = [f"  {line.party}: {line.text} [{line.intent}]" for line in self.lines]
        heard = [
            f"  {turn.start:6.2f} {turn.party}: {turn.text}"
            + (f" [after {turn.response:.2f} s]" if turn.response is not None else "")
            for turn in self.result.turns
        ]
        return "\n".join([self.plan.name, "record:", *kept, "heard:", *heard])


async def place_all(telephone: Telephone, plans: Sequence[Plan]) -> dict[str, Placed | Exception]:
    """Place the calls, AT_ONCE at a time; a call that fails leaves its error in its place."""
    room = asyncio.Semaphore(AT_ONCE)

    async def place(plan: Plan) -> CallResult:
        async with room:
            return await telephone.place(*plan.script, caller=plan.caller, voice=plan.voice)

    ended = await asyncio.gather(*map(place, plans), return_exceptions=True)
    placed: dict[str, Placed | Exception] = {}
    for plan, result in zip(plans, ended, strict=True):
        if isinstance(result, CallResult):
            placed[plan.name] = _looked_up(telephone.agent, plan, result)
        elif isinstance(result, Exception):
            placed[plan.name] = result
        else:
            raise result
    return placed


def _looked_up(agent: RunningAgent, plan: Plan, result: CallResult) -> Placed:
    call = _closed(agent, plan.caller)
    query = "SELECT party, kind, text, sensitive, intent FROM turns WHERE call_id = ?"
    rows = agent.record(f"{query} ORDER BY number", call["id"])
    lines = tuple(Line(party, kind, text, bool(s), intent) for party, kind, text, s, intent in rows)
    folder = (agent.data_dir / call["recording"]).parent
    return Placed(plan, agent, result, call["id"], call["outcome"], lines, folder)


def _closed(agent: RunningAgent, caller: str) -> Mapping[str, Any]:
    query = "SELECT id, outcome, recording, recording_state FROM calls WHERE caller = ?"
    deadline = time.monotonic() + 10
    while True:
        rows = agent.record(f"{query} ORDER BY started_at DESC LIMIT 1", caller)
        if rows and rows[0][1] and rows[0][3] == "complete":
            return {"id": rows[0][0], "outcome": rows[0][1], "recording": rows[0][2]}
        assert time.monotonic() < deadline, f"the call of {caller} was never closed in the record"
        time.sleep(0.05)
