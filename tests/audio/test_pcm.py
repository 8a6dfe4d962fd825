import numpy as np
import pytest

from voicebot.audio import pcm


def square(amplitude: int, samples: int = 800):
    return np.where(np.arange(samples) % 2, amplitude, -amplitude).astype(np.int16)


def test_bytes_are_little_endian_and_come_back():
    samples = np.array([1, -2, 32767, -32768], np.int16)
    assert pcm.to_bytes(samples) == b"\x01\x00\xfe\xff\xff\x7f\x00\x80"
    assert np.array_equal(pcm.from_bytes(pcm.to_bytes(samples)), samples)
    with pytest.raises(ValueError, match="half a sample"):
        pcm.from_bytes(b"\x00")


def test_floats_come_back_and_are_clipped():
    assert pcm.to_int16(np.array([0.0, 2.0, -2.0], np.float32)).tolist() == [0, 32767, -32768]
    samples = np.array([0, 1000, -32768], np.int16)
    assert np.max(np.abs(pcm.to_int16(pcm.to_float(samples)).astype(int) - samples)) <= 1


def test_levels_are_relative_to_a_full_scale_square_wave():
    assert pcm.level(square(32767)) == pytest.approx(0.0, abs=0.01)
    assert pcm.level(square(3277)) == pytest.approx(-20.0, abs=0.01)
    assert pcm.level(square(0)) == pcm.SILENCE_DBFS
    assert pcm.level(square(1)[:0]) == pcm.SILENCE_DBFS
    both = np.concatenate([square(0), square(3277)])
    assert pcm.levels(both, 800) == pytest.approx([-120.0, -20.0], abs=0.01)
    assert len(pcm.levels(both[:1000], 800)) == 1
    assert pcm.loudest(both, 800) == pytest.approx(-20.0, abs=0.01)
    assert pcm.loudest(square(3277, 10), 800) == pytest.approx(-20.0, abs=0.01)
