"""Partial transcripts: what somebody is saying, shown while they speak.

Recognition is asked for what was said so far every now and then, and what it makes of pauses counts
as well, for it costs nothing more. None of it decides anything: a partial transcript that does not
come is not missed, so the shell may leave the asking out where nobody reads along or there is no
time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from voicebot.conversation.commands import (
    CancelTimer,
    Command,
    SetTimer,
    ShowPartial,
    Transcribe,
)
from voicebot.conversation.events import Party, Transcript
from voicebot.conversation.hypothesis import LocalAgreement

TIMER: Final = "partial"
_FIRST: Final = 1.0
"""Seconds of speech before which there is nothing to show."""


class Partials:
    """Those of one party's utterances, one after the other; `every` so many seconds, 0 for none."""

    def __init__(self, party: Party, every: float, next_attempt: Callable[[], int]) -> None:
        self._party = party
        self._every = every
        self._next_attempt = next_attempt
        self._timer = f"{TIMER}:{party}"
        self._agreement = LocalAgreement()
        self._awaited = 0  # the attempt whose transcript is awaited; 0: none
        self._shown = False

    def began(self, at: float) -> list[Command]:
        """An utterance began at `at`."""
        self._agreement = LocalAgreement()
        return self._again(at + max(_FIRST, self._every))

    def went_on(self, at: float) -> list[Command]:
        """The same utterance goes on after a pause."""
        return self._again(at + self._every)

    def paused(self) -> list[Command]:
        """Silence: its words are recognized anyway."""
        self._awaited = 0
        return [CancelTimer(self._timer)] if self._every else []

    def ask(self, since: float, now: float, hints: tuple[str, ...]) -> list[Command]:
        """The time has come to recognize what was said from `since` to `now`."""
        self._awaited = self._next_attempt()
        asked = Transcribe(self._awaited, since, now, self._party, hints, partial=True)
        return [asked, *self._again(now + self._every)]

    def answered(self, event: Transcript) -> list[Command]:
        """Show the transcript if it is the one that was asked for."""
        if not self._awaited or event.attempt != self._awaited:
            return []
        self._awaited = 0
        return self.show(event.text)

    def show(self, text: str) -> list[Command]:
        """All that was said so far is `text`, as far as is known."""
        if not self._every:
            return []
        heard = self._agreement.hear(text)
        self._shown = self._shown or bool(heard.text)
        return [ShowPartial(self._party, heard.stable, heard.tentative)] if self._shown else []

    def ended(self) -> list[Command]:
        """The utterance is over, and gone from the screen until its line is written."""
        commands: list[Command] = [*self.paused()]
        if self._shown:
            commands.append(ShowPartial(self._party))
        self._shown = False
        return commands

    def _again(self, at: float) -> list[Command]:
        return [SetTimer(self._timer, at)] if self._every else []
