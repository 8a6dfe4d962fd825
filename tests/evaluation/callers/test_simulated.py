"""A simulated caller in virtual time: the bot is a list of sentences, ears and mouth are text."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import pytest

from evaluation.bench.calls import Moment
from evaluation.bench.clips import Clip
from evaluation.callers.base import Press, Utterance
from evaluation.callers.ears import RecognizedSpeech, SpokenPieces
from evaluation.callers.persona import Piece
from evaluation.callers.simulated import SimulatedCaller
from evaluation.sets.model import Case, Goal, Keys, Persona, Say
from voicebot.audio.pcm import Int16
from voicebot.engines.base import EngineError, Recognition

SOUND, QUIET = b"\x10" * 160, b"\xff" * 160
WORD_FRAMES = 20
"""How long the bot needs for a word: 0.4 s."""


@dataclass
class TextLine:
    """A line on which the bot says `sentences`, each 0.6 s after the caller's last deed."""

    sentences: list[str]
    bot: list[bool] = field(default_factory=list)  # audible frames that are still to come
    words: list[str] = field(default_factory=list)  # that the bot has said since the last deed
    lines: list[str] = field(default_factory=list)  # what was said by either
    frame: int = 0
    spoken: int = 0

    def listen(self, heard: bytes) -> Future[str]:
        ready: Future[str] = Future()
        share = heard.count(SOUND) // WORD_FRAMES
        ready.set_result(" ".join(self.words[:share]))
        return ready

    def prepare(self, pieces: Sequence[Piece], voice: str) -> Future[Clip]:
        text = " ".join(piece.text for piece in pieces)
        ready: Future[Clip] = Future()
        pcm = np.zeros(160, np.int16)
        ready.set_result(Clip(text, voice, text, (QUIET,) * 50, 0.0, 1.0, -60.0, pcm))
        return ready

    def answer(self) -> None:
        if self.sentences:
            said = self.sentences.pop(0)
            self.words = said.split()
            self.lines.append(f"bot: {said}")
            self.bot = [False] * 30 + [True] * WORD_FRAMES * len(self.words)

    def play(self, caller: SimulatedCaller, seconds: float = 120.0) -> list[Utterance | Press]:
        """Carry the call until the caller hangs up; the deeds."""
        deeds: list[Utterance | Press] = []
        keyed = ""
        audible = False
        self.answer()
        while self.frame < seconds * 50:
            self.frame += 1
            act = caller.step(Moment(self.frame, audible, not self.bot))
            audible = self.bot.pop(0) if self.bot else False
            caller.hear(SOUND if audible else QUIET)
            if act == "hang up":
                self.lines.append("caller hangs up")
                return deeds
            if isinstance(act, Utterance):
                deeds.append(act)
                self.lines.append(f"caller: {act.turn.text}")
                self.bot = []
                audible = False
                for frame in act.clip.frames:  # not asked while it speaks
                    self.frame += 1
                    caller.hear(frame)
                self.answer()
            if isinstance(act, Press):
                deeds.append(act)
                keyed += act.digit
                if keyed == act.turn.digits:
                    keyed = ""
                    self.lines.append(f"caller keys {act.turn.digits}")
                    self.answer()
        raise AssertionError(f"the call goes on: {self.lines}")


def hours(*habits: str) -> Case:
    goal = Goal("hours", {"branch": "Old Town"})
    return Case("hours", goal=goal, persona=Persona(habits=habits))


def caller_on(line: TextLine, case: Case, seed: int = 1) -> SimulatedCaller:
    return SimulatedCaller.of(case, seed, line, line)


HOURS = [
    "Hello, this is Harbor Bank. How can I help you?",
    "Which branch? We have Market Street, Riverside, Airport and Old Town.",
    "Old Town is open today from 9:30 AM to 4:30 PM. Is there anything else?",
    "Thank you for calling Harbor Bank. Goodbye.",
]


def test_a_call_is_carried_from_welcome_to_goodbye() -> None:
    line = TextLine(list(HOURS))
    deeds = line.play(caller_on(line, hours("terse")))
    assert line.lines == [
        f"bot: {HOURS[0]}",
        "caller: When are you open?",
        f"bot: {HOURS[1]}",
        "caller: Old Town.",
        f"bot: {HOURS[2]}",
        "caller: No, goodbye.",
        f"bot: {HOURS[3]}",
        "caller hangs up",
    ]
    assert [deed.number for deed in deeds] == [0, 1, 2]
    request = deeds[0].turn
    assert isinstance(request, Say)
    assert (request.intent, request.barge_in, request.voice) == ("branch_hours", None, "hibari")


def test_the_same_seed_makes_the_same_call_and_another_another() -> None:
    def lines(seed: int) -> list[str]:
        line = TextLine(list(HOURS))
        line.play(caller_on(line, hours("hesitates"), seed))
        return line.lines

    assert lines(3) == lines(3)
    assert len({tuple(lines(seed)) for seed in range(6)}) > 1


def test_keys_are_pressed_one_after_another_and_are_secret() -> None:
    goal = Goal("balance", {"customer": "204815", "pin": "4821"})
    pin = "To check it's you, please say or key in your 4-digit phone PIN."
    ways = set()
    for seed in range(8):
        line = TextLine([HOURS[0], pin, "You have $50 in checking. Anything else?", "Goodbye."])
        deeds = line.play(caller_on(line, Case("b", goal=goal), seed))
        pressed = [deed for deed in deeds if isinstance(deed, Press)]
        ways.add(bool(pressed))
        if pressed:
            assert "".join(deed.digit for deed in pressed) == "4821"
            assert {(deed.number, deed.turn) for deed in pressed} == {(1, Keys("4821", True))}
        else:
            said = deeds[1].turn
            assert isinstance(said, Say)
            assert said.secret
            assert said.text == "four eight two one"
    assert ways == {True, False}


def test_who_interrupts_speaks_into_the_question() -> None:
    line = TextLine(list(HOURS))
    deeds = line.play(caller_on(line, hours("interrupts", "terse")))
    request, answer = deeds[0].turn, deeds[1].turn
    assert isinstance(request, Say)
    assert isinstance(answer, Say)
    assert answer.text == "Old Town."
    assert answer.barge_in is not None
    assert 1.2 <= answer.barge_in < 3.0
    assert request.barge_in is None, "the welcome does not say what is asked"


def test_a_bot_that_says_nothing_is_asked_whether_it_is_there_and_then_left() -> None:
    line = TextLine([])
    deeds = line.play(caller_on(line, hours()), seconds=200)
    assert 1 <= len(deeds) <= 5
    assert line.lines[-1] == "caller hangs up"


def test_a_pause_within_the_bots_speech_is_no_end_when_it_goes_on_at_once() -> None:
    line = TextLine(["Hello.", "x"])
    caller = caller_on(line, hours("terse"))
    line.answer()
    early = [False] * 30 + [True] * 20 + [False] * 39 + [True] * 20
    line.words = ["Hello.", "How", "can", "I", "help", "you?"]
    acts = []
    for frame, audible in enumerate([*early, *[True] * 80, *[False] * 45]):
        acts.append(caller.step(Moment(frame, audible, idle=True)))
        caller.hear(SOUND if audible else QUIET)
    spoken = [at for at, act in enumerate(acts) if act is not None]
    assert spoken
    assert spoken[0] > len(early) + 80


def test_a_case_without_a_goal_has_no_simulated_caller() -> None:
    line = TextLine([])
    with pytest.raises(ValueError, match="has no goal"):
        caller_on(line, Case("scripted", turns=(Say("Hello."),)))


class Tone:
    """A voice that hums: 0.1 s for each character."""

    def say(self, text: str, name: str) -> Int16:
        count = 800 * len(text)
        samples: Int16 = (8000 * np.sin(np.arange(count) * 0.3)).astype(np.int16)
        return samples


class Length:
    """A recognizer that writes down how much it heard."""

    name = "length"

    def recognize(self, pcm: Int16, rate: int, *_: object) -> Recognition:
        return Recognition(f" {len(pcm) / rate:g} s ", 1.0)


def test_pieces_become_one_clip_with_their_pauses() -> None:
    with SpokenPieces(Tone()) as mouth:
        clip = mouth.prepare([Piece("aaaaa"), Piece("bbbbb", 0.7)], "tone").result(10)
        assert clip.text == "aaaaa bbbbb"
        assert clip.seconds == pytest.approx(1.7, abs=0.1)
        with pytest.raises(EngineError, match="says nothing"):
            mouth.prepare([Piece("")], "tone").result(10)


def test_ears_hear_what_was_said_last() -> None:
    with RecognizedSpeech(Length()) as ears:
        assert ears.listen(QUIET * 100).result(10) == "2 s"
        assert ears.listen(QUIET * 5000).result(10) == "50 s"
