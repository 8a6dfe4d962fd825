"""How a call ends: by a goodbye that is heard in full, by hanging up, or by force."""

from __future__ import annotations

from voicebot.conversation import prompts
from voicebot.conversation.commands import (
    CancelRing,
    CloseRecord,
    HangUp,
    NoteIncident,
    ReleaseSeat,
)
from voicebot.conversation.conduct import Conduct
from voicebot.conversation.events import CallerHungUp, RecordingLost, Shutdown
from voicebot.conversation.states import Phase


def close(call: Conduct, outcome: tuple[str, str], *texts: str) -> None:
    """Say `texts` and hang up when they have been heard."""
    call.leave_talking()
    call.phase = Phase.CLOSING
    call.outcome = outcome
    call.timer("closing", call.policy.closing)
    call.say(*texts)
    if not call.mouth.speaking:
        finish(call)


def finish(call: Conduct) -> None:
    """Hang up now."""
    call.phase = Phase.ENDED
    call.do(HangUp(call.outcome[1]), CloseRecord(*call.outcome))


def on_hung_up(call: Conduct, event: CallerHungUp) -> None:
    """The caller is gone."""
    if event.fault:
        call.do(NoteIncident(event.reason))
    if event.fault and call.phase in (Phase.TALKING, Phase.TRANSFERRING):
        call.outcome = ("failed", event.reason)
    elif call.phase is Phase.TALKING and call.turns > 1 and not call.requested_slot:
        call.outcome = ("contained", "the caller hung up")
    elif call.phase is Phase.TALKING:
        call.outcome = ("abandoned", event.reason or "the caller hung up")
    _let_people_go(call, "the caller hung up")
    call.leave_talking()
    call.fall_silent()
    call.phase = Phase.ENDED
    call.do(CloseRecord(*call.outcome))


def on_shutdown(call: Conduct, event: Shutdown) -> None:
    """The process stops."""
    _let_people_go(call, event.reason)
    call.leave_talking()
    call.fall_silent()
    call.outcome = ("failed", event.reason)
    finish(call)


def on_call_deadline(call: Conduct) -> None:
    """The call has reached its longest duration."""
    if call.phase in (Phase.CLOSING, Phase.ENDED):
        return
    _let_people_go(call, "the call reached its longest duration")
    call.fall_silent()
    close(call, ("abandoned", "the call reached its longest duration"), prompts.TOO_LONG)


def on_closing_deadline(call: Conduct) -> None:
    """The goodbye never came to its end."""
    if call.phase is Phase.CLOSING:
        call.fall_silent()
        finish(call)


def on_recording_lost(call: Conduct, event: RecordingLost) -> None:
    """The recording stops; the call goes on."""
    call.do(NoteIncident(f"the recording was lost: {event.reason}"))


def _let_people_go(call: Conduct, reason: str) -> None:
    if call.phase is Phase.TRANSFERRING:
        call.do(CancelRing())
    if call.phase is Phase.WITH_EXPERT:
        call.do(ReleaseSeat(reason))
