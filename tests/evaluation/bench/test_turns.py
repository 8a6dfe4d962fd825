from __future__ import annotations

import pytest

from evaluation.bench.trace import Entry, Line
from evaluation.bench.turns import turns_of
from tests.evaluation.bench.tracks import call_log, spoken, trace

CLIP = spoken((0.5, 1.0), (1.4, 2.0), total=3.0)
"""Speech from 0.2 s to 1.7 s after its first frame."""


def caller(number: int, **times: float) -> Line:
    return Line(number, "caller", "speech", f"words {number}", times)


def bot(number: int, first_audio: float) -> Line:
    return Line(number, "bot", "speech", "an answer", {"first_audio": first_audio})


def test_the_response_is_from_the_end_of_speech_to_the_first_audio() -> None:
    log = call_log(total=10, said=[(3.0, CLIP)], bot=[(0.2, 2.0), (5.2, 7.0)])
    (turn,) = turns_of(log, None)
    assert turn.response == pytest.approx(0.5, abs=0.03)
    assert not turn.cut_off
    assert not turn.over_bot


def test_two_turns_each_have_their_own_answer() -> None:
    log = call_log(
        total=14,
        said=[(1.0, CLIP), (7.0, CLIP)],
        bot=[(3.1, 4.0), (9.4, 11.0)],
    )
    first, second = turns_of(log, None)
    assert first.response == pytest.approx(0.4, abs=0.03)
    assert second.response == pytest.approx(0.7, abs=0.03)


def test_an_answer_to_the_next_turn_is_none_to_this_one() -> None:
    log = call_log(total=14, said=[(1.0, CLIP), (7.0, CLIP)], bot=[(9.4, 11.0)])
    first, second = turns_of(log, None)
    assert first.response is None
    assert second.response is not None


def test_a_bot_that_speaks_into_the_clip_cuts_it_off() -> None:
    log = call_log(total=10, said=[(3.0, CLIP)], bot=[(4.0, 4.6), (5.3, 6.0)])
    (turn,) = turns_of(log, None)
    assert turn.cut_off


def test_a_turn_over_the_bots_speech_says_nothing() -> None:
    log = call_log(total=10, said=[(3.0, CLIP)], bot=[(1.0, 3.6), (5.3, 6.0)])
    (turn,) = turns_of(log, None)
    assert turn.over_bot
    assert not turn.cut_off


def test_a_turn_declared_over_before_the_speech_ended_is_cut_off_though_nobody_heard_it() -> None:
    log = call_log(total=10, said=[(3.0, CLIP)], bot=[(5.2, 7.0)])
    record = trace([caller(2, started=3.2, paused=3.7, decided=4.0), bot(3, 5.1)])
    (turn,) = turns_of(log, record)
    assert turn.cut_off


def test_a_clip_that_became_two_turns_is_cut_off() -> None:
    log = call_log(total=10, said=[(3.0, CLIP)], bot=[(5.2, 7.0)])
    record = trace(
        [
            caller(2, started=3.2, decided=4.69),
            caller(3, started=4.2, decided=5.0),
            bot(4, 5.1),
        ]
    )
    (turn,) = turns_of(log, record)
    assert turn.cut_off
    assert turn.text == "words 2 words 3"


def test_stages_are_counted_from_the_end_of_speech_and_both_clocks_are_brought_together() -> None:
    log = call_log(total=10, said=[(3.0, CLIP)], bot=[(5.2, 7.0)])
    shift = 0.25  # the agent's clock began later than the caller's
    end = 4.7 - shift
    journal = [
        Entry(3.9 - shift, "SpeechPaused", {"at": 3.7 - shift, "party": "caller"}, ()),
        Entry(end + 0.2, "SpeechPaused", {"at": end, "party": "caller"}, ()),
    ]
    record = trace(
        [
            caller(
                2,
                started=3.2 - shift,
                paused=end,
                transcribed=end + 0.25,
                decided=end + 0.3,
                replied=end + 0.35,
            ),
            bot(3, end + 0.4),
        ],
        journal,
        shift,
    )
    (turn,) = turns_of(log, record)
    expected = {
        "noticed": 0.2,
        "transcribed": 0.25,
        "decided": 0.3,
        "replied": 0.35,
        "first_audio": 0.4,
        "audible": 0.5,
    }
    assert turn.stages == {name: pytest.approx(at, abs=0.03) for name, at in expected.items()}
    assert not turn.cut_off


def test_lines_that_the_caller_did_not_speak_are_no_turns() -> None:
    log = call_log(total=10, said=[(3.0, CLIP)], bot=[(5.2, 7.0)])
    keyed = Line(2, "caller", "keys", "1", {"started": 3.5, "decided": 3.5})
    (turn,) = turns_of(log, trace([keyed]))
    assert not turn.cut_off
    assert "decided" not in turn.stages
