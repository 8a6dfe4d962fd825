"""What becomes of the bot's speech: pieces begin, are sent, are heard, or fail."""

from __future__ import annotations

from voicebot.conversation.commands import Bridge, Command, NoteIncident
from voicebot.conversation.conduct import Conduct
from voicebot.conversation.ending import finish
from voicebot.conversation.events import (
    MarkEchoed,
    PieceFailed,
    PieceRendered,
    PieceSent,
    PieceStarted,
)
from voicebot.conversation.states import Phase


def on_piece_rendered(call: Conduct, event: PieceRendered) -> None:
    """The length of a piece is known."""
    call.mouth.rendered(event)


def on_piece_started(call: Conduct, event: PieceStarted) -> None:
    """The first audio of a piece went out."""
    call.do_all(call.mouth.started(event, call.now))


def on_piece_sent(call: Conduct, event: PieceSent) -> None:
    """The last audio of a piece went out."""
    call.do_all(call.mouth.sent(event, call.now))


def on_mark(call: Conduct, event: MarkEchoed) -> None:
    """A piece was heard to its end."""
    _settle(call, call.mouth.echoed(event, call.now))


def on_piece_failed(call: Conduct, event: PieceFailed) -> None:
    """A piece will not be heard."""
    call.do(NoteIncident(f"speech failed: {event.reason}"))
    _settle(call, call.mouth.failed(event, call.now))


def on_playout(call: Conduct) -> None:
    """Marks may be missing; the clock says what must have been played."""
    _settle(call, call.mouth.overdue(call.now))


def pause(call: Conduct) -> None:
    """Stop speaking at once, perhaps to go on."""
    if call.mouth.speaking and not call.mouth.paused:
        _settle(call, call.mouth.pause(call.now))


def _settle(call: Conduct, commands: list[Command]) -> None:
    call.do_all(commands)
    if commands and not call.mouth.speaking:
        _said_everything(call)


def _said_everything(call: Conduct) -> None:
    match call.phase:
        case Phase.TALKING:
            call.greeted = True
            if call.caller.utterance is None and not call.awaiting:
                call.listen()
        case Phase.WITH_EXPERT:
            call.do(Bridge())
        case Phase.CLOSING:
            finish(call)
        case _:
            pass
