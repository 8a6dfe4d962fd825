"""Places calls: asks the provider for each, and takes its stream at the media edge.

    POST Calls.json         we ask for a call
    GET  {path}/voice       the call was taken: the provider asks what to do with it
    WS   {path}             its media stream
    GET  {path}/status      the call is over, or never came about

Everything of the provider's is signed; `Url` holds a secret that names the order, and the stream
another one that is good once.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog

from gateway.errors import GatewayError, UnavailableError
from gateway.numbers import allowed
from gateway.outcall.settings import OutcallSettings
from gateway.provider import Provider, is_signed
from voicebot.server.edge import Refused
from voicebot.server.outbox import Wire
from voicebot.server.webhook import WebhookAnswer
from voicebot.telephony.base import Dialect, StreamStarted, WireMessage

log = structlog.get_logger(__name__)

NO_ANSWER: Final[Mapping[str, str]] = {
    "busy": "the line is busy",
    "no-answer": "nobody answers",
    "failed": "the call could not be connected",
    "canceled": "the call was canceled",
}
"""CallStatus values of calls that nobody took."""
_MARGIN: Final = 30.0
"""Seconds behind the ringing time within which the provider must have said something."""
_XML: Final = "text/xml; charset=utf-8"

T = TypeVar("T")
Conduct = Callable[
    [StreamStarted, Dialect, Wire, AsyncIterator[WireMessage]], Coroutine[Any, Any, T]
]
"""Talks on a call's stream to its end; what comes of it."""


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """Whom to call (E.164), and who talks there.

    `end` is asked on the loop to end what `conduct` does, with the reason; harmless before and
    after it. In a worker thread, `placing` is called just before the provider is asked for the
    call, and `placed` is told the provider's id of it afterwards.
    """

    to: str
    conduct: Conduct[T]
    end: Callable[[str], None]
    placing: Callable[[], None] = lambda: None
    placed: Callable[[str], None] = lambda _: None


@dataclass(slots=True)
class _Open(Generic[T]):
    """An order on its way."""

    order: Placed[T]
    done: asyncio.Future[T]
    sid: str = ""
    token: str = ""  # lets the stream in
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False  # the provider said so


class OutboundCalls(Generic[T]):
    """Makes outbound calls, `most` at once; lives on the loop of the media edge. See `OtherCalls`.

    Streams come in at `path`.
    """

    def __init__(self, settings: OutcallSettings, path: str, most: int) -> None:
        self.stream_path = path
        self._settings = settings
        self._most = most
        self._provider = Provider(settings.provider)
        self._open: dict[str, _Open[T]] = {}

    @property
    def missing(self) -> str:
        """What has to be set before anybody can be called, '' when nothing."""
        return self._settings.missing

    def __len__(self) -> int:
        return len(self._open)

    @property
    def talking(self) -> int:
        """Calls that were taken and are not over."""
        return sum(opened.connected.is_set() for opened in self._open.values())

    def shut_down(self, reason: str) -> None:
        """The process stops: end all calls decently; what only rings may be called again."""
        for opened in self._open.values():
            if opened.connected.is_set():
                opened.order.end(reason)
            elif not opened.done.done():
                opened.done.set_exception(UnavailableError(reason))

    async def place(self, order: Placed[T]) -> T:
        """Call, have it conducted, and say what came of it. Cancelling hangs up.

        Raises:
            RefusedError: this number must not be called, or the provider refuses it.
            UnavailableError: busy, nobody there, or no line is free.
            UncertainError: nobody can know whether the call was placed.
        """
        to = allowed(order.to, self._settings.allowed_prefixes)
        if len(self._open) >= self._most:
            raise UnavailableError("all lines for outbound calls are busy")
        key = secrets.token_urlsafe()
        opened = _Open(order, asyncio.get_running_loop().create_future())
        self._open[key] = opened
        try:
            await self._ask(key, opened, to)
            return await self._result(opened)
        finally:
            del self._open[key]
            opened.done.cancel()
            if opened.connected.is_set():
                order.end("it was called off")

    async def _ask(self, key: str, opened: _Open[T], to: str) -> None:
        settings = self._settings
        base = f"{settings.provider.public_url}{self.stream_path}"
        query = urlencode({"order": key})
        form = {
            "To": to,
            "From": settings.caller,
            "Url": f"{base}/voice?{query}",
            "Method": "GET",
            "StatusCallback": f"{base}/status?{query}",
            "StatusCallbackMethod": "GET",
            "Timeout": str(round(settings.ring_seconds)),
        }

        def ask() -> str:
            opened.order.placing()
            sid = str(self._provider.create("Calls", form)["sid"])
            opened.order.placed(sid)
            return sid

        # Shielded: once it is asked for, its id must be known, or nobody could hang up.
        asking = asyncio.create_task(asyncio.to_thread(ask))
        try:
            opened.sid = await asyncio.shield(asking)
        except asyncio.CancelledError:
            asking.add_done_callback(self._hang_up_late)
            raise
        log.info("outbound call placed", call=opened.sid)

    async def _result(self, opened: _Open[T]) -> T:
        patience = self._settings.ring_seconds + _MARGIN
        connecting = asyncio.create_task(opened.connected.wait())
        try:
            either: set[asyncio.Future[Any]] = {connecting, opened.done}
            await asyncio.wait(either, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if not opened.connected.is_set() and not opened.done.done():
                raise UnavailableError("the provider did not connect the call")
            return await opened.done
        except BaseException as error:
            if not isinstance(error, GatewayError) or not opened.ended:
                self._hang_up(opened.sid)
            raise
        finally:
            connecting.cancel()

    def _hang_up_late(self, asking: asyncio.Task[str]) -> None:
        if not asking.cancelled() and asking.exception() is None:
            self._hang_up(asking.result())

    def _hang_up(self, sid: str) -> None:
        """Tell the provider to end a call, without waiting for it."""

        def end() -> None:
            try:
                self._provider.create(f"Calls/{sid}", {"Status": "completed"})
            except GatewayError as error:  # it ends by itself, at the latest after `ring_seconds`
                log.warning("a call could not be ended", call=sid, reason=str(error))

        asyncio.get_running_loop().run_in_executor(None, end)

    def status_of(self, sid: str) -> str:
        """What the provider says about a call: its CallStatus. Blocking. Raises GatewayError."""
        return str(self._provider.look_up(f"Calls/{sid}").get("status", ""))

    # ── the provider asks ─────────────────────────────────────────────────────────────────────

    def asked(self, target: str, signature: str) -> WebhookAnswer | None:
        """Answer the provider's webhooks. See `OtherCalls`."""
        parts = urlsplit(target)
        status_path = f"{self.stream_path}/status"
        if parts.path not in (f"{self.stream_path}/voice", status_path):
            return None
        if not is_signed(self._settings.provider, target, {}, signature):
            return _text(403, "The signature does not fit: check auth_token and public_url.")
        try:
            query = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200))
        except ValueError:
            return _text(400, "Too many parameters.")
        opened = self._open.get(query.get("order", ""))
        if opened is None:
            return WebhookAnswer(200, _XML, _twiml("<Hangup/>"))
        if parts.path == status_path:
            _ended(opened, query.get("CallStatus", ""))
            return WebhookAnswer(200, _XML, _twiml(""))
        if opened.connected.is_set():
            return WebhookAnswer(200, _XML, _twiml("<Hangup/>"))
        opened.token = secrets.token_urlsafe()
        return WebhookAnswer(200, _XML, self._connect(opened.token))

    def _connect(self, token: str) -> str:
        public = urlsplit(self._settings.provider.public_url)
        scheme = "wss" if public.scheme == "https" else "ws"
        url = f"{scheme}://{public.netloc}{public.path}{self.stream_path}"
        parameter = f'<Parameter name="token" value="{escape(token)}"/>'
        return _twiml(f'<Connect><Stream url="{escape(url)}">{parameter}</Stream></Connect>')

    async def carry(
        self,
        started: StreamStarted,
        dialect: Dialect,
        wire: Wire,
        messages: AsyncIterator[WireMessage],
    ) -> None:
        """Talk on a stream that has come in. See `OtherCalls`."""
        opened = self._admitted(started.parameters.get("token", ""))
        opened.connected.set()
        try:
            result = await opened.order.conduct(started, dialect, wire, messages)
        except BaseException:
            if not opened.done.done():
                opened.done.set_exception(UnavailableError("the call broke off"))
            raise
        if not opened.done.done():
            opened.done.set_result(result)

    def _admitted(self, token: str) -> _Open[T]:
        found = [
            opened
            for opened in self._open.values()
            if opened.token and secrets.compare_digest(opened.token.encode(), token.encode())
        ]
        if not found:
            raise Refused("token refused: no call was placed for it")
        found[0].token = ""  # good once
        return found[0]


def _ended(opened: _Open[Any], status: str) -> None:
    """The provider says that a call is over."""
    if opened.done.done() or opened.connected.is_set():
        return  # the stream tells more
    opened.ended = status == "completed" or status in NO_ANSWER
    if status in NO_ANSWER:
        opened.done.set_exception(UnavailableError(NO_ANSWER[status]))
    elif status == "completed":
        opened.done.set_exception(UnavailableError("the call was taken, but its audio never came"))


def _twiml(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'


def _text(status: int, sentence: str) -> WebhookAnswer:
    return WebhookAnswer(status, "text/plain; charset=utf-8", sentence + "\n")
