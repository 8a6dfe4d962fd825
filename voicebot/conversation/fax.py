"""The caller turns out to be a fax machine: nobody talks any more, and the fax is received."""

from __future__ import annotations

from typing import Final

from voicebot.conversation.commands import CancelRing, ClearAudio, EndFax, ReceiveFax
from voicebot.conversation.conduct import Conduct
from voicebot.conversation.ending import finish
from voicebot.conversation.events import (
    CallerHungUp,
    FaxEnded,
    FaxHeard,
    Shutdown,
    TimerFired,
)
from voicebot.conversation.states import Phase

_LAST_WORDS: Final = 20.0  # seconds that the receiver has to keep what it has
_TIMER: Final = "fax"


def on_calling(call: Conduct, _: FaxHeard) -> None:
    """Its tone was heard."""
    if call.phase is Phase.TRANSFERRING:
        call.do(CancelRing())
    call.leave_talking()
    call.fall_silent()
    call.cancel("call", "playout")
    call.phase = Phase.FAX
    call.outcome = ("failed", "a fax machine called, and no page came")
    call.do(ClearAudio(), ReceiveFax())  # the ringing tone stops, too


def on_ended(call: Conduct, event: FaxEnded) -> None:
    """The receiver is done."""
    call.cancel(_TIMER)
    sheets = "1 page" if event.pages == 1 else f"{event.pages} pages"
    if event.complete:
        call.outcome = ("fax", sheets)
    elif event.pages:
        call.outcome = ("fax", f"{sheets}, not complete: {event.reason}")
    else:
        call.outcome = ("failed", f"a fax machine called, and no page came: {event.reason}")
    finish(call)


def on_hung_up(call: Conduct, event: CallerHungUp) -> None:
    """The caller is gone; what came is kept."""
    _let_go(call, event.reason or "the caller hung up")


def on_shutdown(call: Conduct, event: Shutdown) -> None:
    """The process stops; what came is kept."""
    _let_go(call, event.reason)


def on_timer(call: Conduct, event: TimerFired) -> None:
    """The receiver did not say in time what came."""
    if event.name == _TIMER:
        finish(call)


def _let_go(call: Conduct, reason: str) -> None:
    call.do(EndFax(reason))
    call.timer(_TIMER, _LAST_WORDS)
