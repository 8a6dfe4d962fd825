"""Text to phonemes (IPA) by the program espeak-ng, with the marks that shape intonation kept.

Piper's and Coqui's voices were trained on its phonemes. The text goes to the program's standard
input, a clause a line, and as many lines come back.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from typing import Final

from voicebot.engines.base import EngineError

_TIME_LIMIT: Final = 10.0  # seconds
_CLAUSE: Final = re.compile(r"[^,.;:!?]+(?:[,.;:!?](?![\s,.;:!?]|$)[^,.;:!?]*)*|[,.;:!?]+")
_MARKS: Final = frozenset(",.;:!?")
_OTHER_LANGUAGE: Final = re.compile(r"\([a-z-]{2,10}\)")  # the program's note that it changes
_FULL_MARKS: Final = str.maketrans("，。；：！？、…—–", ",.;:!?,.,,")


class Phonemizer:
    """Phonemes of one language."""

    def __init__(self, voice: str, program: str = "espeak-ng") -> None:
        """`voice` is the program's name for the language ("en-us").

        Raises:
            EngineError: the program is not installed.
        """
        found = shutil.which(program)
        if found is None:
            raise EngineError(f"{program} is not installed; run `apt-get install espeak-ng`")
        if not re.fullmatch(r"[A-Za-z0-9-]{2,30}", voice):
            raise EngineError(f"{voice[:30]!r} is no language of espeak-ng")
        self._command = [found, "-q", "--ipa", "-b", "1", "-v", voice, "--stdin"]

    def phonemes(self, text: str) -> str:
        """IPA with stress marks, decomposed (NFD), and the punctuation of the text.

        Raises:
            EngineError: the program fails.
        """
        parts = [part.strip() for part in _CLAUSE.findall(text.translate(_FULL_MARKS))]
        clauses = [part for part in parts if any(c.isalnum() for c in part)]
        if not clauses:
            return ""
        lines = iter(self._lines(clauses))
        said = ""
        for part in parts:
            if part[:1] in _MARKS:
                said = f"{said}{part[0]}" if said else said
            elif any(c.isalnum() for c in part):
                said += f" {next(lines)}" if said else next(lines)
        return unicodedata.normalize("NFD", said)

    def _lines(self, clauses: list[str]) -> list[str]:
        """One line of phonemes a clause."""
        told = self._run("\n".join(clauses) + "\n")
        lines = [_OTHER_LANGUAGE.sub("", line).strip() for line in told.splitlines()]
        if len(lines) != len(clauses):  # a clause was cut further: one by one
            lines = [
                _OTHER_LANGUAGE.sub("", " ".join(self._run(f"{clause}\n").split()))
                for clause in clauses
            ]
        return lines

    def _run(self, text: str) -> str:
        try:
            done = subprocess.run(
                self._command,
                input=text.encode(),
                capture_output=True,
                timeout=_TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(
                f"espeak-ng took longer than {_TIME_LIMIT:g} s; the machine is overloaded"
            ) from error
        except OSError as error:
            raise EngineError(f"espeak-ng can't be started: {error}") from error
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()[:200]
            raise EngineError(f"espeak-ng failed with status {done.returncode}: {said}")
        return done.stdout.decode(errors="replace")
