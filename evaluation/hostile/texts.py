"""Hostile texts, wishes and SSML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from evaluation.hostile import seeds
from evaluation.hostile.inputs import Bait, Due, Input, Make, fixed

_NOT_UTF8: Final = "not UTF-8"


def inputs() -> Iterator[Input]:
    """All of them."""
    yield from _texts()
    yield from _wishes()
    yield from _speeches()


def an_input(
    group: str,
    name: str,
    make: Make | bytes,
    filename: str,
    due: Due = Due.EITHER,
    says: str = "",
    *,
    quick: bool = False,
    wishes: Mapping[str, str] | None = None,
) -> Input:
    """A file, called `filename` by its sender."""
    made = fixed(make) if isinstance(make, bytes) else make
    return Input(
        name, group, made, due=due, says=says, filename=filename, wishes=wishes or {}, quick=quick
    )


# ── plain text ────────────────────────────────────────────────────────────────────────────────

_CHARSETS: Final = (
    "utf-16-le utf-16-be utf-32-le utf-32-be cp1252 iso8859-15 koi8-r shift_jis euc-jp gb18030 "
    "big5 euc-kr iso2022_jp cp437 cp037 utf-7"
).split()


def _texts() -> Iterator[Input]:
    whole = "Grüße: 10 € für Müller, 東京, Москва\n"
    for charset in _CHARSETS:
        data = whole.encode(charset, errors="replace")
        yield an_input("text", f"text in {charset}", data, "a.txt", says=_NOT_UTF8 + "|other bytes")
    lines: Mapping[str, tuple[str, bool]] = {
        "a line of 400,000 letters": ("a" * 400_000, False),
        "400,000 lines": ("\n" * 400_000 + "x", False),
        "200,000 pages": ("\f" * 200_000 + "x", True),
        "marks upon marks": ("e" + "\u0301" * 200_000, False),
        "right to left and back": ("\u202eabc\u202d\u2066x\u2069" * 2000, False),
        "invisible characters": ("\u200b\u2060\ufeff" * 5000 + "x", False),
        "emoji families": ("👨‍👩‍👧‍👦" * 2000, False),
        "characters nobody has a letter for": ("\U0010fffd\ue000" * 2000, False),
        "every control character": ("".join(map(chr, range(1, 32))) * 50 + "x", True),
        "markup of the printer": ('<font size="1e9"><img src="file:///etc/passwd"/>' * 200, True),
        "markup without end": ("<para>" * 5000, False),
        "columns of numbers": ("1  2  3\t4\n" * 5000, False),
        "a hundred thousand figures": ("9" * 5000 + " ", False),
        "dates that are none": ("on 99/99/9999 at 25:61, " * 300, False),
        "money without end": ("$" + "1,000" * 300 + ".00", False),
        "hyphens": ("-" * 20_000, False),
        "addresses": ("https://example.org/" + "a?b=c&" * 2000, False),
        "only spaces": (" \t\n" * 1000, False),
        "one full stop": (".", False),
    }
    for name, (text, quick) in lines.items():
        yield an_input("text", name, text.encode(), "a.txt", quick=quick)
    yield an_input("text", "nothing", b"", "a.txt", Due.REFUSED, "is empty", quick=True)
    yield an_input("text", "26 MB", b"word " * (26 << 18), "a.txt", Due.REFUSED, "more than|longer")
    yield an_input("text", "zeros", bytes(10_000), "a.txt", Due.REFUSED, "other bytes")
    yield an_input("text", "zeros behind a text", seeds.TEXT * 100 + bytes(9999), "a.txt")
    yield an_input("text", "half a character", "€".encode()[:2], "a.txt", Due.REFUSED, _NOT_UTF8)
    yield an_input("text", "halves of pairs", b"\xed\xa0\x80" * 99, "a.txt", Due.REFUSED, _NOT_UTF8)
    yield an_input("text", "overlong characters", b"\xc0\xaf" * 99, "a.txt", Due.REFUSED, _NOT_UTF8)
    page = b"<html><body><img src='http://127.0.0.1:9/x'></body></html>"
    yield an_input("text", "a page of HTML", page, "", Due.REFUSED, "HTML", quick=True)
    yield an_input("text", "a name of a kilometre", seeds.TEXT, "a" * 5000 + ".txt", Due.MADE)
    yield an_input("text", "a name with a path", seeds.TEXT, "../../etc/cron.d/x.txt", Due.MADE)
    yield an_input("text", "a name with a zero", seeds.TEXT, "a\0.txt", Due.MADE)


def _wishes() -> Iterator[Input]:
    """Wishes that would like to be header fields, options, or paths."""
    more = "x\r\nBcc: everybody@example.org\r\n\r\nbody"
    wished: Mapping[str, dict[str, str]] = {
        "a subject of two fields": {"subject": more},
        "a subject with a zero": {"subject": "a\0b\x07c"},
        "a sender of two fields": {"sender": f"a@example.org{more[1:]}"},
        "a recipient of two fields": {"recipient": f"a@example.org{more[1:]}"},
        "a recipient who is an option": {"recipient": "-oQ/tmp@example.org"},
        "a voice that is a path": {"voice": "espeak:../../../etc/passwd"},
        "a voice that is an option": {"voice": "espeak:-f/etc/passwd"},
        "a language that is an option": {"language": "--list"},
        "a language that is a path": {"language": "../../etc"},
    }
    for name, wishes in wished.items():
        quick = name == "a subject of two fields"
        yield an_input("wish", name, seeds.TEXT, "a.txt", quick=quick, wishes=wishes)
    yield an_input(
        "wish",
        "a language of pages that is an option",
        seeds.tiff(1),
        "a.tif",
        wishes={"language": "-c"},
    )


# ── SSML ──────────────────────────────────────────────────────────────────────────────────────


def _speak(inside: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<speak version="1.1">{inside}</speak>'.encode()


def _laughs() -> bytes:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{previous};" * 10}">'
        for previous, name in zip("abcdefghi", "bcdefghij", strict=True)
    )
    return _speak("&j;", f"<!DOCTYPE speak [{entities}]>")


def _speeches() -> Iterator[Input]:
    def outside(bait: Bait) -> bytes:
        entity = f'<!DOCTYPE speak [<!ENTITY x SYSTEM "file://{bait.file}">]>'
        return _speak("&x;", entity)

    def far(bait: Bait) -> bytes:
        return _speak("hello", f'<!DOCTYPE speak SYSTEM "{bait.url}/speak.dtd">')

    def audio(bait: Bait) -> bytes:
        return _speak(f'<audio src="{bait.url}/a.wav">hello</audio><lexicon uri="{bait.url}"/>')

    doctype = "document type|Entit|DTD|entity"
    deep = "<p>" * 5000 + "x" + "</p>" * 5000
    attributes = " ".join(f'a{number}="x"' for number in range(50_000))
    made: Mapping[str, tuple[Make | bytes, Due, str, bool]] = {
        "a billion laughs": (_laughs(), Due.REFUSED, doctype, True),
        "an entity that is a file": (outside, Due.REFUSED, doctype, True),
        "a document type far away": (far, Due.REFUSED, doctype, True),
        "sound from elsewhere": (audio, Due.EITHER, "", True),
        "elements 5,000 deep": (_speak(deep), Due.REFUSED, "elements", False),
        "100,000 elements": (_speak("<s>x</s>" * 100_000), Due.REFUSED, "elements", False),
        "50,000 attributes": (_speak(f"<p {attributes}>x</p>"), Due.EITHER, "", False),
        "an hour of breaks": (
            _speak('<break time="10s"/>' * 400 + "x"),
            Due.REFUSED,
            "breaks",
            False,
        ),
        "a break of a year": (_speak('<break time="999999s"/>'), Due.REFUSED, "break", True),
        "a break of minus one": (_speak('<break time="-1s"/>x'), Due.REFUSED, "break", False),
        "a rate of a million": (_speak('<prosody rate="9999%">x</prosody>'), Due.EITHER, "", False),
        "a rate of nothing": (_speak('<prosody rate="0%">x</prosody>'), Due.REFUSED, "rate", False),
        "a language that is none": (
            _speak('<lang xml:lang="x y!">x</lang>'),
            Due.REFUSED,
            "xml:lang",
            False,
        ),
        "digits without end": (
            _speak(f'<say-as interpret-as="digits">{"9" * 3000}</say-as>'),
            Due.EITHER,
            "",
            False,
        ),
        "a cardinal of 3,000 digits": (
            _speak(f'<say-as interpret-as="cardinal">{"9" * 3000}</say-as>'),
            Due.EITHER,
            "",
            False,
        ),
        "a date that is none": (
            _speak('<say-as interpret-as="date" format="ymd">99-99-99</say-as>'),
            Due.EITHER,
            "",
            False,
        ),
        "no end": (_speak("hello")[:-5], Due.REFUSED, "line", True),
        "nothing in it": (_speak(""), Due.EITHER, "nothing", False),
        "another document": (
            b'<?xml version="1.0"?><html>x</html>',
            Due.REFUSED,
            "begins with|begins|speak",
            False,
        ),
        "an encoding that is none": (
            b'<?xml version="1.0" encoding="x-none"?><speak>x</speak>',
            Due.REFUSED,
            "",
            False,
        ),
        "UTF-16 that is none": (
            b'<?xml version="1.0" encoding="utf-16"?><speak>x</speak>',
            Due.REFUSED,
            "",
            False,
        ),
        "a zero": (b"<speak>a\0b</speak>", Due.REFUSED, "", False),
        "an include": (
            _speak('<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>x'),
            Due.EITHER,
            "",
            False,
        ),
        "a comment without end": (_speak("<!--" + "-" * 500_000), Due.REFUSED, "", False),
        "a CDATA of a megabyte": (
            _speak("<![CDATA[" + "]" * 1_000_000 + "]]>"),
            Due.EITHER,
            "",
            False,
        ),
    }
    for name, (make, due, says, quick) in made.items():
        yield an_input("SSML", name, make, "a.ssml", due, says, quick=quick)
