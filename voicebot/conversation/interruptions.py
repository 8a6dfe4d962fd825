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

Recognizers write hums down as words; `manner` has the words of each kind.
"""

from __future__ import annotations

import re
from enum import StrEnum

from voicebot.conversation.events import Expectation
from voicebot.conversation.manner import Manner, manner_of, words_of
from voicebot.conversation.policy import Policy


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
    manner: Manner | None = None,
) -> Verdict:
    """What a finished sound was in which `text` was recognized.

    `seconds` is its length from first to last sound, `expects` what the dialogue waits for, `asked`
    whether the question was mostly heard (`mostly_heard`); `manner` is that of the words where the
    text itself was masked.
    """
    kind = expects.kind
    heard = manner or manner_of(text)
    if not heard.words:
        return Verdict.LISTENS
    if heard.stops:
        return Verdict.INTERRUPTS
    if asked and kind == "yes_no" and heard.answers:
        return Verdict.INTERRUPTS
    if heard.listens:
        is_zero = asked and kind == "digits" and heard.zero
        return Verdict.INTERRUPTS if is_zero else Verdict.LISTENS
    if asked and kind != "open":
        return Verdict.INTERRUPTS
    if _is_likely(text, heard, expects.hints):
        return Verdict.INTERRUPTS
    if seconds >= policy.backchannel:
        return Verdict.INTERRUPTS
    doubtful = confidence < _confidence_needed(seconds, policy) or heard.misheard
    return Verdict.LISTENS if doubtful else Verdict.INTERRUPTS


def _confidence_needed(seconds: float, policy: Policy) -> float:
    """To act on the words of a sound shorter than `policy.backchannel`."""
    length = seconds / policy.backchannel
    return policy.most_doubt + (policy.doubt - policy.most_doubt) * length


def _is_likely(text: str, heard: Manner, hints: tuple[str, ...]) -> bool:
    """Is one of the words among those that the dialogue waits for?"""
    likely = {word for hint in hints for word in words_of(hint)}
    words = words_of(text)
    if not words:  # masked: what is waited for in secret are figures, all ten of them
        return heard.figures and any(len(word) == 1 and word.isdigit() for word in likely)
    return not likely.isdisjoint(words)


def mostly_heard(text: str, heard: str) -> bool:
    """Was the last sentence of `text`, the question, heard at least to its middle?

    `heard` is the beginning of `text` that was heard.
    """
    ends = [match.end() for match in re.finditer(r"[.!?…]+\s+", text)]
    begins = ends[-1] if ends else 0
    return len(heard) >= begins + (len(text) - begins) / 2
