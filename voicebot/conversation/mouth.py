"""What the bot says, line by line: from text to what was really heard of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from voicebot.conversation.commands import ClearAudio, Command, RecordTurn, Say, SetTimer
from voicebot.conversation.events import (
    MarkEchoed,
    Party,
    PieceFailed,
    PieceRendered,
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

    def record(self, *, cut: bool = False, heard: str | None = None) -> RecordTurn:
        """The line as it stands; `heard` so far, or what is known of a line that was cut."""
        if cut:
            heard = " ".join(part for part in self.heard if part)
        return RecordTurn(self.number, Party.BOT, self.text, heard=heard, times=dict(self.times))


class Mouth:
    """Speaks lines piece by piece and knows what became of them."""

    def __init__(
        self, policy: Policy, next_number: Callable[[], int], *, marks: bool, clears: bool = True
    ) -> None:
        self._next_number = next_number
        self._rewind = policy.rewind
        ahead = 0.0 if clears else policy.lead
        self._ledger = PlayoutLedger(marks=marks, grace=policy.mark_grace, ahead=ahead)
        self._lines: dict[int, Line] = {}
        self._paused_at: float | None = None

    @property
    def speaking(self) -> bool:
        """Is anything still to be heard?"""
        return bool(self._ledger.outstanding)

    @property
    def paused(self) -> bool:
        """Is there something to be said that is held back?"""
        return self._paused_at is not None

    @property
    def asking(self) -> tuple[str, str]:
        """The last line being said, and how much of it was heard before the pause."""
        outstanding = self._ledger.outstanding
        if not outstanding:
            return "", ""
        line = self._lines[outstanding[-1].line]
        return line.text, self._heard_of(line)

    def say(self, texts: Sequence[str], rate: float = 1.0) -> list[Command]:
        """Speak `texts` as one line of the transcript, after what is already queued."""
        cut = [piece for text in texts for piece in pieces(text)]
        if not cut:
            return []
        line = Line(self._next_number(), " ".join(cut), len(cut))
        self._lines[line.number] = line
        added = [self._ledger.add(text, line.number, rate) for text in cut]
        return [] if self.paused else [_say(piece) for piece in added]

    def started(self, event: PieceStarted, now: float) -> list[Command]:
        """A piece begins to sound."""
        piece = self._ledger.started(event.piece, now, event.since)
        if piece is None or "first_audio" in self._lines[piece.line].times:
            return []
        line = self._lines[piece.line]
        line.times["first_audio"] = now
        return [line.record()]

    def rendered(self, event: PieceRendered) -> None:
        """The length of a piece is known."""
        self._ledger.rendered(event.piece, event.seconds)

    def sent(self, event: PieceSent, now: float) -> list[Command]:
        """A piece is out; its mark is waited for until it is overdue."""
        due = self._ledger.sent(event.piece, event.seconds, now)
        return [] if due is None else self._wait()

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
        return [*self._settle(self._ledger.overdue(now), now), *self._wait()]

    def _wait(self) -> list[Command]:
        """For the mark that is due first: a later piece must not hide that it is missing."""
        waiting = [p.ends for p in self._ledger.outstanding if p.ends is not None]
        return [SetTimer("playout", self._ledger.due(min(waiting)))] if waiting else []

    def pause(self, now: float) -> list[Command]:
        """Fall silent at once, perhaps to go on: see `resume` and `stop`."""
        if self.paused or not self.speaking:
            return []
        done = self._ledger.pause(now, self._rewind)
        commands: list[Command] = [ClearAudio(), *self._settle(done, now)]
        if self.speaking:
            self._paused_at = now
            line = self._lines[self._ledger.outstanding[0].line]
            if "first_audio" in line.times:
                commands.append(line.record(heard=self._heard_of(line)))
        return commands

    def resume(self) -> list[Command]:
        """Go on with what was held back."""
        if not self.paused:
            return []
        self._paused_at = None
        line = self._lines[self._ledger.outstanding[0].line]
        again: list[Command] = [line.record()] if "first_audio" in line.times else []
        return again + [_say(piece) for piece in self._ledger.outstanding]

    def stop(self, now: float) -> tuple[list[Command], list[str]]:
        """Fall silent for good: the commands, and the texts of pieces not (all) heard."""
        if not self.speaking:
            return [], []
        at = now if self._paused_at is None else self._paused_at
        commands: list[Command] = [] if self.paused else [ClearAudio()]
        self._paused_at = None
        cut = self._ledger.clear(at)
        for piece in cut:
            self._lines[piece.line].heard.append(words_heard(piece.text, piece.heard))
        for number in sorted({piece.line for piece in cut}):
            line = self._lines.pop(number)
            line.times["finished"] = at
            commands.append(line.record(cut=True))
        self._lines.clear()
        return commands, [piece.text for piece in cut if piece.heard < 1]

    def _heard_of(self, line: Line) -> str:
        """What was heard of a line that is still being said."""
        cut = [p for p in self._ledger.outstanding if p.line == line.number]
        parts = [*line.heard, *(words_heard(p.text, p.heard) for p in cut)]
        return " ".join(part for part in parts if part)

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


def _say(piece: Piece) -> Say:
    return Say(piece.name, piece.text, piece.rate, piece.since, piece.resumes)
