"""The gateway's mail server, spoken to by the standard library's client."""

from __future__ import annotations

import asyncio
import errno
import smtplib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.errors import RefusedError, UnavailableError
from gateway.mail.addressing import not_wanted
from gateway.mail.envelope import Envelope
from gateway.mail.settings import DoorSettings, MailSettings, ParseSettings, SmtpServerSettings
from gateway.mail.smtpd import MailServer
from tests.gateway.mail.keys import certificate

MAIL = b"From: anna@example.org\r\nSubject: Hi\r\n\r\nHello\r\n.dot\r\n"
TO = "voice@gw.example"


@asynccontextmanager
async def running(
    accept=None, parse=None, **server: object
) -> AsyncIterator[tuple[int, list[Envelope]]]:
    """A server on a free port, and what it has accepted."""
    accepted: list[Envelope] = []

    async def keep(envelope: Envelope) -> None:
        accepted.append(envelope)

    settings = MailSettings(
        hostname="gw.example",
        door=DoorSettings(recipients=(TO, "fax@gw.example")),
        server=SmtpServerSettings(**server),
        parse=parse or ParseSettings(),
    )
    mail_server = MailServer(settings, accept or keep)
    await mail_server.start()
    try:
        yield mail_server.port, accepted
    finally:
        await mail_server.stop()


async def client(port: int, talk: Callable[[smtplib.SMTP], object], kind=smtplib.SMTP) -> object:
    def run() -> object:
        with kind("127.0.0.1", port, timeout=10) as connected:
            return talk(connected)

    return await asyncio.to_thread(run)


def deliver(connected: smtplib.SMTP, data: bytes = MAIL, to: str = TO) -> object:
    return connected.sendmail("anna@example.org", [to], data)


async def test_a_mail_is_accepted_as_it_is():
    async with running() as (port, accepted):
        await client(port, deliver)
        await client(port, deliver)
    first, again = accepted
    assert first.data == MAIL
    assert (first.sender, first.recipients, first.peer) == ("anna@example.org", (TO,), "127.0.0.1")
    assert first.key == again.key  # handed in twice, it is the same mail


async def test_a_bounce_has_an_empty_sender():
    async with running() as (port, accepted):
        await client(port, lambda smtp: smtp.sendmail("", [TO], MAIL))
    assert accepted[0].sender == ""


async def test_it_is_not_answered_before_it_is_durable():
    durable, may_go_on = asyncio.Event(), asyncio.Event()

    async def accept(envelope: Envelope) -> None:
        durable.set()
        await may_go_on.wait()

    async with running(accept) as (port, _):
        sending = asyncio.ensure_future(client(port, deliver))
        await durable.wait()
        assert not sending.done()
        may_go_on.set()
        await sending


async def test_what_is_being_made_durable_is_finished_although_the_client_has_gone():
    begun, finished, may_go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def accept(envelope: Envelope) -> None:
        begun.set()
        await may_go_on.wait()
        finished.set()

    async with running(accept) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = ["EHLO x", "MAIL FROM:<a@b.org>", f"RCPT TO:<{TO}>", "DATA"]
        for line in lines:
            writer.write(f"{line}\r\n".encode())
            await reader.readuntil(b"\r\n")
        writer.write(MAIL + b".\r\n")
        await begun.wait()
        writer.close()
        await writer.wait_closed()
        may_go_on.set()
        await asyncio.wait_for(finished.wait(), 10)


@pytest.mark.parametrize(
    ("to", "code"), [("victim@elsewhere.example", 554), ("nobody@gw.example", 550), ("bad", 553)]
)
async def test_it_is_no_open_relay(to, code):
    async with running() as (port, accepted):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            await client(port, lambda smtp: deliver(smtp, to=to))
        assert refused.value.recipients[to][0] == code
    assert accepted == []


async def test_what_cannot_be_done_is_said_at_once():
    settings = MailSettings(door=DoorSettings(recipients=("@gw.example",)))
    mail_server = MailServer(settings, accept_nothing, not_wanted=not_wanted)
    await mail_server.start()
    try:
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="number is missing"):
            await client(mail_server.port, lambda smtp: deliver(smtp, to="fax@gw.example"))
    finally:
        await mail_server.stop()


async def accept_nothing(envelope: Envelope) -> None:
    raise AssertionError("nothing should have come")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (RefusedError("your mail\r\n250 is bad é"), 554, b"your mail 250 is bad ?"),
        (UnavailableError("later"), 451, b"later"),
        (OSError(errno.ENOSPC, "no space"), 452, b"no room"),
        (OSError(errno.EIO, "broken disk"), 451, b"later"),
        (ValueError("a bug"), 451, b"later"),
    ],
)
async def test_what_cannot_be_accepted_stays_with_the_sender(error, code, words):
    async def accept(envelope: Envelope) -> None:
        raise error

    async with running(accept) as (port, _):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await client(port, deliver)
    assert refused.value.smtp_code == code
    assert words in refused.value.smtp_error
    assert b"a bug" not in refused.value.smtp_error


async def test_an_answer_quotes_nothing_that_is_no_answer():
    def talk(smtp: smtplib.SMTP) -> bytes:
        return smtp.docmd("X\x1b[2J\x00Y")[1]

    async with running() as (port, _):
        assert b"X?[2J" in (said := await client(port, talk))
        assert all(32 <= byte < 127 for byte in said)


async def test_accepting_has_a_time_limit():
    async def accept(envelope: Envelope) -> None:
        await asyncio.Event().wait()

    async with running(accept, accept_seconds=0.05) as (port, _):
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            await client(port, deliver)


async def test_size_is_limited_whether_it_is_announced_or_not():
    async with running(parse=ParseSettings(size=1000)) as (port, accepted):
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            await client(port, lambda smtp: deliver(smtp, bytes(2000)))
        assert refused.value.smtp_code == 552

        def unannounced(smtp: smtplib.SMTP) -> int:
            smtp.ehlo()
            smtp.mail("a@b.org")
            smtp.rcpt(TO)
            return smtp.data(b"x\r\n" * 1000)[0]

        assert await client(port, unannounced) == 552
    assert accepted == []


async def test_one_connection_too_many_is_told_so_and_the_place_is_free_again():
    async with running(connections=1) as (port, accepted):
        with socket.create_connection(("127.0.0.1", port)) as first:
            await asyncio.to_thread(first.recv, 100)
            with pytest.raises(smtplib.SMTPConnectError, match="421"):
                await client(port, deliver)
        for _ in range(50):  # until the server has seen that the first one left
            try:
                await client(port, deliver)
                break
            except smtplib.SMTPConnectError:
                continue
    assert len(accepted) == 1


async def test_too_many_recipients_and_messages():
    async with running(recipients=1, messages=2) as (port, accepted):

        def two(smtp: smtplib.SMTP) -> object:
            return smtp.sendmail("a@b.org", [TO, "fax@gw.example"], MAIL)

        refused = await client(port, two)
        assert refused["fax@gw.example"][0] == 452

        def many(smtp: smtplib.SMTP) -> None:
            for _ in range(3):
                deliver(smtp)

        with pytest.raises((smtplib.SMTPException, ConnectionError)):
            await client(port, many)
    assert len(accepted) == 3


async def test_a_silent_client_is_hung_up_on():
    async with running(seconds=0.1) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()


async def test_starttls(tmp_path):
    pem, key = certificate(tmp_path)
    context = ssl.create_default_context(cafile=str(pem))

    def over_tls(smtp: smtplib.SMTP) -> object:
        smtp.ehlo()
        with pytest.raises(smtplib.SMTPResponseException, match="530"):
            deliver(smtp)
        smtp.starttls(context=context)
        return deliver(smtp)

    tls = {"certificate": str(pem), "certificate_key": str(key), "require_tls": True}
    async with running(**tls) as (port, accepted):
        await client(port, over_tls)
    assert len(accepted) == 1


async def test_lmtp_answers_for_each_recipient():
    async with running(lmtp=True) as (port, accepted):

        def both(lmtp: smtplib.LMTP) -> list[int]:
            lmtp.ehlo()
            lmtp.mail("a@b.org")
            lmtp.rcpt(TO)
            lmtp.rcpt("fax@gw.example")
            return [lmtp.data(MAIL)[0], lmtp.getreply()[0], lmtp.noop()[0]]

        assert await client(port, both, smtplib.LMTP) == [250, 250, 250]
    assert accepted[0].recipients == (TO, "fax@gw.example")


async def test_smuggled_mail_stays_one_mail():
    smuggled = b"x\r\n\r\nbody\n.\nMAIL FROM:<e@e.org>\n\r.\r\nmore\r\n"
    async with running() as (port, accepted):

        def raw(smtp: smtplib.SMTP) -> None:
            smtp.ehlo()
            smtp.mail("a@b.org")
            smtp.rcpt(TO)
            smtp.docmd("DATA")
            smtp.send(smuggled + b".\r\n")
            smtp.getreply()

        await client(port, raw)
    assert len(accepted) == 1


async def test_no_addresses_in_the_log(caplog):
    caplog.set_level("DEBUG")
    async with running() as (port, _):
        await client(port, deliver)
    assert "anna@example.org" not in caplog.text
