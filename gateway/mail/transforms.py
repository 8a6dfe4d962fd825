"""What this package does for the gateway: "extract", "print", "compose" and "mail"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.content import Content, Json, Kind
from gateway.errors import GatewayError, RefusedError
from gateway.mail import letters
from gateway.mail.attachments import PRINTABLE, Bench, benches, joined, pages_of, reader
from gateway.mail.charsets import decode, tidy
from gateway.mail.compose import Letter, compose, party
from gateway.mail.headers import Address
from gateway.mail.message import Message
from gateway.mail.parse import parse
from gateway.mail.reading import body, spoken
from gateway.mail.send import send
from gateway.mail.settings import MailSettings
from gateway.mail.transcript import paragraphs
from gateway.pages.settings import PageSettings
from gateway.pages.transforms import render_text, searchable
from gateway.speech.formats import AudioFormat, encode, format_of
from gateway.transcripts.decode import RATE
from gateway.transcripts.decode import decode as decode_sound
from gateway.transcripts.settings import TranscriptSettings
from gateway.transform import Transform, Wishes, Work

Run = Callable[[Content, Wishes, Work], Content]

MAIL: Final = "message/rfc822"


def transforms(
    settings: MailSettings, *, pages: PageSettings | None = None, recognize: Run | None = None
) -> list[Transform]:
    """The transforms of mail.

    `recognize` writes a voice down for the mail that it is attached to (the "recognize" of
    `gateway.transcripts`); without it, and without a transcript in the details, a voice is sent
    unwritten.
    """
    mail = _Mail(settings, pages or PageSettings(), recognize)
    unset = "" if settings.submission.host else "a mail server to send by (submission.host)"
    return [
        Transform("extract", Kind.EMAIL, Kind.TEXT, cost=0.1, loss=0.05, run=mail.extract),
        Transform("print", Kind.EMAIL, Kind.FAX, cost=2.0, loss=0.01, run=mail.print),
        Transform("compose", Kind.TEXT, Kind.EMAIL, cost=0.02, loss=0.0, run=mail.compose_text),
        Transform("compose", Kind.VOICE, Kind.EMAIL, cost=3.0, loss=0.148, run=mail.compose_voice),
        Transform("compose", Kind.FAX, Kind.EMAIL, cost=2.0, loss=0.02, run=mail.compose_fax),
        Transform(
            "mail",
            Kind.EMAIL,
            Kind.EMAIL,
            cost=0.1,
            loss=0.0,
            run=mail.deliver,
            delivers=True,
            missing=lambda: unset,
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Mail:
    """The steps, with their settings."""

    settings: MailSettings
    pages: PageSettings
    recognize: Run | None

    def extract(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """What of a mail is worth reading: sender, date, subject, the new text, attachments."""
        message = self._parsed(content)
        language = wishes.language or _language(message)
        read = reader(wishes, work, self.pages) if wishes.attachments else None
        text = spoken(message, language, read)
        path = _write(work.folder / "mail.txt", text.encode())
        details = dict(content.details) | details_of(message)
        if language:
            details["language"] = language
        work.progress(1.0)
        return Content(Kind.TEXT, path, "text/plain", details)

    def print(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """A mail as fax pages: its text (if there is any), then its documents and pictures.

        Raises:
            RefusedError: there is nothing to print, or an attachment can't be printed.
        """
        message = self._parsed(content)
        details = dict(content.details) | details_of(message)
        files = [
            one for one in message.attachments if one.media_type in PRINTABLE and not one.inline
        ]
        found = body(message)
        has_text = bool(found.new or found.forwarded) or not files
        names = ["text"] * has_text + [f"attachment-{number}" for number in range(len(files))]
        drawn = []
        desks = benches(work, names)
        if has_text:
            drawn.append(self._printed_text(message, details, wishes, next(desks)))
        drawn += [
            pages_of(one, desk, self.pages).path for one, desk in zip(files, desks, strict=True)
        ]
        target = work.folder / "pages.tif"
        details["pages"] = joined(drawn, target)
        made = Content(Kind.FAX, target, "image/tiff", details)
        if wishes.media_type == "application/pdf":
            return searchable(made, wishes, work, self.pages)
        work.progress(1.0)
        return made

    def _printed_text(
        self, message: Message, details: dict[str, Json], wishes: Wishes, desk: Bench
    ) -> Path:
        text = spoken(message, wishes.language or _language(message))
        source = Content(
            Kind.TEXT, _write(desk.folder / "mail.txt", text.encode()), "text/plain", details
        )
        as_fax = wishes.model_copy(update={"media_type": "image/tiff"})
        return render_text(source, as_fax, desk, self.pages).path

    def compose_text(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """A mail with a text in it; what is no plain text, or very long, is attached."""
        text = tidy(decode(content.path.read_bytes(), "utf-8"))
        files: list[tuple[str, str, bytes]] = []
        if content.media_type != "text/plain" or not letters.fits_in_body(text):
            files.append((content.path.name, content.media_type, content.path.read_bytes()))
            text = "The text is attached."
        return self._composed(content, wishes, work, "Text", text, files)

    def compose_voice(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """A mail with a voice attached and what it says, doubtful words marked."""
        details = dict(content.details)
        transcript = None
        if "words" in details:
            transcript = self._written_down(content)
        elif self.recognize:
            desk = next(benches(work, ["heard"]))
            plain = wishes.model_copy(update={"media_type": "text/plain"})
            heard = self.recognize(content, plain, replace(desk, share=0.9))
            details |= heard.details
            transcript = self._written_down(heard)
        form = format_of(wishes.media_type or self.settings.audio)
        target = work.folder / f"voice{form.suffix}"
        details["seconds"] = _encoded(content, form, target, lambda: work.progress(0.9))
        files = [(target.name, form.media_type, target.read_bytes())]
        text = letters.voice_body(details, transcript)
        told = replace(
            content, details={key: value for key, value in details.items() if key != "words"}
        )
        return self._composed(told, wishes, work, "Voice message", text, files)

    def _written_down(self, heard: Content) -> str | None:
        """The transcript beside a content, or the content itself if it is a text."""
        name = letters.told(heard.details, "words")
        marked = (
            paragraphs(heard.path.parent / Path(name).name, self.settings.doubtful)
            if name
            else None
        )
        if marked is None and heard.kind is Kind.TEXT:
            return decode(heard.path.read_bytes(), "utf-8")
        return marked

    def compose_fax(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """A mail with fax pages attached as a searchable PDF, and their text."""
        desk = next(benches(work, ["read"]))
        as_pdf = wishes.model_copy(update={"media_type": "application/pdf"})
        made = searchable(content, as_pdf, replace(desk, share=0.9), self.pages)
        name = letters.told(made.details, "text")
        text = decode((desk.folder / Path(name).name).read_bytes(), "utf-8") if name else ""
        told = replace(
            made, details={key: value for key, value in made.details.items() if key != "text"}
        )
        files = [("fax.pdf", "application/pdf", made.path.read_bytes())]
        if not letters.fits_in_body(text):
            text = "The text of the pages is in the attached document."
        return self._composed(
            told, wishes, work, "Fax", letters.fax_body(told.details, text), files
        )

    def deliver(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """Send a mail that the gateway has composed.

        Raises:
            RefusedError, UnavailableError, UncertainError: as in `gateway.mail.send`.
        """
        message = self._parsed(content)
        if [one.address for one in message.senders] != [self.settings.address]:
            raise RefusedError("only mail that this gateway has composed is sent")
        recipient = party(wishes.recipient) if wishes.recipient else next(iter(message.to), None)
        if recipient is None:
            raise RefusedError("nobody is named to whom the mail is to be sent: name a recipient")
        is_report = message.media_type == "multipart/report"
        answer = send(
            content.path.read_bytes(),
            "" if is_report else self.settings.address,
            recipient.address,
            self.settings.submission,
            hostname=self.settings.hostname,
        )
        work.progress(1.0)
        return replace(content, details=dict(content.details) | {"sent": answer})

    def _parsed(self, content: Content) -> Message:
        limits = self.settings.parse
        if content.path.stat().st_size > limits.size:
            raise RefusedError(f"the mail is larger than {limits.size >> 20} MB; send it in parts")
        return parse(content.path.read_bytes(), limits)

    def _composed(
        self,
        content: Content,
        wishes: Wishes,
        work: Work,
        what: str,
        text: str,
        files: list[tuple[str, str, bytes]],
    ) -> Content:
        details = content.details
        references = details.get("references")
        letter = Letter(
            key=work.key,
            sender=Address(self.settings.address, self.settings.name),
            recipient=party(wishes.recipient) if wishes.recipient else None,
            reply_to=_reply_to(wishes.sender),
            subject=letters.subject_for(details, wishes.subject, what),
            text=text,
            when=datetime.now(UTC),
            hostname=self.settings.hostname,
            files=files,
            answers=letters.told(details, "message_id"),
            references=tuple(map(str, references)) if isinstance(references, list) else (),
        )
        data = compose(letter)
        if len(data) > self.settings.parse.size:
            raise RefusedError(
                f"the mail would be larger than {self.settings.parse.size >> 20} MB;"
                " convert a shorter piece"
            )
        path = _write(work.folder / "mail.eml", data)
        work.progress(1.0)
        return Content(Kind.EMAIL, path, MAIL, dict(details))


def details_of(message: Message) -> dict[str, Json]:
    """What later steps want to know of a mail."""
    details: dict[str, Json] = {}
    if message.sender:
        details["from"] = message.sender.address
        if message.sender.name:
            details["from_name"] = message.sender.name
    if message.to:
        details["to"] = message.to[0].address
    if message.subject:
        details["subject"] = message.subject
    if message.date:
        details["date"] = message.date.isoformat()
    if message.message_id:
        details["message_id"] = message.message_id
    if message.references:
        details["references"] = list(message.references)
    if message.attachments:
        details["attachments"] = [one.name for one in message.attachments if not one.inline]
    return details


def _encoded(
    content: Content, form: AudioFormat, target: Path, going_on: Callable[[], None]
) -> float:
    """Write a voice in a form that everybody can play; its length in seconds.

    By way of bare samples: what opens foreign files opens none that names other files.
    """
    samples = target.with_name("voice.raw")
    decode_sound(content.path, content.media_type, samples, TranscriptSettings(), going_on)
    seconds = samples.stat().st_size / 2 / RATE
    encode(samples, RATE, form, target, going_on=going_on)
    samples.unlink()
    return round(seconds, 3)


def _reply_to(sender: str | None) -> Address | None:
    """Where answers go: whoever has asked, if that is a mail address (it may be a number)."""
    try:
        return party(sender) if sender else None
    except GatewayError:
        return None


def _language(message: Message) -> str | None:
    """The language that the mail says it is in (RFC 3282)."""
    first = message.first("content-language").partition(",")[0].strip()
    return first if first and len(first) <= 35 and first.replace("-", "").isalnum() else None


def _write(path: Path, data: bytes) -> Path:
    """The file appears complete."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
    return path
