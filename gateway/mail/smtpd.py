"""The mail server that mail comes in by: SMTP (RFC 5321) or LMTP (RFC 2033), on aiosmtpd.

It relays nothing. A mail is answered with 250 when, and only when, `accept` has made it durable.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as SmtpEnvelope
from aiosmtpd.smtp import Session as SmtpSession

from gateway.errors import GatewayError
from gateway.mail.charsets import one_line
from gateway.mail.envelope import Envelope, content_key
from gateway.mail.guard import Reply, refuse_recipient
from gateway.mail.settings import MailSettings

Accept = Callable[[Envelope], Awaitable[None]]
"""Makes a mail durable, or raises: GatewayError with `retry` is answered with 451, without with
554, OSError (a full disk) with 451 or 452. The same `Envelope.key` may come twice."""

_OK: Final = Reply(250, "2.6.0", "accepted")
_OTHERS: Final = 200  # commands of one kind, on one connection
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_UNSPEAKABLE: Final = re.compile(r"[^\x20-\x7e\r\n]|\r(?!\n)|(?<!\r)\n")

_log = structlog.get_logger("gateway.mail")


class MailServer:
    """Listens on one port; `start` and `stop` it in a running event loop."""

    def __init__(
        self,
        settings: MailSettings,
        accept: Accept,
        *,
        not_wanted: Callable[[str], str] = lambda _: "",
    ) -> None:
        """`not_wanted` says why nothing can be done for a recipient that is ours, '' if it can."""
        self._settings = settings
        self._accept = accept
        self._not_wanted = not_wanted
        self._open: set[asyncio.BaseTransport] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        # aiosmtpd logs every command with its addresses; those are nobody's business.
        logging.getLogger("mail.log").setLevel(logging.ERROR)

    @property
    def port(self) -> int:
        """The port it listens on. Raises RuntimeError: it has not been started."""
        if self._server is None:
            raise RuntimeError("the mail server has not been started")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen from now on.

        Raises:
            OSError: the port is taken, or a certificate can't be read.
        """
        settings = self._settings.server
        context = _tls(settings.certificate, settings.certificate_key)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._protocol(context), settings.host, settings.port
        )

    async def stop(self) -> None:
        """Listen no more; a mail that is just being made durable is finished, others break off."""
        if self._server is None:
            return
        self._server.close()
        if self._working:
            await asyncio.wait(self._working, timeout=self._settings.server.accept_seconds)
        for transport in list(self._open):
            transport.close()
        self._server = None

    def _protocol(self, context: ssl.SSLContext | None) -> SMTP:
        settings = self._settings.server
        kind = _guarded(_well_spoken(LMTP if settings.lmtp else SMTP), self)
        return kind(
            _Handler(self._settings, self._hand_over, self._not_wanted),
            data_size_limit=self._settings.parse.size,
            enable_SMTPUTF8=True,
            hostname=self._settings.hostname,
            ident="mail gateway",
            tls_context=context,
            require_starttls=settings.require_tls and context is not None,
            timeout=settings.seconds,
            command_call_limit={
                "RCPT": settings.messages * (settings.recipients + 5),
                "DATA": settings.messages,
                "*": _OTHERS,
            },
            loop=asyncio.get_running_loop(),
        )

    def opened(self, transport: asyncio.Transport) -> bool:
        """May one more connection be served?"""
        if len(self._open) >= self._settings.server.connections:
            transport.write(b"421 4.3.2 too many connections, come back later\r\n")
            transport.close()
            return False
        self._open.add(transport)
        return True

    def closed(self, transport: asyncio.BaseTransport) -> None:
        """A connection has ended."""
        self._open.discard(transport)

    async def _hand_over(self, envelope: Envelope) -> None:
        """Make a mail durable, even when its sender does not wait for the answer."""
        task = asyncio.ensure_future(self._limited(envelope))
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        await asyncio.shield(task)

    async def _limited(self, envelope: Envelope) -> None:
        async with asyncio.timeout(self._settings.server.accept_seconds):
            await self._accept(envelope)


def _guarded(kind: type[SMTP], server: MailServer) -> type[SMTP]:
    """The protocol with a limit on the number of connections."""

    class Guarded(kind):  # type: ignore[misc, valid-type]
        """Counts its connections."""

        _counted: asyncio.BaseTransport | None = None
        _turned_away = False

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            if self._counted is None and isinstance(transport, asyncio.Transport):
                if not server.opened(transport):
                    self._turned_away = True
                    return
                self._counted = transport
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            if self._turned_away:
                return
            if self._counted is not None:
                server.closed(self._counted)
            super().connection_lost(error)

        def data_received(self, data: bytes) -> None:
            if not self._turned_away:
                super().data_received(data)

        def eof_received(self) -> bool | None:
            return False if self._turned_away else super().eof_received()

    return Guarded


class _Handler:
    """What aiosmtpd asks at each command."""

    def __init__(
        self, settings: MailSettings, hand_over: Accept, not_wanted: Callable[[str], str]
    ) -> None:
        self._settings = settings
        self._hand_over = hand_over
        self._not_wanted = not_wanted

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self,
        server: SMTP,
        session: SmtpSession,
        envelope: SmtpEnvelope,
        recipient: str,
        options: list[str],
    ) -> str:
        refusal = refuse_recipient(recipient, self._settings.door)
        if refusal is not None:
            return str(refusal)
        if reason := self._not_wanted(recipient):
            return str(Reply(550, "5.1.1", _ascii(reason)))
        if len(envelope.rcpt_tos) >= self._settings.server.recipients:
            return str(Reply(452, "4.5.3", "too many recipients, send the rest in another mail"))
        envelope.rcpt_tos.append(recipient)
        return str(Reply(250, "2.1.5", "accepted"))

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: SmtpSession, envelope: SmtpEnvelope
    ) -> str:
        data = bytes(envelope.original_content or b"")
        recipients = tuple(str(recipient) for recipient in envelope.rcpt_tos)
        sender = (envelope.mail_from or "").removeprefix("<>")
        peer: Any = session.peer  # (host, port); aiosmtpd's type says text
        host = str(peer[0]) if isinstance(peer, tuple) else ""
        key = content_key(data, sender, recipients)
        reply = await self._reply(Envelope(data, sender, recipients, host, key))
        if self._settings.server.lmtp:  # one answer for each recipient (RFC 2033, 4.2)
            return "\r\n".join([str(reply)] * len(recipients))
        return str(reply)

    async def _reply(self, envelope: Envelope) -> Reply:
        try:
            await self._hand_over(envelope)
        except GatewayError as error:
            _log.info("mail_refused", mail=envelope.key, reason=type(error).__name__)
            text = _ascii(str(error))
            return Reply(451, "4.3.0", text) if error.retry else Reply(554, "5.7.1", text)
        except TimeoutError:
            _log.warning("mail_not_accepted", mail=envelope.key, reason="timeout")
            return Reply(451, "4.3.0", "busy, try again later")
        except OSError as error:
            _log.warning("mail_not_accepted", mail=envelope.key, reason=error.strerror)
            if error.errno in _FULL:
                return Reply(452, "4.3.1", "no room for the mail, try again later")
            return Reply(451, "4.3.0", "not possible at the moment, try again later")
        except Exception:  # noqa: BLE001  # a task boundary: the sender keeps the mail, we the traceback
            _log.exception("mail_not_accepted", mail=envelope.key)
            return Reply(451, "4.3.0", "not possible at the moment, try again later")
        return _OK

    async def handle_exception(self, error: Exception) -> str:
        _log.warning("mail_command_failed", reason=type(error).__name__)
        return str(Reply(451, "4.3.0", "that did not work, try again later"))


def _well_spoken(kind: type[SMTP]) -> type[SMTP]:
    """The protocol with answers that hold nothing but what an answer may."""

    class WellSpoken(kind):  # type: ignore[misc, valid-type]
        """Quotes what it was told, but not as it is."""

        async def push(self, status: str | bytes) -> None:
            await super().push(_speakable(status))

    return WellSpoken


def _speakable(status: str | bytes) -> str:
    """An answer without what can't stand in one (RFC 5321, 4.2)."""
    told = status if isinstance(status, str) else status.decode("utf-8", "replace")
    return _UNSPEAKABLE.sub("?", told)


def _ascii(text: str) -> str:
    """Words that fit into an answer."""
    return one_line(text, 300).encode("ascii", "replace").decode("ascii")


def _tls(certificate: str, key: str) -> ssl.SSLContext | None:
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key or None)
    return context
