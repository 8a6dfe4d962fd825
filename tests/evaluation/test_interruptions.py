"""Interruptions and signs of listening with the real parts, in virtual time."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.interruptions import (
    Engines,
    Outcome,
    Sound,
    interruptions,
    over_the_bot,
    report,
    signs_of_listening,
)
from tests.engines.realaudio import DATA, needs_data, needs_silero, needs_whisper
from voicebot.config import Settings


@pytest.fixture(scope="module")
def engines() -> Engines:
    return Engines(Settings())


@needs_data
@needs_silero
@needs_whisper
@pytest.mark.parametrize("echo", [None, -20.0])
def test_people_interrupt_and_listen(engines: Engines, echo: float | None) -> None:
    draw = np.random.default_rng(3)
    sounds = [*interruptions([DATA / "an4"], 12), *signs_of_listening(15)]
    outcomes = [over_the_bot(engines, sound, draw, echo) for sound in sounds]
    real = [o for o in outcomes if o.sound.interrupts]
    signs = [o for o in outcomes if not o.sound.interrupts]
    assert all(o.paused is not None for o in real)
    assert all(o.asked for o in real)
    assert not [o for o in outcomes if o.early]
    assert sum(_stopped(o) for o in signs) <= 1
    assert "missed (no turn came of it): 0 of 12" in report(outcomes)


def _stopped(outcome: Outcome) -> bool:
    return outcome.asked is not None or (outcome.paused is not None and outcome.resumed is None)


@needs_silero
@needs_whisper
def test_the_echo_alone_never_stops_the_bot(engines: Engines) -> None:
    nothing = Sound("nothing", False, np.zeros(800, np.int16), 0.0)
    for echo, delay in ((-12.0, 0.02), (-12.0, 0.3), (-20.0, 0.1), (-30.0, 0.3)):
        draw = np.random.default_rng(round(-echo))
        outcome = over_the_bot(engines, nothing, draw, echo, delay)
        assert outcome.paused is None
        assert not outcome.early
