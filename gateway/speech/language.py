"""Which language a text is written in, by its letters and its small words. Pure.

Enough to choose a voice that can read it; where it is not sure it says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

_SCRIPTS: Final = {
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "THAI": "th",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
}
_WORDS: Final = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and of to is you that it for was with are this have from will not be your we",
        "de": "der die das und ist nicht ich sie wir ein eine mit auf für den dem zu von wird sich",
        "fr": "le la les et est vous nous je une des pas pour que dans avec sur votre qui du au",
        "es": "el los las y es que una por con para su del no se lo como más pero está usted",
        "it": "il gli che è di una per non con sono della nel alla questo più anche ma si del",
        "pt": "o os as e é que uma não para com em do da no na por você mais se seu está",
        "nl": "de het een en is niet van ik je dat op voor met zijn wij maar aan ook er uw",
        "sv": "och att det är en som på för med inte jag vi av till den har om ett kan du",
        "da": "og at det er en som på for med ikke jeg vi af til den har om et kan du",
        "nb": "og å det er en som på for med ikke jeg vi av til den har om et kan du",
        "fi": "ja on ei se että hän minä mutta oli kun niin ovat tämä sinä voi myös joka tai me",
        "pl": "i w na nie się jest to z do że jak ale po co od za przez oraz czy dla",
        "cs": "a je v na se že to s z do ale jako pro jsem by si tak jsou nebo při",
        "tr": "ve bir bu için ile da de çok ne var olarak daha gibi ama kadar sonra değil ben siz",
    }.items()
}
_CYRILLIC: Final = {
    "uk": frozenset("іїєґ"),
    "be": frozenset("ўі"),
    "sr": frozenset("ђјљњћџ"),
    "ru": frozenset("ыэё"),
}
_WORD: Final = re.compile(r"[^\W\d_]+")
_LOOKED_AT: Final = 20_000  # characters
_ENOUGH: Final = 3  # small words


def language_of(text: str) -> str | None:
    """A language code ("de"), or None where the text does not tell."""
    text = unicodedata.normalize("NFC", text[:_LOOKED_AT]).lower()
    scripts = Counter(unicodedata.name(c, "?").split()[0] for c in text if c.isalpha())
    if not scripts:
        return None
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.1 * scripts.total():
        return "ja"  # which has many Chinese characters as well
    script, count = scripts.most_common(1)[0]
    if count < 0.5 * scripts.total():
        return None
    if script == "CYRILLIC":
        return _cyrillic(text)
    return _latin(text) if script == "LATIN" else _SCRIPTS.get(script)


def _cyrillic(text: str) -> str:
    letters = Counter(text)
    found = {code: sum(letters[c] for c in own) for code, own in _CYRILLIC.items()}
    return max(found, key=lambda code: found[code]) if any(found.values()) else "ru"


def _latin(text: str) -> str | None:
    words = Counter(_WORD.findall(text))
    found = {
        code: sum(words[word] for word in known) + _umlauts(code, text)
        for code, known in _WORDS.items()
    }
    first, second = sorted(found, key=lambda code: -found[code])[:2]
    if found[first] < _ENOUGH or found[first] < 1.2 * found[second]:
        return None
    return first


def _umlauts(code: str, text: str) -> int:
    """Letters that tell close relatives apart."""
    own = {"pl": "łżśź", "cs": "řěů", "sv": "äö", "da": "æø", "nb": "æø", "de": "ß", "tr": "ğış"}
    return min(3, sum(text.count(letter) for letter in own.get(code, "")))
