"""What stands below a mail's text and is not meant to be heard: signatures, footers, noise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateway.mail import closing_words as words

_DASHES: Final = re.compile(r"^--\s?$")
_RULE: Final = re.compile(r"^(?:_{20,}|-{20,}|={20,})$")
_POSTSCRIPT: Final = re.compile(r"(?i)^p\.?\s?s\.?\s?[:.\-–]?\s")
_NAME: Final = re.compile(r"^[^\d@:/|+]{1,50}$")
_CLOSING_LINES: Final = 14  # a signature is not longer than this
_FOOTER_LINES: Final = 12
_LEGAL_LENGTH: Final = 60  # characters; shorter paragraphs are no legal footer
_BANNER: Final = 500  # characters; longer paragraphs are no banner
_NOISE_LENGTH: Final = 200


def without_closing(text: str) -> str:
    """The text without signature, legal footers and newsletter noise; a closing and a name stay."""
    lines = text.split("\n")
    lines = _before_list_footer(lines)
    lines = _before_dashes(lines)
    paragraphs = [one for one in _paragraphs(lines) if not _legal(one)]
    lines = "\n\n".join(paragraphs).split("\n") if paragraphs else []
    lines = [line for line in lines if not (len(line) < _NOISE_LENGTH and words.NOISE.match(line))]
    lines = _before_signature(lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _paragraphs(lines: Sequence[str]) -> list[str]:
    return [
        one.strip("\n") for one in re.split(r"\n(?:[ \t]*\n)+", "\n".join(lines)) if one.strip()
    ]


def _legal(paragraph: str) -> bool:
    start = paragraph[:2000]
    if words.ALONE.match(start):
        return True
    if len(paragraph) < _BANNER and words.WARNING.match(start):
        return True
    if len(paragraph) < _LEGAL_LENGTH:
        return False
    one_line = " ".join(paragraph[:4000].split())
    return sum(1 for phrase in words.LEGAL if phrase.search(one_line)) >= 2


def _before_list_footer(lines: list[str]) -> list[str]:
    """A mailing list's footer: a rule, and what is said below it about the list."""
    for at in range(len(lines) - 1, max(-1, len(lines) - _FOOTER_LINES), -1):
        if _RULE.match(lines[at].strip()) and words.LIST.search("\n".join(lines[at:])[:3000]):
            return lines[:at]
    return lines


def _before_dashes(lines: list[str]) -> list[str]:
    """Up to the signature dashes (RFC 3676, 4.3); a postscript below them stays."""
    for at in range(len(lines) - 1, -1, -1):
        if _DASHES.match(lines[at]):
            return lines[:at] + _postscript(lines[at:])
    return lines


def _before_signature(lines: list[str]) -> list[str]:
    """Without "Sent from my phone" and without what stands below "Best regards" and the name."""
    lines = [line for line in lines if not words.DEVICE.match(line.strip())]
    written = [at for at, line in enumerate(lines) if line.strip()]
    for at in written[-_CLOSING_LINES:]:
        if len(lines[at]) > 60 or not words.CLOSING.match(lines[at]):
            continue
        below = [number for number in written if number > at]
        end = at + 1
        if below and _NAME.match(lines[below[0]].strip()):
            end = below[0] + 1
        return lines[:end] + _postscript(lines[end:])
    return lines


def _postscript(lines: Sequence[str]) -> list[str]:
    for at, line in enumerate(lines):
        if _POSTSCRIPT.match(line.strip()):
            return ["", *lines[at:]]
    return []
