"""What another policy would have done to turns: sooner, later, cut off, whole, otherwise."""

from __future__ import annotations

import pytest

from evaluation.whatif.answers import table
from evaluation.whatif.changes import parsed
from evaluation.whatif.policy import NO_HINTS, answer, retold
from evaluation.whatif.recorded import Recorded
from tests.evaluation.whatif.calls import ADAPTIVE, Said, kept, played
from voicebot.conversation.journal import Journal
from voicebot.conversation.policy import Policy

WHOLE: list[Said] = [
    (4.0, 1.0, "please move the"),
    (5.45, 1.0, "please move the fifty dollars to savings"),
    (11.0, 1.0, "thank you very much"),
]
"""A pause of 0.45 s within the first turn, which is waited for."""


def recorded(said: list[Said], policy: Policy = ADAPTIVE) -> Recorded:
    return Recorded("call", kept(played(said, policy)))


def verdicts(said: list[Said], *changes: str, policy: Policy = ADAPTIVE) -> list[str]:
    found = retold(recorded(said, policy), [parsed(change) for change in changes])
    assert not found.unusable
    return [turn.verdict for turn in found.turns]


def test_nothing_changed_is_the_same() -> None:
    assert verdicts(WHOLE) == ["same", "same"]


def test_more_patience_is_later() -> None:
    assert verdicts(WHOLE, "turns.patience=2.5") == ["later", "later"]


def test_less_patience_cuts_off_and_the_rest_is_not_told() -> None:
    found = retold(recorded(WHOLE), [parsed("turns.patience=0.5")])
    assert [turn.verdict for turn in found.turns] == ["cut off"]
    assert found.turns[0].cut_now
    assert not found.turns[0].cut_then
    assert "'please move the'" in found.turns[0].why
    assert found.hypothetical == 1


def test_a_turn_that_was_cut_off_would_be_whole() -> None:
    hasty = Policy(silence=0.25)
    assert verdicts(WHOLE, policy=hasty)[0] == "same"
    found = retold(recorded(WHOLE, hasty), [parsed("turns.silence=0.7")])
    assert [turn.verdict for turn in found.turns] == ["whole"]
    assert found.turns[0].cut_then
    assert found.hypothetical == 2


def test_what_differs_otherwise_is_said_in_words() -> None:
    found = retold(recorded(WHOLE), [parsed("turns.no_input=2")])
    assert found.turns[-1].verdict == "otherwise"
    assert "'silence'" in found.turns[-1].why


def test_totals_and_counts() -> None:
    calls = [recorded(WHOLE), recorded(WHOLE), "third: it has no journal"]
    told = answer(calls, [parsed("turns.patience=0.5")])
    cut = next(total for total in told.totals if total.title == "turns cut off")
    assert (cut.then, cut.now) == (0.0, 2.0)
    assert (told.calls, told.turns, told.judged, told.hypothetical) == (2, 4, 2, 2)
    assert told.counts == {"cut off": 2}
    assert told.unusable == ("third: it has no journal",)
    assert all(one.effect == "worse" for one in told.differences)
    shown = table(told)
    assert "turns cut off" in shown
    assert "left out: third" in shown
    assert "2 of 4 turns" in shown


def test_the_median_wait_is_that_of_the_turns() -> None:
    told = answer([recorded(WHOLE, Policy(silence=0.7))], [parsed("turns.silence=0.6")])
    median = told.totals[0]
    assert median.then == pytest.approx(700, abs=1)
    assert median.now == pytest.approx(600, abs=1)


def test_calls_without_hints_say_so() -> None:
    plain = Recorded("call", kept(played(WHOLE, Policy(silence=0.7), hint=None)))
    assert NO_HINTS in answer([plain], [parsed("turns.adaptive=true")]).limits
    assert NO_HINTS not in answer([recorded(WHOLE)], [parsed("turns.patience=1.1")]).limits


def test_a_journal_that_is_not_understood_is_left_out() -> None:
    journal = kept(played(WHOLE))
    other = Recorded("odd", Journal(Policy(silence=0.01), journal.steps))
    told = answer([other], [parsed("turns.patience=1.1")])
    assert told.calls == 0
    assert told.unusable[0].startswith("odd: replayed as it was it differs")
