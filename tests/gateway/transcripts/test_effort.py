"""Progress that never goes back and ends at one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transcripts.effort import DECODING, LISTENING, Effort


@given(
    st.floats(0, 20_000),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=8),
    st.floats(0, 1),
)
def test_it_grows_from_zero_to_one(seconds, listened, spoken):
    effort = Effort(seconds, 0.02)
    speech = seconds * spoken
    shares = [effort.listened(seconds * part, seconds * part * s) for part, s in sorted(listened)]
    shares += [effort.recognized(speech * part / 5, speech) for part in range(6)]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert shares[-1] == pytest.approx(1)


def test_half_the_speech_is_half_of_what_recognition_takes():
    before = DECODING + LISTENING
    done = Effort(100.0, 0.03).recognized(50.0, 100.0)
    assert done == pytest.approx((before + 0.015) / (before + 0.03))


def test_in_a_recording_of_silence_listening_is_all_there_is():
    effort = Effort(1000.0, 0.02)
    assert effort.listened(500.0, 0.0) == pytest.approx(
        (DECODING + LISTENING / 2) / (DECODING + LISTENING)
    )
