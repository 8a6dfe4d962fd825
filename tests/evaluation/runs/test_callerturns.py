from __future__ import annotations

import pytest

from evaluation.bench.calls import CallLog, Cleared
from evaluation.bench.trace import CallTrace, Entry, Line
from evaluation.callers.base import Performed
from evaluation.runs.callerturns import Call, caller_turns, false_starts
from evaluation.sets.model import Keys, Say, Silence, Turn
from tests.evaluation.bench.tracks import call_log, spoken, trace
from voicebot.caller.wire import FRAME_SECONDS

CLIP = spoken((0.5, 1.0), (1.4, 2.0), total=3.0)
"""Speech from 0.2 s to 1.7 s after its first frame."""
FRAMES = len(CLIP.frames)


def said(at: float, turn: Say, number: int = 0) -> Performed:
    start = round(at / FRAME_SECONDS)
    return Performed(number, turn, start, start + FRAMES, CLIP)


def done(at: float, until: float, turn: Turn, number: int = 0) -> Performed:
    return Performed(number, turn, round(at / FRAME_SECONDS), round(until / FRAME_SECONDS))


def line(number: int, text: str = "hello", kind: str = "speech", **times: float) -> Line:
    return Line(number, "caller", kind, text, times, 0.8)


def started(noticed: float, at: float) -> Entry:
    return Entry(noticed, "SpeechStarted", {"at": at, "party": "caller"}, ())


def one_turn(
    bot: list[tuple[float, float]],
    lines: list[Line] | None = None,
    journal: list[Entry] | None = None,
    turn: Say | None = None,
    clears: tuple[Cleared, ...] = (),
    shift: float = 0.0,
) -> Call:
    log = call_log(total=12, said=[(3.0, CLIP)], bot=bot, clears=clears)
    record = None if lines is None else trace(lines, journal, shift)
    return Call(log, (said(3.0, turn or Say("hello")),), record)


def test_without_a_record_a_turn_is_what_can_be_heard() -> None:
    (turn,) = caller_turns(one_turn([(0.2, 2.0), (5.2, 7.0)]))
    assert turn.start == pytest.approx(3.2, abs=0.02)
    assert turn.end == pytest.approx(4.7, abs=0.02)
    assert turn.answered == pytest.approx(5.2, abs=0.02)
    assert (turn.heard, turn.onset, turn.decided) == ("", None, None)
    assert not turn.cut_off


def test_what_the_agent_knows_is_brought_to_the_callers_clock() -> None:
    shift = 0.4
    call = one_turn(
        [(5.2, 7.0)],
        [line(2, started=3.25 - shift, decided=4.95 - shift)],
        [started(3.5 - shift, 3.25 - shift)],
        shift=shift,
    )
    (turn,) = caller_turns(call)
    assert (turn.heard, turn.confidence) == ("hello", 0.8)
    assert turn.decided == pytest.approx(4.95)
    assert turn.onset == pytest.approx(3.5)
    assert false_starts(call) == ()


def test_a_turn_that_was_taken_for_two_is_cut_off_and_heard_as_both() -> None:
    lines = [line(2, "first", started=3.2, decided=4.1), line(3, "rest", started=4.4, decided=5.0)]
    (turn,) = caller_turns(one_turn([(5.2, 7.0)], lines))
    assert turn.cut_off
    assert turn.heard == "first rest"
    assert turn.decided == pytest.approx(5.0)


def test_speech_where_nobody_spoke_is_a_false_start() -> None:
    journal = [started(1.5, 1.3), started(3.4, 3.2), started(9.0, 8.8)]
    assert false_starts(one_turn([], [], journal)) == (1.5, 9.0)


def test_an_interruption_that_stopped_the_bot() -> None:
    call = one_turn([(1.0, 3.6), (5.2, 6.0)], [line(2, started=3.2)], clears=(Cleared(3.55, 800),))
    (turn,) = caller_turns(call)
    assert turn.yielded == pytest.approx(0.4, abs=0.05)
    assert not turn.resumed
    assert not turn.cut_off


def test_a_bot_that_ended_by_itself_did_not_yield() -> None:
    (turn,) = caller_turns(one_turn([(1.0, 3.6), (5.2, 6.0)], [line(2, started=3.2)]))
    assert turn.yielded is None


def test_a_bot_that_goes_on_with_what_it_said_has_resumed() -> None:
    again = Entry(4.6, "TimerFired", {}, (("Say", {"piece": "2", "resumes": "1"}),))
    call = one_turn(
        [(1.0, 3.5), (5.0, 6.0)],
        [],
        [again],
        Say("mm-hmm", backchannel=True),
        (Cleared(3.5, 100),),
    )
    (turn,) = caller_turns(call)
    assert turn.backchannel
    assert turn.resumed
    assert turn.yielded == pytest.approx(0.3, abs=0.05)


def test_a_secret_is_masked() -> None:
    secret = one_turn([], [], turn=Say("four eight", secret=True))
    (turn,) = caller_turns(secret)
    assert turn.reference == "•••• •••••"
    assert turn.secret
    masked = Line(2, "caller", "speech", "••••", {"started": 3.2}, 0.9, sensitive=True)
    (turn,) = caller_turns(one_turn([], [masked]))
    assert turn.secret, "the agent took it for one"


def test_keys_are_answered_from_their_end_on_and_a_silence_from_its_beginning() -> None:
    log = call_log(total=20, said=[], bot=[(5.0, 6.0), (12.0, 13.0)])
    record = trace(
        [
            line(2, "42", "keys", started=3.5, decided=4.6),
            line(3, "[silence]", "silence", decided=11.5),
        ]
    )
    performed = (done(3.0, 4.0, Keys("42")), done(8.0, 14.0, Silence(6.0), 1))
    keys, silence = caller_turns(Call(log, performed, record))
    assert (keys.kind, keys.reference, keys.heard) == ("keys", "42", "42")
    assert keys.answered == pytest.approx(5.0, abs=0.02)
    assert keys.decided == pytest.approx(4.6)
    assert (silence.kind, silence.start) == ("silence", None)
    assert silence.answered == pytest.approx(12.0, abs=0.02)


def test_words_that_nobody_said_are_what_was_heard_of_a_silence() -> None:
    log = call_log(total=20, said=[], bot=[(5.0, 6.0)])
    record = trace(
        [
            line(2, "before", started=7.5, decided=8.5),
            line(3, "thank you", started=9.0, decided=10.0),
            line(4, "[silence]", "silence", decided=13.5),
        ]
    )
    (silence,) = caller_turns(Call(log, (done(8.0, 14.0, Silence(6.0)),), record))
    assert silence.heard == "thank you"


def test_an_answer_to_the_keys_that_came_next_is_none_to_the_speech() -> None:
    log = call_log(total=20, said=[(3.0, CLIP)], bot=[(9.0, 10.0)])
    performed = (said(3.0, Say("hello")), done(7.0, 8.0, Keys("1"), 1))
    speech, keys = caller_turns(Call(log, performed, None))
    assert speech.answered is None
    assert keys.answered == pytest.approx(9.0, abs=0.02)


def test_what_was_cut_short_is_said_as_far_as_it_was_said() -> None:
    log: CallLog = call_log(total=4, said=[], bot=[])
    cut = Performed(0, Say("hello"), 150, 175, CLIP, whole=False)
    (turn,) = caller_turns(Call(log, (cut,), None))
    assert turn.end == pytest.approx(3.5)
    assert turn.answered is None


def test_two_turns_do_not_take_each_others_lines() -> None:
    log = call_log(total=20, said=[(3.0, CLIP), (10.0, CLIP)], bot=[(5.2, 7.0), (12.2, 14.0)])
    record: CallTrace = trace([line(2, "one", started=3.2), line(4, "two", started=10.2)])
    performed = (said(3.0, Say("one")), said(10.0, Say("two"), 1))
    first, second = caller_turns(Call(log, performed, record))
    assert (first.heard, second.heard) == ("one", "two")


def test_a_line_that_began_too_early_still_belongs_to_what_was_said() -> None:
    lines = [line(2, "hello", started=1.9, paused=4.7, decided=5.0)]
    (turn,) = caller_turns(one_turn([(5.2, 7.0)], lines))
    assert turn.heard == "hello"


def test_a_sound_and_the_sentence_behind_it_taken_for_one_are_the_sentence() -> None:
    brief = spoken((0.5, 0.8), total=1.3)
    log = call_log(total=12, said=[(1.0, brief), (3.0, CLIP)], bot=[(5.2, 7.0)])
    performed = (
        Performed(0, Say("mm-hmm", backchannel=True), 50, 50 + len(brief.frames), brief),
        said(3.0, Say("hello"), 1),
    )
    record = trace([line(2, "hello", started=1.2, paused=4.7, decided=5.0)])
    listening, sentence = caller_turns(Call(log, performed, record))
    assert (listening.heard, sentence.heard) == ("", "hello")
    assert sentence.stages["decided"] == pytest.approx(0.3, abs=0.03)


def test_words_where_nobody_spoke_belong_to_nothing_that_was_said() -> None:
    lines = [line(2, "thank you", started=8.0, paused=8.5, decided=9.0)]
    (turn,) = caller_turns(one_turn([], lines))
    assert turn.heard == ""
