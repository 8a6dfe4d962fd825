"""Engines as the caller's voice and ears."""

from collections.abc import Callable, Iterator

import numpy as np

from voicebot.caller.speech import hearing_with, speaking_with
from voicebot.engines.base import Int16, Recognition, VoiceSettings


class Voice:
    name = "made up"

    def stream(self, text: str, out_rate: int, settings: VoiceSettings) -> Iterator[Int16]:
        assert (out_rate, settings.rate) == (8000, 1.0)
        for letter in text:
            yield np.full(2, ord(letter), np.int16)


class Ear:
    name = "made up"

    def recognize(
        self,
        pcm: Int16,
        rate: int,
        hints: tuple[str, ...] = (),
        wanted: Callable[[str], bool] | None = None,
    ) -> Recognition:
        assert (rate, hints) == (8000, ())
        return Recognition(f" {len(pcm)} samples ", 1.0)


def test_speaking() -> None:
    assert speaking_with(Voice())("AB") == b"A\0A\0B\0B\0"
    assert speaking_with(Voice())("") == b""


def test_hearing() -> None:
    assert hearing_with(Ear())(bytes(320)) == "160 samples"
