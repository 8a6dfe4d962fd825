"""Puts the parts of the agent together: models, voice, dialogue, desk and record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from voicebot.config import Settings
from voicebot.desk.seats import Desk
from voicebot.dialogue.base import DialogueEngine
from voicebot.dialogue.rasa import RasaDialogue
from voicebot.dialogue.replies import pieces
from voicebot.engines.base import EngineError, Synthesizer
from voicebot.engines.espeak import EspeakSynthesizer
from voicebot.engines.hibari import HibariSynthesizer
from voicebot.engines.pool import WorkerPool
from voicebot.engines.silero import SileroModel
from voicebot.engines.smart_turn import SmartTurn
from voicebot.engines.voice import Voice
from voicebot.engines.whisper import WhisperRecognizer
from voicebot.models import ModelStore
from voicebot.server.admission import Gauges
from voicebot.server.faxline import FaxService
from voicebot.server.parts import Parts, TurnJudgement, policy_from
from voicebot.server.rasa_children import rasa_url
from voicebot.server.secrets import Secrets
from voicebot.store.writer import RecordWriter
from voicebot.telephony.base import LINE_RATE

log = structlog.get_logger(__name__)

WAITING_PER_WORKER = 8
"""Jobs that may wait for a worker before a pool says that it is busy."""
VOICE_CACHE_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Engines:
    """The speech engines of the process, loaded once."""

    recognizer: WhisperRecognizer
    recognition: WorkerPool
    silero: SileroModel
    voice: Voice
    synthesis: WorkerPool
    judgement: TurnJudgement | None

    @property
    def pools(self) -> tuple[WorkerPool, ...]:
        """The workers of all engines."""
        judges = (self.judgement.pool,) if self.judgement is not None else ()
        return (self.recognition, self.synthesis, *judges)

    def longest_wait(self) -> float:
        """Seconds that the oldest job of any pool has waited."""
        return max(pool.oldest_wait for pool in self.pools)

    def close(self) -> None:
        """Stop the workers."""
        for pool in self.pools:
            pool.close()


def load_engines(settings: Settings) -> Engines:
    """Load the models (seconds, blocking). Raises EngineError, ModelMissing."""
    models = ModelStore(settings.models_dir)
    synthesis = WorkerPool(
        "synthesis",
        settings.synthesizer_workers,
        WAITING_PER_WORKER * settings.synthesizer_workers,
    )
    recognition = WorkerPool(
        "recognition",
        settings.recognizer_workers,
        WAITING_PER_WORKER * settings.recognizer_workers,
    )
    recognizer = WhisperRecognizer(
        models.path(f"whisper-{settings.whisper_model}"), workers=settings.recognizer_workers
    )
    recognizer.rehearse()
    return Engines(
        recognizer=recognizer,
        recognition=recognition,
        silero=SileroModel(models.path("silero")),
        voice=_voice(settings, synthesis),
        synthesis=synthesis,
        judgement=_judgement(settings, models),
    )


def _judgement(settings: Settings, models: ModelStore) -> TurnJudgement | None:
    if not (settings.turns.adaptive and settings.turns.semantic):
        return None
    predictor = SmartTurn(models.path("smart-turn"))
    return TurnJudgement(predictor, WorkerPool("turns", 1, WAITING_PER_WORKER))


def _voice(settings: Settings, pool: WorkerPool) -> Voice:
    fallback = EspeakSynthesizer()
    primary: Synthesizer = fallback if settings.voice == "espeak" else HibariSynthesizer()
    return Voice(
        pool,
        primary,
        None if settings.voice == "espeak" else fallback,
        settings.data_dir / "cache" / "voice",
        rate=LINE_RATE,
        cache_bytes=VOICE_CACHE_BYTES,
    )


def dialogue_of(settings: Settings, secrets: Secrets) -> RasaDialogue:
    """The dialogue engine that the settings name."""
    return RasaDialogue(
        rasa_url(settings),
        secrets.rasa_secret.get_secret_value(),
        settings.limits.dialogue_seconds,
    )


def assemble(
    settings: Settings,
    engines: Engines,
    dialogue: DialogueEngine,
    desk: Desk,
    records: RecordWriter,
    gauges: Gauges,
    fax: FaxService | None = None,
) -> Parts:
    """The parts that every call shares; `gauges` say what there is time for."""
    return Parts(
        settings=settings,
        policy=policy_from(settings),
        activity=engines.silero.stream,
        recognizer=engines.recognizer,
        recognition=engines.recognition,
        voice=engines.voice,
        dialogue=dialogue,
        desk=desk,
        records=records,
        judgement=engines.judgement,
        may_prepare=lambda: gauges.may_prepare,
        may_show_partials=lambda: gauges.may_show_partials,
        fax=fax,
    )


async def warm_up(engines: Engines, texts: Iterable[str]) -> None:
    """Render what will be said word for word, piece by piece as calls ask for it.

    A sentence that no synthesizer can say is passed over here: a call that needs it will tell.
    """
    for piece in dict.fromkeys(piece for text in texts for piece in pieces(text)):
        try:
            await engines.voice.prerender([piece])
        except EngineError as error:
            log.warning("a fixed sentence could not be rendered", reason=str(error))
