"""Place a call: make the script ready, ring, talk, keep the recording, write down what was said."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from voicebot.audio.pcm import from_bytes
from voicebot.caller.behaviour import Manners
from voicebot.caller.cues import Synthesize, prepare
from voicebot.caller.line import Clock, RealClock, talk
from voicebot.caller.phonecall import PhoneCall
from voicebot.caller.result import RATE, CallResult, EndedBy, Turn, turns_of
from voicebot.caller.ring import Agent, Invitation, ring
from voicebot.caller.script import Item
from voicebot.caller.wire import new_id

Transcribe = Callable[[bytes], str]
"""16-bit PCM at 8 kHz to text; blocking, called in a worker thread after the call."""


@dataclass(frozen=True, slots=True)
class CallOptions:
    """A call to place: the script's items, whom to call as whom, and what to do with the result.

    `recording` is where to write both channels as a WAV file (left the caller, right the bot);
    `synthesize` speaks say: items; `transcribe` writes down what the bot said; `on_event` is told
    (seconds, what) while the call goes on.
    """

    items: tuple[Item, ...]
    agent: Agent = field(default_factory=Agent)
    caller: str = "+15550100"
    callee: str = "+15550199"
    manners: Manners = field(default_factory=Manners)
    recording: Path | None = None
    synthesize: Synthesize | None = None
    transcribe: Transcribe | None = None
    on_event: Callable[[float, str], None] | None = None
    clock: Clock = field(default_factory=RealClock)


async def place_call(options: CallOptions, stop: asyncio.Event | None = None) -> CallResult:
    """Place the call and return what came of it. Setting `stop` hangs up and returns normally.

    Raises AudioUnreadable and BadItem before anything rings, CallFailed when no call comes about,
    OSError when the recording can't be written. A cancelled call hangs up and keeps its recording.
    """
    if options.recording is not None:
        await asyncio.to_thread(_check_writable, options.recording)
    cues = await prepare(options.items, options.synthesize)
    call_id = new_id("CA")
    asked = {"CallSid": call_id, "From": options.caller, "To": options.callee}
    invitation = await ring(options.agent, asked)
    call = PhoneCall(call_id, cues, invitation.parameters, options.manners, options.on_event)
    ended = await _talk(call, invitation, options, stop or asyncio.Event())
    turns = turns_of(call.caller_pcm, call.bot_pcm, call.performed)
    if options.transcribe is not None:
        turns = await asyncio.to_thread(_transcribed, turns, options.transcribe)
    return CallResult(
        turns, call.caller_pcm, call.bot_pcm, ended, tuple(call.events), call.mistakes
    )


async def _talk(
    call: PhoneCall, invitation: Invitation, options: CallOptions, stop: asyncio.Event
) -> EndedBy:
    try:
        return await talk(call, invitation, options.clock, stop)
    finally:  # whatever ended it, even an error: keep what there is
        if options.recording is not None and call.caller_pcm:
            write_recording(options.recording, call.caller_pcm, call.bot_pcm)


def write_recording(path: Path, caller_pcm: bytes, bot_pcm: bytes) -> None:
    """Write a WAV file of two channels, the caller left and the bot right, 16-bit at 8 kHz."""
    channels = np.stack([from_bytes(caller_pcm), from_bytes(bot_pcm)], axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(channels.astype("<i2").tobytes())


@contextlib.contextmanager
def hang_up_on_interrupt() -> Iterator[asyncio.Event]:
    """Within, Ctrl-C sets the event that is given instead of killing the program.

    A second Ctrl-C kills it as ever. To be entered in a running event loop.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def interrupt() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _check_writable(path: Path) -> None:
    """Fail before the call and not after it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    existed = path.exists()
    with path.open("ab"):
        pass
    if not existed:
        path.unlink()


def _transcribed(turns: tuple[Turn, ...], transcribe: Transcribe) -> tuple[Turn, ...]:
    return tuple(
        replace(turn, text=transcribe(turn.pcm)) if turn.party == "bot" else turn for turn in turns
    )
