"""Has the speaker finished? Smart Turn 3.2 (BSD-2-Clause): a hint from the sound of the last 8 s.

The network is a Whisper encoder of 8 s with a small classifier on top. It takes log-mel features,
float32 [1, 80, 800], of audio at 16 kHz whose end is now, normalized to mean 0 and variance 1, and
gives the probability that the turn is complete. One judgement costs about 0.09 s of one core.
Source: https://github.com/pipecat-ai/smart-turn; the features are those of transformers'
`WhisperFeatureExtractor(chunk_length=8)` with `do_normalize=True`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
)

from voicebot.audio.pcm import to_float
from voicebot.audio.resample import resample
from voicebot.engines.base import EngineError, Float32, Int16

RATE: Final = 16000
SECONDS: Final = 8
"""How far back the network looks."""

_SAMPLES: Final = RATE * SECONDS
_FFT: Final = 400
_HOP: Final = 160
_FRAMES: Final = _SAMPLES // _HOP
_MELS: Final = 80
_TOP_MEL: Final = 45.245640471924965  # 8 kHz on the Slaney scale


class SmartTurn:
    """The network, loaded once and shared; `probability` may run in several threads at once."""

    name = "smart turn 3.2"

    def __init__(self, path: Path) -> None:
        """Load `smart-turn-v3.2-cpu.onnx`.

        Raises:
            EngineError: the file is missing or is no such model.
        """
        if not path.is_file():
            raise EngineError(
                f"no end-of-turn model at {path}; "
                "run `python -m voicebot.models --fetch smart-turn`"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._features = Features()
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
            self._run(np.zeros((_MELS, _FRAMES), np.float32))
        except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, ValueError) as error:
            raise EngineError(
                f"{path} is no usable end-of-turn model ({error}); delete it and run "
                "`python -m voicebot.models --fetch smart-turn`"
            ) from error

    def probability(self, pcm: Int16, rate: int) -> float:
        """Probability (0 to 1) that who speaks in 16-bit mono audio at `rate` Hz has finished.

        The audio begins with the turn (what lies more than 8 s back is not looked at) and ends
        after a short silence, 0.1 to 0.3 s. Blocking, for about 0.1 s.

        Raises:
            EngineError: no audio, an impossible rate, or a failing model.
        """
        if not len(pcm):
            raise EngineError("no audio to judge a turn by")
        try:
            samples = resample(pcm[-rate * SECONDS :], rate, RATE)
        except ValueError as error:
            raise EngineError(str(error)) from error
        try:
            return self._run(self._features(to_float(samples)))
        except (Fail, InvalidArgument) as error:
            raise EngineError(f"{self.name} failed: {error}") from error

    def _run(self, features: Float32) -> float:
        output = self._session.run(None, {"input_features": features[np.newaxis]})[0]
        return float(np.asarray(output).reshape(-1)[0])


class Features:
    """Whisper's log-mel features of the last 8 s, float32 [80, 800]."""

    def __init__(self) -> None:
        self._window: Float32 = np.hanning(_FFT + 1)[:-1].astype(np.float32)
        self._filters: Float32 = mel_filters(_MELS, _FFT, RATE).astype(np.float32)

    def __call__(self, samples: Float32) -> Float32:
        """Features of audio of -1..1 at 16 kHz; shorter audio gets silence before it."""
        samples = samples[-_SAMPLES:]
        silence = _SAMPLES - len(samples)
        mean = samples.sum(dtype=np.float64) / _SAMPLES
        power = np.square(samples, dtype=np.float64).sum() / _SAMPLES
        scale = 1.0 / np.sqrt(power - mean**2 + 1e-7)
        # Frames that see only the silence in front are all alike: one of them is computed.
        skipped = max((silence - _FFT) // _HOP, 0)
        padded = np.pad(samples, (silence - skipped * _HOP, 0))
        normalized = ((padded - mean) * scale).astype(np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(
            np.pad(normalized, _FFT // 2, mode="reflect"), _FFT
        )[::_HOP][:-1]
        spectrum = np.fft.rfft(frames * self._window, axis=1)
        mel = self._filters @ np.square(np.abs(spectrum)).T.astype(np.float32)
        log = np.log10(np.maximum(mel, 1e-10))
        log = np.concatenate([np.repeat(log[:, :1], skipped, axis=1), log], axis=1)
        log = (np.maximum(log, log.max() - 8.0) + 4.0) / 4.0
        return np.ascontiguousarray(log, dtype=np.float32)


def mel_filters(count: int, fft: int, rate: int) -> NDArray[np.float64]:
    """Slaney's triangular mel filters of equal area, [count, fft // 2 + 1]."""
    mels = np.linspace(0.0, _TOP_MEL, count + 2)
    corners = np.where(
        mels < 15.0, mels * 200.0 / 3.0, 1000.0 * np.exp((mels - 15.0) * np.log(6.4) / 27.0)
    )
    frequencies = np.fft.rfftfreq(fft, 1.0 / rate)
    lower, centre, upper = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising = (frequencies - lower) / (centre - lower)
    falling = (upper - frequencies) / (upper - centre)
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)) * 2.0 / (upper - lower))


class Undecided:
    """The turn predictor that has no opinion; silence and words alone decide then."""

    name = "none"

    def probability(self, pcm: Int16, rate: int) -> None:
        """Always None."""
        return
