"""The gateway as its users meet it: mail and short messages in, answers out, all parts real.

Dovecot keeps the answers, Whisper listens to them, an independent message centre carries the short
messages.
"""

from __future__ import annotations

import signal
import smtplib
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.content import Content, Kind
from gateway.transcripts.recognize import Recognizing
from gateway.transcripts.settings import TranscriptSettings
from gateway.transform import Wishes
from tests.engines.realaudio import MODELS
from tests.gateway.mail.conftest import dovecot  # noqa: F401 - a fixture
from tests.gateway.mail.work import TestWork
from tests.gateway.sms.centre import Centre, message_centre, needs_centre
from tests.gateway.transcripts.conftest import needs_tiny
from tests.gateway.whole import DOMAIN, GATEWAY, Site, letter, mail_settings, started, wait_for


@pytest.fixture(scope="module")
def centre() -> Iterator[Centre | None]:
    with ExitStack() as stack:
        there = not needs_centre.args[0]
        yield stack.enter_context(message_centre()) if there else None


@pytest.fixture(scope="module")
def site(dovecot, centre, tmp_path_factory) -> Iterator[Site]:  # noqa: F811
    parts = {"mail": mail_settings(dovecot)}
    if centre is not None:
        parts["sms"] = {
            "carrier": "smpp",
            "sender": "+15550199",
            "allowed_prefixes": ["+1555"],
            "inbound": {"mail_to": "desk@example.org"},
            "smpp": {
                "host": "127.0.0.1",
                "port": centre.port,
                "system_id": "gateway",
                "password": "secret",
            },
        }
    folder = tmp_path_factory.mktemp("site")
    with started(folder, dovecot, **parts) as running:
        expected = {"mail", "mailbox"} | set(parts)
        wait_for(lambda: running.ended() or set(running.doors()) == expected)
        assert not running.ended(), running.log()
        yield running


def heard(audio: bytes, folder: Path) -> set[str]:
    """The words that Whisper hears."""
    path = folder / "answer.mp3"
    path.write_bytes(audio)
    ears = Recognizing(TranscriptSettings(model="tiny.en", models_dir=MODELS))
    text = ears.run(Content(Kind.VOICE, path, "audio/mpeg"), Wishes(), TestWork(folder)).path
    return set("".join(c if c.isalnum() else " " for c in text.read_text().lower()).split())


@pytest.mark.real
@needs_tiny
def test_a_mail_comes_back_as_a_voice(site, tmp_path):
    text = "The express train leaves early in the morning."
    site.send(letter("Clara <clara@example.org>", f"voice@{DOMAIN}", text))
    _, answer = site.answer("clara@example.org")
    assert answer.subject == "Re: The train"
    (voice,) = answer.attachments
    assert voice.media_type == "audio/mpeg"
    assert {"express", "leaves", "early", "morning"} <= heard(voice.data, tmp_path)


def test_a_mail_in_the_mailbox_is_answered(site):
    site.dovecot.put(GATEWAY, letter("emma@example.org", f"text@{DOMAIN}", "Hello?").as_bytes())
    _, answer = site.answer("emma@example.org")
    assert "Hello?" in answer.text


def test_nobody_else_is_answered(site):
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="not converted"):
        site.send(letter("carl@example.org", f"pigeon@{DOMAIN}", "Hello"))
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="not relayed"):
        site.send(letter("carl@example.org", "somebody@example.com", "Hello"))
    with pytest.raises(smtplib.SMTPDataError, match="not allowed"):
        site.send(letter("eve@evil.example", f"text@{DOMAIN}", "Hello"))


@needs_centre
def test_a_mail_becomes_a_short_message(site, centre):
    site.send(letter("dora@example.org", f"sms+15550100@{DOMAIN}", "The train is late."))
    told = centre.hears("submitted")
    assert (told["to"], "The train is late." in told["text"]) == ("15550100", True)
    got, report = site.answer("dora@example.org")
    assert b"Action: delivered" in got
    assert "short message to +15550100" in report.text


@needs_centre
def test_a_number_that_must_not_be_written_to_is_reported(site):
    site.send(letter("fred@example.org", f"sms+4930123456@{DOMAIN}", "Hello"))
    got, report = site.answer("fred@example.org")
    assert report.subject == "Not delivered: The train"
    assert b"Action: failed" in got
    assert "allowed_prefixes" in report.text


@needs_centre
def test_what_phones_send_is_passed_on_by_mail(site, centre):
    centre.do("deliver", **{"from": "15550123", "to": "15550199"}, text="Call me back")
    assert centre.hears("delivered")["status"] == 0
    _, mail = site.answer("desk@example.org")
    assert mail.subject.startswith("SMS from")
    assert "15550123" in mail.subject
    assert "Call me back" in mail.text


# ── starting and stopping ─────────────────────────────────────────────────────────────────────


def test_what_keeps_it_from_starting_is_told_in_a_line(dovecot, tmp_path):  # noqa: F811
    with socket.create_server(("127.0.0.1", 0)) as other:
        server = {"enabled": True, "port": other.getsockname()[1]}
        with started(tmp_path, dovecot, mail=mail_settings(dovecot, server=server)) as running:
            assert running.process.wait(30) == 1
            (line,) = [line for line in running.log().splitlines() if line.startswith("error: ")]
            assert "set gateway.mail.server.port to another one" in line
            assert running.doors() == {}


def test_it_ends_when_it_is_told_to(site):  # the last one: nothing is left of the site
    port = site.port
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(10) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    assert site.doors() == {}
