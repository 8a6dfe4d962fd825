"""Voice activity by Silero VAD 6.2 (MIT), which hears telephone audio at 8 kHz natively.

The ONNX model takes 32 samples of context and a window of 256 samples (32 ms), and an LSTM state of
shape [2, 1, 128]; it gives the probability of speech. A window costs about 0.15 ms of one core.
Source: https://github.com/snakers4/silero-vad, `src/silero_vad/utils_vad.py`, OnnxWrapper.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
)

from voicebot.engines.base import EngineError, Float32, Int16

RATE: Final = 8000
WINDOW: Final = 256
_CONTEXT: Final = 32
_STATE: Final = (2, 1, 128)
_QUIET: Final = 0.15
_FORGET_AFTER: Final = 31
"""Windows (1 s) of quiet after which the past is forgotten."""


class SileroModel:
    """The network, loaded once; each stream of audio has a `SileroActivity` of its own."""

    name = "silero"

    def __init__(self, path: Path) -> None:
        """Load `silero_vad.onnx`.

        Raises:
            EngineError: the file is missing or is no such model.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        if not path.is_file():
            raise EngineError(
                f"no voice activity model at {path}; run `python -m voicebot.models --fetch silero`"
            )
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
            self.stream().probability(np.zeros(WINDOW, np.int16))
        except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, ValueError) as error:
            raise EngineError(
                f"{path} is no usable Silero model ({error}); delete it and run "
                "`python -m voicebot.models --fetch silero`"
            ) from error

    def stream(self) -> SileroActivity:
        """Voice activity for one stream of 8 kHz audio."""
        return SileroActivity(self)

    def run(self, samples: Float32, state: Float32) -> tuple[float, Float32]:
        """One step: samples [1, 288] and state [2, 1, 128] to a probability and the next state."""
        output, following = self._session.run(
            None, {"input": samples, "state": state, "sr": np.array(RATE, np.int64)}
        )
        return float(output[0, 0]), following


class SileroActivity:
    """Voice activity of one stream. Not to be shared: the state is the stream's own.

    What was said before makes the model slow to hear the next beginning, by up to 0.9 s with
    isolated digits and however long it was quiet. So its state is forgotten where it is quiet.
    """

    window = WINDOW

    def __init__(self, model: SileroModel) -> None:
        self._model = model
        self._samples: Float32 = np.zeros((1, _CONTEXT + WINDOW), np.float32)
        self._state: Float32 = np.zeros(_STATE, np.float32)
        self._quiet = 0

    def probability(self, window: Int16) -> float:
        """Probability (0 to 1) that these 256 samples hold speech.

        Raises:
            ValueError: another number of samples.
        """
        if window.shape != (WINDOW,):
            raise ValueError(f"voice activity takes {WINDOW} samples at once, got {window.shape}")
        samples = self._samples
        samples[0, :_CONTEXT] = samples[0, WINDOW:]
        samples[0, _CONTEXT:] = window.astype(np.float32) / 32768.0
        probability, self._state = self._model.run(samples, self._state)
        self._quiet = self._quiet + 1 if probability < _QUIET else 0
        if self._quiet == _FORGET_AFTER:
            self._state = np.zeros(_STATE, np.float32)
            self._quiet = 0
        return probability
