"""The post office: the mail server and the mailbox at work in a process, in threads of their own.

What makes mails durable blocks, so each mail is taken in a worker thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Final

import structlog

from gateway.board import Tell
from gateway.errors import GatewayError, MissingPartError, UnavailableError
from gateway.jobs.attempt import trace
from gateway.mail.addressed import meant_for
from gateway.mail.addressing import not_wanted
from gateway.mail.envelope import Envelope
from gateway.mail.mailbox import Mailbox
from gateway.mail.parse import parse
from gateway.mail.settings import MailSettings
from gateway.mail.smtpd import MailServer

Take = Callable[[Envelope], object]
"""Makes a mail durable, as `gateway.mail.room.MailRoom.take`."""

_STOPPING: Final = 5.0
"""Seconds that mails which are just being made durable may take when the office closes."""

_log = structlog.get_logger("gateway.mail")


def unready(settings: MailSettings) -> str:
    """What has to be set before mail can be taken, '' if nothing (or if none is to be taken)."""
    if not settings.server.enabled and not settings.mailbox.host:
        return ""
    needed = {
        "door.senders (who may write to the gateway)": settings.door.senders,
        "door.recipients (its addresses)": settings.door.recipients or not settings.server.enabled,
        "submission.host (the server that answers are sent by)": settings.submission.host,
    }
    missing = [f"gateway.mail.{name}" for name, value in needed.items() if not value]
    return f"to take mail, set {' and '.join(missing)}" if missing else ""


@contextlib.contextmanager
def open_office(settings: MailSettings, take: Take, tell: Tell) -> Iterator[None]:
    """Take mail by the doors that the settings name, as long as the context is open.

    Raises:
        MissingPartError: a setting is missing, or a certificate can't be read.
        UnavailableError: the port is taken.
    """
    if needed := unready(settings):
        raise MissingPartError(needed)
    with contextlib.ExitStack() as stack:
        if settings.server.enabled:
            stack.enter_context(_serving(settings, take, tell))
        if settings.mailbox.host:
            stack.enter_context(_watching(settings, take, tell))
        yield


# ── the server ────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def _serving(settings: MailSettings, take: Take, tell: Tell) -> Iterator[None]:
    started: Future[tuple[int, Callable[[], object]]] = Future()
    thread = threading.Thread(
        target=asyncio.run,
        args=(_serve(settings, take, started),),
        name="mail server",
        daemon=True,  # a mail that can't be made durable in time holds nobody up
    )
    thread.start()
    try:
        port, stop = started.result()
    except BaseException:
        thread.join(_STOPPING)
        raise
    kind = "LMTP" if settings.server.lmtp else "SMTP"
    tell("mail", f"{kind} on {settings.server.host}:{port}")
    try:
        yield
    finally:
        stop()
        thread.join(_STOPPING)


async def _serve(
    settings: MailSettings, take: Take, started: Future[tuple[int, Callable[[], object]]]
) -> None:
    """Serve until somebody calls what `started` is given, beside the port."""

    async def accept(envelope: Envelope) -> None:
        await asyncio.to_thread(take, envelope)

    server = MailServer(settings, accept, not_wanted=not_wanted)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    try:
        await _started(server, settings)
    except BaseException as error:  # noqa: BLE001 - told to whoever waits for it
        started.set_exception(error)
        return
    started.set_result((server.port, lambda: loop.call_soon_threadsafe(stopping.set)))
    await stopping.wait()
    await server.stop()


async def _started(server: MailServer, settings: MailSettings) -> None:
    wanted = settings.server
    try:
        await server.start()
    except (FileNotFoundError, ssl.SSLError) as error:
        raise MissingPartError(
            f"the certificate of the mail server can't be read ({error.strerror or error}): correct"
            " gateway.mail.server.certificate and certificate_key"
        ) from error
    except OSError as error:
        raise UnavailableError(
            f"the mail server can't listen on {wanted.host}:{wanted.port}"
            f" ({error.strerror or error}): set gateway.mail.server.port to another one"
        ) from error


# ── the mailbox ───────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def _watching(settings: MailSettings, take: Take, tell: Tell) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(
        target=_watch, args=(settings, take, tell, stop), name="mailbox", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOPPING)


def _watch(settings: MailSettings, take: Take, tell: Tell, stop: threading.Event) -> None:
    """Until `stop`; what somebody has to set right is told, and tried again now and then."""
    where = f"{settings.mailbox.folder} at {settings.mailbox.host}:{settings.mailbox.port}"

    def accept(envelope: Envelope) -> None:
        recipients = meant_for(parse(envelope.data, settings.parse), settings)
        take(replace(envelope, recipients=recipients))

    def lost(reason: str) -> None:
        line = f"has lost {where}: {reason}" if reason else f"watches {where}"
        tell("mailbox", line, lost=bool(reason))

    box = Mailbox(settings.mailbox, accept, recipient="", largest=settings.parse.size, lost=lost)
    while not stop.is_set():
        tell("mailbox", f"looks for {where}")
        try:
            box.watch(stop)
        except GatewayError as error:
            _log.error("mailbox_refuses", reason=str(error))
            tell("mailbox", f"is not watched: {error}", lost=True)
        except Exception as error:  # noqa: BLE001 - the thread's boundary: it must live on
            _log.error("mailbox_failed", **trace(error))
            tell("mailbox", f"is not watched: {type(error).__name__}, see the log", lost=True)
        stop.wait(settings.mailbox.retry_longest)
