"""Cutting at pauses: nothing that is said is lost, nothing too long, nothing out of order."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transcripts.cutting import CuttingSettings, Piece, Span, pieces, quietest, stretches

WINDOW = 0.032


def probabilities(*parts: tuple[float, float]) -> np.ndarray:
    """(seconds, probability) one after the other."""
    return np.concatenate(
        [np.full(round(seconds / WINDOW), value, np.float32) for seconds, value in parts]
    )


def test_speech_between_silences_is_found():
    found = stretches(probabilities((1, 0.0), (2, 0.9), (1, 0.1), (0.5, 0.8), (1, 0.0)), WINDOW)
    assert [(span.start, span.end) for span in found] == [
        (pytest.approx(1, abs=WINDOW), pytest.approx(3, abs=2 * WINDOW)),
        (pytest.approx(4, abs=2 * WINDOW), pytest.approx(4.5, abs=3 * WINDOW)),
    ]


def test_a_breath_does_not_end_a_stretch_and_a_click_is_none():
    found = stretches(
        probabilities((1, 0.9), (0.2, 0.0), (1, 0.9), (2, 0.0), (0.064, 0.9), (1, 0.0)), WINDOW
    )
    assert len(found) == 1
    assert found[0].seconds == pytest.approx(2.2, abs=2 * WINDOW)


def test_doubtful_windows_stay_what_they_were():
    found = stretches(probabilities((1, 0.3), (1, 0.9), (1, 0.3), (1, 0.0), (1, 0.3)), WINDOW)
    assert [span.seconds for span in found] == [pytest.approx(2, abs=2 * WINDOW)]


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_or_nothing(value):
    found = stretches(probabilities((10, value)), WINDOW)
    assert sum(span.seconds for span in found) == pytest.approx(10 * value, abs=WINDOW)
    assert stretches(np.zeros(0, np.float32), WINDOW) == []


def flat(seconds: float) -> np.ndarray:
    return np.full(round(seconds / WINDOW) + 1, -30.0, np.float32)


def test_silence_is_left_out_and_what_belongs_together_stays_together():
    speech = [Span(1, 4), Span(7, 9), Span(30, 33)]
    cut = pieces(speech, flat(40), WINDOW, 40)
    assert [len(piece.spans) for piece in cut] == [2, 1]
    assert cut[0].seconds == pytest.approx(5 + 4 * 0.25)
    assert cut[1].start == pytest.approx(29.75)


def test_a_row_is_cut_at_its_longest_pause():
    # 4 s of speech each; the pause before the seventh is the longest.
    starts = [0, 4.4, 8.8, 13.2, 17.6, 23.5, 27.9, 32.3]
    cut = pieces([Span(s, s + 4) for s in starts], flat(40), WINDOW, 40)
    assert [len(piece.spans) for piece in cut] == [5, 3]


def test_speech_without_any_pause_is_cut_where_it_is_quietest():
    levels = flat(60)
    dip = round(24.0 / WINDOW)
    levels[dip : dip + 4] = -60.0
    cut = pieces([Span(0, 60)], levels, WINDOW, 60)
    assert cut[0].end == pytest.approx(24.06, abs=0.05)
    assert max(piece.seconds for piece in cut) <= 28


def test_the_quietest_moment_lies_between_the_two():
    levels = np.linspace(-30, -60, 100).astype(np.float32)
    assert 1.0 <= quietest(levels, WINDOW, 1.0, 2.0) <= 2.0
    assert quietest(levels, WINDOW, 1.0, 2.0) > 1.9
    assert quietest(np.zeros(0, np.float32), WINDOW, 1.0, 2.0) == pytest.approx(1.5)


@st.composite
def recordings(draw: st.DrawFn) -> tuple[list[Span], float]:
    """Stretches of speech with pauses between, and the length of the recording."""
    moment, spans = draw(st.floats(0, 20)), []
    for _ in range(draw(st.integers(0, 12))):
        seconds = draw(st.floats(0.1, 70))
        spans.append(Span(moment, moment + seconds))
        moment += seconds + draw(st.floats(0.3, 15))
    return spans, moment


@given(recordings(), st.integers(0, 3))
def test_all_speech_is_in_pieces_that_are_in_order_and_short_enough(recording, seed):
    speech, seconds = recording
    levels = np.random.default_rng(seed).normal(-40, 10, round(seconds / WINDOW) + 1)
    cut = pieces(speech, levels.astype(np.float32), WINDOW, seconds)
    spans = [span for piece in cut for span in piece.spans]
    assert all(piece.seconds <= 28 + 1e-6 for piece in cut)
    assert all(0 <= span.start < span.end <= seconds + 1e-6 for span in spans)
    assert all(a.end <= b.start + 1e-9 for a, b in itertools.pairwise(spans))
    covered = sum(
        max(0.0, min(a.end, b.end) - max(a.start, b.start)) for a in speech for b in spans
    )
    assert covered == pytest.approx(sum(span.seconds for span in speech), abs=1e-6)


@given(recordings(), st.lists(st.floats(0, 40), min_size=2, max_size=9))
def test_moments_of_a_piece_lie_inside_its_spans_in_order(recording, moments):
    speech, seconds = recording
    for piece in pieces(speech, flat(seconds), WINDOW, seconds):
        at = [piece.at(moment) for moment in sorted(moments)]
        assert at == sorted(at)
        for moment in at:
            assert any(s.start - 1e-6 <= moment <= s.end + 1e-6 for s in piece.spans)


def test_a_moment_after_a_gap():
    piece = Piece((Span(10, 12), Span(20, 25)))
    assert piece.seconds == 7
    assert [piece.at(m) for m in (0, 1, 3, 7, 9)] == [10, 11, 21, 25, 25]


def test_settings_are_kept():
    settings = CuttingSettings(longest=5.0, pad=0.0, search=2.0)
    cut = pieces([Span(0, 12)], flat(12), WINDOW, 12, settings)
    assert len(cut) == 3 or max(piece.seconds for piece in cut) <= 5
