"""The command `voicebot call`: the telephone client with the agent's own voice and ears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from voicebot.caller.cues import Synthesize
from voicebot.caller.line import Clock, RealClock
from voicebot.caller.place import CallOptions, Transcribe, hang_up_on_interrupt, place_call
from voicebot.caller.report import conversation
from voicebot.caller.ring import Agent
from voicebot.caller.script import Barge, Item, Speak, parse_script
from voicebot.config import Settings
from voicebot.server.ports import reachable

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Wish:
    """The call that a person wants: `script` in the words of `caller/script.py`."""

    script: tuple[str, ...]
    url: str | None = None
    recording: Path | None = None
    caller: str = "+15550100"
    callee: str = "+15550199"
    transcribe: bool = True
    verbose: bool = False


async def phone(
    settings: Settings, wish: Wish, echo: Callable[[str], None], clock: Clock | None = None
) -> int:
    """Place the call and print the conversation; the exit status.

    Raises BadItem, CallFailed, ModelMissing, EngineError; OSError for the recording.
    """
    items = parse_script(wish.script)
    options = CallOptions(
        items=items,
        agent=_agent(settings, wish.url),
        caller=wish.caller,
        callee=wish.callee,
        recording=wish.recording,
        synthesize=await asyncio.to_thread(_voice, settings) if _speaks(items) else None,
        transcribe=await asyncio.to_thread(_ear, settings) if wish.transcribe else None,
        clock=clock or RealClock(),
        on_event=(lambda at, what: echo(f"  {at:6.1f} s  {what}")) if wish.verbose else None,
    )
    with hang_up_on_interrupt() as stop:
        result = await place_call(options, stop)
    for line in conversation(result):
        echo(line)
    if wish.recording is not None:
        echo(f"recorded in {wish.recording}")
    if result.ended_by == "interrupted":
        return INTERRUPTED
    return 1 if result.ended_by == "lost" else 0


def _agent(settings: Settings, url: str | None) -> Agent:
    """Our own agent has signatures as its settings say; another one is asked without."""
    ours = f"http://{reachable(settings.host)}:{settings.edge_port}"
    return Agent(
        url=url or ours,
        public_url=settings.public_url,
        auth_token=settings.twilio_auth_token.get_secret_value(),
    )


def _speaks(items: tuple[Item, ...]) -> bool:
    said = [item.said if isinstance(item, Barge) else item for item in items]
    return any(isinstance(item, Speak) for item in said)


def _voice(settings: Settings) -> Synthesize:
    from voicebot.caller.speech import speaking_with
    from voicebot.engines.base import Synthesizer
    from voicebot.engines.espeak import EspeakSynthesizer
    from voicebot.engines.hibari import HibariSynthesizer

    chosen: Synthesizer = EspeakSynthesizer() if settings.voice == "espeak" else HibariSynthesizer()
    return speaking_with(chosen)


def _ear(settings: Settings) -> Transcribe:
    from voicebot.caller.speech import hearing_with
    from voicebot.engines.whisper import WhisperRecognizer
    from voicebot.models import ModelStore

    model = ModelStore(settings.models_dir).path(f"whisper-{settings.whisper_model}")
    return hearing_with(WhisperRecognizer(model))
