from __future__ import annotations

import numpy as np
import soundfile

from evaluation.sets.importers.audio import in_order
from tests.evaluation.sets.importers.originals import DATA, real


@real
def test_the_byte_order_of_real_recordings_is_heard() -> None:
    files = sorted((DATA / "an4" / "audio").glob("*.flac"))[::12]
    assert len(files) == 20
    for file in files:
        samples, _ = soundfile.read(file, dtype="int16")
        for order in ("<i2", ">i2"):
            assert np.array_equal(in_order(samples.astype(order).tobytes()), samples)
