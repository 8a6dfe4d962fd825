"""From probabilities of windows to speech that starts and pauses."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.conversation.activity import ActivitySettings, SpeechDetector
from voicebot.conversation.events import SpeechPaused, SpeechStarted

WINDOW = 0.032


def heard(
    probabilities: list[float], settings: ActivitySettings | None = None
) -> list[tuple[float, SpeechStarted | SpeechPaused]]:
    """(when it was noticed, what) for windows of 32 ms."""
    detector = SpeechDetector(settings or ActivitySettings())
    found = []
    for number, probability in enumerate(probabilities):
        event = detector.feed(probability, number * WINDOW, WINDOW)
        if event is not None:
            found.append((round((number + 1) * WINDOW, 3), event))
    return found


def test_speech_begins_with_its_first_window_and_ends_with_its_last() -> None:
    events = heard([0.0] * 5 + [0.9] * 10 + [0.0] * 10)
    assert [(at, event.at) for at, event in events] == [
        (pytest.approx(8 * WINDOW), pytest.approx(5 * WINDOW)),
        (pytest.approx(22 * WINDOW, abs=1e-3), pytest.approx(15 * WINDOW)),
    ]


def test_a_short_sound_is_no_speech() -> None:
    assert heard([0.0, 0.9, 0.9, 0.0, 0.0, 0.9, 0.9, 0.0]) == []


def test_doubtful_windows_keep_the_state() -> None:
    assert len(heard([0.9] * 5 + [0.4] * 50)) == 1
    assert heard([0.4] * 50) == []


def pauses(probabilities: list[float], levels: list[float]) -> list[tuple[float, float]]:
    """(when it was noticed, where speech ended) in windows, of a detector that knows levels."""
    detector = SpeechDetector(ActivitySettings(pause=0.096, lag=0.096))
    found = []
    for number, (probability, level) in enumerate(zip(probabilities, levels, strict=True)):
        event = detector.feed(probability, number * WINDOW, WINDOW, level=level)
        if isinstance(event, SpeechPaused):
            found.append((float(number + 1), round(event.at / WINDOW, 3)))
    return found


def test_the_silence_of_the_ear_counts_once_voice_activity_agrees() -> None:
    heard_until_14 = [0.9] * 14 + [0.0] * 6
    # The ear hears nothing from window 12 on: at once when voice activity agrees.
    assert pauses(heard_until_14, [-25.0] * 12 + [-70.0] * 8) == [(15.0, 14.0)]
    # It has heard nothing for long: speech ended at most three windows later.
    assert pauses(heard_until_14, [-25.0] * 10 + [-70.0] * 10) == [(15.0, 13.0)]
    # It hears something all the time: voice activity alone decides, after 96 ms.
    assert pauses(heard_until_14, [-25.0] * 20) == [(17.0, 14.0)]


def test_long_silence_is_a_pause_whatever_voice_activity_believes() -> None:
    assert pauses([0.9] * 30, [-25.0] * 10 + [-70.0] * 4 + [-25.0] * 16) == []
    assert pauses([0.9] * 30, [-25.0] * 10 + [-70.0] * 20) == [(15.0, 13.0)]


def test_on_a_noisy_line_the_noise_is_silence_too() -> None:
    """Speech 20 dB above the noise: never 30 dB below the loudest, and voice activity lags."""
    quiet, spoken = [0.0] * 20 + [0.9] * 10, [-45.0] * 20 + [-25.0] * 10
    tail = [0.9] * 6 + [0.0] * 6
    assert pauses(quiet + tail, spoken + [-44.0] * 12) == [(35.0, 33.0)]
    # A voice that goes on softly is not taken for noise.
    assert pauses(quiet + tail, spoken + [-36.0] * 12) == [(39.0, 36.0)]


def test_where_speech_is_hardly_louder_than_the_noise_the_ear_has_no_say() -> None:
    quiet, spoken = [0.0] * 20 + [0.9] * 10, [-30.0] * 20 + [-20.0] * 10
    assert pauses(quiet + [0.9] * 6 + [0.0] * 6, spoken + [-29.0] * 12) == [(39.0, 36.0)]


def test_the_noise_is_learned_quickly_when_it_falls_and_slowly_when_it_rises() -> None:
    """A sound that is no speech does not make what follows it silent to the ear."""
    before = [0.0] * 30 + [0.2] * 3 + [0.9] * 10
    levels = [-70.0] * 30 + [-35.0] * 3 + [-25.0] * 10
    assert pauses(before + [0.9] * 10, levels + [-45.0] * 10) == []


def test_somebody_who_just_spoke_is_believed_sooner() -> None:
    after_a_pause = heard([0.9] * 5 + [0.0] * 10 + [0.9] * 2)
    assert [type(event) for _, event in after_a_pause] == [
        SpeechStarted,
        SpeechPaused,
        SpeechStarted,
    ]
    long_after = heard([0.9] * 5 + [0.0] * 60 + [0.9] * 2)
    assert len(long_after) == 2


@given(st.lists(st.floats(0, 1), max_size=200))
def test_starts_and_pauses_take_turns_and_time_runs_forward(probabilities: list[float]) -> None:
    events = heard(probabilities)
    kinds = [type(event) for _, event in events]
    assert kinds == [SpeechStarted, SpeechPaused] * (len(kinds) // 2) + [SpeechStarted] * (
        len(kinds) % 2
    )
    for noticed, event in events:
        assert event.at < noticed
    for (_, former), (_, latter) in pairwise(events):
        assert former.at <= latter.at


def over_the_bot(probabilities: list[float]) -> list[tuple[int, type]]:
    detector = SpeechDetector(ActivitySettings())
    found = []
    for number, probability in enumerate(probabilities):
        event = detector.feed(probability, number * WINDOW, WINDOW, over_bot=True)
        if event is not None:
            found.append((number, type(event)))
    return found


def test_over_the_bot_the_first_sign_of_a_voice_is_enough() -> None:
    assert over_the_bot([0.0, 0.05, 0.12, 0.6, 0.9, 0.9])[0] == (2, SpeechStarted)
    assert heard([0.0, 0.05, 0.12, 0.0, 0.0]) == []


def test_after_false_alarms_signs_are_not_trusted_for_longer_and_longer() -> None:
    blip = [0.12] + [0.0] * 30
    alarms = [at for at, kind in over_the_bot(blip * 200) if kind is SpeechStarted]
    gaps = [(b - a) * WINDOW for a, b in pairwise(alarms)]
    assert gaps == sorted(gaps)
    assert gaps[0] >= 5.0
    assert gaps[-1] >= 60.0
    assert over_the_bot(blip + [0.9] * 5)[-1] == (len(blip) + 2, SpeechStarted)


def test_real_speech_restores_trust() -> None:
    speech = [0.12, 0.9, 0.9, 0.9] + [0.0] * 20
    started = [kind for _, kind in over_the_bot(speech * 5) if kind is SpeechStarted]
    assert len(started) == 5
