"""Speech synthesis by hibari (Apache-2.0): one English voice in the package, 24 kHz, one thread.

A sentence costs about a seventieth of its own duration on one core. The noise in the voice is
seeded, so the same text always gives the same samples, which the tests and the cache rely on.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Final

import numpy as np
from hibari import SAMPLE_RATE, Hibari

from voicebot.audio.pcm import Int16, to_int16
from voicebot.audio.resample import resample
from voicebot.audio.speech import amplify, gain_for, trim
from voicebot.engines.base import EngineError, VoiceSettings
from voicebot.engines.limits import checked_rate, checked_text

_SEED: Final = 1
_BETWEEN: Final = 0.2  # seconds of silence between two sentences


class HibariSynthesizer:
    """English text to speech. Several threads may speak at once."""

    def __init__(self) -> None:
        """Load the voice.

        Raises:
            EngineError: the package's files are damaged.
        """
        self.name = f"hibari {version('hibari-tts')}"
        try:
            self._voice = Hibari(threads=1)
            self._voice.g2p("Ready.")  # loads the dictionary, which is lazy, before the first call
        except (RuntimeError, ValueError, OSError) as error:
            raise EngineError(
                f"hibari does not start ({error}); install it again: pip install 'hibari-tts[fast]'"
            ) from error

    def stream(self, text: str, out_rate: int, settings: VoiceSettings) -> Iterator[Int16]:
        """Yield 16-bit audio at `out_rate` hertz, one chunk a sentence, near -20 dBFS.

        Chunks begin and end in silence, so that they join without a click. Blocking: consume it in
        a worker. Text without anything to say gives no chunk.

        Raises:
            EngineError: more than 1000 characters, a rate outside 0.5 to 2, or a failing model.
        """
        text = checked_text(text)
        speed = checked_rate(settings.rate)
        if not any(c.isalnum() for c in text):
            return  # the voice would breathe at bare punctuation
        pause = np.zeros(round(_BETWEEN * out_rate), np.int16)
        first = True
        for sentence in self._sentences(text, speed):
            spoken = trim(sentence, SAMPLE_RATE)
            if not len(spoken):
                continue
            levelled = amplify(spoken, gain_for(spoken, SAMPLE_RATE))
            chunk = resample(levelled, SAMPLE_RATE, out_rate)
            yield chunk if first else np.concatenate([pause, chunk])
            first = False

    def _sentences(self, text: str, speed: float) -> Iterator[Int16]:
        try:
            for wave in self._voice.stream(text, speed=speed, seed=_SEED):
                yield to_int16(wave)
        except (RuntimeError, ValueError, KeyError, IndexError) as error:
            raise EngineError(f"{self.name} can't say this: {error}") from error
