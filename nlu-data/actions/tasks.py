"""The eight tasks: which form, which slots, what is private, who takes over."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """One thing a caller can have done.

    `slots` are asked in this order; the last one is the read-back ("Shall I do it?") where the
    task changes something. `brief` tasks do not end another task: the caller goes back to it.
    """

    name: str
    intent: str
    title: str
    skill: str
    slots: tuple[str, ...]
    private: bool = True
    brief: bool = False

    @property
    def form(self) -> str:
        """The name of the task's form in the domain."""
        return f"{self.name}_form"

    @property
    def confirm(self) -> str | None:
        """The yes/no slot of the read-back, or None."""
        last = self.slots[-1] if self.slots else ""
        return last if last.endswith("_confirm") else None


TASKS: tuple[Task, ...] = (
    Task("balance", "check_balance", "your balance", "accounts", (), brief=True),
    Task(
        "transfer",
        "transfer_money",
        "your transfer",
        "payments",
        ("transfer_from", "transfer_to", "transfer_amount", "transfer_confirm"),
    ),
    Task(
        "card",
        "replace_card",
        "your new card",
        "cards",
        ("card_kind", "card_reason", "card_confirm"),
    ),
    Task(
        "cheques",
        "order_cheques",
        "your checks",
        "accounts",
        ("cheque_account", "cheque_quantity", "cheque_confirm"),
    ),
    Task(
        "bill",
        "pay_bill",
        "your bill",
        "payments",
        ("bill_payee", "bill_amount", "bill_date", "bill_confirm"),
    ),
    Task(
        "password",
        "reset_password",
        "your password",
        "online",
        ("password_delivery", "password_confirm"),
    ),
    Task(
        "appointment",
        "make_appointment",
        "your appointment",
        "branches",
        (
            "appointment_branch",
            "appointment_date",
            "appointment_time",
            "appointment_topic",
            "appointment_name",
            "appointment_confirm",
        ),
        private=False,
    ),
    Task(
        "hours",
        "branch_hours",
        "the opening hours",
        "branches",
        ("hours_branch",),
        private=False,
        brief=True,
    ),
)
BY_NAME = {task.name: task for task in TASKS}
BY_INTENT = {task.intent: task for task in TASKS}
BY_FORM = {task.form: task for task in TASKS}
IDENTITY_SLOTS = ("customer_number", "pin", "card_digits")
# Values that a task may learn without asking for them.
SIDE_SLOTS = {"hours": ("hours_day",)}


def all_slots(task: Task) -> tuple[str, ...]:
    """Every slot that belongs to the task, asked for or not."""
    return task.slots + SIDE_SLOTS.get(task.name, ())
