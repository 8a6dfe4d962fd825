import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio.frames import Framer


@given(size=st.integers(1, 50), lengths=st.lists(st.integers(0, 120), max_size=10))
def test_every_sample_comes_out_once_and_in_order(size, lengths):
    audio = np.arange(sum(lengths), dtype=np.int16)
    framer, frames, at = Framer(size), [], 0
    for length in lengths:
        frames += framer.push(audio[at : at + length])
        at += length
        assert framer.pending == at - size * len(frames) < size
    frames += framer.flush()
    assert all(frame.shape == (size,) for frame in frames)
    joined = np.concatenate(frames) if frames else audio
    assert np.array_equal(joined[: len(audio)], audio)
    assert not joined[len(audio) :].any()
    assert framer.pending == 0
    assert framer.flush() == []


def test_frames_need_samples():
    with pytest.raises(ValueError, match="no audio"):
        Framer(0)
