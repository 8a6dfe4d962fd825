from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.bench.calls import Arrival, Cleared, MarkSent
from evaluation.bench.measures import (
    audio_after_clear,
    bot_sounds,
    gaps,
    onset_after,
    outgoing_until,
    sounding_at,
    speech_of,
)
from tests.evaluation.bench.tracks import call_log, placed, spoken, tone


def test_speech_lies_in_the_channel_where_it_lies_in_the_clip() -> None:
    clip = spoken((0.5, 1.0), (1.4, 2.0), total=3.0)
    log = call_log(total=8, said=[(4.0, clip)], bot=[])
    speech = speech_of(log.said[0])
    assert speech is not None
    assert speech.start == pytest.approx(4.2, abs=0.03)
    assert speech.end == pytest.approx(5.7, abs=0.03)


def test_a_clip_that_was_cut_short_has_no_end_to_measure_from() -> None:
    clip = spoken((0.5, 1.0), total=2.0)
    log = call_log(total=2, said=[(1.0, clip)], bot=[])
    cut = log.said[0].__class__(clip, 50, 50 + len(clip.frames) - 1)
    assert speech_of(cut) is None


def test_the_bots_sounds_are_found_to_a_hundredth_of_a_second() -> None:
    bot = placed(5, [(1.0, tone(0.5)), (2.75, tone(1.0))])
    assert bot_sounds(bot) == [
        (pytest.approx(1.0, abs=0.011), pytest.approx(1.5, abs=0.011)),
        (pytest.approx(2.75, abs=0.011), pytest.approx(3.75, abs=0.011)),
    ]


def test_a_click_and_a_murmur_below_hearing_are_no_sounds() -> None:
    assert bot_sounds(placed(2, [(1.0, tone(0.005))])) == []
    assert bot_sounds(placed(2, [(1.0, tone(0.5, amplitude=50))])) == []


def test_an_answer_begins_after_silence() -> None:
    sounds = [(0.0, 1.0), (1.05, 2.0), (3.0, 3.5)]
    assert onset_after(sounds, 0.5, quiet=0.2) == 3.0  # 1.05 goes on with what sounds at 0.5
    assert onset_after(sounds, 2.5, quiet=0.2) == 3.0
    assert onset_after(sounds, 3.2, quiet=0.2) is None
    assert onset_after([(1.1, 2.0)], 1.0, quiet=0.2) == 1.1


def test_an_answer_right_behind_the_end_of_speech_counts_though_the_bot_spoke_before() -> None:
    assert onset_after([(0.0, 3.0), (3.1, 4.0)], 3.05, quiet=0.2) == 3.1


def test_speaking_bridges_short_pauses() -> None:
    sounds = [(1.0, 2.0), (2.2, 3.0)]
    assert sounding_at(sounds, 2.1, bridged=0.15)
    assert not sounding_at(sounds, 3.5, bridged=0.15)
    assert not sounding_at([], 1.0, bridged=0.15)


def test_the_end_of_outgoing_audio_is_found_within_a_frame() -> None:
    outgoing = [0] * 10 + [160] * 20 + [80] + [0] * 30
    assert outgoing_until(outgoing, 0.3) == pytest.approx(0.61)
    assert outgoing_until(outgoing, 0.9) is None  # nothing is going out then


def test_a_short_pause_in_outgoing_audio_is_no_end_and_audio_to_the_end_has_none() -> None:
    assert outgoing_until([160] * 10 + [0] * 3 + [160] * 10 + [0] * 10, 0.0) == pytest.approx(0.46)
    assert outgoing_until([160] * 20, 0.1) is None


def arrivals(*at: float, size: int = 160) -> list[Arrival]:
    return [Arrival(moment, size) for moment in at]


def test_audio_that_comes_in_time_has_no_gap_and_late_audio_has_its_lateness() -> None:
    steady = [Arrival(0.0, 800), *arrivals(0.02, 0.04, 0.06, 0.08)]
    assert gaps(steady, [], []) == []
    late = [Arrival(0.0, 800), *arrivals(0.15)]  # 100 ms were there, 150 had passed
    assert gaps(late, [], []) == [pytest.approx(0.05)]


def test_silence_between_two_lines_is_no_gap_but_between_pieces_of_a_line_it_is() -> None:
    sent = arrivals(0.0, 0.02, 1.0, 1.02)
    marks = [MarkSent(0.03, "1.1", 320), MarkSent(1.03, "1.2", 640)]
    assert gaps(sent, [], marks) == []
    assert gaps(sent, [], marks, lambda piece: "one line") == [pytest.approx(0.96)]


def test_what_follows_a_clear_is_a_new_beginning() -> None:
    sent = [Arrival(0.0, 8000), Arrival(0.9, 160)]
    assert gaps(sent, [Cleared(0.2, 6400)], []) == []


def test_leftovers_after_a_clear_are_counted_and_a_new_answer_is_not() -> None:
    sent = arrivals(0.5, 1.02, 1.3)
    assert audio_after_clear(sent, [Cleared(1.0, 0)]) == 160
    assert audio_after_clear(sent, []) == 0


def test_an_answer_that_begins_at_once_after_a_clear_is_no_leftover() -> None:
    assert audio_after_clear(arrivals(1.02, 1.04), [Cleared(1.0, 0)], begun=[1.015]) == 0
    assert audio_after_clear(arrivals(1.02, 1.04), [Cleared(1.0, 0)], begun=[0.5]) == 320


@given(st.lists(st.floats(0, 5), min_size=1, max_size=40))
def test_gaps_are_never_negative_and_never_longer_than_the_call(moments: list[float]) -> None:
    found = gaps(arrivals(*sorted(moments)), [], [])
    assert all(0 < gap <= 5 for gap in found)
