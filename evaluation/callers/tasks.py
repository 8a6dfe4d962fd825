"""The bank's tasks as goals: what a caller wants and knows, how it asks, what must come of it.

A goal names a task and what the caller knows, by field:

| task | must know | may know |
|---|---|---|
| balance | | account (checking, savings, money market) |
| transfer | source, target (accounts), amount (dollars) | |
| card | card (debit, credit), reason (lost, stolen, damaged) | |
| cheques | account, quantity (25, 50, 100) | |
| bill | payee (electric, water, phone, rent, gas, internet), amount, date (YYYY-MM-DD) | |
| password | delivery (text message, email) | |
| appointment | branch, date, time (HH:MM), topic, name | |
| hours | branch | date |

All but the last two ask who is calling: `customer` (six digits), `pin` (four digits) and
`card_digits` (the last four of a card) as far as the caller knows them. `FIELD_said` is how the
caller says a value ("tomorrow"), `FIELD_else` the value that will do where the bank refuses the
first. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from typing import Final

from evaluation.callers.wording import NAMES
from evaluation.sets.model import Case, Expected, Goal, Rows, Value
from evaluation.sets.problems import Problems

IDENTITY: Final = ("customer", "pin", "card_digits")
REASONS: Final = ("lost", "stolen", "damaged")
QUANTITIES: Final = (25, 50, 100)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that callers want of the bank.

    `needs` and `may` are the fields of a goal in the order in which a caller thinks of them;
    `requests` is how it is asked for, the shortest first: one with {field} fits where the goal
    knows the field. `done` are the words with which a bank says that it is done. `table` is where
    it leaves a row, and `columns` which column of the row holds which field.
    """

    name: str
    intent: str
    needs: tuple[str, ...]
    requests: tuple[str, ...]
    done: re.Pattern[str]
    may: tuple[str, ...] = ()
    private: bool = True
    table: str = ""
    columns: Mapping[str, str] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Everything that a goal may say of this task, without who is calling."""
        return self.needs + self.may


TASKS: Final[Mapping[str, Task]] = {
    task.name: task
    for task in (
        Task(
            "balance",
            "check_balance",
            needs=(),
            may=("account",),
            requests=(
                "My balance, please.",
                "What's my balance?",
                "How much is in my {account} account?",
                "I'd like to know how much money I have.",
                "Could you tell me how much I have in {account}?",
            ),
            done=re.compile(r"you have (\$|[\w -]+dollars)"),
        ),
        Task(
            "transfer",
            "transfer_money",
            needs=("amount", "source", "target"),
            requests=(
                "A transfer, please.",
                "I'd like to move some money.",
                "I want to transfer money to {target}.",
                "Please transfer {amount} to {target}.",
                "I'd like to move {amount} from {source} to {target}.",
                "Could you move {amount} from my {source} account to {target}?",
            ),
            done=re.compile(r"i'?(ve| have) moved|\bmoved \$"),
            table="transfers",
            columns={"source": "source", "target": "target", "amount": "amount_cents"},
        ),
        Task(
            "card",
            "replace_card",
            needs=("card", "reason"),
            requests=(
                "My card was {reason}.",
                "I need a new card.",
                "My {card} card was {reason}.",
                "I need a new {card} card because mine was {reason}.",
            ),
            done=re.compile(r"is (now )?blocked|new one comes"),
            table="card_orders",
            columns={"card": "kind", "reason": "reason"},
        ),
        Task(
            "cheques",
            "order_cheques",
            needs=("account", "quantity"),
            requests=(
                "I need more checks.",
                "I'd like to order checks.",
                "I'd like to order checks for my {account} account.",
                "Can I get {quantity} checks for my {account} account?",
            ),
            done=re.compile(r"i'?(ve| have) ordered|ordered \d+"),
            table="cheque_orders",
            columns={"account": "account", "quantity": "quantity"},
        ),
        Task(
            "bill",
            "pay_bill",
            needs=("payee", "amount", "date"),
            requests=(
                "I want to pay a bill.",
                "I want to pay my {payee} bill.",
                "I'd like to pay {amount} on my {payee} bill.",
                "Please pay my {payee} bill {date}.",
            ),
            done=re.compile(r"i'?(ve| have) paid|\bgoes to\b"),
            table="bill_payments",
            columns={"payee": "payee", "amount": "amount_cents", "date": "pay_on"},
        ),
        Task(
            "password",
            "reset_password",
            needs=("delivery",),
            requests=(
                "I forgot my password.",
                "I can't get into online banking.",
                "I forgot my online password and need a new one.",
            ),
            done=re.compile(r"get a link by|link (by|in)\b.* in a minute"),
            table="password_resets",
            columns={"delivery": "sent_by"},
        ),
        Task(
            "appointment",
            "make_appointment",
            needs=("branch", "date", "time", "topic", "name"),
            requests=(
                "An appointment, please.",
                "I'd like to make an appointment.",
                "I'd like to book an appointment at the {branch} branch.",
                "Can I see somebody at {branch} about {topic}?",
            ),
            done=re.compile(r"\bbooked\b"),
            private=False,
            table="appointments",
            columns={
                "branch": "branch",
                "date": "day",
                "time": "at",
                "topic": "topic",
                "name": "name",
            },
        ),
        Task(
            "hours",
            "branch_hours",
            needs=("branch",),
            may=("date",),
            requests=(
                "When are you open?",
                "When does the {branch} branch open?",
                "What are the opening hours of the {branch} branch?",
                "Is the {branch} branch open {date}?",
            ),
            done=re.compile(r"is (open|closed)\b"),
            private=False,
        ),
    )
}


def problems(goal: Goal) -> tuple[str, ...]:
    """What is wrong with a goal, each with what would be right; empty where nothing is."""
    task = TASKS.get(goal.task)
    if task is None:
        near = get_close_matches(goal.task, TASKS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(TASKS)}"
        return (f"unknown task {goal.task!r}; {hint}",)
    known = {*task.fields, *IDENTITY}
    found = [
        f"a goal of {task.name!r} knows nothing of {field!r}; "
        f"it may say {', '.join((*task.fields, *IDENTITY))}"
        for field in goal.knows
        if _plain(field) not in known
    ]
    found += [f"{task.name!r} needs {f!r}" for f in task.needs if f not in goal.knows]
    wrong = (
        _wrong(_plain(field), value)
        for field, value in goal.knows.items()
        if not field.endswith("_said")
    )
    return (*found, *(reason for reason in wrong if reason))


def check_goals(cases: Iterable[Case]) -> None:
    """Raises SetError with everything that is wrong with the goals of `cases`."""
    found = Problems()
    for case in cases:
        if case.goal is not None:
            for problem in problems(case.goal):
                found.add(case.where or case.id, problem)
    found.raise_any()


def _plain(field: str) -> str:
    return field.removesuffix("_said").removesuffix("_else")


def _wrong(field: str, value: Value) -> str:
    """Why `value` can't be that of `field`; '' where it can."""
    if field in NAMES and value not in NAMES[field]:
        return f"{field} is one of {', '.join(NAMES[field])}, not {value!r}"
    if field == "reason" and value not in REASONS:
        return f"reason is one of {', '.join(REASONS)}, not {value!r}"
    if field == "quantity" and value not in QUANTITIES:
        return f"quantity is 25, 50 or 100, not {value!r}"
    if field == "amount" and not (isinstance(value, int | float) and value > 0):
        return f"amount is a number of dollars above 0, not {value!r}"
    if field in IDENTITY and not re.fullmatch(
        r"\d{6}" if field == "customer" else r"\d{4}", str(value)
    ):
        return (
            f"{field} is {'six' if field == 'customer' else 'four'} digits in quotes, not {value!r}"
        )
    try:
        if field == "date":
            date.fromisoformat(str(value))
        if field == "time":
            time.fromisoformat(str(value))
    except ValueError:
        return f"{field} is written {'YYYY-MM-DD' if field == 'date' else 'HH:MM'}, not {value!r}"
    return ""


def expected(goal: Goal) -> Expected:
    """What must come of a call with this goal where all goes well.

    The row that the task leaves, by the columns that the goal knows; the topic of an appointment
    is left out, since a bank puts it in its own words. Raises KeyError for an unknown task.
    """
    task = TASKS[goal.task]
    if not task.table or task.columns is None:
        return Expected(outcome="contained")
    row = {
        column: _column(field, goal.knows[field])
        for field, column in task.columns.items()
        if field in goal.knows and field != "topic"
    }
    if task.private and "customer" in goal.knows:
        row["customer"] = goal.knows["customer"]
    return Expected(outcome="contained", database=(Rows(task.table, (row,)),))


def _column(field: str, value: Value) -> Value:
    return round(float(value) * 100) if field == "amount" else value
