"""One form for words that are written in several: contractions, fillers, titles, spelling. Pure.

Only what is said alike, or nearly, is made alike: "yeah" stays another word than "yes".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

FILLERS: Final = frozenset("uh uhh um umm er err erm eh hm hmm hmmm mm mmm ah ahh".split())
"""Sounds that recognizers write or leave out as they like: never counted."""

_WHOLE: Final = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "let's": "let us",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "gimme": "give me",
    "lemme": "let me",
    "ok": "okay",
    "alright": "all right",
    "mr": "mister",
    "mrs": "missus",
    "dr": "doctor",
    "prof": "professor",
    "ave": "avenue",
    "rd": "road",
    "blvd": "boulevard",
    "apt": "apartment",
    "acct": "account",
    "vs": "versus",
    "etc": "et cetera",
    "zed": "z",
}
_ENDINGS: Final = {"'m": "am", "'re": "are", "'ll": "will", "'ve": "have"}
_BE: Final = frozenset(
    "it that this he she what who where when how why there here everything something nothing "
    "everybody somebody nobody everyone someone".split()
)
"""Words behind which 's is "is" or "has"; behind others it is a genitive and stays."""
_PERFECT: Final = frozenset({"been", "got", "had", "gone"})
_JOINED: Final = {
    ("uh", "huh"): "uhhuh",
    ("mm", "hmm"): "mhm",
    ("mm", "hm"): "mhm",
    ("m", "hm"): "mhm",
    ("e", "mail"): "email",
    ("e", "mails"): "emails",
    ("web", "site"): "website",
    ("voice", "mail"): "voicemail",
    ("check", "book"): "checkbook",
    ("check", "books"): "checkbooks",
    ("pass", "word"): "password",
    ("per", "cent"): "percent",
    ("o", "clock"): "oclock",
}
_OUR: Final = "colo favo hono labo neighbo behavio harbo flavo humo rumo vapo".split()
_OUR_ENDS: Final = ("", "s", "ed", "ing", "able", "ite", "ites", "hood", "hoods", "ful", "al", "ly")
_IZE: Final = (
    "organ real recogn author apolog final normal minim maxim item memor util special summar "
    "personal verbal critic emphas capital categor character computer custom digital econom "
    "equal familiar general legal local mobil modern monet optim penal prior standard "
    "subsid symbol synchron visual"
).split()
_IZE_ENDS: Final = ("e", "es", "ed", "ing", "er", "ers", "ation", "ations")
_LL: Final = "cancel travel label model signal total level fuel counsel".split()
_PAIRS: Final = (
    "cheque check; cheques checks; chequebook checkbook; chequebooks checkbooks; centre center; "
    "centres centers; metre meter; metres meters; litre liter; litres liters; theatre theater; "
    "theatres theaters; kilometre kilometer; kilometres kilometers; grey gray; "
    "programme program; programmes programs; licence license; licences licenses; "
    "defence defense; offence offense; enquiry inquiry; enquiries inquiries; enquire inquire; "
    "adviser advisor; advisers advisors; instalment installment; instalments installments; "
    "fulfil fulfill; fulfils fulfills; enrol enroll; enrols enrolls; enrolment enrollment; "
    "jewellery jewelry; tyre tire; tyres tires; kerb curb; aluminium aluminum; "
    "aeroplane airplane; catalogue catalog; catalogues catalogs; dialogue dialog; "
    "dialogues dialogs; judgement judgment; ageing aging; sceptical skeptical; plough plow; "
    "analyse analyze; analysed analyzed; analysing analyzing; paralysed paralyzed; "
    "storey story; practise practice; practised practiced; practising practicing; "
    "whisky whiskey; cosy cozy; pyjamas pajamas; acknowledgement acknowledgment"
)


def _spellings() -> Iterator[tuple[str, str]]:
    for stem in _OUR:
        yield from ((f"{stem}ur{end}", f"{stem}r{end}") for end in _OUR_ENDS)
    for stem in _IZE:
        yield from ((f"{stem}is{end}", f"{stem}iz{end}") for end in _IZE_ENDS)
    for stem in _LL:
        yield from ((f"{stem}l{end}", f"{stem}{end}") for end in ("ed", "ing", "er", "ers"))
    for pair in _PAIRS.split("; "):
        british, american = pair.split()
        yield british, american


AMERICAN: Final = dict(_spellings())
"""American for British spelling; the other way round a word like "check" would be ambiguous."""


def in_one_form(tokens: Sequence[str]) -> list[str]:
    """Words of a text, each in the form that all its writings share; without fillers."""
    words = _without_fillers(_joined(tokens))
    found: list[str] = []
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        found += _opened(word, following)
    return [AMERICAN.get(word, word) for word in found]


def _joined(tokens: Sequence[str]) -> list[str]:
    """Words that are written in two, in one."""
    found: list[str] = []
    for token in tokens:
        pair = (AMERICAN.get(found[-1], found[-1]), token) if found else ("", "")
        if pair in _JOINED:
            found[-1] = _JOINED[pair]
        else:
            found.append(token)
    return found


def _without_fillers(words: Sequence[str]) -> list[str]:
    return [word for word in words if word not in FILLERS]


def _opened(word: str, following: str) -> list[str]:
    """A contraction as its words; anything else as it is."""
    if word in _WHOLE:
        return _WHOLE[word].split()
    stem, apostrophe, end = word.rpartition("'")
    if not apostrophe:
        return [word]
    if end == "t" and stem.endswith("n") and len(stem) > 1:
        return [stem[:-1], "not"]
    if f"'{end}" in _ENDINGS:
        return [stem, _ENDINGS[f"'{end}"]]
    if end == "d":
        return [stem, "had" if following in ("better", "been") else "would"]
    if end == "s" and stem in _BE:
        return [stem, "has" if following in _PERFECT else "is"]
    return [word]
