"""When has the caller finished? Silence, judged by what is known of the words before it.

A fixed silence is either rude or slow: people pause for half a second in the middle of a number and
expect an answer to "yes" at once. So the silence that ends a turn is worked out from the evidence
there is at that moment, and again whenever there is more of it:

    what the dialogue waits for    a yes or no, so many digits, an amount, a name, nothing special
    the words so far               complete, left hanging ("and", "two hundred and"), a list of
                                   letters or digits that may go on
    the sound of the voice         a turn predictor's probability that the turn is complete, a hint
    the speaker's own rhythm       who has paused before in this turn will pause again

`Patience` holds every number. They were chosen from pauses in recorded speech;
`python -m evaluation.endpointing --set FOLDER` shows what they cost there beside fixed silences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from voicebot.conversation.events import Expectation
from voicebot.conversation.wording import Ending, Standing, names_one_of, standing_of


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds of silence after speech that sounds complete (`sure`) and that sounds cut (`doubt`).

    How the voice sounds chooses a point between them.
    """

    sure: float
    doubt: float

    def at(self, doubt: float) -> float:
        """The silence for a doubt of 0 to 1."""
        return self.sure + (self.doubt - self.sure) * doubt


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a silence ends a turn, by how the words before it stand; in seconds.

    answered    the awaited answer is complete: "yes", all digits, one of the choices
    words       an utterance of three words or more that ends in an ordinary word
    brief       one or two words: all, or a beginning ("yes" is all)
    single      one letter or digit: all, or the first of several
    letters     it ends in spelled letters, and more may follow
    digits      it ends in digits or a number, and more may follow
    hanging     it ends in "and", "to the", "um"
    unfinished  the awaited answer is not complete: digits are missing, a date has no day
    declined    a polite no: a goodbye follows most often, and nobody waits for an answer to it
                (None: it is like any other words, as in calls before there was this wait)
    nothing     no words were recognized; nothing is lost by waiting for some

    Added to that: `trailing` where the recognizer wrote a comma, a dash or an ellipsis; `few` where
    letters or digits have begun, but fewer than `enough`; `breath` where a name is awaited, which
    is spelled; `slow` where the speaker has paused before in this turn, and then in a list of
    letters or digits at least `rhythm` times the longest of those pauses is waited.

    A hint of `clear` or more leaves no doubt; one that is lower by `width` leaves nothing else, and
    doubt grows with the square root in between, because a turn predictor is either nearly sure or
    not worth much. `no_opinion` is the doubt where there is no hint.

    `floor` and `ceiling` bound the result: sooner is rude, later is dead. `scale` multiplies it:
    the one knob for those who want a more patient or a quicker bot. `semantic`: ask the turn
    predictor for its hint.
    """

    answered: Wait = Wait(0.2, 0.25)
    words: Wait = Wait(0.2, 0.52)
    brief: Wait = Wait(0.35, 0.68)
    single: Wait = Wait(0.2, 0.6)
    letters: Wait = Wait(0.3, 0.65)
    digits: Wait = Wait(0.21, 0.6)
    hanging: Wait = Wait(0.5, 0.9)
    unfinished: Wait = Wait(1.0, 1.4)
    declined: Wait | None = Wait(0.6, 0.75)
    nothing: Wait = Wait(0.7, 0.7)
    trailing: float = 0.15
    few: float = 0.28
    enough: int = 4
    breath: float = 0.15
    slow: float = 0.08
    rhythm: float = 0.8
    clear: float = 0.96
    width: float = 0.65
    no_opinion: float = 0.6
    floor: float = 0.2
    ceiling: float = 1.6
    scale: float = 1.0
    semantic: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known in a pause.

    `text`: the words so far, None while recognition is still at work. `hint`: a turn predictor's
    probability (0 to 1) that the turn is complete, None while (or because) it has not judged.
    `longest_gap`: the longest pause so far after which this turn went on, in seconds; 0 for none.
    `standing`: how the words stand, where the text itself was masked.
    """

    expects: Expectation
    text: str | None
    hint: float | None = None
    longest_gap: float = 0.0
    standing: Standing | None = None


def silence_needed(evidence: Evidence, patience: Patience) -> float:
    """Seconds of silence, from the last sound on, after which the turn is over.

    Between `floor` and `ceiling`; never longer for a higher hint. While the words are not known it
    is the ceiling: a turn is not over before its words are there, unless they never come.
    """
    if evidence.text is None:
        return patience.ceiling
    doubt = _doubt(evidence.hint, patience)
    standing = evidence.standing or standing_of(evidence.text)
    if patience.declined is not None and standing.declines:
        seconds = patience.declined.at(doubt)
    elif _is_answer(evidence.expects, evidence.text, standing):
        seconds = patience.answered.at(doubt)
    elif _is_part_of_answer(evidence.expects, standing):
        seconds = patience.unfinished.at(doubt)
    else:
        seconds = _by_words(evidence, standing, doubt, patience)
    return min(max(seconds * patience.scale, patience.floor), patience.ceiling)


def _doubt(hint: float | None, patience: Patience) -> float:
    if hint is None:
        return patience.no_opinion
    return math.sqrt(min(max((patience.clear - hint) / patience.width, 0.0), 1.0))


def _by_words(evidence: Evidence, standing: Standing, doubt: float, patience: Patience) -> float:
    waits = {
        Ending.NOTHING: patience.nothing,
        Ending.HANGING: patience.hanging,
        Ending.LETTERS: patience.letters,
        Ending.DIGITS: patience.digits,
        Ending.BRIEF: patience.brief,
        Ending.WORDS: patience.words,
    }
    brief_answer = standing.ending is Ending.BRIEF and standing.yes_no
    if standing.ending is Ending.BRIEF and standing.items:
        waits[Ending.BRIEF] = patience.single
    seconds = waits[Ending.WORDS if brief_answer else standing.ending].at(doubt)
    if standing.ending is Ending.NOTHING:
        return seconds
    if standing.trailing:
        seconds += patience.trailing
    if evidence.expects.kind == "name":
        seconds += patience.breath
    if standing.ending in (Ending.LETTERS, Ending.DIGITS, Ending.BRIEF):
        seconds += patience.few if 1 < standing.items < patience.enough else 0.0
        if evidence.longest_gap > 0.0:
            seconds = max(seconds + patience.slow, evidence.longest_gap * patience.rhythm)
    return seconds


def _is_answer(expects: Expectation, text: str, standing: Standing) -> bool:
    match expects.kind:
        case "yes_no":
            return standing.yes_no
        case "digits":
            return expects.length is not None and standing.digits >= expects.length
        case "amount":
            return standing.unit
        case "choice":
            return names_one_of(text, expects.hints)
    return False


def _is_part_of_answer(expects: Expectation, standing: Standing) -> bool:
    match expects.kind:
        case "digits":
            return expects.length is not None and 0 < standing.digits < expects.length
        case "date":
            return standing.dayless
    return False
