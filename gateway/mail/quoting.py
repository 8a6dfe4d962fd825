"""Tells what somebody wrote from what they quoted, in plain text.

Lines that announce a quotation ("On ... wrote:") are recognised by mail-parser-reply, which knows
them in many languages, and by rules of our own. Its patterns take quadratic time and more, so it
only ever sees a few short lines that look the part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage

_LONGEST_LINE: Final = 160  # characters; an announcement is shorter
_MOST_WINDOWS: Final = 40  # places at which the library is asked
_ANNOUNCEMENTS: Final = EmailMessage("", languages=list(MAIL_LANGUAGES)).HEADER_REGEX

# What the library does not know: the order of words that some programs use, other languages.
_OWN: Final = re.compile(
    r"(?ix)^(?:"
    r"[^\n]{1,120}\bschrieb\b[^\n]{0,120}:|"
    r"(?:On|Am|Le|El|Il|Op|Em|Den|Dnia|W\ dniu|På|Vào)\b[^\n]{5,200}"
    r"(?:wrote|schrieb|a\ écrit|escribió|ha\ scritto|schreef|escreveu|skrev|napisał(?:\(a\)|a)?)"
    r"\s*[^\n]{0,80}:|"
    r"[^\n]{1,80}<[^<>\s]{3,80}>\s(?:wrote|schrieb|a\ écrit|escribió|ha\ scritto|schreef|skrev)\s?:"
    r")\s*$"
)
_SOMETHING_DATED: Final = re.compile(r"\d{1,2}|@")

_DASHES: Final = re.compile(
    r"(?i)^[>*\s]*[-_=]{3,}\s*(?:"
    r"original (?:message|appointment)|ursprüngliche (?:nachricht|mail)|originalnachricht|"
    r"message (?:d'origine|original|initial)|mensaje original|mensagem original|"
    r"messaggio originale|"
    r"oorspronkelijk bericht|ursprungligt meddelande|oprindelig meddelelse|opprinnelig melding|"
    r"wiadomość oryginalna|původní zpráva|reply message|antwort nachricht)\s*[-_=]{3,}\s*\*?$"
)
_FORWARD: Final = re.compile(
    r"(?i)^[>*\s]*(?:[-_=]{3,}\s*(?:forwarded (?:message|by .{1,60})|weitergeleitete nachricht|"
    r"message transféré|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|"
    r"vidarebefordrat meddelande)\s*[-_=]*|"
    r"begin forwarded message:|anfang der weitergeleiteten (?:nachricht|e-mail):|"
    r"début du message (?:réexpédié|transféré) ?:|inicio del mensaje reenviado:)\s*$"
)

# The header block that Outlook puts above a quotation: its first line, and what has to follow.
_FIRST: Final = re.compile(
    r"(?i)^[>*\s]*(?:from|von|de|da|van|från|fra|od|lähettäjä|von/from|差出人|发件人|от)\*?\s?[:：]"
)
_WHEN: Final = (
    r"sent|date|gesendet|datum|envoyé|date d'envoi|enviado(?: el)?|fecha|inviato|data|verzonden|"
    r"skickat|sendt|wysłano|odesláno|送信日時|发送时间|отправлено"
)
_ABOUT: Final = (
    r"subject|betreff|objet|asunto|oggetto|onderwerp|ämne|emne|temat|předmět|件名|主题|тема"
)
_FOLLOWING: Final = tuple(
    re.compile(rf"(?i)^[>*\s]*(?:{names})\*?\s?[:：]") for names in (_WHEN, _ABOUT)
)
_BLOCK: Final = 8  # lines that a header block may have
_RULE: Final = re.compile(r"^[\s>]*[-_=*]{5,}\s*$")


@dataclass(frozen=True, slots=True)
class Cut:
    """A text without what it quotes. `forwarded` is what was sent on, '' if nothing was."""

    new: str
    forwarded: str = ""


def cut(text: str) -> Cut:
    """Split `text` into what is new and what is sent on; quotations are left out of both."""
    lines = [line.rstrip() for line in text.split("\n")]
    for at, line in enumerate(lines):
        if _FORWARD.match(line[:_LONGEST_LINE]):
            return Cut(_without_quotes(lines[:at]), "\n".join(lines[at + 1 :]).strip())
    return Cut(_without_quotes(lines))


def forwarded_block(text: str) -> Cut:
    """Like `cut`, for a mail that was sent on: a header block begins what was sent on."""
    found = cut(text)
    if found.forwarded:
        return found
    lines = text.split("\n")
    for at in range(len(lines)):
        if _is_block(lines, at):
            above = lines[: at - 1] if at and _RULE.match(lines[at - 1]) else lines[:at]
            return Cut(_without_quotes(above), "\n".join(lines[at:]).strip())
    return found


def without_block(text: str) -> str:
    """What was sent on without the header lines that stand above it."""
    lines = text.split("\n")
    for at, line in enumerate(lines[:_BLOCK]):
        if not line.strip() and at:
            return "\n".join(lines[at:]).strip()
    return text


def _without_quotes(lines: Sequence[str]) -> str:
    kept: list[str] = []
    at, windows = 0, 0
    while at < len(lines):
        line = lines[at]
        if _DASHES.match(line[:_LONGEST_LINE]) or _is_block(lines, at):
            break
        length = 0
        if windows < _MOST_WINDOWS and _may_announce(lines, at):
            windows += 1
            length = _announcement(lines, at)
        if length:
            at += length
            if not _quotes_follow(lines, at):
                break  # all that comes is quoted, without any mark
            continue
        if not line.lstrip().startswith(">"):
            kept.append(line)
        at += 1
    while kept and (not kept[-1].strip() or _RULE.match(kept[-1])):
        kept.pop()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _is_block(lines: Sequence[str], at: int) -> bool:
    if not _FIRST.match(lines[at][:_LONGEST_LINE]):
        return False
    block = [line[:_LONGEST_LINE] for line in lines[at + 1 : at + _BLOCK]]
    return all(any(wanted.match(line) for line in block) for wanted in _FOLLOWING)


def _may_announce(lines: Sequence[str], at: int) -> bool:
    """Do the next lines end with a colon, and is there a date or an address in them?"""
    if not lines[at].strip() or len(lines[at]) > _LONGEST_LINE:
        return False
    near = lines[at : at + 3]
    ends = [number for number, line in enumerate(near) if line.endswith((":", "："))]
    return bool(ends) and bool(_SOMETHING_DATED.search(" ".join(near[: ends[0] + 1])))


def _announcement(lines: Sequence[str], at: int) -> int:
    """How many lines announce a quotation here; 0: none."""
    for length in (1, 2, 3):
        window = lines[at : at + length]
        if len(window) < length or not all(window) or max(map(len, window)) > _LONGEST_LINE:
            return 0
        joined = " ".join(line.strip().lstrip("> ") for line in window)
        if not joined.endswith((":", "：")):
            continue
        if _OWN.match(joined) or _ANNOUNCEMENTS.match(joined):
            return length
    return 0


def _quotes_follow(lines: Sequence[str], at: int) -> bool:
    """Is the next line that is not empty marked as quoted?"""
    following = next((line for line in lines[at:] if line.strip()), "")
    return following.lstrip().startswith(">")
