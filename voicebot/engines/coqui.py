"""Speech synthesis by Coqui (the module TTS), in a process of its own with its own environment.

Coqui brings torch and 1.8 GB of packages whose versions fit nothing else: `make coqui` puts them
into .venv-coqui, and this engine talks to a program there (`voicebot.engines.coqui_child`). It
starts with the first text, stays, and is started again when it has died.
"""

from __future__ import annotations

import json
import os
import select
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import numpy as np

from voicebot.audio.pcm import Int16, from_bytes
from voicebot.audio.resample import resample
from voicebot.audio.speech import amplify, gain_for, trim
from voicebot.dialogue.replies import pieces
from voicebot.engines import coqui_child
from voicebot.engines.base import EngineError, VoiceSettings
from voicebot.engines.limits import checked_rate, checked_text

_HEAD: Final = struct.Struct(">cI")
_LARGEST: Final = 64 << 20  # bytes of an answer
_AT_ONCE: Final = 250  # characters
_PAUSE: Final = 0.2  # seconds between two sentences
_LOADING: Final = 180.0  # seconds; torch alone may take half a minute
_SAYING: Final = 120.0  # seconds for a sentence
_GRACE: Final = 2.0  # seconds until it is killed
_KEPT: Final = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")


class CoquiSynthesizer:
    """Text to speech by a model of Coqui. Several threads may use it; they take turns."""

    def __init__(
        self,
        python: Path,
        model: Path,
        config: Path,
        *,
        speaker: str = "",
        language: str = "",
        child: Path = Path(coqui_child.__file__),
    ) -> None:
        """`python` of the environment with Coqui, and the checkpoint (.pth) with its config.json.

        Raises:
            EngineError: one of them is missing.
        """
        if not python.exists():
            raise EngineError(f"Coqui is not installed in {python.parent.parent}; run `make coqui`")
        for path in (model, config):
            if not path.is_file():
                raise EngineError(f"{path} is missing: a voice is a model and its config.json")
        self.name = f"coqui {model.parent.name or model.stem}"
        self._command = [str(python), str(child), str(model), str(config)]
        self._asked = {"speaker": speaker, "language": language}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._rate = 0

    def stream(self, text: str, out_rate: int, settings: VoiceSettings) -> Iterator[Int16]:
        """Yield 16-bit audio at `out_rate` hertz, one chunk a sentence, near -20 dBFS.

        Raises:
            EngineError: more than 1000 characters, a rate outside 0.5 to 2, a model or a program
                that fails.
        """
        text = checked_text(text)
        speed = checked_rate(settings.rate)
        pause = np.zeros(round(_PAUSE * out_rate), np.int16)
        first = True
        for sentence in pieces(text, _AT_ONCE, _AT_ONCE):
            if not any(c.isalnum() for c in sentence):
                continue
            samples, rate = self._say(sentence, speed)
            spoken = trim(samples, rate)
            if not len(spoken):
                continue
            chunk = resample(amplify(spoken, gain_for(spoken, rate)), rate, out_rate)
            yield chunk if first else np.concatenate([pause, chunk])
            first = False

    def close(self) -> None:
        """End the program."""
        with self._lock:
            self._end()

    def _say(self, sentence: str, speed: float) -> tuple[Int16, int]:
        request = json.dumps({"text": sentence, "speed": speed, **self._asked}).encode()
        with self._lock:
            try:
                process = self._running()
                kind, content = self._exchange(process, request)
            except BaseException:
                self._end()  # what it would still send is no answer to the next text
                raise
        if kind != b"A":
            raise EngineError(f"{self.name} can't say this: {content.decode(errors='replace')}")
        return from_bytes(content[: len(content) // 2 * 2]), self._rate

    def _exchange(self, process: subprocess.Popen[bytes], request: bytes) -> tuple[bytes, bytes]:
        if process.stdin is None:
            raise EngineError(f"{self.name} can't be spoken to")
        try:
            process.stdin.write(_HEAD.pack(b"T", len(request)) + request)
            process.stdin.flush()
        except OSError as error:
            raise EngineError(f"{self.name} has ended: {error}") from error
        return self._answer(process, _SAYING)

    def _running(self) -> subprocess.Popen[bytes]:
        """The program, started if need be."""
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        environment |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        try:
            self._process = subprocess.Popen(
                ["nice", "-n", "5", *self._command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(f"{self.name} can't be started: {error}") from error
        kind, content = self._answer(self._process, _LOADING)
        if kind != b"R":
            told = content.decode(errors="replace")
            raise EngineError(f"{self.name} can't be loaded: {told}")
        self._rate = int(json.loads(content)["rate"])
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], patience: float) -> tuple[bytes, bytes]:
        if process.stdout is None:
            raise EngineError(f"{self.name} can't be heard")
        until = time.monotonic() + patience
        kind, length = _HEAD.unpack(self._read(process.stdout, _HEAD.size, until))
        if length > _LARGEST:
            raise EngineError(f"{self.name} answers with {length} bytes")
        return kind, self._read(process.stdout, length, until)

    def _read(self, source: IO[bytes], count: int, until: float) -> bytes:
        """Exactly `count` bytes."""
        found = bytearray()
        while len(found) < count:
            left = until - time.monotonic()
            if left <= 0 or not select.select([source], [], [], left)[0]:
                raise EngineError(f"{self.name} takes too long; the machine is overloaded")
            block = source.read(min(count - len(found), 1 << 16))
            if not block:
                raise EngineError(f"{self.name} has ended: not enough memory, or a broken install")
            found += block
        return bytes(found)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
