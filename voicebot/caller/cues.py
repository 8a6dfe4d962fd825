"""Script items made ready before the call: decoded, synthesized, cut into frames."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from voicebot.audio.g711 import ulaw_encode
from voicebot.caller.behaviour import Cue
from voicebot.caller.decode import AudioUnreadable, decode
from voicebot.caller.result import audible_part
from voicebot.caller.script import BadItem, Barge, Item, Keys, Play, Silence, Speak, Wait
from voicebot.caller.wire import FRAME, FRAME_SECONDS, SILENT_FRAME

Synthesize = Callable[[str], bytes]
"""Text to 16-bit PCM at 8 kHz; blocking, called in a worker thread."""

KEY_SPACING = 12
"""Frames from key to key: a quick finger."""

AROUND = 8
"""Frames of a recording kept before and behind what is audible: soft consonants lie there."""


async def prepare(items: Sequence[Item], synthesize: Synthesize | None) -> list[Cue]:
    """The cues of `items`, in order. Raises AudioUnreadable and BadItem.

    All of it happens before the call, so that decoding and synthesis take no time away from the
    agent that is measured.
    """
    return [await _cue(item, synthesize) for item in items]


async def _cue(item: Item, synthesize: Synthesize | None) -> Cue:
    match item:
        case Keys(digits):
            keys = {number * KEY_SPACING: digit for number, digit in enumerate(digits)}
            length = len(digits) * KEY_SPACING
            return Cue(item, [SILENT_FRAME] * length, keys, audible=max(keys) + 1)
        case Silence(seconds) | Wait(seconds):
            return Cue(item, [SILENT_FRAME] * max(1, round(seconds / FRAME_SECONDS)))
        case Barge(said, _):
            return _spoken(item, await _voice(said, synthesize))
        case Play() | Speak():
            return _spoken(item, await _voice(item, synthesize))


async def _voice(said: Play | Speak, synthesize: Synthesize | None) -> bytes:
    if isinstance(said, Play):
        return await decode(said.path)
    if synthesize is None:
        raise BadItem(f"say:{said.text}: no synthetic voice here; give an audio file instead")
    return await asyncio.to_thread(synthesize, said.text)


def _spoken(item: Item, pcm: bytes) -> Cue:
    """Frames of what can be heard of `pcm`: longer silence around it would only cost time."""
    first, last = audible_part(pcm)
    if last == 0:
        raise AudioUnreadable(f"{item.label}: nothing to hear in it; to be silent write silence:3")
    begin = max(0, first - AROUND)
    coded = ulaw_encode(pcm[begin * FRAME * 2 : (last + AROUND) * FRAME * 2])
    frames = [coded[at : at + FRAME].ljust(FRAME, b"\xff") for at in range(0, len(coded), FRAME)]
    return Cue(item, frames, audible=last - begin)
