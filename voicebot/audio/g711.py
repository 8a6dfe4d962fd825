"""G.711: the mu-law and A-law of telephone lines, to and from 16-bit linear PCM.

ITU-T G.711 (11/88) with the tables of the G.191 software tool library: mu-law looks at the upper
14 bits of a sample, A-law at the upper 13. One byte a sample; linear PCM is little-endian.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicebot.audio.pcm import from_bytes

_Bytes = NDArray[np.uint8]
_Words = NDArray[np.int32]

_MULAW_BIAS: Final = 33
_MULAW_CLIP: Final = 8159


def ulaw_encode(pcm: bytes) -> bytes:
    """Compress 16-bit linear PCM to mu-law.

    Raises:
        ValueError: half a sample.
    """
    return _encode(pcm, _ULAW_OF_LINEAR)


def ulaw_decode(ulaw: bytes) -> bytes:
    """Expand mu-law to 16-bit linear PCM."""
    return _decode(ulaw, _LINEAR_OF_ULAW)


def alaw_encode(pcm: bytes) -> bytes:
    """Compress 16-bit linear PCM to A-law.

    Raises:
        ValueError: half a sample.
    """
    return _encode(pcm, _ALAW_OF_LINEAR)


def alaw_decode(alaw: bytes) -> bytes:
    """Expand A-law to 16-bit linear PCM."""
    return _decode(alaw, _LINEAR_OF_ALAW)


def _encode(pcm: bytes, table: _Bytes) -> bytes:
    return table[from_bytes(pcm).view(np.uint16)].tobytes()


def _decode(companded: bytes, table: NDArray[np.int16]) -> bytes:
    return table[np.frombuffer(companded, dtype=np.uint8)].tobytes()


def _all_samples() -> _Words:
    """Every 16-bit sample, in the order of its bits read as an unsigned number."""
    return np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)


def _ulaw_encoding() -> _Bytes:
    sample = _all_samples() >> 2
    mask = np.where(sample < 0, 0x7F, 0xFF)
    magnitude = np.minimum(np.abs(sample), _MULAW_CLIP) + _MULAW_BIAS
    segment = np.searchsorted([(0x40 << s) - 1 for s in range(8)], magnitude)
    code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0F)
    return _frozen((np.minimum(code, 0x7F) ^ mask).astype(np.uint8))


def _ulaw_decoding() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return _frozen_linear(np.where(code & 0x80, 0x84 - magnitude, magnitude - 0x84))


def _alaw_encoding() -> _Bytes:
    sample = _all_samples() >> 3
    mask = np.where(sample >= 0, 0xD5, 0x55)
    magnitude = np.where(sample >= 0, sample, -sample - 1)
    segment = np.searchsorted([(0x20 << s) - 1 for s in range(8)], magnitude)
    code = (segment << 4) | ((magnitude >> np.maximum(segment, 1)) & 0x0F)
    return _frozen((code ^ mask).astype(np.uint8))


def _alaw_decoding() -> NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (code & 0x70) >> 4
    step = (code & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return _frozen_linear(np.where(code & 0x80, magnitude, -magnitude))


def _frozen(table: _Bytes) -> _Bytes:
    table.flags.writeable = False
    return table


def _frozen_linear(table: NDArray[np.int32] | NDArray[np.int64]) -> NDArray[np.int16]:
    linear = table.astype("<i2")
    linear.flags.writeable = False
    return linear


_ULAW_OF_LINEAR: Final = _ulaw_encoding()
_LINEAR_OF_ULAW: Final = _ulaw_decoding()
_ALAW_OF_LINEAR: Final = _alaw_encoding()
_LINEAR_OF_ALAW: Final = _alaw_decoding()
