"""Text as it is said: numbers, amounts, dates, codes and addresses rewritten in words. Pure.

A synthetic voice reads "$1,234.50" or "AB12" as it likes; in words it has no choice. The reading is
good American English that is understood everywhere: month before day, "zero" for 0 in numbers.
No digit is left, and text that is already words stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from voicebot.dialogue import money, numerals, timewords
from voicebot.dialogue.numerals import digit_by_digit

_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_ROUNDS: Final = 4  # a rewriting may complete something for another rule; two rounds are usual

_SPELLED: Final = {".": "dot", "-": "dash", "_": "underscore", "+": "plus", "/": "slash"}


def spoken(text: str) -> str:
    """Rewrite `text` for speech. Never raises; white space is folded; the result has no digit."""
    text = _plain(text)
    for _ in range(_ROUNDS):
        before = text
        for pattern, rewrite in _RULES:
            text = pattern.sub(rewrite, text)
        text = " ".join(text.split())
        if text == before:
            break
    return text


def _plain(text: str) -> str:
    """Compatibility forms resolved, digits of all scripts as 0-9, controls as spaces."""
    folded = unicodedata.normalize("NFKC", text)
    characters = []
    for character in folded:
        value = unicodedata.digit(character, None)
        if value is not None:
            characters.append(str(value))
        else:
            characters.append(character if character.isprintable() else " ")
    return "".join(characters)


def _address(match: re.Match[str]) -> str:
    """An e-mail or web address, with its marks named and its digits one by one."""
    text = re.sub(r"^https?://", "", match.group(0), flags=re.IGNORECASE)
    words = []
    for part in re.findall(r"[A-Za-z]+|\d|[@._+/-]|[^\sA-Za-z\d@._+/-]", text):
        if part == "@":
            words.append("at")
        elif part in _SPELLED:
            words.append(_SPELLED[part])
        elif part.isdigit():
            words.append(digit_by_digit(part))
        elif part.lower() == "www":
            words.append("W W W")
        else:
            words.append(part)
    return " ".join(words)


def _phone(match: re.Match[str]) -> str:
    """A telephone number, digit by digit, in the groups it is written in."""
    number = match.group(0)
    said = digit_by_digit(number)
    return f"plus {said}" if number.startswith("+") else said


def _code(match: re.Match[str]) -> str:
    """Letters and digits mixed: "AB12" as "A B, one two"."""
    parts = re.findall(r"[A-Za-z]+|\d+", match.group(0))
    return ", ".join(
        digit_by_digit(part) if part.isdigit() else " ".join(part.upper()) for part in parts
    )


def _with_context(match: re.Match[str]) -> str:
    """Digits that a word before them shows to be a code: "ending in 4821"."""
    return f"{match.group(1)}{digit_by_digit(match.group(2))}"


def _number(match: re.Match[str]) -> str:
    sign, whole, fraction = match.group("sign"), match.group("whole"), match.group("fraction")
    if fraction:
        words = numerals.decimal(whole, fraction)
    elif "," not in whole and len(whole) >= 7:
        words = digit_by_digit(whole)  # an account or a reference: nobody counts so far
    else:
        words = numerals.whole_number(whole)
    return f"minus {words}" if sign else words


def _ordinal(match: re.Match[str]) -> str:
    digits = match.group(1)
    return numerals.ordinal(int(digits)) if len(digits) <= 15 else digit_by_digit(digits)


def _saint_or_street(match: re.Match[str]) -> str:
    before = match.string[: match.start()].split()
    after = match.string[match.end() :].lstrip()
    follows_name = bool(before) and before[-1][:1].isupper() and before[-1][-1:].isalpha()
    if after[:1].isupper() and not follows_name:
        return "Saint"
    return "Street" if after else "Street."


def _fixed(words: str) -> Callable[[re.Match[str]], str]:
    return lambda _: words


def _short(words: str) -> Callable[[re.Match[str]], str]:
    """An abbreviation whose full stop also ends the text, which has to end all the same."""
    return lambda match: f"{words}." if not match.string[match.end() :].strip() else words


def _rule(pattern: str, rewrite: Callable[[re.Match[str]], str], flags: int = 0) -> _Rule:
    return re.compile(pattern, flags), rewrite


_NUMBER: Final = r"(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<fraction>\d+))?"

_ADDRESSES: Final = (
    _rule(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", _address),
    _rule(r"(?i)\bhttps?://[^\s,;]+[^\s,;.!?)]", _address),
    _rule(r"(?i)\bwww\.[^\s,;]+[^\s,;.!?)]", _address),
    _rule(
        r"\b[a-zA-Z\d-]{2,63}\.(?:com|org|net|bank|gov|edu)\b(?:/[^\s,;]*[^\s,;.!?)])?", _address
    ),
)
_DIGIT_STRINGS: Final = (
    # What is masked: **** 4821, XXXX-4821, ••••4821
    _rule(r"(?:[*•]{2,}|\b[xX]{2,})[\s*•xX-]*(\d{2,6})\b", lambda m: f"ending in {m.group(1)}"),
    _rule(r"(?<![\w.,])\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,6}(?![\w])", _phone),
    _rule(r"(?<![\w.,$€£])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w])", _phone),
    _rule(r"(?<![\w.,$€£-])\d{3}-\d{4}(?![\w-])", _phone),
    _rule(r"(?<![\w.,$€£-])\d{4}(?:[ -]\d{4}){2,4}(?:[ -]\d{1,3})?(?![\w-])", _phone),
    _rule(r"(?<![\w.,$€£-])\d{1,6}(?:-\d{1,6}){2,6}(?![\w-])", _phone),
    _rule(
        r"(?i)\b((?:ending(?: in| with)?|ends (?:in|with)|last (?:two|three|four|five|six)"
        r"(?: digits?)?(?: are| is)?|(?:account|card|reference|customer|case|ticket|order|policy|"
        r"sort|routing|confirmation|security|access|post(?:al)?|zip)"
        r"(?: (?:number|code|no\.?))?(?: is)?|pin(?: code)?(?: is)?|code(?: is)?)[ :#]+)"
        r"(\d[\d -]*\d|\d)(?![\d.,/:]*\d)(?!\w)",
        _with_context,
    ),
    _rule(
        r"\b(?=[A-Za-z-]*\d)(?=[\d-]*[A-Za-z])(?!\d+(?:st|nd|rd|th|am|pm|k|m|bn)\b)"
        r"[A-Za-z\d]+(?:-[A-Za-z\d]+)*\b",
        _code,
    ),
)
_ABBREVIATIONS: Final = (
    _rule(r"\bDr\.(?=\s)", _fixed("Doctor")),
    _rule(r"\bMr\.(?=\s)", _fixed("Mister")),
    _rule(r"\bMrs\.(?=\s)", _fixed("Missus")),
    _rule(r"\bMs\.(?=\s)", _fixed("Miz")),
    _rule(r"\bProf\.(?=\s)", _fixed("Professor")),
    # "Main St." follows a name, "St. James" begins one.
    _rule(r"\bSt\.", _saint_or_street),
    _rule(r"\bAve\.", _short("Avenue")),
    _rule(r"\bRd\.", _short("Road")),
    _rule(r"\bBlvd\.", _short("Boulevard")),
    _rule(r"\bApt\.", _fixed("apartment")),
    _rule(r"(?i)\b(?:no\.|nr\.)(?=\s*\d)|#(?=\s*\d)|№", _fixed("number ")),
    _rule(r"(?i)\be\.g\.", _fixed("for example")),
    _rule(r"(?i)\bi\.e\.", _fixed("that is")),
    _rule(r"(?i)\betc\.", _short("et cetera")),
    _rule(r"(?i)\bapprox\.", _fixed("approximately")),
    _rule(r"(?i)\bvs\.?(?=\s)", _fixed("versus")),
    _rule(r"(?i)\bacct\.", _fixed("account")),
)
_NUMBERS: Final = (
    _rule(r"\b24/7\b", _fixed("twenty-four seven")),
    _rule(r"(?<!\d)(\d{1,15})(?:st|nd|rd|th)\b", _ordinal, re.IGNORECASE),
    _rule(r"(?<=\d)\s*[–—-]\s*(?=\d)", _fixed(" to ")),
    _rule(r"(?<=\d)\s*(?:%|percent\b|per cent\b)", _fixed(" percent")),
    _rule(rf"(?<![\w.])(?P<sign>[-−](?=\d))?{_NUMBER}", _number),
    _rule(r"\d+", lambda m: f" {digit_by_digit(m.group(0))} "),
)
_SIGNS: Final = (
    _rule(r"\s*&\s*", _fixed(" and ")),
    _rule(r"(?<=\s)\+(?=\s)", _fixed("plus")),
    _rule(r"(?<=\w)/(?=\w)", _fixed(" ")),
    _rule(r"[*_#~^|<>\\`{}\[\]]", _fixed(" ")),
    _rule(r"\s+(?=[,.;:!?](?:\s|$))", _fixed("")),
)
_RULES: Final[tuple[_Rule, ...]] = (
    *_ADDRESSES,
    *((re.compile(p), f) for p, f in timewords.RULES),
    *((re.compile(p), f) for p, f in money.RULES),
    *_DIGIT_STRINGS,
    *_ABBREVIATIONS,
    *_NUMBERS,
    *_SIGNS,
)
