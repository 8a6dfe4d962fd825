"""What of a mail is read out."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from gateway.errors import RefusedError, UnavailableError
from gateway.mail.closing import without_closing
from gateway.mail.headers import Address
from gateway.mail.message import Attachment, Message
from gateway.mail.quoting import cut
from gateway.mail.reading import body, full_text, spoken
from tests.gateway.mail.samples import FORWARDED, SAMPLES

WHEN = datetime(2026, 11, 24, 9, 5, tzinfo=timezone(timedelta(hours=1)))
ANNA = Address("anna@example.org", "Anna Schmidt")


def mail(text: str = "Hello.", **more: object) -> Message:
    given: dict[str, object] = {"senders": (ANNA,), "subject": "News", "date": WHEN, "text": text}
    return Message(**(given | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_only_what_is_new_is_read(sample):
    assert body(mail(sample.text, subject=sample.subject)).new == sample.new


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_windows_line_ends_make_no_difference(sample):
    text = sample.text.replace("\n", "\r\n").replace("\r\n", "\n")
    assert body(mail(text, subject=sample.subject)).new == sample.new


@pytest.mark.parametrize("sample", FORWARDED, ids=lambda sample: sample.name)
def test_what_is_sent_on_is_read_too(sample):
    assert body(mail(sample.text, subject=sample.subject)).forwarded.endswith(sample.new)


def test_the_quotation_can_be_had_when_it_is_wanted():
    text = SAMPLES[0].text
    assert "Shall we meet" in full_text(mail(text))


def test_html_is_used_where_it_marks_quotations():
    html = '<div>New</div><div class="gmail_quote">On Monday somebody said:<p>Old</p></div>'
    plain = "New\n\nOn Monday somebody said\n\nOld"
    assert body(mail(plain, html=html)).new == "New"


def test_html_is_used_where_the_text_says_nothing():
    placeholder = "Your mail program does not support HTML."
    assert body(mail(placeholder, html="<p>Real text</p>")).new == "Real text"
    assert body(mail("", html="<p>Real text</p>")).new == "Real text"


def test_the_whole_mail():
    files = (
        Attachment("report.pdf", "application/pdf", b""),
        Attachment("photo.png", "image/png", b"", inline=True),
        Attachment("list.csv", "text/csv", b""),
    )
    assert spoken(mail("Hello.", attachments=files)) == (
        "Message from Anna Schmidt, Tuesday, 24 November 2026 at 9:05.\n"
        "Subject: News.\n\nHello.\n\n2 attachments: report.pdf and list.csv.\n"
    )


def test_in_german_and_french():
    assert spoken(mail("Hallo."), "de-AT").startswith(
        "Nachricht von Anna Schmidt, Dienstag, 24. November 2026, 9:05 Uhr.\nBetreff: News."
    )
    assert spoken(mail("Bonjour."), "fr").startswith(
        "Message de Anna Schmidt, mardi 24 novembre 2026 à 9 h 05."
    )


def test_without_anything():
    assert spoken(Message()) == "Message from an unknown sender.\n\nThe message has no text.\n"


def test_an_encrypted_mail_says_so():
    assert "encrypted" in spoken(mail("", encrypted=True))


def test_attachments_are_read_on_request():
    files = (
        Attachment("a.txt", "text/plain", b"inside"),
        Attachment("b.zip", "application/zip", b""),
    )

    def read(file: Attachment) -> str | None:
        return file.data.decode() or None

    text = spoken(mail(attachments=files), None, read)
    assert text.endswith("2 attachments: a.txt and b.zip.\n\nAttachment a.txt:\ninside\n")


def test_an_attachment_that_cannot_be_read_does_not_silence_the_mail():
    def read(file: Attachment) -> str | None:
        raise RefusedError("it is damaged")

    files = (Attachment("a.pdf", "application/pdf", b""),)
    assert "Attachment a.pdf can't be read: it is damaged" in spoken(
        mail(attachments=files), None, read
    )


def test_what_may_work_later_is_tried_later():
    def read(file: Attachment) -> str | None:
        raise UnavailableError("no memory")

    with pytest.raises(UnavailableError):
        spoken(mail(attachments=(Attachment("a.pdf", "application/pdf", b""),)), None, read)


def test_enclosed_mails_are_named_and_read_on_request():
    outer = mail("See below.", enclosed=(mail("Inner text.", subject="Inner"),))
    assert "Enclosed message:\nMessage from Anna Schmidt" in spoken(outer)
    assert "Inner text." not in spoken(outer)
    assert "Inner text." in spoken(outer, None, lambda _: None)


def test_what_was_left_out_is_said():
    assert "Left out: 2 more attachments." in spoken(mail(left_out=("2 more attachments",)))


def test_long_text_survives_as_it_is():
    text = "\n\n".join(f"Paragraph {number} is about the number {number}." for number in range(300))
    assert without_closing(cut(text).new) == text
