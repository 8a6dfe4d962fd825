"""Cases of simulated callers: two of each task, all kinds of people."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from evaluation.callers.tasks import expected
from evaluation.sets.model import Action, Case, Expected, Goal, Line, Persona, Value
from evaluation.shipped.making.script import (
    BABBLE20,
    CLEAN,
    CUSTOMERS,
    LOSS2,
    PINK20,
    WHITE20,
    Customer,
    did,
    tags_of,
)

C = CUSTOMERS
ANYBODY: Final = Persona()


def simulated(
    name: str,
    knows: dict[str, Value],
    who: Customer | None = None,
    persona: Persona = ANYBODY,
    line: Line = CLEAN,
    expects: Expected | None = None,
    stranger: bool = False,
) -> Case:
    """A case of which the task is the first word of its name.

    `who` calls from the known telephone, or as a `stranger` from another; `expects` is what must
    come of it where that is not the task done.
    """
    task = name.partition("-")[0]
    identity: dict[str, Value] = {"customer": who.number, "pin": who.pin} if who else {}
    goal = Goal(task, {**identity, **knows})
    habits = " ".join(habit.replace("_", "-") for habit in persona.habits)
    return Case(
        id=name,
        goal=goal,
        persona=persona,
        caller=who.phone if who and not stranger else "",
        voice=persona.voice,
        line=line,
        expected=expects or expected(goal),
        tags=tags_of(name, habits, line, persona.voice, "simulated"),
    )


def _told(goal_name: str, *actions: Action, says: tuple[str, ...] = ()) -> Expected:
    return replace(expected(Goal(goal_name)), actions=actions, says=says)


CASES: Final[tuple[Case, ...]] = (
    simulated(
        "balance-goal-terse",
        {"account": "savings"},
        C["peter"],
        Persona(habits=("terse",)),
        expects=_told("balance", did("balance", customer="562740"), says=("$310",)),
    ),
    simulated(
        "balance-goal-stranger",
        {},
        C["thomas"],
        Persona(voice="hibari~0.9", habits=("hesitates",)),
        expects=_told("balance", did("balance", customer="851067"), says=("$642.75",)),
        stranger=True,
    ),
    simulated(
        "transfer-goal-corrects",
        {"source": "savings", "target": "checking", "amount": 40},
        C["james"],
        Persona(habits=("corrects_itself",)),
    ),
    simulated(
        "transfer-goal-hurried",
        {"source": "checking", "target": "savings", "amount": 250},
        C["daniel"],
        Persona(voice="hibari@1.1", habits=("interrupts", "terse")),
    ),
    simulated(
        "transfer-goal-too-much",
        {"source": "savings", "target": "checking", "amount": 500, "amount_else": 2},
        C["robert"],
        Persona(habits=("chatty",)),
        expects=expected(
            Goal(
                "transfer",
                {"customer": "926404", "source": "savings", "target": "checking", "amount": 2},
            )
        ),
    ),
    simulated(
        "card-goal-chatty",
        {"card": "debit", "reason": "lost"},
        C["omar"],
        Persona(voice="hibari~1.12", habits=("chatty",)),
    ),
    simulated(
        "card-goal-noise",
        {"card": "credit", "reason": "stolen"},
        C["emily"],
        ANYBODY,
        PINK20,
    ),
    simulated(
        "cheques-goal-at-home",
        {"account": "checking", "quantity": 50},
        C["linda"],
        Persona(habits=("talks_to_somebody",)),
    ),
    simulated(
        "cheques-goal-plain",
        {"account": "savings", "quantity": 100},
        C["maria"],
        Persona(voice="hibari~0.85"),
        LOSS2,
    ),
    simulated(
        "bill-goal-tomorrow",
        {
            "payee": "water",
            "amount": 64,
            "date": "2026-11-25",
            "date_said": "tomorrow",
        },
        C["sofia"],
        ANYBODY,
    ),
    simulated(
        "bill-goal-hesitates",
        {"payee": "internet", "amount": 35, "date": "2026-12-04"},
        C["aisha"],
        Persona(habits=("hesitates",)),
        WHITE20,
    ),
    simulated(
        "password-goal-email",
        {"delivery": "email"},
        C["grace"],
        Persona(voice="espeak:en-us+f2", habits=("spells",)),
    ),
    simulated(
        "password-goal-stranger",
        {"delivery": "text message"},
        C["victor"],
        Persona(habits=("spells",)),
        stranger=True,
    ),
    simulated(
        "appointment-goal-terse",
        {
            "branch": "Riverside",
            "date": "2026-12-10",
            "time": "15:00",
            "topic": "a mortgage",
            "name": "Emma Carter",
        },
        persona=Persona(habits=("terse",)),
    ),
    simulated(
        "appointment-goal-refused",
        {
            "branch": "Market Street",
            "date": "2026-12-13",
            "date_else": "2026-12-14",
            "time": "10:00",
            "topic": "savings",
            "name": "Peter Marsh",
        },
        persona=Persona(voice="hibari~1.08", habits=("talks_to_somebody",)),
        expects=expected(
            Goal(
                "appointment",
                {
                    "branch": "Market Street",
                    "date": "2026-12-14",
                    "time": "10:00",
                    "topic": "savings",
                    "name": "Peter Marsh",
                },
            )
        ),
    ),
    simulated(
        "hours-goal-plain",
        {"branch": "Airport"},
        persona=ANYBODY,
        line=BABBLE20,
        expects=_told("hours", did("hours"), says=("Airport is open",)),
    ),
    simulated(
        "hours-goal-impatient",
        {"branch": "Old Town", "date": "2026-11-27"},
        persona=Persona(voice="hibari~0.92", patience=1, habits=("interrupts",)),
        expects=_told("hours", did("hours"), says=("Old Town is open",)),
    ),
)
