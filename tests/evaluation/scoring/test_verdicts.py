from __future__ import annotations

from typing import Any

import pytest

from evaluation.runs.model import BotTurn, DoneAction
from evaluation.scoring.gathered import Gathered
from evaluation.scoring.verdicts import verdicts
from evaluation.sets.model import Action, Expected, Limits, Rows
from tests.evaluation.scoring.calls import call, case, gathered, said

MOVED = {"id": 7, "source": "checking", "target": "savings", "amount_cents": 5000, "call_id": "x"}


def judged(expected: Expected, limits: Limits | None = None, **record: Any) -> tuple[str, ...]:
    turns = record.pop("turns", (said(0, "hello"),))
    cases = [case("a", expected=expected, limits=limits or Limits())]
    found: Gathered = gathered(cases, [call("a", *turns, **record)])
    (verdict,) = verdicts(found)
    assert verdict.passed == (not verdict.reasons)
    return verdict.reasons


def rows(*wanted: dict[str, Any], table: str = "transfers") -> Expected:
    return Expected(database=(Rows(table, wanted),))


def test_the_rows_that_had_to_be_there() -> None:
    wanted = rows({"amount_cents": 5000, "target": "savings"})
    assert judged(wanted, database={"transfers": (MOVED,)}) == ()
    assert judged(wanted) == (
        "transfers: expected one row amount_cents=5000 target=savings, found none",
    )
    other = MOVED | {"amount_cents": 1500}
    assert judged(wanted, database={"transfers": (other,)}) == (
        "transfers: expected one row amount_cents=5000 target=savings, "
        "found amount_cents=1500 target=savings",
    )


def test_one_row_is_not_two() -> None:
    wanted = rows({"amount_cents": 5000})
    assert judged(wanted, database={"transfers": (MOVED, MOVED)}) == (
        "transfers: expected 1 row, found 2: amount_cents=5000",
    )
    assert judged(
        rows({"amount_cents": 5000}, {"amount_cents": 5000}), database={"transfers": (MOVED,)}
    ) == ("transfers: expected one row amount_cents=5000, found none",)


def test_rows_that_must_not_be_there() -> None:
    assert judged(rows(), database={"transfers": ()}) == ()
    assert judged(rows()) == ()
    assert judged(rows(), database={"transfers": (MOVED,)}) == (
        "transfers: expected no row, found 1: source=checking target=savings amount_cents=5000",
    )


def test_the_more_telling_row_is_looked_for_first() -> None:
    loose, strict = {"target": "savings"}, {"target": "savings", "amount_cents": 5000}
    other = MOVED | {"amount_cents": 1500}
    assert judged(rows(loose, strict), database={"transfers": (MOVED, other)}) == ()


def test_values_of_a_database_are_compared_by_what_they_say() -> None:
    row = {"day": "2026-12-03", "at": "14:30", "quantity": 50, "last4": "0042", "done": 1}
    assert judged(rows(dict(row)), database={"transfers": (row,)}) == ()
    assert judged(rows({"quantity": "50", "done": True}), database={"transfers": (row,)}) == ()
    assert judged(rows({"last4": 42}), database={"transfers": (row,)})
    assert judged(rows({"day": "2026-12-04"}), database={"transfers": (row,)})
    assert judged(rows({"missing": 1}), database={"transfers": (row,)})


def test_outcomes_by_either_name() -> None:
    assert judged(Expected(outcome="escalated"), outcome="expert") == ()
    assert judged(Expected(outcome="escalated"), outcome="escalated") == ()
    assert judged(Expected(outcome="contained"), outcome="expert") == (
        "outcome: expected contained, was escalated",
    )
    assert judged(Expected(outcome="callback"), outcome="") == (
        "outcome: expected callback, was not recorded",
    )


def test_actions_that_must_and_must_not_be_taken() -> None:
    done = (DoneAction("card", {"kind": "debit", "reason": "lost", "customer": "204815"}),)
    wanted = Action("card", {"kind": "debit"})
    assert judged(Expected(actions=(wanted,)), actions=done) == ()
    assert judged(Expected(actions=(Action("card", {"kind": "credit"}),)), actions=done) == (
        "actions: expected card(kind=credit), found card(kind=debit)",
    )
    assert judged(Expected(actions=(wanted, wanted)), actions=done) == (
        "actions: expected card(kind=debit), found none",
    )
    assert judged(Expected(never=(Action("card"),)), actions=done) == (
        "actions: card(kind=debit, reason=lost, customer=204815) must never be taken",
    )
    assert judged(Expected(never=(Action("card", {"kind": "credit"}),)), actions=done) == ()


@pytest.mark.parametrize("phrase", ["1234.50", "$1,234.50", "savings", "8,450"])
def test_what_the_bot_must_have_said(phrase: str) -> None:
    bot = (BotTurn("You have $1,234.50 in checking and $8,450 in savings.", 1.0, 4.0),)
    assert judged(Expected(says=(phrase,)), bot=bot) == ()
    assert judged(Expected(never_says=(phrase,)), bot=bot) == (
        f"the bot said {phrase!r}, which it must never say",
    )
    silent = (BotTurn("Goodbye.", 1.0, 2.0),)
    assert judged(Expected(says=(phrase,)), bot=silent) == (f"the bot never said {phrase!r}",)


def test_a_part_of_a_number_is_another_number() -> None:
    bot = (BotTurn("You have $8,450 in savings.", 1.0, 4.0),)
    assert judged(Expected(says=("450",)), bot=bot) == ("the bot never said '450'",)


def test_limits() -> None:
    turns = tuple(said(n, "hello") for n in range(1))
    assert judged(Expected(), Limits(1, 90.0), turns=turns) == ()
    assert judged(Expected(), Limits(0, 90.0), turns=turns) == ("turns: 1, at most 0 are allowed",)
    assert judged(Expected(), Limits(9, 50.0), turns=turns) == (
        "seconds: 60, at most 50 are allowed",
    )
    assert judged(Expected(), ended="limit") == ("the call did not end within its limits (60 s)",)
    listening = tuple(said(0, "mm-hmm", backchannel=True) for _ in range(3))
    assert judged(Expected(), Limits(0, 90.0), turns=listening) == ()


def test_a_call_that_broke_off_has_failed_whatever_it_left() -> None:
    wanted = Expected(outcome="contained")
    assert judged(wanted, failure="the agent is gone") == ("no complete call: the agent is gone",)
    assert judged(wanted, ended="lost") == ("no complete call: the connection was lost",)
    assert judged(wanted, ended="never") == ("no complete call: the call was never placed",)


def test_all_reasons_are_given() -> None:
    wanted = Expected(outcome="escalated", says=("hello",), database=rows({"target": "x"}).database)
    assert len(judged(wanted, Limits(0, 1.0))) == 5
