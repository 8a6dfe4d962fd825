"""What of a mail is worth hearing: sender, date, subject and what the sender wrote this time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.errors import GatewayError
from gateway.mail import closing, links, quoting
from gateway.mail.htmltext import marks_quotes, to_text
from gateway.mail.message import Attachment, Message
from gateway.mail.phrases import Phrases, listed, phrases, said_date

_FORWARD: Final = re.compile(r"(?i)^\s*(?:fwd?|wg|tr|rv|i|enc|vb|vs|pd)\s*:")
_PLACEHOLDER: Final = re.compile(
    r"(?i)(?:does not|doesn't|can't|cannot|unable to) (?:support|display|view|show).{0,30}html"
    r"|html (?:e-?mail|version)"
)
_REMARK: Final = 300  # characters of a remark above what is sent on
_MOST_NAMES: Final = 20


@dataclass(frozen=True, slots=True)
class Body:
    """`new` is what the sender wrote, `forwarded` what they sent on; each may be ''."""

    new: str
    forwarded: str = ""


def body(message: Message) -> Body:
    """The new text of a mail, without quotes, signature, legal footers, tracking and noise."""
    is_forward = bool(_FORWARD.match(message.subject))
    text = _source(message, keep_quotes=is_forward)
    split = quoting.forwarded_block(text) if is_forward else quoting.cut(text)
    new = _cleaned(split.new)
    forwarded = _cleaned(quoting.cut(split.forwarded).new or split.forwarded)
    if not new and not forwarded:  # nothing but a quotation: then that is the message
        new = _cleaned("\n".join(line.lstrip("> ") for line in _source(message, True).split("\n")))
    return Body(new, forwarded if is_forward or len(new) < _REMARK else "")


def full_text(message: Message) -> str:
    """All the text of a mail, quotes and signatures too."""
    return _source(message, keep_quotes=True)


def spoken(
    message: Message,
    language: str | None = None,
    read_attachment: Callable[[Attachment], str | None] | None = None,
) -> str:
    """A mail as it is read out.

    Attachments are named; `read_attachment` reads them, too (None: nothing in it is to be read).
    """
    words = phrases(language)
    lines = [_introduction(message, words), ""]
    lines += _text(message, words)
    files = [one for one in message.attachments if not one.inline]
    if files:
        names = [one.name for one in files[:_MOST_NAMES]]
        template = words.one if len(files) == 1 else words.several
        lines += ["", template.format(listed(names, words), number=len(files))]
    for file in files if read_attachment else ():
        lines += _attachment(file, read_attachment, words)
    for enclosed in message.enclosed:
        lines += ["", words.enclosed, _introduction(enclosed, words)]
        if read_attachment:
            lines += ["", *_text(enclosed, words)]
    if message.left_out:
        lines += ["", words.left_out.format(listed(message.left_out, words))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _introduction(message: Message, words: Phrases) -> str:
    sender = message.sender.spoken if message.sender else words.nobody
    first = words.sender.format(sender)
    if message.date:
        first += f", {said_date(message.date, words)}"
    if not message.subject:
        return f"{first}."
    subject = words.subject.format(message.subject)
    return f"{first}.\n{subject}" + ("" if subject.endswith((".", "!", "?")) else ".")


def _text(message: Message, words: Phrases) -> list[str]:
    if message.encrypted:
        return [words.encrypted]
    found = body(message)
    lines = [found.new] if found.new else []
    if found.forwarded:
        lines += ["", words.forwarded, found.forwarded]
    return lines or [words.empty]


def _attachment(
    file: Attachment, read: Callable[[Attachment], str | None] | None, words: Phrases
) -> list[str]:
    try:
        text = read(file) if read else None
    except GatewayError as error:
        if error.retry:
            raise
        return ["", words.unreadable.format(file.name, error)]
    return ["", words.contents.format(file.name), text] if text else []


def _source(message: Message, keep_quotes: bool) -> str:
    """The text to start from: HTML where it tells quotes apart, or says more than the text."""
    plain = message.text.strip()
    if message.html and not keep_quotes and marks_quotes(message.html):
        marked = to_text(message.html, quotes=False)
        if marked.strip():
            return marked
    if message.html and (not plain or (len(plain) < _REMARK and _PLACEHOLDER.search(plain))):
        return to_text(message.html)
    return message.text


def _cleaned(text: str) -> str:
    return closing.without_closing(links.plain(text)).strip()
