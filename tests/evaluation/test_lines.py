from __future__ import annotations

import numpy as np
import pytest

from evaluation.lines import (
    CallerLine,
    Echo,
    Jitter,
    Losses,
    active_level,
    banded,
    coded,
    noise_bed,
)
from evaluation.sets.model import Line
from tests.evaluation.bench.tracks import silence, tone
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import Int16, from_bytes, level
from voicebot.caller.wire import FRAME, SILENT_FRAME

BAD = Line(codec="alaw", snr=10.0, noise="babble", loss=0.1, jitter=0.03, echo=20.0)


def frames(pcm: Int16) -> list[bytes]:
    whole = ulaw_encode(pcm[: len(pcm) // FRAME * FRAME].tobytes())
    return [whole[at : at + FRAME] for at in range(0, len(whole), FRAME)]


SPEECH = frames(tone(1.0, 800.0))


def carried(line: CallerLine, idle: int, number: int = 0) -> list[bytes | None]:
    """`idle` frames of nothing, then the utterance."""
    for _ in range(idle):
        line.carry(None, 0, SILENT_FRAME)
    spoken = line.utter(number, SPEECH)
    return [line.carry(spoken, place, SILENT_FRAME) for place in range(len(SPEECH))]


def test_the_same_seed_puts_the_same_bytes_onto_the_line_whenever_the_caller_speaks() -> None:
    quick, slow = CallerLine(BAD, 7), CallerLine(BAD, 7)
    assert carried(quick, idle=3) == carried(slow, idle=250)
    assert quick.sound == slow.sound


@pytest.mark.parametrize("other", [(BAD, 8, 0), (BAD, 7, 1), (Line(), 7, 0)])
def test_another_seed_utterance_or_line_sounds_otherwise(other: tuple[Line, int, int]) -> None:
    line, seed, number = other
    one, another = CallerLine(BAD, 7), CallerLine(line, seed)
    assert carried(one, 0) != carried(another, 0, number)
    assert one.sound != another.sound


def test_the_echo_is_no_part_of_what_was_said() -> None:
    alone, echoed = CallerLine(BAD, 7), CallerLine(BAD, 7)
    loud = ulaw_encode(tone(0.02).tobytes())
    for line, bot in ((alone, SILENT_FRAME), (echoed, loud)):
        spoken = line.utter(0, SPEECH)
        line.heard = [line.carry(spoken, place, bot) for place in range(50)]  # type: ignore[attr-defined]
    assert alone.sound == echoed.sound
    assert alone.heard != echoed.heard  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["white", "pink", "hum", "babble"])
def test_noise_is_as_far_below_the_speech_as_it_has_to_be(kind: str) -> None:
    line = CallerLine(Line(snr=15.0, noise=kind), 1, speech=-22.0)  # type: ignore[arg-type]
    got = [line.carry(None, 0, SILENT_FRAME) for _ in range(400)]
    heard = from_bytes(ulaw_decode(b"".join(frame for frame in got if frame)))
    assert level(heard) == pytest.approx(-37.0, abs=0.5)


@pytest.mark.parametrize("kind", ["white", "pink", "hum", "babble"])
def test_a_bed_of_noise_has_no_seam(kind: str) -> None:
    bed = noise_bed(kind, -30.0, np.random.default_rng(3))
    inside = np.abs(np.diff(bed))
    assert abs(bed[0] - bed[-1]) <= float(inside.max())


def test_a_clean_line_is_not_silent_and_leaves_speech_as_it_is() -> None:
    line = CallerLine(Line(band="wide"), 1)
    idle = line.carry(None, 0, SILENT_FRAME)
    assert idle is not None
    assert idle != SILENT_FRAME
    said = b"".join(frame or b"" for frame in carried(line, 0))
    clean, got = (from_bytes(ulaw_decode(x)).astype(float) for x in (b"".join(SPEECH), said))
    assert np.max(np.abs(got - clean)) <= 512  # one step of mu-law where it is loud


def test_a_narrow_band_lets_only_a_telephone_voice_through() -> None:
    for hertz, through in ((60.0, False), (150.0, False), (1000.0, True), (3900.0, False)):
        sound = tone(0.5, hertz)
        loss = level(sound) - level(banded(sound, "narrow"))
        assert (abs(loss) < 0.5) if through else (loss > 15), hertz
    sound = tone(0.1)
    assert np.array_equal(banded(sound, "wide"), sound)
    assert len(banded(sound, "narrow")) == len(sound)


def test_a_codec_is_heard() -> None:
    sound = tone(0.1, 333.0, 1234.0)
    assert coded(sound, "mulaw") == ulaw_encode(sound.tobytes())
    assert coded(sound, "alaw") != coded(sound, "mulaw")
    heard = from_bytes(ulaw_decode(coded(sound, "alaw"))).astype(float)
    assert level((heard - sound).astype(np.int16)) < level(sound) - 25


@pytest.mark.parametrize("share", [0.0, 0.03, 0.3])
def test_as_many_frames_are_lost_as_have_to_be_and_in_bursts(share: float) -> None:
    losses = Losses(share, np.random.default_rng(5))
    lost = np.array([losses.next() for _ in range(30_000)])
    assert float(lost.mean()) == pytest.approx(share, abs=0.1 * share + 1e-9)
    if share:
        bursts = int(np.count_nonzero(np.diff(lost.astype(int)) == 1))
        assert lost.sum() / bursts == pytest.approx(2.0, abs=0.2)


def test_jitter_holds_frames_back_but_never_loses_or_turns_them() -> None:
    jitter = Jitter(0.04, np.random.default_rng(2))
    got: list[str] = []
    most = 0
    for step in range(500):
        due = jitter.step([str(step)])
        most = max(most, step + 1 - len(got) - len(due))
        got += due
    got += jitter.rest()
    assert got == [str(step) for step in range(500)]
    assert 1 <= most <= 0.04 * 4 / 0.02 + 1
    assert Jitter(0.0, np.random.default_rng(2)).step(["a", "b"]) == ["a", "b"]


def test_an_echo_comes_back_later_and_softer() -> None:
    echo = Echo(20.0, 0.1)
    bot = tone(0.02, 1000.0)
    played = [ulaw_encode(bot.tobytes()), *[SILENT_FRAME] * 10]
    got = np.concatenate([echo.next(frame) for frame in played])
    first = int(np.flatnonzero(np.abs(got) > 50)[0])
    assert first / 8000 == pytest.approx(0.1, abs=0.002)
    back = got[800:960].astype(np.int16)
    assert level(bot) - level(back) == pytest.approx(20.0, abs=0.3)


def test_the_level_of_speech_leaves_out_its_pauses() -> None:
    speech = np.concatenate([tone(1.0), silence(2.0), tone(1.0)])
    assert active_level(speech) == pytest.approx(level(tone(1.0)), abs=0.2)
    assert active_level(silence(0.001)) == -120.0
