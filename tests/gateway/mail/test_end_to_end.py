"""A mail into the gateway by a standard client, its answer out of a real mailbox."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage

import dkim
import pytest

from gateway.content import Content, Kind
from gateway.errors import RefusedError
from gateway.mail.envelope import Envelope
from gateway.mail.intake import judge
from gateway.mail.parse import parse
from gateway.mail.settings import DoorSettings, MailSettings, SubmissionSettings
from gateway.mail.smtpd import MailServer
from gateway.mail.transforms import transforms
from gateway.transform import Wishes
from tests.gateway.mail.keys import signing_key
from tests.gateway.mail.work import TestWork


async def test_a_mail_goes_in_and_its_answer_comes_back(dovecot, tmp_path):
    private, record = signing_key()
    lookup = {b"s1._domainkey.example.org.": record}.get
    settings = MailSettings(
        address="gw@gw.example",
        door=DoorSettings(recipients=("text@gw.example",), senders=("@example.org",)),
        submission=SubmissionSettings(host="127.0.0.1", port=dovecot.lmtp, tls="none", lmtp=True),
    )

    def convert(envelope: Envelope) -> None:
        arrived = judge(envelope, settings, lookup=lookup)
        path = tmp_path / "in.eml"
        path.write_bytes(envelope.data)
        content = Content(Kind.EMAIL, path, "message/rfc822")
        wishes = Wishes(recipient=arrived.sender.address)
        steps = {(one.source, one.target): one for one in transforms(settings)}
        for number, pair in enumerate(
            [(Kind.EMAIL, Kind.TEXT), (Kind.TEXT, Kind.EMAIL), (Kind.EMAIL, Kind.EMAIL)]
        ):
            folder = tmp_path / f"{number}"
            folder.mkdir()
            content = steps[pair].run(content, wishes, TestWork(folder, f"{envelope.key}/{number}"))

    async def accept(envelope: Envelope) -> None:
        await asyncio.to_thread(convert, envelope)

    mail = EmailMessage()
    mail["From"] = "Clara <clara@example.org>"
    mail["Subject"] = "Frage"
    mail["Message-ID"] = "<q@example.org>"
    mail.set_content("Can you hear me?\n\nOn 1 Nov 2026, gw@gw.example wrote:\n> Old\n")
    data = bytes(mail).replace(b"\n", b"\r\n")
    signed = dkim.sign(data, b"s1", b"example.org", private) + data

    def send(what: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as client:
            client.sendmail("clara@example.org", ["text@gw.example"], what)

    server = MailServer(settings, accept)
    await server.start()
    try:
        await asyncio.to_thread(send, signed)
        forged = signed.replace(b"hear me", b"pay me")
        with pytest.raises(smtplib.SMTPDataError, match="554"):
            await asyncio.to_thread(send, forged)
    finally:
        await server.stop()

    (got,) = await asyncio.to_thread(dovecot.mails, "clara@example.org")
    answer = parse(got)
    assert answer.subject == "Re: Frage"
    assert "Can you hear me?" in answer.text
    assert "Old" not in answer.text
    assert answer.first("in-reply-to") == "<q@example.org>"
    again = Envelope(got, "gw@gw.example", ("text@gw.example",), "", "key")
    with pytest.raises(RefusedError, match="loop"):  # should it come back, it is not answered
        judge(again, settings, lookup=lookup)
