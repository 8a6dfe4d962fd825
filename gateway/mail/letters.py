"""What the gateway writes around what it has converted: subjects and bodies. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.content import Json
from gateway.mail.charsets import one_line
from gateway.mail.compose import answer_subject
from gateway.mail.transcript import LEGEND

_MOST_TEXT: Final = 200_000  # characters in a body; more go into an attachment


def told(details: Mapping[str, Json], name: str) -> str:
    """A detail if it is a text, on one line; else ''."""
    found = details.get(name)
    return one_line(found, 300) if isinstance(found, str) else ""


def number_of(details: Mapping[str, Json], name: str) -> float | None:
    """A detail if it is a number."""
    found = details.get(name)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def length(seconds: float) -> str:
    """A duration as people write it: 0:42, 12:03, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def subject_for(details: Mapping[str, Json], wished: str | None, otherwise: str) -> str:
    """The subject that is wished; the answer to the one there was; or what it is, and from whom."""
    if wished:
        return wished
    before = told(details, "subject")
    if before:
        return answer_subject(before) if told(details, "message_id") else before
    sender = told(details, "from")
    return f"{otherwise} from {sender}" if sender else otherwise


def voice_body(details: Mapping[str, Json], transcript: str | None) -> str:
    """The body of a mail with a voice: from whom, how long, what was said."""
    seconds = number_of(details, "seconds")
    lines = _facts(details, ("Length", length(seconds) if seconds is not None else ""))
    if transcript is None:
        lines.append("The recording is attached; it was not written down.")
    elif not transcript.strip():
        lines.append("No words were heard in the attached recording.")
    else:
        lines += [transcript.strip(), "", "The recording is attached."]
        if "?]" in transcript:
            lines.append(LEGEND)
    return "\n".join(lines)


def fax_body(details: Mapping[str, Json], text: str) -> str:
    """The body of a mail with fax pages: from which number, how many pages, what is on them.

    A fax of which pages may be missing is called so.
    """
    pages = number_of(details, "pages")
    lines = _facts(details, ("Pages", f"{pages:.0f}" if pages is not None else ""))
    if details.get("complete") is False:
        reason = told(details, "reason") or "the call broke off"
        lines += [f"The fax is not complete: {reason}.", ""]
    lines.append(text.strip() or "No text was found on the pages.")
    return "\n".join(lines)


def fits_in_body(text: str) -> bool:
    """Is a text short enough to be a body?"""
    return len(text) <= _MOST_TEXT


def _facts(details: Mapping[str, Json], *more: tuple[str, str]) -> list[str]:
    known = [("From", told(details, "from")), ("To", told(details, "to"))]
    known += [("Received", told(details, "date")), *more]
    lines = [f"{name}: {value}" for name, value in known if value]
    return [*lines, ""] if lines else []
