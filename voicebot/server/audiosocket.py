"""The door for AudioSocket: calls that Asterisk hands over by TCP.

In the dialplan, `AudioSocket(UUID,host:port)`. A UUID that the telephone system has made up brings
a call without numbers; one that it asked the media edge for brings those that it named:

    same => n,Set(CALL=${CURL(http://127.0.0.1:8081/audiosocket?from=${CALLERID(num)}&to=${EXTEN})})
    same => n,AudioSocket(${CALL},127.0.0.1:8090)

The protocol knows no secret: who may call is decided by address, and the port belongs into a
network of its own.
"""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Final

import structlog

from voicebot.config import Settings
from voicebot.server.outbox import WireClosed
from voicebot.server.tokens import TokenBook, TokenRefused
from voicebot.telephony.base import WireMessage

log = structlog.get_logger(__name__)

NETWORK: Final = "audiosocket"
ANNOUNCED_SECONDS: Final = 60.0
MOST_ANNOUNCED: Final = 1000
_READ: Final = 4096  # bytes at once: a quarter of a second of audio
_LONGEST_NUMBER: Final = 64
_CLOSING: Final = 2.0  # seconds


class TcpWire:
    """A TCP connection as a `Wire`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: WireMessage) -> None:
        """Send; waits while the peer is slow. Raises WireClosed."""
        try:
            self._writer.write(message.encode() if isinstance(message, str) else message)
            await self._writer.drain()
        except ConnectionError as error:
            raise WireClosed(str(error)) from error

    async def close(self, code: int, reason: str) -> None:
        """Close; AudioSocket has no words for why. Harmless when closed."""
        self._writer.close()
        with suppress(ConnectionError, TimeoutError):  # it is closed either way
            async with asyncio.timeout(_CLOSING):
                await self._writer.wait_closed()

    async def messages(self) -> AsyncIterator[WireMessage]:
        """What the peer sends until it closes. Raises WireClosed when it was lost instead."""
        try:
            while data := await self._reader.read(_READ):
                yield data
        except (ConnectionError, TimeoutError) as error:
            raise WireClosed(str(error)) from error


async def listen(
    take: Callable[[TcpWire], Awaitable[None]], settings: Settings, host: str, port: int
) -> asyncio.Server:
    """Open the listener; `take` conducts a call. Port 0 takes a free one."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = TcpWire(reader, writer)
        peer = writer.get_extra_info("peername")
        try:
            if may_call(settings, peer):
                _tune(writer)
                await take(wire)
            else:
                log.warning("AudioSocket refused", peer=peer[0] if peer else "unknown")
        finally:
            await wire.close(1000, "")

    return await asyncio.start_server(connected, host, port, limit=_READ * 4)


def may_call(settings: Settings, peer: Any) -> bool:
    """Is the address of `peer` (host first) among those from which calls are taken?"""
    if not peer:
        return False
    try:
        address = ip_address(str(peer[0]).partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in settings.audiosocket_peers)


def announced(params: Mapping[str, str], tokens: TokenBook) -> str:
    """A UUID for a call whose numbers `params` name (`from`, `to`). Raises TokenRefused."""
    numbers = {"From": params.get("from", ""), "To": params.get("to", "")}
    kept = {
        name: number if len(number) <= _LONGEST_NUMBER and number.isprintable() else ""
        for name, number in numbers.items()
    }
    return tokens.issue("audiosocket", kept, ANNOUNCED_SECONDS, lambda: str(uuid.uuid4()))


def numbers_of(name: str, tokens: TokenBook) -> Mapping[str, str]:
    """The numbers that were announced with the UUID `name`; none for one that was not.

    Raises:
        TokenRefused: it was used before, or came too late.
    """
    try:
        return tokens.redeem(name, "audiosocket")
    except TokenRefused as refusal:
        if refusal.reason == "unknown":
            return {}
        raise


def _tune(writer: asyncio.StreamWriter) -> None:
    """Frames leave at once, and a peer that vanished is noticed."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
