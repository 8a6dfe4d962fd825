"""What the bot says, line by line: from text to what was really heard of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from voicebot.conversation.commands import ClearAudio, Command, RecordTurn, Say, SetTimer
from voicebot.conversation.events import (
    MarkEchoed,
    Party,
    PieceFailed,
    PieceSent,
    PieceStarted,
)
from voicebot.conversation.playout import Piece, PlayoutLedger, words_heard
from voicebot.conversation.policy import Policy
from voicebot.dialogue.replies import pieces


@dataclass(slots=True)
class Line:
    """One answer of the bot in the transcript."""

    number: int
    text: str
    pieces: int
    heard: list[str] = field(default_factory=list)
    times: dict[str, float] = field(default_factory=dict)
    whole: bool = True  # until a piece of it was not heard to its end

    def record(self, *, cut: bool = False) -> RecordTurn:
        """The line as it stands."""
        heard = " ".join(part for part in self.heard if part) if cut else None
        return RecordTurn(self.number, Party.BOT, self.text, heard=heard, times=dict(self.times))


class Mouth:
    """Speaks lines piece by piece and knows what became of them."""

    def __init__(self, policy: Policy, next_number: Callable[[], int], *, marks: bool) -> None:
        self._next_number = next_number
        self._ledger = PlayoutLedger(marks=marks, grace=policy.mark_grace)
        self._lines: dict[int, Line] = {}

    @property
    def speaking(self) -> bool:
        """Is anything still to be heard?"""
        return bool(self._ledger.outstanding)

    def say(self, texts: Sequence[str], rate: float = 1.0) -> list[Command]:
        """Speak `texts` as one line of the transcript, after what is already queued."""
        cut = [piece for text in texts for piece in pieces(text)]
        if not cut:
            return []
        line = Line(self._next_number(), " ".join(cut), len(cut))
        self._lines[line.number] = line
        added = [self._ledger.add(text, line.number, rate) for text in cut]
        return [Say(piece.name, piece.text, rate) for piece in added]

    def started(self, event: PieceStarted, now: float) -> list[Command]:
        """A piece begins to sound."""
        piece = self._ledger.started(event.piece, now)
        if piece is None or "first_audio" in self._lines[piece.line].times:
            return []
        line = self._lines[piece.line]
        line.times["first_audio"] = now
        return [line.record()]

    def sent(self, event: PieceSent, now: float) -> list[Command]:
        """A piece is out; its mark is waited for until it is overdue."""
        due = self._ledger.sent(event.piece, event.seconds, now)
        return [] if due is None else [SetTimer("playout", due)]

    def echoed(self, event: MarkEchoed, now: float) -> list[Command]:
        """The network has played a piece."""
        piece = self._ledger.finish(event.name)
        return [] if piece is None else self._settle([piece], now)

    def failed(self, event: PieceFailed, now: float) -> list[Command]:
        """A piece broke; what went out of it is heard."""
        piece = self._ledger.fail(event.piece, event.seconds)
        return [] if piece is None else self._settle([piece], now)

    def overdue(self, now: float) -> list[Command]:
        """Marks are missing: pieces that must have been played by now count as played."""
        commands = self._settle(self._ledger.overdue(now), now)
        waiting = [p.ends for p in self._ledger.outstanding if p.ends is not None]
        if waiting:
            commands.append(SetTimer("playout", self._ledger.due(min(waiting))))
        return commands

    def stop(self, now: float) -> tuple[list[Command], list[str]]:
        """Fall silent at once: the commands, and the texts of pieces that were not (all) heard."""
        if not self.speaking:
            return [], []
        cut = self._ledger.clear(now)
        for piece in cut:
            self._lines[piece.line].heard.append(words_heard(piece.text, piece.heard))
        commands: list[Command] = [ClearAudio()]
        for number in sorted({piece.line for piece in cut}):
            line = self._lines.pop(number)
            line.times["finished"] = now
            commands.append(line.record(cut=True))
        self._lines.clear()
        return commands, [piece.text for piece in cut if piece.heard < 1]

    def _settle(self, done: Sequence[Piece], now: float) -> list[Command]:
        commands: list[Command] = []
        for piece in done:
            line = self._lines[piece.line]
            line.heard.append(words_heard(piece.text, piece.heard))
            line.whole = line.whole and piece.heard >= 1
            if len(line.heard) == line.pieces:
                line.times["finished"] = now
                commands.append(line.record(cut=not line.whole))
                del self._lines[line.number]
        self._ledger.forget_finished()
        return commands
