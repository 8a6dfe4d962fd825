"""The dialogue seen from the call: behind this seam Rasa could be exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from voicebot.conversation.events import Reply


class DialogueError(RuntimeError):
    """The dialogue could not answer. `retryable`: may the same request succeed in a moment?"""

    def __init__(self, reason: str, *, retryable: bool = False) -> None:
        super().__init__(reason)
        self.retryable = retryable


class DialogueEngine(Protocol):
    """One dialogue engine, many calls. All methods raise DialogueError."""

    async def turn(
        self,
        call_id: str,
        turn: int,
        text: str,
        *,
        confidence: float | None = None,
        alternatives: tuple[str, ...] = (),
    ) -> Reply:
        """The caller said `text`. Changes the tracker; never repeat it blindly."""

    async def prepare(
        self,
        call_id: str,
        text: str,
        *,
        confidence: float | None = None,
        alternatives: tuple[str, ...] = (),
    ) -> Reply | None:
        """What `turn` would answer to the same words, which the caller may not have ended with.

        Has no effect on the call; `turn` is then quicker. None where it can't be told without one.
        """

    async def event(self, call_id: str, turn: int, name: str, payload: Mapping[str, Any]) -> Reply:
        """Something else happened: start, dtmf, silence, not_understood, resume."""

    async def parse(self, text: str) -> Mapping[str, Any]:
        """Intent and entities of `text`, with no effect on any call."""

    async def end(self, call_id: str) -> None:
        """The call is over."""

    async def health(self) -> str:
        """The id of the model that answers; raises when it can't answer."""

    async def close(self) -> None:
        """Give back connections."""
