"""The call machine: events in, commands out.

A call is in one of six phases. While the bot talks with the caller, who has the floor follows from
facts: is an utterance going on, is the dialogue thinking, is the bot speaking. `Conduct.state`
derives the name of the state from them, so that no two facts can contradict each other:

    talking       greeting, listening, caller_speaking, deciding, thinking, speaking, overlap
    transferring  a person is being looked for; the bot only comforts
    with_expert   two people talk; both are written down
    fax           the caller is a fax machine; its pages are received
    closing       the last words are being spoken; then the call is hung up
    ended

Which event means what in which phase is the table below. An event that has no entry there means
nothing in that phase and is passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from voicebot.conversation import ending, fax, foresight, handover, speaking, talking
from voicebot.conversation.commands import Command
from voicebot.conversation.conduct import Conduct
from voicebot.conversation.events import (
    CallerHungUp,
    CallStarted,
    DialogueFailed,
    DialoguePrepared,
    Digit,
    Event,
    ExpertJoined,
    ExpertLeft,
    FaxEnded,
    FaxHeard,
    MarkEchoed,
    NoSeat,
    Party,
    PieceFailed,
    PieceRendered,
    PieceSent,
    PieceStarted,
    RecognitionFailed,
    RecordingLost,
    Reply,
    Shutdown,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    Transcript,
    TurnHint,
)
from voicebot.conversation.policy import Policy
from voicebot.conversation.states import Phase, State

Handler = Callable[[Conduct, Any], None]


class CallMachine:
    """Conducts one call. Pure: the clock comes in as `now`, everything else as events."""

    def __init__(self, policy: Policy) -> None:
        self._call = Conduct(policy)

    @property
    def phase(self) -> Phase:
        """What the call is about right now."""
        return self._call.phase

    @property
    def state(self) -> State:
        """Who has the floor."""
        return self._call.state

    @property
    def sensitive(self) -> bool:
        """Is the answer to a sensitive question awaited, so that nothing of it may be kept?"""
        return self._call.sensitive

    def handle(self, event: Event, now: float) -> list[Command]:
        """What is to be done because `event` happened at `now` (s since the call began).

        Time never runs backwards: an earlier `now` than the last one counts as the last one.
        """
        call = self._call
        call.now = max(now, call.now)
        handler = _TABLE[call.phase].get(type(event))
        if handler is not None:
            handler(call, event)
        commands, call.out = call.out, []
        return commands


def _on_timer(call: Conduct, event: TimerFired) -> None:
    name, _, party = event.name.partition(":")
    if party:
        talking.on_ear_timer(call, name, call.ears[Party(party)])
    elif name in _TIMERS:
        _TIMERS[name](call)


_HEARING: dict[type[Event], Handler] = {
    SpeechStarted: talking.on_speech,
    SpeechPaused: talking.on_pause,
    Transcript: talking.on_transcript,
    TurnHint: talking.on_turn_hint,
    RecognitionFailed: talking.on_no_transcript,
}
_SPEAKING: dict[type[Event], Handler] = {
    PieceRendered: speaking.on_piece_rendered,
    PieceStarted: speaking.on_piece_started,
    PieceSent: speaking.on_piece_sent,
    PieceFailed: speaking.on_piece_failed,
    MarkEchoed: speaking.on_mark,
}
_ALWAYS: dict[type[Event], Handler] = {
    TimerFired: _on_timer,
    CallerHungUp: ending.on_hung_up,
    RecordingLost: ending.on_recording_lost,
    Shutdown: ending.on_shutdown,
}
_TABLE: dict[Phase, dict[type[Event], Handler]] = {
    Phase.TALKING: {
        **_HEARING,
        **_SPEAKING,
        **_ALWAYS,
        CallStarted: talking.on_started,
        Digit: talking.on_digit,
        Reply: talking.on_reply,
        DialogueFailed: talking.on_no_reply,
        DialoguePrepared: foresight.on_prepared,
        FaxHeard: fax.on_calling,
    },
    Phase.TRANSFERRING: {
        **_HEARING,
        **_SPEAKING,
        **_ALWAYS,
        ExpertJoined: handover.on_joined,
        NoSeat: handover.on_no_seat,
        FaxHeard: fax.on_calling,
    },
    Phase.WITH_EXPERT: {
        **_HEARING,
        **_SPEAKING,
        **_ALWAYS,
        ExpertLeft: handover.on_expert_left,
    },
    Phase.FAX: {
        FaxEnded: fax.on_ended,
        CallerHungUp: fax.on_hung_up,
        Shutdown: fax.on_shutdown,
        TimerFired: fax.on_timer,
        RecordingLost: ending.on_recording_lost,
    },
    Phase.CLOSING: {
        **_SPEAKING,
        **_ALWAYS,
        Transcript: talking.on_transcript,
        RecognitionFailed: talking.on_no_transcript,
    },
    Phase.ENDED: {RecordingLost: ending.on_recording_lost},
}
_TIMERS: dict[str, Callable[[Conduct], None]] = {
    "go_on": talking.on_go_on,
    "no_input": talking.on_no_input,
    "digits": talking.on_digits_timer,
    "filler": talking.on_filler,
    "dialogue": talking.on_dialogue_deadline,
    "playout": speaking.on_playout,
    "hold": handover.on_hold,
    "transfer": handover.on_transfer_deadline,
    "call": ending.on_call_deadline,
    "closing": ending.on_closing_deadline,
}
