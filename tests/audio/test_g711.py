"""G.711 against the C implementation that Python carried up to 3.12."""

import warnings

import numpy as np
import pytest

from voicebot.audio import g711

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    audioop = pytest.importorskip("audioop", reason="audioop left Python in 3.13")

ALL_SAMPLES = np.arange(-32768, 32768, dtype=np.int32).astype("<i2").tobytes()
ALL_CODES = bytes(range(256))


def test_every_sample_is_encoded_like_the_reference():
    assert g711.ulaw_encode(ALL_SAMPLES) == audioop.lin2ulaw(ALL_SAMPLES, 2)
    assert g711.alaw_encode(ALL_SAMPLES) == audioop.lin2alaw(ALL_SAMPLES, 2)


def test_every_code_is_decoded_like_the_reference():
    assert g711.ulaw_decode(ALL_CODES) == audioop.ulaw2lin(ALL_CODES, 2)
    assert g711.alaw_decode(ALL_CODES) == audioop.alaw2lin(ALL_CODES, 2)


def test_known_values_of_the_recommendation():
    assert g711.ulaw_encode(b"\x00\x00") == b"\xff"
    assert g711.alaw_encode(b"\x00\x00") == b"\xd5"
    assert np.frombuffer(g711.ulaw_decode(b"\x00\x80"), "<i2").tolist() == [-32124, 32124]
    assert np.frombuffer(g711.alaw_decode(b"\x2a\xaa"), "<i2").tolist() == [-32256, 32256]


@pytest.mark.parametrize("encode", [g711.ulaw_encode, g711.alaw_encode])
def test_half_a_sample_is_refused(encode):
    with pytest.raises(ValueError, match="half a sample"):
        encode(b"\x00\x00\x00")


def test_nothing_stays_nothing():
    for convert in (g711.ulaw_encode, g711.ulaw_decode, g711.alaw_encode, g711.alaw_decode):
        assert convert(b"") == b""
