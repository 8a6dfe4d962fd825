"""Is a sound over the bot's voice an interruption, or only a sign that somebody listens?

The bot falls silent at the first sign of a voice (`talking.on_speech`): a caller who interrupts
notices at once, and one who only says "mm-hmm" loses nothing, because the bot takes the sentence up
where it was. Which of the two it was is judged here, once the sound has ended:

    a click, too short for any word             goes on at once, without recognition
    no words: a cough, a hum, a door            goes on
    only words of listening: "mm-hmm", "I see"  goes on
    "yes", "okay" while a yes/no question is    is an answer
      open that was (mostly) heard
    "stop", "wait", "no", "agent" ...           interrupts, however short
    short, hardly understood, none of the words goes on: what it was can't be acted on anyway
      that the dialogue waits for
    anything else                               interrupts

Recognizers write hums down as words. What Whisper tiny.en made of a few hundred synthetic ones on
the mu-law line is in `MISHEARD`.
"""

from __future__ import annotations

import re
from enum import StrEnum

from voicebot.conversation.events import Expectation
from voicebot.conversation.policy import Policy

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
"""What recognition makes of hums and coughs: the whole of a transcript, never a part of one."""


class Verdict(StrEnum):
    """What a sound over the bot's voice was."""

    INTERRUPTS = "interrupts"
    LISTENS = "listens"


def too_short(seconds: float, policy: Policy) -> bool:
    """Is this sound too short for any word, so that the bot can go on without recognition?"""
    return seconds < policy.click


def weigh(
    text: str,
    confidence: float,
    seconds: float,
    policy: Policy,
    *,
    expects: Expectation,
    asked: bool,
) -> Verdict:
    """What a finished sound was in which `text` was recognized.

    `seconds` is its length from first to last sound, `expects` what the dialogue waits for, `asked`
    whether the question was mostly heard (`mostly_heard`).
    """
    kind = expects.kind
    words = words_of(text)
    if not words:
        return Verdict.LISTENS
    if STOPPING.intersection(words):
        return Verdict.INTERRUPTS
    if asked and kind == "yes_no" and ANSWERS.intersection(words):
        return Verdict.INTERRUPTS
    if _only_listening(words):
        return Verdict.INTERRUPTS if _is_zero(words, kind, asked=asked) else Verdict.LISTENS
    if asked and kind != "open":
        return Verdict.INTERRUPTS
    likely = {word for hint in expects.hints for word in words_of(hint)}
    if likely.intersection(words):
        return Verdict.INTERRUPTS
    doubtful = confidence < policy.doubt or " ".join(words) in MISHEARD
    return Verdict.LISTENS if doubtful and seconds < policy.backchannel else Verdict.INTERRUPTS


def mostly_heard(text: str, heard: str) -> bool:
    """Was the last sentence of `text`, the question, heard at least to its middle?

    `heard` is the beginning of `text` that was heard.
    """
    ends = [match.end() for match in re.finditer(r"[.!?…]+\s+", text)]
    begins = ends[-1] if ends else 0
    return len(heard) >= begins + (len(text) - begins) / 2


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


def _is_zero(words: list[str], kind: str, *, asked: bool) -> bool:
    """Is it "oh" where digits are awaited?"""
    return asked and kind == "digits" and words == ["oh"]
