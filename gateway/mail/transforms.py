"""What this package does for the gateway: "extract", "print", "compose" and "mail"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.content import Content, Json, Kind
from gateway.errors import RefusedError
from gateway.mail.attachments import PRINTABLE, Bench, benches, joined, pages_of, reader, write
from gateway.mail.compose import party
from gateway.mail.composing import Composing, Run
from gateway.mail.message import Message
from gateway.mail.parse import parse
from gateway.mail.reading import body, spoken
from gateway.mail.send import send
from gateway.mail.settings import MailSettings
from gateway.pages.settings import PageSettings
from gateway.pages.transforms import render_text, searchable
from gateway.transform import Transform, Wishes, Work


def transforms(
    settings: MailSettings, *, pages: PageSettings | None = None, recognize: Run | None = None
) -> list[Transform]:
    """The transforms of mail.

    `recognize` writes a voice down for the mail that it is attached to (the "recognize" of
    `gateway.transcripts`); without it, and without a transcript in the details, a voice is sent
    unwritten.
    """
    pages = pages or PageSettings()
    mail = _Mail(settings, pages)
    compose = Composing(settings, pages, recognize)
    unset = "" if settings.submission.host else "a mail server to send by (submission.host)"
    return [
        Transform("extract", Kind.EMAIL, Kind.TEXT, cost=0.1, loss=0.05, run=mail.extract),
        Transform("print", Kind.EMAIL, Kind.FAX, cost=2.0, loss=0.01, run=mail.print),
        Transform("compose", Kind.TEXT, Kind.EMAIL, cost=0.02, loss=0.0, run=compose.text),
        Transform("compose", Kind.VOICE, Kind.EMAIL, cost=3.0, loss=0.148, run=compose.voice),
        Transform("compose", Kind.FAX, Kind.EMAIL, cost=2.0, loss=0.02, run=compose.fax),
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

    def extract(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """What of a mail is worth reading: sender, date, subject, the new text, attachments."""
        message = self._parsed(content)
        language = wishes.language or _language(message)
        read = reader(wishes, work, self.pages) if wishes.attachments else None
        text = spoken(message, language, read)
        path = write(work.folder / "mail.txt", text.encode())
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
        drawn: list[Content] = []
        desks = benches(work, names)
        if has_text:
            drawn.append(self._printed_text(message, details, wishes, next(desks)))
        for one, desk in zip(files, desks, strict=True):
            drawn.append(pages_of(one, desk, self.pages))
            self._check_pages(drawn)
        target = work.folder / "pages.tif"
        details["pages"] = joined([one.path for one in drawn], target)
        made = Content(Kind.FAX, target, "image/tiff", details)
        if wishes.media_type == "application/pdf":
            return searchable(made, wishes, work, self.pages)
        work.progress(1.0)
        return made

    def _printed_text(
        self, message: Message, details: dict[str, Json], wishes: Wishes, desk: Bench
    ) -> Content:
        text = spoken(message, wishes.language or _language(message))
        source = Content(
            Kind.TEXT, write(desk.folder / "mail.txt", text.encode()), "text/plain", details
        )
        as_fax = wishes.model_copy(update={"media_type": "image/tiff"})
        return render_text(source, as_fax, desk, self.pages)

    def _check_pages(self, drawn: list[Content]) -> None:
        """A mail may have as many pages as one document, however many documents are in it."""
        if sum(int(str(one.details["pages"])) for one in drawn) > self.pages.pages:
            raise RefusedError(f"the mail has more than {self.pages.pages} pages; send it in parts")

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


def details_of(message: Message) -> dict[str, Json]:
    """What later steps want to know of a mail."""
    details: dict[str, Json] = {}
    if message.sender:
        details["from"] = message.sender.address
        if message.sender.name:
            details["from_name"] = message.sender.name
    if message.to:
        details["to"] = message.to[0].address
    if message.reply_to:
        details["reply_to"] = message.reply_to[0].address
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


def _language(message: Message) -> str | None:
    """The language that the mail says it is in (RFC 3282)."""
    first = message.first("content-language").partition(",")[0].strip()
    return first if first and len(first) <= 35 and first.replace("-", "").isalnum() else None
