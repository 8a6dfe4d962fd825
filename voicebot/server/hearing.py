"""What is heard in a call: listeners, recognition, and judgements of turns, for both parties."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from voicebot.audio.echo import SentAudio
from voicebot.conversation import commands as do
from voicebot.conversation.activity import ActivitySettings, SpeechDetector
from voicebot.conversation.events import (
    Event,
    Party,
    RecognitionFailed,
    Transcript,
    TurnHint,
    Word,
)
from voicebot.conversation.readings import answering, chosen
from voicebot.engines.base import EngineError, Int16, Recognition
from voicebot.server.listener import Listener
from voicebot.server.parts import Parts, TurnJudgement
from voicebot.telephony.base import LINE_RATE

log = structlog.get_logger(__name__)

JUDGE_SECONDS = 2.0
"""After this a turn predictor's opinion is of no use any more."""

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Hearing:
    """The ears of one call. What is recognized comes back by `dispatch`.

    `sent` is what the bot said lately, so that its echo is not taken for the caller; `spawn` starts
    work that ends with the call; `watched` says whether somebody reads along.
    """

    def __init__(
        self,
        call_id: str,
        parts: Parts,
        clock: Callable[[], float],
        dispatch: Callable[[Event], None],
        spawn: Spawn,
        sent: SentAudio,
        watched: Callable[[], bool],
    ) -> None:
        self._call_id = call_id
        self._parts = parts
        self._clock = clock
        self._dispatch = dispatch
        self._spawn = spawn
        self._watched = watched
        self._recognizing: dict[Party, asyncio.Task[None]] = {}
        self._judging: dict[Party, asyncio.Task[None]] = {}
        self.caller = self._listener(Party.CALLER, sent)
        self._expert: Listener | None = None  # stays when the seat is gone

    def expert_joins(self) -> Listener:
        """A fresh listener for the expert who takes the call."""
        self._expert = self._listener(Party.EXPERT, None)
        return self._expert

    def transcribe(self, command: do.Transcribe) -> None:
        """Recognize; an older recognition of the same party is of no use any more."""
        if command.partial and not self._has_time():
            return
        pcm = self._slice(command)
        if pcm is None:
            self._dispatch(RecognitionFailed(command.attempt, "there is no expert"))
            return
        self._replace(self._recognizing, command.party, self._recognize(command, pcm))

    def _has_time(self) -> bool:
        """For a partial transcript: somebody wants it, and nobody has to wait for it."""
        pool = self._parts.recognition
        idle = not pool.waiting and pool.working < pool.workers
        return self._watched() and idle and self._parts.may_show_partials()

    def judge(self, command: do.JudgeTurn) -> None:
        """Let the turn predictor, if there is one, say whether the turn sounds complete."""
        judgement, pcm = self._parts.judgement, self._slice(command)
        if judgement is not None and pcm is not None:
            self._replace(self._judging, command.party, self._predict(judgement, command, pcm))

    def cancel(self, command: do.CancelTranscribe) -> None:
        """Neither words nor judgement are needed any more."""
        for tasks in (self._recognizing, self._judging):
            task = tasks.pop(command.party, None)
            if task is not None:
                task.cancel()

    def _listener(self, party: Party, sent: SentAudio | None) -> Listener:
        settings = self._parts.settings.turns
        detector = SpeechDetector(ActivitySettings(pause=settings.pause), party)
        return Listener(
            self._parts.activity(),
            detector,
            self._dispatch,
            settings.longest,
            self._clock(),
            sent,
        )

    def _slice(self, command: do.Transcribe | do.JudgeTurn) -> Int16 | None:
        listener = self.caller if command.party is Party.CALLER else self._expert
        if listener is None:
            return None
        return listener.slice(command.since, command.until + self._parts.settings.turns.pause)

    def _replace(
        self,
        tasks: dict[Party, asyncio.Task[None]],
        party: Party,
        work: Coroutine[Any, Any, None],
    ) -> None:
        former = tasks.get(party)
        if former is not None:
            former.cancel()
        tasks[party] = self._spawn(work)

    async def _predict(self, judgement: TurnJudgement, command: do.JudgeTurn, pcm: Int16) -> None:
        try:
            probability = await judgement.pool.run(
                judgement.predictor.probability, pcm, LINE_RATE, timeout=JUDGE_SECONDS
            )
        except EngineError as error:  # no hint: the turn ends by its words and by silence
            log.debug("a turn was not judged", call=self._call_id, reason=str(error))
            return
        if probability is not None:
            self._dispatch(TurnHint(command.attempt, round(probability, 4)))

    async def _recognize(self, command: do.Transcribe, pcm: Int16) -> None:
        began = self._clock()
        try:
            heard: Recognition = await self._parts.recognition.run(
                self._parts.recognizer.recognize,
                pcm,
                LINE_RATE,
                command.hints,
                _worth_a_search(command),
                timeout=self._parts.settings.limits.recognition_seconds,
            )
        except EngineError as error:
            self._failed(command, str(error))
            return
        except Exception as error:
            # Engines wrap foreign libraries: whatever these raise, the call must go on.
            log.exception("recognition broke", call=self._call_id)
            self._failed(command, type(error).__name__)
            return
        words = tuple(
            Word(w.text, command.since + w.start, command.since + w.end, w.confidence)
            for w in heard.words
        )
        self._dispatch(
            Transcript(
                command.attempt,
                heard.text,
                heard.confidence,
                heard.alternatives,
                words,
                seconds=round(self._clock() - began, 4),
                chosen=chosen(heard.text, heard.alternatives, command.expects),
            )
        )

    def _failed(self, command: do.Transcribe, reason: str) -> None:
        if command.partial:
            log.debug("no partial transcript", call=self._call_id, reason=reason)
        else:
            self._dispatch(RecognitionFailed(command.attempt, reason))


def _worth_a_search(command: do.Transcribe) -> Callable[[str], bool] | None:
    """What recognition should look for further: a number of so many digits, which is waited for
    anyway while digits are missing."""
    return answering(command.expects) if command.expects.kind == "digits" else None
