"""The steps of mail, with real documents, a real encoder and a real mailbox."""

from __future__ import annotations

import json
import shutil
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from gateway.content import Content, Kind
from gateway.errors import RefusedError
from gateway.mail.parse import parse
from gateway.mail.settings import MailSettings, SubmissionSettings
from gateway.mail.transforms import transforms
from gateway.pages.settings import PageSettings
from gateway.transform import Transform, Wishes
from tests.gateway.mail.work import TestWork

SETTINGS = MailSettings(address="gw@gw.example", hostname="gw.example")


def step(name: str, source: Kind, target: Kind, settings=SETTINGS, **more) -> Transform:
    return next(
        one
        for one in transforms(settings, **more)
        if (one.name, one.source, one.target) == (name, source, target)
    )


def email_content(folder: Path, mail: EmailMessage | bytes) -> Content:
    path = folder / "in.eml"
    path.write_bytes(mail if isinstance(mail, bytes) else mail.as_bytes())
    return Content(Kind.EMAIL, path, "message/rfc822")


def pdf(text: str) -> bytes:
    written = BytesIO()
    canvas = Canvas(written)
    canvas.drawString(72, 700, text)
    canvas.save()
    return written.getvalue()


def png() -> bytes:
    written = BytesIO()
    Image.new("L", (300, 200), 0).save(written, "PNG")
    return written.getvalue()


def mail(**more: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Anna Schmidt <anna@example.org>"
    made["To"] = "gw@gw.example"
    made["Subject"] = "Offer"
    made["Date"] = "Tue, 24 Nov 2026 09:05:00 +0100"
    made["Message-ID"] = "<1@example.org>"
    made.set_content("The price is 4,200 dollars.\n\n-- \nAnna\n")
    for name, value in more.items():
        made[name.replace("_", "-")] = value
    return made


@pytest.fixture
def work(tmp_path) -> TestWork:
    folder = tmp_path / "work"
    folder.mkdir()
    return TestWork(folder)


def test_extract(tmp_path, work):
    run = step("extract", Kind.EMAIL, Kind.TEXT).run
    made = run(email_content(tmp_path, mail(Content_Language="en-GB")), Wishes(), work)
    assert made.path.read_text() == (
        "Message from Anna Schmidt, Tuesday, 24 November 2026 at 9:05.\nSubject: Offer.\n\n"
        "The price is 4,200 dollars.\n"
    )
    assert made.details["from"] == "anna@example.org"
    assert made.details["message_id"] == "<1@example.org>"
    assert made.details["language"] == "en-GB"
    assert json.loads(json.dumps(made.as_json()))["details"] == dict(made.details)


def test_extract_with_attachments(tmp_path, work):
    offer = mail()
    offer.add_attachment(pdf("Two hundred chairs"), "application", "pdf", filename="offer.pdf")
    offer.add_attachment("line one", filename="note.txt")
    offer.add_attachment(b"%PDF-1.4 broken", "application", "pdf", filename="broken.pdf")
    run = step("extract", Kind.EMAIL, Kind.TEXT).run
    text = run(email_content(tmp_path, offer), Wishes(attachments=True), work).path.read_text()
    assert "3 attachments: offer.pdf, note.txt and broken.pdf." in text
    assert "Attachment offer.pdf:\nTwo hundred chairs" in text
    assert "Attachment note.txt:\nline one" in text
    assert "Attachment broken.pdf can't be read" in text


def frames(path: Path) -> list[Image.Image]:
    with Image.open(path) as image:
        found = []
        for number in range(image.n_frames):
            image.seek(number)
            found.append(image.convert("L"))
        return found


def test_print_text_and_documents(tmp_path, work):
    offer = mail()
    offer.add_attachment(pdf("Two hundred chairs"), "application", "pdf", filename="../offer.pdf")
    offer.add_attachment(png(), "image", "png", filename="photo.png")
    offer.add_attachment(b"PK\x03\x04", "application", "zip", filename="bomb.zip")
    run = step("print", Kind.EMAIL, Kind.FAX).run
    made = run(email_content(tmp_path, offer), Wishes(cover=False), work)
    progress = list(work.done)
    again = run(email_content(tmp_path, offer), Wishes(cover=False), work)
    pages = frames(made.path)
    assert (len(pages), made.details["pages"], again.details["pages"]) == (3, 3, 3)
    assert {page.width for page in pages} == {1728}
    assert all(np.asarray(page).min() == 0 for page in pages)  # something is on each
    assert np.asarray(pages[0]).mean() > 200  # and white is white
    assert progress == sorted(progress)
    assert progress[-1] == 1.0


def test_print_a_document_alone(tmp_path, work):
    offer = EmailMessage()
    offer["From"] = "anna@example.org"
    offer.add_attachment(pdf("x"), "application", "pdf")
    made = step("print", Kind.EMAIL, Kind.FAX).run(email_content(tmp_path, offer), Wishes(), work)
    assert made.details["pages"] == 1


def test_print_a_bad_document(tmp_path, work):
    offer = EmailMessage()
    offer["From"] = "anna@example.org"
    offer.add_attachment(b"%PDF-1.4 broken", "application", "pdf")
    with pytest.raises(RefusedError):
        step("print", Kind.EMAIL, Kind.FAX).run(email_content(tmp_path, offer), Wishes(), work)


def test_all_documents_of_a_mail_together_have_as_many_pages_as_one_may(tmp_path, work):
    offer = mail()
    for number in range(3):
        offer.add_attachment(
            pdf("Two hundred chairs in the hall"), "application", "pdf", filename=f"{number}.pdf"
        )
    content = email_content(tmp_path, offer)
    few = PageSettings(pages=3)
    with pytest.raises(RefusedError, match="the mail has more than 3 pages; send it in parts"):
        step("print", Kind.EMAIL, Kind.FAX, pages=few).run(content, Wishes(cover=False), work)
    read = step("extract", Kind.EMAIL, Kind.TEXT, pages=PageSettings(pages=2)).run
    text = read(content, Wishes(attachments=True), work).path.read_text()
    assert (text.count("Two hundred chairs"), "2.pdf" in text) == (2, True)


def test_a_text_that_is_not_utf_8_is_not_mailed(tmp_path, work):
    path = tmp_path / "in.txt"
    path.write_bytes(b"Gr\xfc\xdfe")
    content = Content(Kind.TEXT, path, "text/plain")
    with pytest.raises(RefusedError, match=r"the text is not UTF-8 \(byte 2\)"):
        step("compose", Kind.TEXT, Kind.EMAIL).run(content, Wishes(), work)


def test_compose_a_text(tmp_path, work):
    path = tmp_path / "in.txt"
    path.write_text("Grüße\n")
    details = {"subject": "Hi", "message_id": "<1@x.org>", "references": ["<0@x.org>"]}
    content = Content(Kind.TEXT, path, "text/plain", details)
    wishes = Wishes(recipient="Anna <anna@example.org>", sender="bob@example.org")
    run = step("compose", Kind.TEXT, Kind.EMAIL).run
    message = parse(run(content, wishes, work).path.read_bytes())
    assert message.text == "Grüße"
    assert message.subject == "Re: Hi"
    assert message.references == ("<0@x.org>", "<1@x.org>")
    assert message.senders[0].address == "gw@gw.example"
    assert message.to[0].name == "Anna"
    assert message.reply_to[0].address == "bob@example.org"
    same = parse(run(content, wishes, work).path.read_bytes())
    assert same.message_id == message.message_id


def test_compose_subtitles(tmp_path, work):
    path = tmp_path / "transcript.vtt"
    path.write_text("WEBVTT\n")
    content = Content(Kind.TEXT, path, "text/vtt")
    made = step("compose", Kind.TEXT, Kind.EMAIL).run(content, Wishes(), work)
    (file,) = parse(made.path.read_bytes()).attachments
    assert (file.name, file.media_type) == ("transcript.vtt", "text/vtt")


@pytest.fixture
def voice(tmp_path) -> Content:
    path = tmp_path / "in.wav"
    tone = np.sin(np.arange(16_000) / 5).astype(np.float32) / 4
    soundfile.write(path, tone, 16_000)
    return Content(Kind.VOICE, path, "audio/wav", {"from": "+49 30 123"})


def write_words(folder: Path) -> None:
    words = [{"word": "Call", "confidence": 0.9}, {"word": "fifty", "confidence": 0.2}]
    (folder / "words.json").write_text(
        json.dumps({"text": "Call fifty", "segments": [{"words": words}]})
    )


@pytest.mark.parametrize(
    ("media_type", "magic"),
    [("audio/mpeg", (b"\xff\xf3", b"\xff\xfb", b"ID3")), ("audio/ogg", (b"OggS",))],
)
def test_compose_a_voice(voice, work, media_type, magic):
    def recognize(content, wishes, part) -> Content:
        assert wishes.media_type == "text/plain"
        write_words(part.folder)
        text = part.folder / "text.txt"
        text.write_text("Call fifty")
        part.progress(1.0)
        details = dict(content.details) | {"words": "words.json", "seconds": 1.0}
        return Content(Kind.TEXT, text, "text/plain", details)

    run = step("compose", Kind.VOICE, Kind.EMAIL, recognize=recognize).run
    made = run(voice, Wishes(media_type=media_type), work)
    message = parse(made.path.read_bytes())
    assert message.subject == "Voice message from +49 30 123"
    assert "Length: 0:01\n\nCall [fifty?]" in message.text
    (file,) = message.attachments
    assert file.data.startswith(magic)
    assert "words" not in made.details
    assert work.done[-1] == 1.0


def test_a_voice_with_its_transcript_is_not_recognized_again(voice, tmp_path, work):
    write_words(tmp_path)
    known = Content(Kind.VOICE, voice.path, "audio/wav", {"words": "words.json", "seconds": 1.0})
    made = step("compose", Kind.VOICE, Kind.EMAIL).run(known, Wishes(), work)
    assert "Call [fifty?]" in parse(made.path.read_bytes()).text


def test_a_synthesized_voice_is_not_recognized(voice, work):
    def recognize(content, wishes, part) -> Content:
        raise AssertionError("it was recognized")

    spoken = Content(Kind.VOICE, voice.path, "audio/wav", {"voice": "hibari"})
    run = step("compose", Kind.VOICE, Kind.EMAIL, recognize=recognize).run
    assert "recording is attached" in parse(run(spoken, Wishes(), work).path.read_bytes()).text


@pytest.mark.parametrize(
    ("details", "to"),
    [
        (
            {"in_reply_to": "<1@x.org>", "to": "anna@example.org", "from": "+49301"},
            "anna@example.org",
        ),
        (
            {"message_id": "<1@x.org>", "from": "anna@example.org", "to": "gw@gw.example"},
            "anna@example.org",
        ),
        (
            {"message_id": "<1@x.org>", "from": "a@example.org", "reply_to": "b@example.org"},
            "b@example.org",
        ),
        ({"from": "+49 30 1"}, None),
    ],
)
def test_an_answer_goes_to_whoever_is_answered(tmp_path, work, details, to):
    path = tmp_path / "in.txt"
    path.write_text("Yes.")
    content = Content(Kind.TEXT, path, "text/plain", details)
    made = step("compose", Kind.TEXT, Kind.EMAIL).run(content, Wishes(), work)
    message = parse(made.path.read_bytes())
    assert [one.address for one in message.to] == ([to] if to else [])
    if to:
        assert message.first("in-reply-to") == "<1@x.org>"


def test_a_voice_without_a_recognizer_says_so(voice, work):
    made = step("compose", Kind.VOICE, Kind.EMAIL).run(voice, Wishes(), work)
    assert "not written down" in parse(made.path.read_bytes()).text


def test_a_play_list_is_no_voice(tmp_path, work):
    path = tmp_path / "in.m3u8"
    path.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    with pytest.raises(RefusedError):
        step("compose", Kind.VOICE, Kind.EMAIL).run(
            Content(Kind.VOICE, path, "audio/mpegurl"), Wishes(), work
        )


def test_compose_a_fax(tmp_path, work):
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed: make system")
    content = email_content(tmp_path, mail())
    printed = step("print", Kind.EMAIL, Kind.FAX).run(content, Wishes(cover=False), work)
    folder = tmp_path / "second"
    folder.mkdir()
    fax = Content(Kind.FAX, printed.path, "image/tiff", {"from": "+49 30 123", "pages": 1})
    made = step("compose", Kind.FAX, Kind.EMAIL).run(fax, Wishes(), TestWork(folder))
    message = parse(made.path.read_bytes())
    assert message.subject == "Fax from +49 30 123"
    assert "Pages: 1" in message.text
    assert "4,200 dollars" in message.text
    (file,) = message.attachments
    assert (file.name, file.media_type) == ("fax.pdf", "application/pdf")


def test_mail_is_delivered(dovecot, tmp_path, work):
    submission = SubmissionSettings(host="127.0.0.1", port=dovecot.lmtp, tls="none", lmtp=True)
    settings = SETTINGS.model_copy(update={"submission": submission})
    path = tmp_path / "in.txt"
    path.write_text("Hello\n.\nGrüße\n")
    composed = step("compose", Kind.TEXT, Kind.EMAIL, settings).run(
        Content(Kind.TEXT, path, "text/plain"), Wishes(recipient="dieter@example.org"), work
    )
    deliver = step("mail", Kind.EMAIL, Kind.EMAIL, settings)
    assert deliver.delivers
    assert deliver.missing() == ""
    assert "sent" in deliver.run(composed, Wishes(), work).details
    (got,) = dovecot.mails("dieter@example.org")
    assert parse(got).text == "Hello\n.\nGrüße"


def test_only_our_own_mail_is_delivered(tmp_path, work):
    deliver = step("mail", Kind.EMAIL, Kind.EMAIL)
    assert "submission.host" in deliver.missing()
    with pytest.raises(RefusedError, match="composed"):
        deliver.run(email_content(tmp_path, mail()), Wishes(recipient="a@b.org"), work)


def test_mail_to_nobody(tmp_path, work):
    path = tmp_path / "in.txt"
    path.write_text("x")
    content = Content(Kind.TEXT, path, "text/plain")
    composed = step("compose", Kind.TEXT, Kind.EMAIL).run(content, Wishes(), work)
    with pytest.raises(RefusedError, match="name a recipient"):
        step("mail", Kind.EMAIL, Kind.EMAIL).run(composed, Wishes(), work)


def test_what_would_be_too_large_to_send(tmp_path, work):
    small = SETTINGS.model_copy(update={"parse": SETTINGS.parse.model_copy(update={"size": 500})})
    path = tmp_path / "in.txt"
    path.write_text("x" * 1000)
    with pytest.raises(RefusedError, match="shorter"):
        step("compose", Kind.TEXT, Kind.EMAIL, small).run(
            Content(Kind.TEXT, path, "text/plain"), Wishes(), work
        )
