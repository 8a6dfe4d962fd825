from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from evaluation.bench.calls import Moment
from evaluation.callers.base import Act, Hold, Press, Utterance
from evaluation.callers.scripted import PATIENCE, QUICKEST, SLOWEST, ScriptedCaller
from evaluation.sets.model import Keys, Say, Silence, Turn
from tests.evaluation.bench.tracks import spoken, tone
from voicebot.audio.g711 import ulaw_encode
from voicebot.caller.wire import FRAME_SECONDS, SILENT_FRAME

CLIP = spoken((0.3, 0.9), total=1.4)
LOUD = ulaw_encode(tone(FRAME_SECONDS).tobytes())


@dataclass
class Stage:
    """A caller in virtual time before a bot that speaks when it is told to."""

    turns: tuple[Turn, ...]
    seed: int = 1
    frame: int = 0
    acts: list[tuple[float, Act]] = field(default_factory=list)

    def __post_init__(self) -> None:
        said = {n: CLIP for n, turn in enumerate(self.turns) if isinstance(turn, Say)}
        self.caller = ScriptedCaller(self.turns, said, self.seed)
        self.saying = 0

    @property
    def now(self) -> float:
        return self.frame * FRAME_SECONDS

    def run(self, seconds: float, *, bot: bool = False) -> None:
        """`seconds` pass; `bot`: it speaks all the time."""
        for _ in range(round(seconds / FRAME_SECONDS)):
            if self.hung_up is not None:
                return
            if self.saying:
                self.saying -= 1
            else:
                act = self.caller.step(Moment(self.frame, bot, not bot))
                if act is not None:
                    self.acts.append((self.now, act))
                if isinstance(act, Utterance):
                    self.saying = len(act.clip.frames) - 1
            self.caller.hear(LOUD if bot else SILENT_FRAME)
            self.frame += 1

    def begun(self, number: int) -> float:
        return next(
            at for at, act in self.acts if act != "hang up" and act and act.number == number
        )

    @property
    def hung_up(self) -> float | None:
        return next((at for at, act in self.acts if act == "hang up"), None)


def test_it_speaks_when_the_bot_has_finished_and_hangs_up_after_the_last_answer() -> None:
    stage = Stage((Say("hello"), Say("goodbye")))
    stage.run(2.0, bot=True)
    stage.run(2.0)
    assert QUICKEST <= stage.begun(0) - 2.0 <= SLOWEST + 0.05
    stage.run(1.0)
    assert len(stage.acts) == 1, "it waits for an answer"
    stage.run(1.0, bot=True)
    stage.run(3.0)
    assert stage.begun(1) > 6.0
    stage.run(1.0, bot=True)
    stage.run(2.0)
    assert stage.hung_up is not None


def test_the_same_seed_takes_the_same_time_to_think_and_another_does_not() -> None:
    def gap(seed: int) -> float:
        stage = Stage((Say("hello"),), seed)
        stage.run(1.0, bot=True)
        stage.run(2.0)
        return stage.begun(0)

    assert gap(3) == gap(3)
    assert len({gap(seed) for seed in range(8)}) > 3


def test_a_breath_of_the_bot_is_not_its_end() -> None:
    stage = Stage((Say("hello"),))
    for _ in range(3):
        stage.run(1.0, bot=True)
        stage.run(0.5)
    assert stage.acts == []


def test_it_interrupts_at_its_moment_though_the_bot_goes_on() -> None:
    stage = Stage((Say("stop", barge_in=1.5),))
    stage.run(0.5)
    stage.run(4.0, bot=True)
    assert stage.begun(0) == pytest.approx(2.0, abs=0.05)


def test_a_sound_of_listening_is_made_over_the_bot_and_asks_for_no_answer() -> None:
    stage = Stage((Say("mm-hmm", backchannel=True), Say("hello")))
    stage.run(0.4)
    stage.run(4.0, bot=True)
    assert stage.begun(0) == pytest.approx(1.4, abs=0.05)
    stage.run(1.5)
    assert stage.begun(1) < 6.0, "what the bot was saying all the time is what it waited for"


def test_an_answer_that_begins_right_behind_the_speech_counts() -> None:
    stage = Stage((Say("hello"), Say("goodbye")))
    stage.run(1.0, bot=True)
    stage.run(SLOWEST + 0.1)
    stage.run(stage.begun(0) + CLIP.end + 0.06 - stage.now)
    stage.run(1.0, bot=True)
    stage.run(SLOWEST + 0.1)
    assert stage.begun(1) < stage.now


def test_keys_are_pressed_one_after_another() -> None:
    stage = Stage((Keys("48"),))
    stage.run(1.0, bot=True)
    stage.run(2.5)
    pressed = [(at, act.digit) for at, act in stage.acts if isinstance(act, Press) and act.digit]
    assert [digit for _, digit in pressed] == ["4", "8"]
    assert pressed[1][0] - pressed[0][0] == pytest.approx(0.24)


def test_a_silence_is_kept_whatever_the_bot_does_and_need_not_be_answered() -> None:
    stage = Stage((Silence(3.0), Say("hello")))
    stage.run(1.0, bot=True)
    stage.run(2.0)
    stage.run(1.0, bot=True)
    stage.run(4.0)
    held = [at for at, act in stage.acts if isinstance(act, Hold)]
    assert held[-1] - held[0] == pytest.approx(3.0, abs=0.05)
    assert held[-1] < stage.begun(1) < held[-1] + 2.0


def test_a_bot_that_never_answers_is_given_up() -> None:
    stage = Stage((Say("hello"), Say("hello?"), Say("anybody?")))
    stage.run(1.0, bot=True)
    stage.run(3 * PATIENCE)
    assert stage.hung_up is not None
    assert stage.caller.unanswered == 2
    assert not any(isinstance(act, Utterance) and act.number == 2 for _, act in stage.acts)


def test_an_answer_in_between_makes_it_patient_again() -> None:
    stage = Stage((Say("a"), Say("b"), Say("c")))
    stage.run(1.0, bot=True)
    stage.run(PATIENCE + 4)
    stage.run(1.0, bot=True)
    stage.run(PATIENCE + 4)
    assert [a.number for _, a in stage.acts if isinstance(a, Utterance)] == [0, 1, 2]
