"""Calls of another kind than the agent's own, which come in at the same edge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from voicebot.server.outbox import Wire
from voicebot.server.webhook import WebhookAnswer
from voicebot.telephony.base import Dialect, StreamStarted, WireMessage


class OtherCalls(Protocol):
    """What the edge asks about webhooks and streams on paths of others."""

    stream_path: str
    """Where their streams, of Twilio's kind, come in."""

    def asked(self, target: str, signature: str) -> WebhookAnswer | None:
        """Answer a GET of `target` (path and query), signed as said; None when it is not theirs."""

    async def carry(
        self,
        started: StreamStarted,
        dialect: Dialect,
        wire: Wire,
        messages: AsyncIterator[WireMessage],
    ) -> None:
        """Conduct the call of a stream that has named itself, to its end.

        Raises:
            Refused: it may not come in (`voicebot.server.edge`).
        """
