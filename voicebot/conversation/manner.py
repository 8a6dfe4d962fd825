"""Of what kind are words said over the bot's voice: to stop it, to answer, only to listen? Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

STOPPING = frozenset(
    "no nope not don't stop wait hold hang pause quiet shut sorry pardon excuse what who where "
    "when why how help cancel agent human person operator representative somebody someone repeat "
    "again hello but goodbye bye".split()
)
"""Words that interrupt wherever they occur."""

HUMS = frozenset(
    "m mm mmm mhm mmhmm hm hmm hmmm hum um uhm uh uhuh uhhuh huh ah ahh aah eh ehh er ha".split()
)
"""Sounds with the mouth closed or half open, as recognizers spell them; never an answer alone."""

ANSWERS = frozenset(
    "yes yeah yep yup ya okay ok sure right alright correct exactly absolutely definitely fine "
    "please mhm mmhmm uhhuh true perfect great".split()
)
"""Words that answer a yes/no question; said over anything else they are signs of listening."""

LISTENING = (
    HUMS
    | (ANSWERS - {"please"})
    | frozenset("oh wow good nice cool gotcha interesting really".split())
)
"""Words that, alone or together, only show that somebody listens."""

PHRASES = frozenset(
    {
        *("i see", "i know", "i understand", "got it", "all right", "of course", "that's right"),
        *("makes sense", "that's fine", "that's good", "sounds good", "very good", "i hear you"),
        *("go on", "go ahead", "thank you", "thanks", "uh uh", "uh huh", "mm hmm", "that's true"),
    }
)
"""Groups of words that only show that somebody listens."""

MISHEARD = frozenset(
    {
        *("over", "power", "time", "then", "cer", "t", "em", "you", "the", "i'm", "so", "boom"),
        *("zoom", "move", "further", "same"),
        *("m and m", "it has", "this is awesome", "so what", "dark it"),
    }
)
"""What recognition makes of hums and coughs: the whole of a transcript, never a part of one.

Found with Whisper tiny.en and a few hundred synthetic ones on the mu-law line."""


@dataclass(frozen=True, slots=True)
class Manner:
    """All that judging an interruption wants to know of a text: it can be kept where it can't.

    There are `words`; one of them `stops` whatever goes on, one `answers` a yes/no question, one is
    a single figure (`figures`); all of it only `listens`; it is "oh" alone, which may be a `zero`;
    it is what recognizers make of hums (`misheard`).
    """

    words: bool = False
    stops: bool = False
    answers: bool = False
    figures: bool = False
    listens: bool = False
    zero: bool = False
    misheard: bool = False


def manner_of(text: str) -> Manner:
    """The manner of `text`."""
    words = words_of(text)
    if not words:
        return Manner()
    return Manner(
        words=True,
        stops=not STOPPING.isdisjoint(words),
        answers=not ANSWERS.isdisjoint(words),
        figures=any(len(word) == 1 and word.isdigit() for word in words),
        listens=_only_listening(words),
        zero=words == ["oh"],
        misheard=" ".join(words) in MISHEARD,
    )


def words_of(text: str) -> list[str]:
    """Lower-case words; "Mm-hmm" is one word, an apostrophe belongs to its word."""
    joined = re.sub(r"(?<=\w)-(?=\w)", "", text.lower().replace("\u2019", "'"))
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", joined)


def _only_listening(words: list[str]) -> bool:
    """Can all of it be taken as words and phrases of listening?"""
    at = 0
    while at < len(words):
        for size in (3, 2):
            if at + size <= len(words) and " ".join(words[at : at + size]) in PHRASES:
                at += size
                break
        else:
            if words[at] not in LISTENING and not (len(words) == 1 and words[at] in PHRASES):
                return False
            at += 1
    return True
