"""How good speech sounds to people, estimated by DNSMOS P.835 from the sound alone.

Source: C. Reddy, V. Gopal, R. Cutler, "DNSMOS P.835: a non-intrusive perceptual objective speech
quality metric to evaluate noise suppressors", ICASSP 2022. The network was taught with wide-band
speech: telephone speech is 8 kHz, so that its figures are for comparing runs, not for comparing
with other tables.
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
    NoSuchFile,
)

from voicebot.audio.pcm import Int16, to_float
from voicebot.audio.resample import resample
from voicebot.models import ModelMissing, ModelStore

RATE: Final = 16_000
WINDOW: Final = 144_160
"""Samples that the network looks at: 9.01 s."""
_MOST: Final = 2
"""Windows of one sound: each costs about 0.2 s of one core."""
_FIT: Final = (-0.06766283, 1.11546468, 0.04602535)
"""From the network's overall output to an opinion score (quadratic, linear, constant): the fit
published with the model."""


def installed(models_dir: Path) -> Path | None:
    """The file of the model under that folder; None where it is not there."""
    try:
        return ModelStore(models_dir).path("dnsmos")
    except ModelMissing:
        return None


class DnsmosError(RuntimeError):
    """The model or the sound can't be used; the message says what to do."""


class Dnsmos:
    """The network, loaded once."""

    def __init__(self, path: Path) -> None:
        """Load `sig_bak_ovr.onnx`.

        Raises:
            DnsmosError: the file is missing or is no such model.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
            self._input = self._session.get_inputs()[0].name
            self.overall(np.zeros(RATE, np.int16), RATE)
        except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
            raise DnsmosError(
                f"{path} is no usable model ({error}); delete it and run "
                "`python -m voicebot.models --fetch dnsmos`"
            ) from error

    def overall(self, speech: Int16, rate: int) -> float:
        """The overall opinion score, 1 (bad) to 5 (excellent), of 16-bit mono audio at `rate` Hz.

        What is shorter than 9 s is repeated; of longer audio the first two windows of 9 s count.

        Raises:
            DnsmosError: there is no audio.
        """
        if not len(speech):
            raise DnsmosError("no audio to be judged")
        samples = to_float(resample(speech, rate, RATE))
        if len(samples) < WINDOW:
            samples = np.tile(samples, -(-WINDOW // len(samples)))[:WINDOW]
        count = min(len(samples) // WINDOW, _MOST)
        windows = samples[: count * WINDOW].reshape(count, WINDOW)
        found = np.asarray(self._session.run(None, {self._input: windows})[0], np.float64)
        return float(np.mean(np.polyval(_FIT, found[:, 2])))
