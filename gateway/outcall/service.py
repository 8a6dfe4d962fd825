"""Reads texts out on outbound calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from gateway.errors import RefusedError, UnavailableError
from gateway.outcall.call import Answer, ReadOutCall
from gateway.outcall.placing import NO_ANSWER, OutboundCalls, Placed
from gateway.outcall.readout import ReadOut
from gateway.outcall.settings import OutcallSettings
from gateway.outcall.terms import Item, Manners, Outcome
from voicebot.conversation.events import CallStarted
from voicebot.server.outbox import Wire
from voicebot.server.parts import Parts
from voicebot.telephony.base import Dialect, StreamStarted, WireMessage

__all__ = ["NO_ANSWER", "Order", "ReadOutService", "checked_items"]

STREAM_PATH: Final = "/readout"
NETWORK: Final = "outbound"


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to call (E.164), what to read out, and who takes the answers.

    `placing` and `placed`: see `gateway.outcall.placing.Placed`.
    """

    to: str
    items: tuple[Item, ...]
    on_answer: Answer
    placing: Callable[[], None] = lambda: None
    placed: Callable[[str], None] = lambda _: None


class ReadOutService(OutboundCalls[Outcome]):
    """Makes calls on which something is read out; lives on the loop of the media edge."""

    def __init__(self, settings: OutcallSettings, parts: Parts) -> None:
        super().__init__(settings, STREAM_PATH, settings.calls)
        self._parts = parts

    async def read_out(self, order: Order) -> Outcome:
        """Call, read out, and say what came of it. Cancelling hangs up.

        Raises:
            RefusedError: this number must not be called, or the provider refuses it.
            UnavailableError: busy, nobody there, nobody listened, or no line is free.
            UncertainError: nobody can know whether the call was placed.
        """
        reading = _Reading(order, self._settings, self._parts)
        outcome = await self.place(
            Placed(order.to, reading.conduct, reading.end, order.placing, order.placed)
        )
        if not outcome.wanted and outcome.reason == "nobody listened":
            raise UnavailableError("somebody or something took the call and did not listen")
        return outcome


class _Reading:
    """One order's call."""

    def __init__(self, order: Order, settings: OutcallSettings, parts: Parts) -> None:
        self._order = order
        self._settings = settings
        self._parts = parts
        self._call: ReadOutCall | None = None

    async def conduct(
        self,
        started: StreamStarted,
        dialect: Dialect,
        wire: Wire,
        messages: AsyncIterator[WireMessage],
    ) -> Outcome:
        """Read out to whoever took the call."""
        settings = self._settings
        manners = Manners(call=settings.call_seconds, longest=settings.answer_seconds)
        begun = CallStarted(
            started.call_id, settings.caller, "", NETWORK,
            dialect.capabilities.marks, dialect.capabilities.clear,
        )  # fmt: skip
        self._call = ReadOutCall(
            begun,
            ReadOut(self._order.items, self._parts.policy, manners, ask_first=settings.ask_first),
            self._parts,
            dialect,
            wire,
            self._order.on_answer,
            settings.answer_seconds,
        )
        return await self._call.run(messages)

    def end(self, reason: str) -> None:
        """End the call decently."""
        if self._call is not None:
            self._call.shut_down(reason)


def checked_items(
    text: str, item: str, *, kept: bool = True, most: int = 100_000
) -> tuple[Item, ...]:
    """The one item that `text` makes. Raises RefusedError when there is nothing to read."""
    text = text.strip()
    if not text:
        raise RefusedError("there is nothing in the text that could be read out")
    if len(text) > most:
        text = f"{text[:most]}. This message is longer than can be read out."
    return (Item(item, "", text, kept),)
