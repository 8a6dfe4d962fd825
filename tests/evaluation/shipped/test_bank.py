"""The shipped set: readable, as its generator makes it, and true to the bank that it is for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evaluation.callers.mind import GoalMind
from evaluation.callers.tasks import TASKS, expected, problems
from evaluation.sets.domain import domain_intents
from evaluation.sets.model import Case, Entity, EvaluationSet, Goal, Keys, Say, Value
from evaluation.sets.problems import SetError
from evaluation.sets.reading import read_set
from evaluation.shipped.making.__main__ import BANK, write
from evaluation.shipped.making.script import CUSTOMERS, say
from evaluation.steps import read_named
from voicebot.config import ROOT

GATE_MOST = 10
"""Calls of the part of the set that every change has to pass."""


@pytest.fixture(scope="module")
def bank() -> EvaluationSet:
    return read_set(BANK, domain_intents(ROOT / "nlu-data" / "domain"))


def test_it_is_what_its_generator_makes(tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("cases.jsonl", "set.yaml"):
        assert (tmp_path / name).read_text("utf-8") == (BANK / name).read_text("utf-8"), (
            "make the set again: python -m evaluation.shipped.making"
        )


def test_it_has_calls_of_all_tasks_clean_and_noisy(bank: EvaluationSet) -> None:
    assert len(bank.cases) >= 60
    assert bank.synthetic
    for task in TASKS:
        of_task = [case for case in bank.cases if task in case.tags]
        assert any(case.line.clean for case in of_task)
        assert any(not case.line.clean for case in of_task)
        assert {"scripted", "simulated"} <= {tag for case in of_task for tag in case.tags}


def test_it_has_every_kind_of_caller_and_line(bank: EvaluationSet) -> None:
    tags = Counter(tag for case in bank.cases for tag in case.tags)
    for tag in (
        *("pink", "white", "babble", "hum", "snr-20", "snr-10", "loss", "jitter", "echo", "a-law"),
        *("barge-in", "backchannel", "correction", "change-of-mind", "misspeaking", "silence"),
        *("keys", "wrong-pin", "person", "out-of-scope", "refused", "voice-espeak"),
        *("terse", "chatty", "hesitates", "corrects-itself", "interrupts", "spells"),
    ):
        assert tags[tag], tag
    assert tags["simulated"] >= 16


def test_the_gate_is_small_clean_and_has_every_task(bank: EvaluationSet) -> None:
    gate = [case for case in bank.cases if "gate" in case.tags]
    assert len(gate) <= GATE_MOST
    assert all(case.line.clean and case.voice == "hibari" for case in gate)
    assert {tag for case in gate for tag in case.tags} >= set(TASKS)


def test_secrets_are_the_customers_own_or_meant_to_be_wrong(bank: EvaluationSet) -> None:
    by_phone = {customer.phone: customer for customer in CUSTOMERS.values()}
    for case in bank.cases:
        who = by_phone.get(case.caller)
        for turn in case.turns:
            if isinstance(turn, Keys) and turn.secret and who and "wrong-pin" not in case.tags:
                assert turn.digits in (who.pin, who.debit, who.credit), case.id


def test_rows_and_money_are_of_the_customer_who_calls(bank: EvaluationSet) -> None:
    by_phone = {customer.phone: customer.number for customer in CUSTOMERS.values()}
    for case in bank.cases:
        for row in (row for rows in case.expected.database for row in rows.rows):
            if case.caller in by_phone and "customer" in row:
                assert row["customer"] == by_phone[case.caller], case.id


def simulated(bank: EvaluationSet) -> list[Case]:
    return [case for case in bank.cases if case.goal is not None]


def test_every_goal_can_be_followed_and_names_what_must_come_of_it(bank: EvaluationSet) -> None:
    for case in simulated(bank):
        assert case.goal is not None
        assert problems(case.goal) == ()
        assert case.voice == case.persona.voice
        GoalMind(case.goal, case.persona, 1)
        assert case.expected.database or case.expected.actions, case.id


def test_what_must_come_of_a_goal() -> None:
    knows: dict[str, Value] = {
        "customer": "148859",
        "pin": "3472",
        "payee": "water",
        "amount": 42.5,
    }
    made = expected(Goal("bill", {**knows, "date": "2026-12-03", "date_said": "on Thursday"}))
    (rows,) = made.database
    assert rows.table == "bill_payments"
    assert rows.rows == (
        {"customer": "148859", "payee": "water", "amount_cents": 4250, "pay_on": "2026-12-03"},
    )
    assert made.outcome == "contained"
    assert expected(Goal("hours", {"branch": "Airport"})).database == ()


@pytest.mark.parametrize(
    ("goal", "part"),
    [
        (Goal("bil", {}), "did you mean 'bill'"),
        (Goal("zzz", {}), "there are balance, transfer"),
        (Goal("hours", {}), "needs 'branch'"),
        (Goal("hours", {"branch": "Moon"}), "one of Market Street"),
        (Goal("hours", {"branch": "Airport", "amount": 3}), "knows nothing of 'amount'"),
        (Goal("hours", {"branch": "Airport", "date": "tomorrow"}), "YYYY-MM-DD"),
        (Goal("balance", {"pin": "12"}), "four digits"),
        (Goal("balance", {"customer": 204815, "pin": "x"}), "four digits"),
        (
            Goal("transfer", {"source": "savings", "target": "checking", "amount": -1}),
            "above 0",
        ),
        (Goal("cheques", {"account": "checking", "quantity": 30}), "25, 50 or 100"),
        (Goal("card", {"card": "debit", "reason": "eaten"}), "lost, stolen, damaged"),
    ],
)
def test_what_is_wrong_with_a_goal_is_said(goal: Goal, part: str) -> None:
    assert any(part in problem for problem in problems(goal))


def test_wrong_goals_are_found_before_anybody_is_called(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text(
        "name: x\nversion: '1'\nlicence: x\nsource: x\nsplit: test\nsynthetic: true\n"
    )
    (tmp_path / "cases.jsonl").write_text(
        '{"id": "a", "goal": {"task": "bil"}}\n'
        '{"id": "b", "goal": {"task": "hours", "knows": {"branch": "Moon"}}}\n'
    )
    with pytest.raises(SetError, match=r"cases.jsonl:1: unknown task 'bil'") as found:
        read_named(tmp_path)
    assert "cases.jsonl:2: branch is one of Market Street" in str(found.value)


def test_marks_become_entities() -> None:
    turn = say("Move [fifty dollars](amount=50) to [savings](account).", "transfer_money")
    assert turn == Say(
        "Move fifty dollars to savings.",
        intent="transfer_money",
        entities=(
            Entity("amount", 50.0, "fifty dollars"),
            Entity("account", "savings", "savings"),
        ),
    )
