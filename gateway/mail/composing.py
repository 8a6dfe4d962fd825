"""The step "compose": a text, a voice or fax pages become a mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.content import Content, Json, Kind
from gateway.errors import GatewayError, RefusedError
from gateway.mail import letters
from gateway.mail.attachments import benches, write
from gateway.mail.charsets import decode, tidy
from gateway.mail.compose import Letter, compose, party
from gateway.mail.headers import Address
from gateway.mail.settings import MailSettings
from gateway.mail.transcript import paragraphs
from gateway.pages.settings import PageSettings
from gateway.pages.transforms import searchable
from gateway.speech.formats import AudioFormat, encode, format_of
from gateway.transcripts.decode import RATE
from gateway.transcripts.decode import decode as decode_sound
from gateway.transcripts.settings import TranscriptSettings
from gateway.transform import Wishes, Work

Run = Callable[[Content, Wishes, Work], Content]
File = tuple[str, str, bytes]

MAIL: Final = "message/rfc822"
_MOST: Final = 0.9  # of the progress is for what comes before the mail is put together


@dataclass(frozen=True, slots=True)
class Composing:
    """Makes mails; `recognize` writes voices down, if there is anything that does."""

    settings: MailSettings
    pages: PageSettings
    recognize: Run | None

    def text(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """A mail with a text in it; what is no plain text, or very long, is attached.

        Raises:
            RefusedError: the text is not UTF-8.
        """
        try:
            text = tidy(content.path.read_bytes().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise RefusedError(
                f"the text is not UTF-8 (byte {error.start}); convert it first"
            ) from error
        files: list[File] = []
        if content.media_type != "text/plain" or not letters.fits_in_body(text):
            files.append((content.path.name, content.media_type, content.path.read_bytes()))
            text = "The text is attached."
        subject = letters.subject_for(content.details, wishes.subject, "Text")
        return self._mail(content.details, wishes, work, subject, text, files)

    def voice(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """A mail with a voice attached and what it says, doubtful words marked.

        A voice that was synthesized here is not written down again.
        """
        details = dict(content.details)
        transcript = None
        if "words" in details:
            transcript = self._written_down(content)
        elif self.recognize and "voice" not in details:
            desk = next(benches(work, ["heard"]))
            plain = wishes.model_copy(update={"media_type": "text/plain"})
            heard = self.recognize(content, plain, replace(desk, share=_MOST))
            details |= heard.details
            transcript = self._written_down(heard)
        wished = wishes.media_type or ""
        form = format_of(wished if wished.startswith("audio/") else self.settings.audio)
        target = work.folder / f"voice{form.suffix}"
        details["seconds"] = _encoded(content, form, target, lambda: work.progress(_MOST))
        text = letters.voice_body(details, transcript)
        details.pop("words", None)  # names a file that does not go with the mail
        subject = letters.subject_for(details, wishes.subject, "Voice message")
        files = [(target.name, form.media_type, target.read_bytes())]
        return self._mail(details, wishes, work, subject, text, files)

    def fax(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """A mail with fax pages attached as a searchable PDF, and their text."""
        desk = next(benches(work, ["read"]))
        as_pdf = wishes.model_copy(update={"media_type": "application/pdf"})
        made = searchable(content, as_pdf, replace(desk, share=_MOST), self.pages)
        details = dict(made.details)
        name = letters.told(details, "text")
        text = decode((desk.folder / Path(name).name).read_bytes(), "utf-8") if name else ""
        if not letters.fits_in_body(text):
            text = "The text of the pages is in the attached document."
        details.pop("text", None)  # names a file that does not go with the mail
        subject = letters.subject_for(details, wishes.subject, "Fax")
        body = letters.fax_body(details, text)
        files = [("fax.pdf", "application/pdf", made.path.read_bytes())]
        return self._mail(details, wishes, work, subject, body, files)

    def _written_down(self, heard: Content) -> str | None:
        """The transcript beside a content, or the content itself if it is a text."""
        name = Path(letters.told(heard.details, "words")).name
        marked = None
        if name:
            marked = paragraphs(heard.path.parent / name, self.settings.doubtful)
        if marked is None and heard.kind is Kind.TEXT:
            return decode(heard.path.read_bytes(), "utf-8")
        return marked

    def _mail(
        self,
        details: Mapping[str, Json],
        wishes: Wishes,
        work: Work,
        subject: str,
        text: str,
        files: list[File],
    ) -> Content:
        references = details.get("references")
        letter = Letter(
            key=work.key,
            sender=Address(self.settings.address, self.settings.name),
            recipient=_recipient(details, wishes),
            reply_to=_party(wishes.sender or ""),
            subject=subject,
            text=text,
            when=datetime.now(UTC),
            hostname=self.settings.hostname,
            files=files,
            answers=letters.told(details, "message_id") or letters.told(details, "in_reply_to"),
            references=tuple(map(str, references)) if isinstance(references, list) else (),
        )
        data = compose(letter)
        if len(data) > self.settings.parse.size:
            raise RefusedError(
                f"the mail would be larger than {self.settings.parse.size >> 20} MB;"
                " convert a shorter piece"
            )
        path = write(work.folder / "mail.eml", data)
        work.progress(1.0)
        return Content(Kind.EMAIL, path, MAIL, dict(details))


def _recipient(details: Mapping[str, Json], wishes: Wishes) -> Address | None:
    """Who is wished; else, for an answer, whoever is answered; else nobody yet."""
    if wishes.recipient:
        return party(wishes.recipient)
    if letters.told(details, "in_reply_to"):  # it was made as an answer
        return _party(letters.told(details, "to"))
    if letters.told(details, "message_id"):  # it was made from a mail
        return _party(letters.told(details, "reply_to") or letters.told(details, "from"))
    return None


def _party(text: str) -> Address | None:
    """An address, if it is one (it may be a telephone number)."""
    try:
        return party(text) if text else None
    except GatewayError:
        return None


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
