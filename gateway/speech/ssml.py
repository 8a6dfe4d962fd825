"""A subset of SSML 1.1 (W3C, 2010) as a script of what is to be said.

    speak, p, s            structure; p and s bring their pauses, xml:lang counts
    break                  time="500ms" or "1.5s", or strength
    say-as                 interpret-as, format: see `gateway.speech.sayas`
    prosody                rate: x-slow to x-fast, "90%" of normal, "+10%", "1.2"
    sub                    alias
    lang                   xml:lang
    desc, metadata         not read, as in the recommendation

The text of every other element is read as if its tags were not there; nothing is ever fetched.
A document type or an entity is refused.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Final
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

import defusedxml.sax
from defusedxml import DefusedXmlException

from gateway.errors import RefusedError
from gateway.speech.sayas import said_as
from gateway.speech.script import Item, Pause, Say

MEDIA_TYPE: Final = "application/ssml+xml"

_DEEPEST: Final = 32  # elements within one another
_MOST_ELEMENTS: Final = 50_000
_LONGEST_BREAK: Final = 10.0  # seconds
_MOST_SILENCE: Final = 3600.0  # seconds of breaks in one document
_SLOWEST: Final = 0.5
_FASTEST: Final = 2.0
_STRENGTHS: Final = {
    "none": 0.0,
    "x-weak": 0.1,
    "weak": 0.2,
    "medium": 0.4,
    "strong": 0.7,
    "x-strong": 1.2,
}
_RATES: Final = {
    "x-slow": 0.5,
    "slow": 0.8,
    "medium": 1.0,
    "default": 1.0,
    "fast": 1.25,
    "x-fast": 1.6,
}
_UNREAD: Final = frozenset({"desc", "metadata"})
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_TIME: Final = re.compile(r"\+?(\d{0,6}(?:\.\d{1,6})?)(ms|s)")
_RATE: Final = re.compile(r"([+-]?)(\d{1,4}(?:\.\d{1,6})?)(%?)")


@dataclass(slots=True)
class _Element:
    """An open element: what holds in it, and the text of one that is read as a whole."""

    name: str
    language: str | None
    rate: float
    silent: bool
    gathered: list[str] | None = None
    attributes: dict[str, str] = field(default_factory=dict)


def read_ssml(
    document: bytes,
    language: str | None = None,
    *,
    sentence_pause: float = 0.2,
    paragraph_pause: float = 0.6,
    largest: int = 2 << 20,
) -> list[Item]:
    """The script of an SSML document; `language` is what it is in where it doesn't say so.

    Raises:
        RefusedError: it is no SSML, or too large, too deep, or silent for too long. The message
            has the line.
    """
    if len(document) > largest:
        raise RefusedError(f"the SSML has {len(document)} bytes; {largest} are allowed")
    reader = _Reader(language, sentence_pause, paragraph_pause)
    try:
        defusedxml.sax.parse(io.BytesIO(document), reader, forbid_dtd=True)
    except SAXParseException as error:
        where = f"line {error.getLineNumber()}, column {error.getColumnNumber()}"
        raise RefusedError(f"SSML {where}: {error.getMessage()}") from error
    except DefusedXmlException as error:
        raise reader.wrong("a document type (<!DOCTYPE or <!ENTITY) is refused") from error
    except (ValueError, LookupError) as error:  # an encoding that is unknown or wrongly declared
        raise RefusedError(f"SSML: {error}") from error
    return reader.items


class _Reader(ContentHandler):
    def __init__(self, language: str | None, sentence_pause: float, paragraph_pause: float) -> None:
        super().__init__()
        self.items: list[Item] = []
        self._text: list[str] = []
        self._open: list[_Element] = [_Element("", language, 1.0, silent=False)]
        self._elements = 0
        self._silence = 0.0
        self._where: Locator | None = None
        self._pauses = {"s": sentence_pause, "p": paragraph_pause}

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802
        self._where = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        name = name.rpartition(":")[2].lower()
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._open) > _DEEPEST:
            raise self.wrong(f"more than {_MOST_ELEMENTS} elements, or {_DEEPEST} in one another")
        if len(self._open) == 1 and name != "speak":
            raise self.wrong(f"SSML begins with <speak>, this with <{name[:40]}>")
        outer = self._open[-1]
        given = {key: str(value)[:1000] for key, value in attrs.items()}
        inner = _Element(name, outer.language, outer.rate, outer.silent or name in _UNREAD)
        if outer.gathered is not None:
            inner.gathered = outer.gathered  # within say-as and sub, only text counts
        else:
            self._begin(inner, given)
        self._open.append(inner)

    def _begin(self, inner: _Element, given: dict[str, str]) -> None:
        """What a tag changes, outside of say-as and sub."""
        before = (inner.language, inner.rate)
        if "xml:lang" in given:
            inner.language = self._language(given["xml:lang"])
        if inner.name == "prosody" and "rate" in given:
            rate = inner.rate * self._rate(given["rate"])
            inner.rate = min(max(rate, _SLOWEST), _FASTEST)
        if inner.name in ("say-as", "sub"):
            inner.gathered = []
            inner.attributes = given
        if inner.name in self._pauses or before != (inner.language, inner.rate):
            self._say(self._open[-1])
        if inner.name == "break" and not inner.silent:
            self._say(inner)
            self._pause(self._break(given))

    def endElement(self, name: str) -> None:  # noqa: N802
        inner = self._open.pop()
        outer = self._open[-1]
        if outer.gathered is not None:
            return
        if inner.gathered is not None and not inner.silent:
            self._text.append(f" {self._reading(inner)} ")
        if inner.name in self._pauses:
            self._say(inner)
            if not inner.silent:
                self._pause(self._pauses[inner.name], counts=False)
        elif (inner.language, inner.rate) != (outer.language, outer.rate) or len(self._open) == 1:
            self._say(inner)

    def characters(self, content: str) -> None:
        inner = self._open[-1]
        if not inner.silent:
            (self._text if inner.gathered is None else inner.gathered).append(content)

    def _reading(self, element: _Element) -> str:
        """What is said instead of the text of a say-as or sub."""
        text = "".join(element.gathered or [])
        if element.name == "sub":
            return element.attributes.get("alias", text)
        english = (element.language or "en").lower().split("-")[0] == "en"
        kind, form = (element.attributes.get(k, "") for k in ("interpret-as", "format"))
        return said_as(text[:1000], kind, form, english=english) + text[1000:]

    def _say(self, element: _Element) -> None:
        """What was gathered becomes an item."""
        text = re.sub(r"\s+([,.;:!?](?:\s|$))", r"\1", " ".join("".join(self._text).split()))
        self._text.clear()
        if text:
            self.items.append(Say(text, element.language, element.rate))

    def _pause(self, seconds: float, *, counts: bool = True) -> None:
        if counts:
            self._silence += seconds
        if self._silence > _MOST_SILENCE:
            raise self.wrong(f"more than {_MOST_SILENCE:g} s of breaks")
        if seconds > 0 and self.items:
            last = self.items[-1]
            if not counts and isinstance(last, Pause):  # the end of s and p, or a break before it
                self.items[-1] = Pause(max(seconds, last.seconds))
            else:
                self.items.append(Pause(seconds))

    def _break(self, given: dict[str, str]) -> float:
        if "time" in given:
            found = _TIME.fullmatch(given["time"].strip())
            if found is None or not found.group(1):
                raise self.wrong(f'break time "{given["time"][:40]}" is no time such as "500ms"')
            seconds = float(found.group(1)) / (1000 if found.group(2) == "ms" else 1)
            if seconds > _LONGEST_BREAK:
                raise self.wrong(f"a break of {seconds:g} s; {_LONGEST_BREAK:g} s are allowed")
            return seconds
        strength = given.get("strength", "medium").strip()
        if strength not in _STRENGTHS:
            raise self.wrong(f'break strength "{strength[:40]}" is none of {", ".join(_STRENGTHS)}')
        return _STRENGTHS[strength]

    def _rate(self, value: str) -> float:
        value = value.strip()
        if value in _RATES:
            return _RATES[value]
        found = _RATE.fullmatch(value)
        number = float(found.group(2)) / (100 if found.group(3) else 1) if found else 0.0
        if found and found.group(1):
            number = 1.0 + (number if found.group(1) == "+" else -number)
        if number <= 0:
            raise self.wrong(f'prosody rate "{value[:40]}" is no rate such as "90%" or "slow"')
        return number

    def _language(self, value: str) -> str:
        if not _LANGUAGE.fullmatch(value.strip()):
            raise self.wrong(f'xml:lang "{value[:40]}" is no language such as "de" or "en-GB"')
        return value.strip()

    def wrong(self, message: str) -> RefusedError:
        """The error for what stands where the parser is."""
        line = self._where.getLineNumber() if self._where is not None else None
        return RefusedError(f"SSML line {line}: {message}")
