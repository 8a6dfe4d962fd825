"""The caller's own voice and ears, made of any of the agent's engines."""

from __future__ import annotations

import numpy as np

from voicebot.audio.pcm import from_bytes, to_bytes
from voicebot.caller.cues import Synthesize
from voicebot.caller.place import Transcribe
from voicebot.caller.result import RATE
from voicebot.engines.base import Recognizer, Synthesizer, VoiceSettings


def speaking_with(synthesizer: Synthesizer) -> Synthesize:
    """Says `say:` items with `synthesizer`."""

    def synthesize(text: str) -> bytes:
        chunks = list(synthesizer.stream(text, RATE, VoiceSettings()))
        return to_bytes(np.concatenate(chunks)) if chunks else b""

    return synthesize


def hearing_with(recognizer: Recognizer) -> Transcribe:
    """Writes down with `recognizer` what the bot said."""

    def transcribe(pcm: bytes) -> str:
        return recognizer.recognize(from_bytes(pcm), RATE).text.strip()

    return transcribe
