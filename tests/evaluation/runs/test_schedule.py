from __future__ import annotations

import random

from evaluation.runs.bank import Table
from evaluation.runs.schedule import Bank, Job, Waiting, call_seed, jobs
from evaluation.sets.model import Action, Case, Entity, Expected, Goal, Keys, Rows, Say

BANK = Bank(
    {"+15550100": "204815", "+15550102": "480193"},
    (Table("appointments", ("call_id", "branch", "at"), (("branch", "at"),)),),
)


def one(case: Case) -> Job:
    (job,) = jobs([case], 1, 1, BANK)
    return job


def apart(first: Case, second: Case) -> bool:
    """Do they take turns?"""
    one_job, other = jobs([first, second], 1, 1, BANK)
    return bool(one_job.needs & other.needs)


def test_every_call_has_a_number_of_its_own_unless_the_case_names_one() -> None:
    made = jobs([Case("a"), Case("b", caller="+15550100")], 3, 1, BANK)
    assert [job.case.id for job in made] == ["a", "b"] * 3
    assert [job.attempt for job in made] == [0, 0, 1, 1, 2, 2]
    own = [job.number for job in made if job.case.id == "a"]
    assert len(set(own)) == 3
    assert {job.number for job in made if job.case.id == "b"} == {"+15550100"}


def test_seeds_depend_on_the_case_and_not_on_what_else_is_in_the_run() -> None:
    alone, others = jobs([Case("b")], 1, 1, BANK), jobs([Case("a"), Case("b")], 1, 1, BANK)
    assert alone[0].seed == others[1].seed
    assert len({call_seed(s, c, n) for s in (1, 2) for c in "ab" for n in (0, 1)}) == 8


def test_strangers_may_call_at_the_same_time() -> None:
    assert not apart(Case("a"), Case("b"))
    assert not apart(Case("a", caller="+15550100"), Case("b", caller="+15550102"))


def test_calls_of_one_customer_take_turns_however_the_customer_is_known() -> None:
    phone = Case("phone", caller="+15550102")
    others = [
        Case("same", caller="+15550102"),
        Case("said", turns=(Say("my number is four eight oh one nine three"),)),
        Case("keyed", turns=(Keys("480193#"),)),
        Case("entity", turns=(Say("it's this", entities=(Entity("number", 480193),)),)),
        Case("goal", goal=Goal("balance", {"customer": "480193"})),
        Case("row", expected=Expected(database=(Rows("transfers", ({"customer": "480193"},)),))),
        Case("action", expected=Expected(actions=(Action("balance", {"customer": "480193"}),))),
    ]
    for other in others:
        assert apart(phone, other), other.id


def test_two_appointments_at_the_same_time_take_turns() -> None:
    def booked(id: str, at: str) -> Case:  # noqa: A002
        rows = Rows("appointments", ({"branch": "Airport", "at": at, "name": id},))
        return Case(id, expected=Expected(database=(rows,)))

    assert apart(booked("a", "10:30"), booked("b", "10:30"))
    assert not apart(booked("a", "10:30"), booked("b", "11:30"))


def test_whatever_is_running_nobody_gets_into_anybodys_way_and_all_are_placed_once() -> None:
    draw = random.Random(4)
    callers = ["", "+15550100", "+15550102"]
    made = jobs([Case(str(n), caller=draw.choice(callers)) for n in range(40)], 2, 1, BANK)
    waiting, running, done = Waiting(made), [], []
    while len(waiting) or running:
        job = waiting.take(running)
        if job is not None and len(running) < 6:
            assert not any(job.needs & other.needs for other in running)
            running.append(job)
            continue
        if job is not None:
            waiting.put_back(job)
        done.append(running.pop(draw.randrange(len(running))))
    assert sorted(job.place for job in done) == list(range(80))


def test_a_job_that_is_put_back_comes_last() -> None:
    waiting = Waiting(jobs([Case("a"), Case("b")], 1, 1, BANK))
    first = waiting.take([])
    assert first is not None
    waiting.put_back(first)
    assert [job.case.id for job in (waiting.take([]), waiting.take([])) if job] == ["b", "a"]
    assert waiting.take([]) is None
