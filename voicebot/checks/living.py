"""What must really work: a sentence spoken and recognized, a question that the dialogue answers."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

from voicebot.checks.finding import Finding, fail, ok, warn
from voicebot.config import Settings
from voicebot.dialogue.base import DialogueError
from voicebot.dialogue.rasa import RasaDialogue
from voicebot.engines.base import Int16, Synthesizer, VoiceSettings
from voicebot.models import ModelStore
from voicebot.rasa_project import EnvironmentMissing
from voicebot.server.children import ChildFailed, Supervisor, Unhealthy
from voicebot.server.ports import holder_of, is_free
from voicebot.server.rasa_children import (
    LOCAL,
    actions_health,
    rasa_children,
    rasa_url,
    with_ports,
)
from voicebot.server.secrets import FILE, load_secrets
from voicebot.telephony.base import LINE_RATE
from voicebot.training import ModelNotTrained

SENTENCE = "Please show me the balance of my savings account."
ENOUGH_WORDS = 0.6
"""Part of the sentence's words that must be recognized: the check is for broken parts, no exam."""
ANSWER_SECONDS = 20.0


def speech(settings: Settings) -> Iterator[Finding]:
    """The voice says a sentence over a telephone line, and recognition must understand it."""
    begun = perf_counter()
    chunks = list(_voice(settings).stream(SENTENCE, LINE_RATE, VoiceSettings()))
    spoken: Int16 = np.concatenate(chunks) if chunks else np.zeros(0, np.int16)
    seconds = len(spoken) / LINE_RATE
    if seconds < 1 or int(np.abs(spoken).max()) < 1000:
        yield fail(
            "voice", f"{settings.voice} gives {seconds:.1f} s of silence", "set VOICEBOT_VOICE"
        )
        return
    yield ok("voice", f"{settings.voice}: {seconds:.1f} s in {perf_counter() - begun:.1f} s")
    from voicebot.engines.whisper import WhisperRecognizer

    model = ModelStore(settings.models_dir).path(f"whisper-{settings.whisper_model}")
    recognizer = WhisperRecognizer(model)
    begun = perf_counter()
    heard = recognizer.recognize(spoken, LINE_RATE).text
    took = f"{settings.whisper_model}: {perf_counter() - begun:.1f} s"
    if common_words(SENTENCE, heard) >= ENOUGH_WORDS:
        yield ok("recognition", took)
    else:
        yield fail(
            "recognition",
            f"{took}, but of {SENTENCE!r} it heard {heard!r}",
            "run `voicebot models verify`, or set VOICEBOT_WHISPER_MODEL",
        )


def common_words(said: str, heard: str) -> float:
    """The part of the words of `said` that are in `heard`, 0 to 1."""
    words = set(_plain(said))
    return len(words & set(_plain(heard))) / len(words)


def _plain(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.lower()).split()


def _voice(settings: Settings) -> Synthesizer:
    from voicebot.engines.espeak import EspeakSynthesizer
    from voicebot.engines.hibari import HibariSynthesizer

    return EspeakSynthesizer() if settings.voice == "espeak" else HibariSynthesizer()


def dialogue_running(settings: Settings) -> Iterator[Finding]:
    """Rasa and its actions, if they run; that they don't is no fault."""
    for part, port in (("rasa", settings.rasa_port), ("actions", settings.actions_port)):
        if settings.rasa_url and part == "rasa":
            yield from asyncio.run(_answers(settings, part))
        elif not settings.rasa_url and (port == 0 or is_free(LOCAL, port)):
            yield ok(part, "not running: `voicebot serve` starts it")
        elif not settings.rasa_url:
            yield from asyncio.run(_occupied(settings, part, port))


async def _occupied(settings: Settings, part: str, port: int) -> list[Finding]:
    """Whatever has the port must be ours."""
    setting = {"rasa": "VOICEBOT_RASA_PORT", "actions": "VOICEBOT_ACTIONS_PORT"}[part]
    mend = f"end it, or set {setting} to another port"
    holder = f"port {port} is in use by {holder_of(port)}"
    try:
        if part == "rasa":
            return await _answers(settings, part)
        await actions_health(f"http://{LOCAL}:{port}")()
    except (DialogueError, Unhealthy) as error:
        return [fail(part, f"{holder}: {error}", mend)]
    return [ok(part, f"answers on port {port}")]


async def _answers(settings: Settings, part: str) -> list[Finding]:
    if not (settings.rasa_secret.get_secret_value() or (settings.data_dir / FILE).exists()):
        # Looking changes nothing, so no secrets are made here.
        raise Unhealthy("it isn't ours: this installation has no secret yet")
    secret = load_secrets(settings).rasa_secret
    async with RasaDialogue(rasa_url(settings), secret, ANSWER_SECONDS) as dialogue:
        model = await dialogue.health()
        begun = perf_counter()
        await dialogue.parse("what is my balance")
        took = (perf_counter() - begun) * 1000
    return [ok(part, f"answers at {rasa_url(settings)}: model {model}, parse {took:.0f} ms")]


def dialogue_working(settings: Settings) -> Iterator[Finding]:
    """Rasa and its actions: where they don't run, a pair is started for a moment and asked."""
    if settings.rasa_url or not is_free(LOCAL, settings.rasa_port or 0):
        yield from dialogue_running(settings)
        return
    with tempfile.TemporaryDirectory(prefix="voicebot-doctor-") as folder:
        # Ports, data and logs of its own: the check touches nothing that belongs to the agent.
        aside = {"data_dir": Path(folder), "rasa_port": 0, "actions_port": 0}
        try:
            yield from asyncio.run(_trial(with_ports(settings.model_copy(update=aside))))
        except (ModelNotTrained, EnvironmentMissing):
            yield warn("dialogue", "not tried", "mend its model and environments first, see above")


async def _trial(settings: Settings) -> list[Finding]:
    secrets = load_secrets(settings)
    begun = perf_counter()
    call = f"doctor-{uuid.uuid4()}"
    try:
        async with (
            Supervisor(rasa_children(settings, secrets)),
            RasaDialogue(rasa_url(settings), secrets.rasa_secret, ANSWER_SECONDS) as dialogue,
        ):
            up = perf_counter() - begun
            greeting = await dialogue.event(call, 1, "start", {})
            asked = await dialogue.turn(call, 2, "what is my balance", confidence=1.0)
            await dialogue.end(call)
    except (ChildFailed, DialogueError) as error:
        return [fail("dialogue", str(error), "run `voicebot train --force`; see the lines above")]
    if not (greeting.texts and asked.intent):
        return [warn("dialogue", "it answers, but understands nothing", "look at nlu-data/")]
    return [ok("dialogue", f"up in {up:.0f} s; a question is {asked.intent}")]
