"""Speech synthesis by espeak-ng (GPL-3.0, a program of its own): plain, but always there.

The text goes to the program's standard input, never through a shell or an argument.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from collections.abc import Iterator
from typing import Final

from voicebot.audio.pcm import Int16, from_bytes
from voicebot.audio.resample import resample
from voicebot.audio.speech import amplify, gain_for, trim
from voicebot.engines.base import EngineError, VoiceSettings
from voicebot.engines.limits import checked_rate, checked_text

_WORDS_PER_MINUTE: Final = 160
_TIME_LIMIT: Final = 10.0  # seconds; 1000 characters take well below one
_LARGEST: Final = 16 * 1024 * 1024  # bytes of audio, six minutes at 22 kHz


class EspeakSynthesizer:
    """English text to speech through the program espeak-ng; one process for each text."""

    def __init__(self, program: str = "espeak-ng", voice: str = "en-us") -> None:
        """Find the program.

        Raises:
            EngineError: it is not installed.
        """
        found = shutil.which(program)
        if found is None:
            raise EngineError(f"{program} is not installed; run `apt-get install espeak-ng`")
        self._program = found
        self._voice = voice
        self.name = f"espeak-ng {voice}"

    def stream(self, text: str, out_rate: int, settings: VoiceSettings) -> Iterator[Int16]:
        """Yield all of the audio as one chunk at `out_rate` hertz; nothing for an empty text.

        Raises:
            EngineError: more than 1000 characters, a rate outside 0.5 to 2, or a failing program.
        """
        text = checked_text(text)
        speed = round(_WORDS_PER_MINUTE * checked_rate(settings.rate))
        if not any(c.isalnum() for c in text):
            return
        samples, rate = _read_wave(self._speak(text, speed))
        spoken = trim(samples, rate)
        if len(spoken):
            yield resample(amplify(spoken, gain_for(spoken, rate)), rate, out_rate)

    def _speak(self, text: str, speed: int) -> bytes:
        command = [self._program, "--stdin", "--stdout", "-v", self._voice, "-s", str(speed)]
        try:
            done = subprocess.run(
                command, input=text.encode(), capture_output=True, timeout=_TIME_LIMIT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(
                f"espeak-ng took longer than {_TIME_LIMIT:g} s; the machine is overloaded"
            ) from error
        except OSError as error:
            raise EngineError(f"espeak-ng can't be started: {error}") from error
        if done.returncode != 0 or len(done.stdout) > _LARGEST:
            said = done.stderr.decode(errors="replace").strip()[:200]
            raise EngineError(f"espeak-ng failed with status {done.returncode}: {said}")
        return done.stdout


def _read_wave(data: bytes) -> tuple[Int16, int]:
    try:
        with wave.open(io.BytesIO(data)) as file:
            if file.getsampwidth() != 2 or file.getnchannels() != 1:
                raise EngineError("espeak-ng wrote other than 16-bit mono audio")
            pcm = file.readframes(min(file.getnframes(), _LARGEST // 2))
            return from_bytes(pcm[: len(pcm) // 2 * 2]), file.getframerate()
    except (wave.Error, EOFError, ValueError) as error:
        raise EngineError(f"espeak-ng wrote no usable audio: {error}") from error
