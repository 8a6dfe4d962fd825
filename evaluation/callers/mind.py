"""What goes on in a simulated caller's head: what was heard goes in, what to do comes out. Pure.

`Mind` is the seam: anything that answers what it hears may stand behind it, a language model, too.
`GoalMind` follows a goal by rules. The same goal, persona and seed do the same whenever the bot
says the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from evaluation.callers.asks import Ask, Understanding, understand
from evaluation.callers.persona import Manner, Piece
from evaluation.callers.tasks import TASKS, problems
from evaluation.callers.wording import SECRET, contradictions, said
from evaluation.sets.model import Goal, Persona, Value

Meaning = Literal["request", "answer", "yes", "correction", "unknown", "again", "person", "leave"]


@dataclass(frozen=True, slots=True)
class Speak:
    """Say `pieces`, each behind its pause. `secret`: digits that nobody may keep; `meaning`: what
    it is said for; `field`: of the goal, where a value of it is said."""

    pieces: tuple[Piece, ...]
    meaning: Meaning
    field: str = ""
    secret: bool = False

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class PressKeys:
    """Press the keys of `digits`."""

    digits: str
    field: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """Say nothing: the bot will go on by itself. What it said counts with what it says next."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Put the receiver down; `why` for people."""

    why: str


Deed = Speak | PressKeys | Listen | HangUp


class Mind(Protocol):
    """Decides what a caller does."""

    interrupts_after: float | None
    """Seconds of the bot's speech after which it is asked before the bot has finished; None: it
    hears the bot out."""

    def hear(self, text: str, finished: bool) -> Deed | None:
        """The bot has said `text` since the caller last did something ('' : for long nothing).

        Not `finished`: it still speaks; None lets it. What it says is never None when it has
        finished.
        """


_BYE: Final = ("No, goodbye.", "No, thanks. Goodbye.", "No, that's all. Thank you, goodbye.")
_GIVE_UP: Final = ("Never mind. Goodbye.", "Then leave it. Goodbye.")
_YES: Final = ("Yes.", "Yes, please.", "Yes, that's right.")
_PERSON: Final = ("An agent, please.", "I want to talk to a person.")
_NOT_DONE: Final = (
    "That's wrong. A person, please.",
    "No, that's wrong. I want to talk to a person.",
)
_UNKNOWN: Final = ("I don't know.", "I don't know that.", "Sorry, I don't know.")
_HERE: Final = ("Yes.", "Yes, I'm here.", "Hello? I'm still here.")
_LEADS: Final = {"source": "from ", "target": "to ", "account": "for "}
_KEYS: Final = frozenset({"customer", "pin", "card_digits"})


class GoalMind:
    """Follows `goal` as `persona` does.

    It asks for its task, gives what it is asked for, compares what the bot reads back with what it
    wants and corrects it, and takes leave when the task is done. When it has not been understood
    more often than its patience allows, it asks for a person or hangs up.
    """

    def __init__(self, goal: Goal, persona: Persona, seed: int) -> None:
        """Raises ValueError where the goal can't be followed."""
        wrong = problems(goal)
        if wrong:
            raise ValueError("; ".join(wrong))
        self._task = TASKS[goal.task]
        self._knows = dict(goal.knows)
        self._patience = persona.patience
        self._manner = Manner(persona, seed)
        self._turn = 0
        self._misunderstood = 0
        self._said: Counter[str] = Counter()  # how often each thing was said
        self._done = False
        self._leaving = False
        self._wants_person = False
        self._handed_over = False
        self._last: Speak | PressKeys | None = None
        onset = self._manner.chance("interrupt").uniform(1.2, 2.0)
        self.interrupts_after = onset if self._manner.has("interrupts") else None

    @property
    def misunderstood(self) -> int:
        """How often the bot has not understood so far."""
        return self._misunderstood

    def hear(self, text: str, finished: bool) -> Deed | None:
        """See `Mind`."""
        heard = understand(text)
        if not finished:
            sure = heard.ask in self._task.fields or heard.ask in _KEYS
            return self._answer(heard.ask) if sure and heard.ask and not heard.missed else None
        if self._sounds_done(heard):
            self._done = True
            if contradictions(heard.text, self._wanted()) and not self._wants_person:
                return self._ask_for_person(_NOT_DONE)
        self._misunderstood += heard.missed or not text
        return self._react(heard)

    def _sounds_done(self, heard: Understanding) -> bool:
        """Has the bot said that it is done, or gone on to the next thing after a yes?"""
        goes_on = heard.ask == "else" and self._said["yes"] > 0 and not heard.refused
        return goes_on or self._task.done.search(heard.text) is not None

    def _react(self, heard: Understanding) -> Deed:
        ending = self._ending(heard)
        if ending is not None:
            return ending
        ask = heard.ask
        if ask == "confirm":
            return self._confirm(heard)
        if ask == "presence" or not heard.text:
            return self._again()
        if ask is None and self._last is not None:
            return Listen()
        if ask is None or ask in ("request", "else"):
            return self._request()
        return self._answer(ask)

    def _ending(self, heard: Understanding) -> Deed | None:
        """What to do where the call comes to its end in one way or the other."""
        if heard.ask == "farewell":
            return HangUp("the bot took leave")
        if self._leaving:
            return HangUp("took leave")
        if heard.ask == "handover" or self._handed_over:
            return self._wait_for_person(heard)
        if self._done and heard.ask not in ("confirm", *self._task.fields):
            return self._leave(_BYE)
        if self._out_of_patience():
            return self._lose_patience()
        if heard.refused and not self._yield(heard.ask):
            return self._leave(_GIVE_UP)
        return None

    def _request(self) -> Deed:
        """Ask for the task; in fewer words when that was not understood."""
        fits = [text for text in self._task.requests if self._fits(text)]
        times = self._said["request"]
        self._said["request"] += 1
        self._misunderstood += times > 0
        fits = fits[: max(1, len(fits) - times)]
        words = {field: self._words(field) for field in self._wanted()}
        sentences = [text.format(**words) for text in fits]
        return self._speak(self._manner.request(sentences, self._turn), "request")

    def _answer(self, field: Ask) -> Deed:
        """The value of `field`; by keys when saying it did not help."""
        times = self._said[field]
        self._said[field] += 1
        self._misunderstood += times > 0  # asked once more for the same: it was not understood
        if field not in self._knows:
            return self._speak(self._manner.plain(_UNKNOWN, self._turn), "unknown", field)
        secret = field in SECRET
        if field in _KEYS and (times or self._keys(field)):
            self._turn += 1
            self._last = PressKeys(str(self._knows[field]), field, secret)
            return self._last
        words = self._in_answer(field)
        if times:
            pieces = self._manner.plain((f"{words[0].upper()}{words[1:]}.",), self._turn)
        else:
            pieces = self._manner.answer(field, self._knows[field], words, self._turn)
        return self._speak(pieces, "answer", field, secret)

    def _confirm(self, heard: Understanding) -> Deed:
        """Yes, or what is wrong with what was read back."""
        wrong = contradictions(heard.text, self._wanted())
        if not wrong:
            self._misunderstood += self._said["yes"] > 0
            self._said["yes"] += 1
            return self._speak(self._manner.plain(_YES, self._turn), "yes")
        field = wrong[0]
        self._misunderstood += 1
        if self._out_of_patience():
            return self._lose_patience()
        value = self._in_answer(field)
        sentences = (f"No, {value}.", f"No, make it {value}.", f"No, I said {value}.")
        return self._speak(self._manner.plain(sentences, self._turn), "correction", field)

    def _again(self) -> Deed:
        """The bot does not know that somebody is there: say the last thing again."""
        if self._last is None:
            return self._request()
        if isinstance(self._last, PressKeys):
            return self._last
        pieces = (*self._manner.plain(_HERE, self._turn), *self._last.pieces)
        return self._speak(pieces, "again", self._last.field, self._last.secret)

    def _wait_for_person(self, heard: Understanding) -> Deed:
        """Somebody is to take over; nobody waits for ever."""
        self._handed_over = True
        self._said["wait"] += not heard.text
        return HangUp("nobody came") if self._said["wait"] > 2 else Listen()

    def _yield(self, ask: Ask | None) -> bool:
        """The bank refuses: is there another value that will do for what it asks now?"""
        if ask is None or f"{ask}_else" not in self._knows:
            return False
        self._knows[ask] = self._knows.pop(f"{ask}_else")
        self._knows.pop(f"{ask}_said", None)
        self._said[ask] = 0
        return True

    def _out_of_patience(self) -> bool:
        return self._misunderstood > self._patience

    def _lose_patience(self) -> Deed:
        gives_up = self._manner.chance("patience").random() < 0.3
        if self._wants_person or gives_up:
            return HangUp("out of patience")
        return self._ask_for_person(_PERSON)

    def _ask_for_person(self, sentences: tuple[str, ...]) -> Deed:
        self._wants_person = True
        return self._speak(self._manner.plain(sentences, self._turn), "person")

    def _leave(self, sentences: tuple[str, ...]) -> Deed:
        self._leaving = True
        return self._speak(self._manner.plain(sentences, self._turn), "leave")

    def _speak(
        self, pieces: tuple[Piece, ...], meaning: Meaning, field: str = "", secret: bool = False
    ) -> Speak:
        self._turn += 1
        deed = Speak(pieces, meaning, field, secret)
        self._last = deed
        return deed

    def _keys(self, field: str) -> bool:
        """Does this caller rather press than say digits? The half of them do."""
        return self._manner.chance(f"keys {field}").random() < 0.5

    def _words(self, field: str) -> str:
        """How the caller says the value of `field`."""
        told = self._knows.get(f"{field}_said")
        if told is not None:
            return str(told)
        return f"{'on ' if field == 'date' else ''}{said(field, self._knows[field])}"

    def _in_answer(self, field: str) -> str:
        """The same where it is all that is said."""
        words = self._words(field)
        return words if f"{field}_said" in self._knows else _LEADS.get(field, "") + words

    def _wanted(self) -> dict[str, Value]:
        return {field: self._knows[field] for field in self._task.fields if field in self._knows}

    def _fits(self, request: str) -> bool:
        named = [field for field in self._task.fields if f"{{{field}}}" in request]
        return all(field in self._knows for field in named)
