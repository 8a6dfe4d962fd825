"""The parts that all calls of a process share, put together once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from voicebot.config import Settings
from voicebot.conversation.policy import Policy
from voicebot.conversation.turns import Patience
from voicebot.desk.seats import Desk
from voicebot.dialogue.base import DialogueEngine
from voicebot.engines.base import Int16, Recognizer, TurnPredictor, VoiceActivity, VoiceSettings
from voicebot.engines.pool import WorkerPool
from voicebot.server.faxline import FaxService
from voicebot.server.player import LEAD
from voicebot.store.writer import RecordWriter


class Speaker(Protocol):
    """Renders text to line audio."""

    def speak(self, text: str, settings: VoiceSettings) -> AsyncIterator[Int16]:
        """Audio of `text` at the line's rate, chunk by chunk. Raises EngineError."""

    def render_ahead(self, text: str, settings: VoiceSettings) -> None:
        """Begin to make the audio of `text`; `speak` takes it over if it is wanted soon."""


@dataclass(frozen=True, slots=True)
class TurnJudgement:
    """A turn predictor and the workers that run it."""

    predictor: TurnPredictor
    pool: WorkerPool


@dataclass(frozen=True, slots=True)
class Parts:
    """What a call is made with.

    `may_prepare` says whether there is time for answers that may never be given,
    `may_show_partials` for words that will be recognized again. Without `fax` a fax machine is
    talked to like anybody else.
    """

    settings: Settings
    policy: Policy
    activity: Callable[[], VoiceActivity]
    recognizer: Recognizer
    recognition: WorkerPool
    voice: Speaker
    dialogue: DialogueEngine
    desk: Desk
    records: RecordWriter
    judgement: TurnJudgement | None = None
    may_prepare: Callable[[], bool] = lambda: True
    may_show_partials: Callable[[], bool] = lambda: True
    fax: FaxService | None = None

    @property
    def data_dir(self) -> Path:
        """Where recordings and journals go."""
        return self.settings.data_dir


def policy_from(settings: Settings) -> Policy:
    """The conversation's numbers out of the settings."""
    turns, limits = settings.turns, settings.limits
    patience = Patience(semantic=turns.semantic, scale=turns.patience) if turns.adaptive else None
    return Policy(
        patience=patience,
        foresight=turns.foresight,
        partial_every=turns.partial_every,
        silence=turns.silence,
        backchannel=turns.backchannel,
        rewind=turns.rewind,
        lead=LEAD,
        longest=turns.longest,
        no_input=turns.no_input,
        between_digits=turns.between_digits,
        filler=limits.filler_seconds,
        dialogue=limits.dialogue_seconds + 2.0,
        recognition=limits.recognition_seconds + 1.0,
        transfer=limits.transfer_seconds,
        call=limits.call_seconds,
    )
