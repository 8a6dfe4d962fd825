"""Places read-outs: asks the provider for the call, and takes its stream at the media edge.

    POST Calls.json          we ask for a call
    GET  /readout/voice      the call was taken: the provider asks what to do with it
    WS   /readout            its media stream
    GET  /readout/status     the call is over, or never came about

Everything of the provider's is signed; `Url` holds a secret that names the order, and the stream
another one that is good once.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog

from gateway.errors import GatewayError, RefusedError, UnavailableError
from gateway.numbers import allowed
from gateway.outcall.call import Answer, ReadOutCall
from gateway.outcall.readout import ReadOut
from gateway.outcall.settings import OutcallSettings
from gateway.outcall.terms import Item, Manners, Outcome
from gateway.provider import Provider, is_signed
from voicebot.conversation.events import CallStarted
from voicebot.server.edge import Refused
from voicebot.server.outbox import Wire
from voicebot.server.parts import Parts
from voicebot.server.webhook import WebhookAnswer
from voicebot.telephony.base import Dialect, StreamStarted, WireMessage

log = structlog.get_logger(__name__)

VOICE_PATH: Final = "/readout/voice"
STATUS_PATH: Final = "/readout/status"
STREAM_PATH: Final = "/readout"
NETWORK: Final = "outbound"
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


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to call (E.164), what to read out, and who takes the answers.

    In a worker thread, `placing` is called just before the provider is asked for the call, and
    `placed` is told the provider's id of it afterwards.
    """

    to: str
    items: tuple[Item, ...]
    on_answer: Answer
    placing: Callable[[], None] = lambda: None
    placed: Callable[[str], None] = lambda _: None


@dataclass(slots=True)
class _Open:
    """An order on its way."""

    order: Order
    done: asyncio.Future[Outcome]
    sid: str = ""
    token: str = ""  # lets the stream in
    call: ReadOutCall | None = None
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False  # the provider said so


class ReadOutService:
    """Makes outbound calls; lives on the loop of the media edge. See `OtherCalls`."""

    stream_path = STREAM_PATH

    def __init__(self, settings: OutcallSettings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts
        self._provider = Provider(settings.provider)
        self._open: dict[str, _Open] = {}

    @property
    def missing(self) -> str:
        """What has to be set before anybody can be called, '' when nothing."""
        if not self._settings.caller:
            return "no number to call from: set outcall.caller"
        if not self._settings.provider.public_url:
            return "the provider can't reach the media edge: set outcall.provider.public_url"
        return self._settings.provider.missing

    def __len__(self) -> int:
        return len(self._open)

    @property
    def talking(self) -> int:
        """Calls that were taken and are not over."""
        return sum(opened.call is not None for opened in self._open.values())

    def shut_down(self, reason: str) -> None:
        """The process stops: end all calls decently; what only rings may be called again."""
        for opened in self._open.values():
            if opened.call is not None:
                opened.call.shut_down(reason)
            elif not opened.done.done():
                opened.done.set_exception(UnavailableError(reason))

    async def read_out(self, order: Order) -> Outcome:
        """Call, read out, and say what came of it. Cancelling hangs up.

        Raises:
            RefusedError: this number must not be called, or the provider refuses it.
            UnavailableError: busy, nobody there, nobody listened, or no line is free.
            UncertainError: nobody can know whether the call was placed.
        """
        to = allowed(order.to, self._settings.allowed_prefixes)
        if len(self._open) >= self._settings.calls:
            raise UnavailableError("all lines for outbound calls are busy")
        key = secrets.token_urlsafe()
        opened = _Open(order, asyncio.get_running_loop().create_future())
        self._open[key] = opened
        try:
            await self._place(key, opened, to)
            return await self._result(opened)
        finally:
            del self._open[key]
            opened.done.cancel()
            if opened.call is not None:
                opened.call.shut_down("it was called off")

    async def _place(self, key: str, opened: _Open, to: str) -> None:
        settings = self._settings
        public = settings.provider.public_url
        order = urlencode({"order": key})
        form = {
            "To": to,
            "From": settings.caller,
            "Url": f"{public}{VOICE_PATH}?{order}",
            "Method": "GET",
            "StatusCallback": f"{public}{STATUS_PATH}?{order}",
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

    async def _result(self, opened: _Open) -> Outcome:
        patience = self._settings.ring_seconds + _MARGIN
        connecting = asyncio.create_task(opened.connected.wait())
        try:
            either: set[asyncio.Future[Any]] = {connecting, opened.done}
            await asyncio.wait(either, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if not opened.connected.is_set() and not opened.done.done():
                raise UnavailableError("the provider did not connect the call")
            outcome = await opened.done
        except BaseException as error:
            if not isinstance(error, GatewayError) or not opened.ended:
                self._hang_up(opened.sid)
            raise
        finally:
            connecting.cancel()
        if not outcome.wanted and outcome.reason == "nobody listened":
            raise UnavailableError("somebody or something took the call and did not listen")
        return outcome

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

    # ── the provider asks ─────────────────────────────────────────────────────────────────────

    def asked(self, target: str, signature: str) -> WebhookAnswer | None:
        """Answer the provider's webhooks. See `OtherCalls`."""
        parts = urlsplit(target)
        if parts.path not in (VOICE_PATH, STATUS_PATH):
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
        if parts.path == STATUS_PATH:
            self._ended(opened, query.get("CallStatus", ""))
            return WebhookAnswer(200, _XML, _twiml(""))
        if opened.connected.is_set():
            return WebhookAnswer(200, _XML, _twiml("<Hangup/>"))
        opened.token = secrets.token_urlsafe()
        return WebhookAnswer(200, _XML, self._connect(opened.token))

    def _connect(self, token: str) -> str:
        public = urlsplit(self._settings.provider.public_url)
        scheme = "wss" if public.scheme == "https" else "ws"
        url = f"{scheme}://{public.netloc}{public.path}{STREAM_PATH}"
        parameter = f'<Parameter name="token" value="{escape(token)}"/>'
        return _twiml(f'<Connect><Stream url="{escape(url)}">{parameter}</Stream></Connect>')

    def _ended(self, opened: _Open, status: str) -> None:
        if opened.done.done() or opened.connected.is_set():
            return  # the stream tells more
        opened.ended = status == "completed" or status in NO_ANSWER
        if status in NO_ANSWER:
            opened.done.set_exception(UnavailableError(NO_ANSWER[status]))
        elif status == "completed":
            opened.done.set_exception(
                UnavailableError("the call was taken, but its audio never came")
            )

    async def carry(
        self,
        started: StreamStarted,
        dialect: Dialect,
        wire: Wire,
        messages: AsyncIterator[WireMessage],
    ) -> None:
        """Read out on a stream that has come in. See `OtherCalls`."""
        opened = self._admitted(started.parameters.get("token", ""))
        opened.connected.set()
        settings = self._settings
        manners = Manners(call=settings.call_seconds, longest=settings.answer_seconds)
        begun = CallStarted(
            started.call_id, settings.caller, "", NETWORK,
            dialect.capabilities.marks, dialect.capabilities.clear,
        )  # fmt: skip
        opened.call = ReadOutCall(
            begun,
            ReadOut(opened.order.items, self._parts.policy, manners, ask_first=settings.ask_first),
            self._parts,
            dialect,
            wire,
            opened.order.on_answer,
            settings.answer_seconds,
        )
        try:
            outcome = await opened.call.run(messages)
        except BaseException:
            if not opened.done.done():
                opened.done.set_exception(UnavailableError("the call broke off"))
            raise
        if not opened.done.done():
            opened.done.set_result(outcome)

    def _admitted(self, token: str) -> _Open:
        found = [
            opened
            for opened in self._open.values()
            if opened.token and secrets.compare_digest(opened.token.encode(), token.encode())
        ]
        if not found:
            raise Refused("token refused: no call was placed for it")
        found[0].token = ""  # good once
        return found[0]

    def status_of(self, sid: str) -> str:
        """What the provider says about a call: its CallStatus. Blocking. Raises GatewayError."""
        return str(self._provider.look_up(f"Calls/{sid}").get("status", ""))


def checked_items(text: str, item: str, most: int = 100_000) -> tuple[Item, ...]:
    """The one item that `text` makes. Raises RefusedError when there is nothing to read."""
    text = text.strip()
    if not text:
        raise RefusedError("there is nothing in the text that could be read out")
    if len(text) > most:
        text = f"{text[:most]}. This message is longer than can be read out."
    return (Item(item, "", text),)


def _twiml(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'


def _text(status: int, sentence: str) -> WebhookAnswer:
    return WebhookAnswer(status, "text/plain; charset=utf-8", sentence + "\n")
