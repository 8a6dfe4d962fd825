"""The media edge: websockets of telephone networks, web phones and seats, and provider webhooks.

    /twilio   a Twilio media stream            /browser  a call from the phone page
    /seat     the audio of an expert's seat    /health   GET, for load balancers
    /twilio/voice  GET, the voice webhook
    /audiosocket   GET, a call's UUID for a telephone system (see `voicebot.server.audiosocket`)

A stream must identify itself within `limits.start_seconds` and present a token that was issued for
it; a token is good once. Whatever is refused after it named itself leaves a record that says why.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from voicebot.conversation.events import CallStarted
from voicebot.desk.seats import MediaRefused
from voicebot.server import audiosocket
from voicebot.server.archive import CallArchive
from voicebot.server.audiosocket import TcpWire
from voicebot.server.calls import LiveCalls
from voicebot.server.othercalls import OtherCalls
from voicebot.server.outbox import WireClosed
from voicebot.server.parts import Parts
from voicebot.server.runner import CallRunner
from voicebot.server.tokens import Purpose, TokenBook, TokenRefused
from voicebot.server.webhook import WebhookRequest, stream_signature_ok, twilio_voice
from voicebot.store.records import Outcome
from voicebot.telephony.audiosocket import AudioSocketDialect
from voicebot.telephony.base import Dialect, ProtocolViolation, StreamStarted, WireMessage
from voicebot.telephony.browser import BrowserDialect
from voicebot.telephony.twilio import TwilioDialect

log = structlog.get_logger(__name__)

MOST_MESSAGE = 64 * 1024
MOST_CONNECTIONS_WAITING = 200
"""Sockets that have not identified themselves yet."""
REFUSALS_RECORDED = 60
"""Refused streams kept in the record a minute; more are only logged."""


class SocketWire:
    """A websocket as a `Wire`."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket

    async def send(self, message: WireMessage) -> None:
        """Send; waits while the peer is slow."""
        try:
            await self._socket.send(message)
        except ConnectionClosed as error:
            raise WireClosed(str(error)) from error

    async def close(self, code: int, reason: str) -> None:
        """Close; harmless when closed."""
        await self._socket.close(code, reason.encode()[:120].decode(errors="ignore"))

    async def messages(self) -> AsyncIterator[WireMessage]:
        """What the peer sends until it closes. Raises WireClosed when it was lost instead."""
        try:
            async for message in self._socket:
                yield message
        except ConnectionClosed as error:
            raise WireClosed(str(error)) from error


class Refused(Exception):
    """A stream is not let in: `code` is the websocket close code."""

    def __init__(self, reason: str, code: int = 1008) -> None:
        super().__init__(reason)
        self.code = code


class MediaEdge:
    """Listens for media and webhooks; makes a call of every stream that may come in."""

    def __init__(
        self,
        parts: Parts,
        tokens: TokenBook,
        calls: LiveCalls,
        others: Sequence[OtherCalls] = (),
    ) -> None:
        """`others` have calls of their own on paths of their own."""
        self._parts = parts
        self._others = {other.stream_path: other for other in others}
        self._tokens = tokens
        self._calls = calls
        self._waiting = 0
        self._recorded: list[float] = []
        self._announcements = TokenBook(asyncio.get_running_loop().time, audiosocket.MOST_ANNOUNCED)

    async def listen(self, host: str, port: int) -> Server:
        """Open the listener; port 0 takes a free one."""
        return await serve(
            self._connected,
            host,
            port,
            process_request=self._asked,
            max_size=MOST_MESSAGE,
            max_queue=64,
            compression=None,
            open_timeout=self._parts.settings.limits.start_seconds,
            ping_interval=20,
            ping_timeout=20,
            close_timeout=2,
            server_header=None,
        )

    async def listen_audiosocket(self, host: str, port: int) -> asyncio.Server:
        """Open the listener for calls from Asterisk; port 0 takes a free one."""
        return await audiosocket.listen(self._audiosocket, self._parts.settings, host, port)

    # ── plain HTTP ────────────────────────────────────────────────────────────────────────────

    def _asked(self, socket: ServerConnection, request: Request) -> Response | None:
        try:
            parts = urlsplit(request.path)
        except ValueError:
            return _response(HTTPStatus.BAD_REQUEST, "text/plain", "That is no address.\n")
        if parts.path == "/health":
            body = json.dumps({"status": "ok", "calls": len(self._calls)})
            return _response(HTTPStatus.OK, "application/json", body)
        if parts.path == "/twilio/voice":
            return self._webhook(request, parts.query)
        if parts.path == "/audiosocket" and self._parts.settings.audiosocket_port:
            return self._announced(socket, parts.query)
        if (answer := self._asked_of_others(request)) is not None:
            return answer
        if parts.path not in ("/twilio", "/browser", "/seat", *self._others):
            return _response(HTTPStatus.NOT_FOUND, "text/plain", "There is nothing here.\n")
        if self._waiting >= MOST_CONNECTIONS_WAITING:
            return _response(
                HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", "Too many sockets are waiting.\n"
            )
        if parts.path == "/twilio" and not stream_signature_ok(
            self._parts.settings, request.path, request.headers.get("X-Twilio-Signature", "")
        ):
            return _response(HTTPStatus.FORBIDDEN, "text/plain", "The signature is wrong.\n")
        if parts.path != "/twilio" and not self._same_site(request):
            return _response(HTTPStatus.FORBIDDEN, "text/plain", "The page is not ours.\n")
        return None

    def _webhook(self, request: Request, query: str) -> Response:
        asked = WebhookRequest(
            "GET",
            request.path,
            dict(parse_qsl(query, keep_blank_values=True)),
            request.headers.get("X-Twilio-Signature", ""),
        )
        answer = twilio_voice(asked, self._parts.settings, self._tokens, self._calls.busy())
        return _response(HTTPStatus(answer.status), answer.content_type, answer.body)

    def _asked_of_others(self, request: Request) -> Response | None:
        signature = request.headers.get("X-Twilio-Signature", "")
        for other in self._others.values():
            answer = other.asked(request.path, signature)
            if answer is not None:
                return _response(HTTPStatus(answer.status), answer.content_type, answer.body)
        return None

    def _announced(self, socket: ServerConnection, query: str) -> Response:
        if not audiosocket.may_call(self._parts.settings, socket.remote_address):
            return _response(HTTPStatus.FORBIDDEN, "text/plain", "Not from this address.\n")
        try:
            name = audiosocket.announced(dict(parse_qsl(query)), self._announcements)
        except TokenRefused as refusal:
            return _response(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{refusal}\n")
        return _response(HTTPStatus.OK, "text/plain", name)

    def _same_site(self, request: Request) -> bool:
        """Browsers say which page opens a socket; foreign pages are refused."""
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        settings = self._parts.settings
        hosts = {*settings.allowed_hosts, urlsplit(settings.public_url).hostname}
        try:
            host = urlsplit(origin).hostname
        except ValueError:
            return False
        return host is not None and host in hosts

    # ── sockets ───────────────────────────────────────────────────────────────────────────────

    async def _connected(self, socket: ServerConnection) -> None:
        path = urlsplit(socket.request.path if socket.request else "").path
        wire = SocketWire(socket)
        call_id = _new_call_id()
        try:
            if path == "/twilio":
                await self._call(wire, TwilioDialect(), "twilio", call_id)
            elif path == "/browser":
                await self._call(wire, BrowserDialect(call_id), "browser", call_id)
            elif (other := self._others.get(path)) is not None:
                await self._pass_on(wire, other)
            else:
                await self._seat(wire)
        except Refused as refusal:
            log.warning("stream refused", path=path, reason=str(refusal))
            await wire.close(refusal.code, str(refusal))

    async def _audiosocket(self, wire: TcpWire) -> None:
        if self._waiting >= MOST_CONNECTIONS_WAITING:
            return
        try:
            await self._call(wire, AudioSocketDialect(), audiosocket.NETWORK, _new_call_id())
        except Refused as refusal:
            log.warning("stream refused", path=audiosocket.NETWORK, reason=str(refusal))

    async def _call(
        self, wire: SocketWire | TcpWire, dialect: Dialect, network: str, call_id: str
    ) -> None:
        messages = wire.messages()
        try:
            started = await self._identified(dialect, messages)
            admitted = self._admitted(started, network)
        except Refused as refusal:
            self._record_refusal(call_id, network, str(refusal))
            raise
        can = dialect.capabilities
        begun = CallStarted(
            call_id, admitted["From"], admitted["To"], network, can.marks, can.clear
        )
        archive = CallArchive(
            self._parts.records,
            self._parts.data_dir,
            begun,
            self._parts.policy,
            recording=self._parts.settings.record.recording,
            pause_for_digits=self._parts.settings.record.pause_for_digits,
        )
        try:
            call = CallRunner(self._parts, dialect, wire, begun, archive)
        except BaseException:
            archive.close()
            raise
        self._calls.add(call)
        log.info("call began", call=call_id, network=network)
        try:
            await call.run(messages)
        finally:
            self._calls.remove(call)
            log.info("call ended", call=call_id)

    async def _pass_on(self, wire: SocketWire, other: OtherCalls) -> None:
        dialect, messages = TwilioDialect(), wire.messages()
        started = await self._identified(dialect, messages)
        await other.carry(started, dialect, wire, messages)

    def _admitted(self, started: StreamStarted, network: str) -> dict[str, str]:
        """The numbers that belong to the stream's token. Raises Refused."""
        if busy := self._calls.busy():
            raise Refused(busy, 1013)
        token = started.parameters.get("token", "")
        purpose: Purpose = "web" if network == "browser" else "twilio"
        try:
            if network == audiosocket.NETWORK:
                payload = audiosocket.numbers_of(token, self._announcements)
            else:
                payload = self._tokens.redeem(token, purpose)
        except TokenRefused as refusal:
            raise Refused(f"token refused: {refusal}") from refusal
        return {"From": payload.get("From", ""), "To": payload.get("To", "")}

    async def _seat(self, wire: SocketWire) -> None:
        dialect = BrowserDialect("seat")
        messages = wire.messages()
        started = await self._identified(dialect, messages)
        try:
            leg = self._parts.desk.claim_media(started.parameters.get("token", ""))
        except MediaRefused as refusal:
            raise Refused(f"token refused: {refusal}") from refusal
        call = self._calls.get(leg.call_id)
        if call is None:
            raise Refused("the call is over")
        await call.seat_joined(leg.seat_id, leg.name, dialect, wire, messages)

    async def _identified(
        self, dialect: Dialect, messages: AsyncIterator[WireMessage]
    ) -> StreamStarted:
        """Read until the stream has said who it is. Raises Refused."""
        self._waiting += 1
        try:
            async with asyncio.timeout(self._parts.settings.limits.start_seconds):
                async for message in messages:
                    for event in dialect.receive(message):
                        if isinstance(event, StreamStarted):
                            return event
        except TimeoutError:
            raise Refused("the stream did not identify itself in time") from None
        except ProtocolViolation as error:
            raise Refused(f"protocol violation: {error}", error.code) from error
        except WireClosed as error:
            raise Refused(f"the peer was lost before the call began: {error}", 1001) from error
        finally:
            self._waiting -= 1
        raise Refused("the peer went away before the call began", 1001)

    def _record_refusal(self, call_id: str, network: str, reason: str) -> None:
        now = asyncio.get_running_loop().time()
        self._recorded = [at for at in self._recorded if now - at < 60]
        if len(self._recorded) >= REFUSALS_RECORDED:
            return
        self._recorded.append(now)
        at = datetime.now(UTC)
        self._parts.records.open_call(call_id, network, "", "", at)
        self._parts.records.close_call(call_id, at, Outcome.FAILED, f"refused: {reason}")


def _new_call_id() -> str:
    return f"{datetime.now(UTC):%Y%m%d}-{uuid.uuid4().hex[:16]}"


def _response(status: HTTPStatus, content_type: str, body: str) -> Response:
    data = body.encode()
    headers = Headers(
        {
            "Content-Type": f"{content_type}; charset=utf-8",
            "Content-Length": str(len(data)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
    )
    return Response(status.value, status.phrase, headers, data)
