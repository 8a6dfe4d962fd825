"""Lines of the bot: one record a line, cut where it was cut."""

from __future__ import annotations

import itertools

import pytest

from voicebot.conversation.commands import ClearAudio, RecordTurn, Say, SetTimer
from voicebot.conversation.events import MarkEchoed, PieceFailed, PieceSent, PieceStarted
from voicebot.conversation.mouth import Mouth
from voicebot.conversation.policy import Policy

FIRST = "Here is the first sentence, which is not short."
SECOND = "And here is the second sentence, which is as long."


@pytest.fixture
def mouth() -> Mouth:
    numbers = itertools.count(1)
    return Mouth(Policy(), lambda: next(numbers), marks=True)


def said(mouth: Mouth, *texts: str) -> list[Say]:
    return [command for command in mouth.say(texts) if isinstance(command, Say)]


def heard_to_the_end(mouth: Mouth, say: Say, at: float) -> list[RecordTurn]:
    records = [*mouth.started(PieceStarted(say.piece), at)]
    records += mouth.sent(PieceSent(say.piece, 2.0), at + 1.9)
    records += mouth.echoed(MarkEchoed(say.piece), at + 2.0)
    return [record for record in records if isinstance(record, RecordTurn)]


def test_a_line_is_recorded_when_it_begins_and_when_it_was_heard(mouth: Mouth) -> None:
    first, second = said(mouth, FIRST, SECOND)
    (begun,) = heard_to_the_end(mouth, first, 1.0)
    assert (begun.number, begun.text, begun.heard) == (1, f"{FIRST} {SECOND}", None)
    assert begun.times == {"first_audio": 1.0}
    assert mouth.speaking
    (done,) = heard_to_the_end(mouth, second, 3.0)
    assert done.times == {"first_audio": 1.0, "finished": 5.0}
    assert done.heard is None
    assert not mouth.speaking


def test_nothing_to_say_is_no_line(mouth: Mouth) -> None:
    assert mouth.say(()) == []
    assert mouth.say(("", "  ")) == []
    assert mouth.stop(1.0) == ([], [])


def test_a_cut_tells_what_was_heard_and_what_was_not(mouth: Mouth) -> None:
    first, second = said(mouth, FIRST, SECOND)
    heard_to_the_end(mouth, first, 1.0)
    mouth.started(PieceStarted(second.piece), 3.0)
    commands, unheard = mouth.stop(4.0)
    assert isinstance(commands[0], ClearAudio)
    (record,) = commands[1:]
    assert isinstance(record, RecordTurn)
    assert record.heard is not None
    assert record.heard.startswith(FIRST)
    assert len(FIRST) < len(record.heard) < len(record.text)
    assert unheard == [SECOND]
    assert not mouth.speaking


def test_a_piece_that_fails_leaves_a_hole_in_its_line(mouth: Mouth) -> None:
    first, second = said(mouth, FIRST, SECOND)
    assert mouth.failed(PieceFailed(first.piece, "no voice"), 1.0) == []
    records = heard_to_the_end(mouth, second, 2.0)
    assert [record.heard for record in records] == [None, SECOND]


def test_a_piece_that_breaks_off_is_heard_as_far_as_it_came(mouth: Mouth) -> None:
    (only,) = said(mouth, FIRST)
    mouth.started(PieceStarted(only.piece), 1.0)
    (record,) = mouth.failed(PieceFailed(only.piece, "no voice", 1.0), 2.0)
    assert isinstance(record, RecordTurn)
    assert record.heard == "Here is the"


def test_missing_marks_are_made_up_by_the_clock(mouth: Mouth) -> None:
    (only,) = said(mouth, FIRST)
    mouth.started(PieceStarted(only.piece), 1.0)
    (timer,) = mouth.sent(PieceSent(only.piece, 2.0), 2.9)
    assert timer == SetTimer("playout", 4.5)
    assert mouth.overdue(4.4) == [SetTimer("playout", 4.5)]
    (record,) = mouth.overdue(4.5)
    assert isinstance(record, RecordTurn)
    assert record.heard is None


def test_what_belongs_to_no_line_is_passed_over(mouth: Mouth) -> None:
    said(mouth, FIRST)
    mouth.stop(1.0)
    assert mouth.started(PieceStarted("0.1"), 2.0) == []
    assert mouth.sent(PieceSent("0.1", 1.0), 2.0) == []
    assert mouth.echoed(MarkEchoed("0.1"), 2.0) == []
    assert mouth.failed(PieceFailed("0.1", "x"), 2.0) == []
    assert mouth.overdue(9.0) == []
