"""One call's questions to the dialogue, and the answers as events."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from voicebot.conversation import commands as do
from voicebot.conversation.events import DialogueFailed, DialoguePrepared, Event, Reply
from voicebot.dialogue.base import DialogueEngine, DialogueError

log = structlog.get_logger(__name__)


class Counsel:
    """Asks `dialogue` about the call `call_id`. Every question is answered by one event."""

    def __init__(
        self,
        call_id: str,
        dialogue: DialogueEngine,
        dispatch: Callable[[Event], None],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        may_prepare: Callable[[], bool],
    ) -> None:
        self._call_id = call_id
        self._dialogue = dialogue
        self._dispatch = dispatch
        self._spawn = spawn
        self._may_prepare = may_prepare

    def ask(self, command: do.AskDialogue) -> None:
        """The caller's turn is over."""
        question = self._dialogue.turn(
            self._call_id,
            command.turn,
            command.text,
            confidence=command.confidence,
            alternatives=command.alternatives,
        )
        self._spawn(self._answer(command.turn, question))

    def tell(self, command: do.TellDialogue) -> None:
        """Something other than words happened."""
        event = self._dialogue.event(self._call_id, command.turn, command.name, command.payload)
        self._spawn(self._answer(command.turn, event))

    def prepare(self, command: do.PrepareDialogue) -> None:
        """The turn may be over soon: have an answer ready, if there is room for such work."""
        if self._may_prepare():
            self._spawn(self._look_ahead(command))

    async def end(self) -> None:
        """The call is over."""
        try:
            await self._dialogue.end(self._call_id)
        except DialogueError as error:
            log.info("the dialogue was not told of the end", call=self._call_id, reason=str(error))

    async def _answer(self, turn: int, question: Coroutine[Any, Any, Reply]) -> None:
        try:
            self._dispatch(await question)
        except DialogueError as error:
            self._dispatch(DialogueFailed(turn, str(error)))
        except Exception as error:  # a bug on the way to the dialogue: a person can still help
            log.exception("the dialogue broke", call=self._call_id)
            self._dispatch(DialogueFailed(turn, type(error).__name__))

    async def _look_ahead(self, command: do.PrepareDialogue) -> None:
        try:
            reply = await self._dialogue.prepare(
                self._call_id,
                command.text,
                confidence=command.confidence,
                alternatives=command.alternatives,
            )
        except DialogueError as error:  # the turn itself will tell, if it is more than a moment
            log.debug("no answer was prepared", call=self._call_id, reason=str(error))
            return
        except Exception:  # the call does not depend on it
            log.exception("preparing an answer broke", call=self._call_id)
            return
        if reply is not None:
            self._dispatch(DialoguePrepared(command.attempt, reply.texts, reply.rate))
