"""What a goal-driven caller does, played in text: bank sentences in, deeds out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.callers.mind import Deed, GoalMind, HangUp, Listen, PressKeys, Speak
from evaluation.callers.persona import HABITS
from evaluation.sets.model import Goal, Persona, Value

WHO: dict[str, Value] = {"customer": "480193", "pin": "2764"}
KNOWS: dict[str, dict[str, Value]] = {
    "balance": {**WHO, "account": "savings"},
    "transfer": {**WHO, "source": "checking", "target": "savings", "amount": 50},
    "card": {**WHO, "card": "debit", "reason": "lost"},
    "cheques": {**WHO, "account": "checking", "quantity": 100},
    "bill": {**WHO, "payee": "water", "amount": 85.5, "date": "2026-12-03"},
    "password": {**WHO, "delivery": "email"},
    "appointment": {
        "branch": "Airport",
        "date": "2027-01-12",
        "time": "14:30",
        "topic": "a mortgage",
        "name": "Daniel Weiss",
    },
    "hours": {"branch": "Old Town"},
}
WELCOME = "Hello, this is Harbor Bank. How can I help you?"
PIN = "To check it's you, please say or key in your 4-digit phone pin."


def mind(task: str, *habits: str, seed: int = 1, patience: int = 3, **knows: Value) -> GoalMind:
    goal = Goal(task, {**KNOWS[task], **knows})
    return GoalMind(goal, Persona(habits=habits, patience=patience), seed)


def hear(caller: GoalMind, text: str) -> Deed:
    deed = caller.hear(text, finished=True)
    assert deed is not None
    return deed


def words(caller: GoalMind, text: str) -> str:
    deed = hear(caller, text)
    assert isinstance(deed, Speak)
    return deed.text.lower()


def test_a_transfer_from_greeting_to_goodbye() -> None:
    caller = mind("transfer", "terse")
    assert words(caller, WELCOME) == "a transfer, please."
    deed = hear(caller, PIN)
    assert isinstance(deed, Speak | PressKeys)
    assert deed.secret
    assert words(caller, "Thank you. Which account should the money come from?") == "from checking."
    assert words(caller, "How much would you like to move?") == "fifty dollars."
    read_back = "You want to move $50 from checking to savings. Shall I do it?"
    assert words(caller, read_back) == "yes."
    done = "Done. I've moved $50 to savings. $2,960 is left. Is there anything else?"
    assert words(caller, done) == "no, goodbye."
    assert hear(caller, "Thank you for calling Harbor Bank. Goodbye.") == HangUp(
        "the bot took leave"
    )
    assert caller.misunderstood == 0


@pytest.mark.parametrize(
    ("task", "read_back", "part"),
    [
        ("transfer", "You want to move $15 from checking to savings.", "fifty dollars"),
        ("transfer", "You want to move $50 from savings to checking.", "from checking"),
        ("transfer", "You want to move $50 from checking to money market.", "to savings"),
        ("card", "I will block your credit card ending in 8841.", "debit"),
        ("cheques", "You want to order 25 checks for your checking account.", "one hundred"),
        ("cheques", "You want to order 100 checks for your savings account.", "for checking"),
        ("bill", "You want to pay $85.15 to Harbor City Water on Thursday, December 3rd.", "fifty"),
        ("bill", "You want to pay $85.50 to Coastline Electric on December 3rd.", "water"),
        ("bill", "You want to pay $85.50 to Harbor City Water on December 30th.", "third"),
        ("password", "You want to get a link for a new password by text message.", "email"),
        ("appointment", "You want to see us at Riverside on January 12th at 2.30 PM.", "airport"),
        ("appointment", "You want to see us at Airport on January 12th at 2 PM.", "two thirty"),
        ("appointment", "You want to see us at Airport on January 20th at 2:30 PM.", "twelfth"),
    ],
)
def test_what_is_read_back_wrong_is_put_right(task: str, read_back: str, part: str) -> None:
    caller = mind(task)
    hear(caller, WELCOME)
    deed = hear(caller, f"{read_back} Shall I do it?")
    assert isinstance(deed, Speak)
    assert deed.meaning == "correction"
    assert part in deed.text.lower()
    assert deed.text.startswith("No,")


@pytest.mark.parametrize(
    ("task", "read_back"),
    [
        ("transfer", "You want to move fifty dollars from checking to savings."),
        ("transfer", "You want to move $50.00 from Checking to Savings."),
        ("card", "I will block your debit card ending in 5530 and send you a new one."),
        ("cheques", "You want to order 100 checks for your checking account."),
        ("bill", "You want to pay $85.50 to Harbor City Water on Thursday, December 3rd."),
        ("bill", "You want to pay 85 dollars and 50 cents to Harbour City Water on 3 December."),
        ("password", "You want to get a link for a new password by e-mail."),
        ("appointment", "You want to see us at airport on Tuesday, January 12 at 2.30 p.m."),
    ],
)
def test_what_is_read_back_right_is_confirmed(task: str, read_back: str) -> None:
    caller = mind(task)
    hear(caller, WELCOME)
    deed = hear(caller, f"{read_back} Shall I do it?")
    assert isinstance(deed, Speak)
    assert deed.meaning == "yes"


def test_something_else_done_is_a_case_for_a_person() -> None:
    caller = mind("transfer")
    hear(caller, WELCOME)
    assert "person" in words(caller, "Done. I've moved $15 to savings. Is there anything else?")
    assert hear(caller, "Of course. I'll get a colleague for you.") == Listen()


def test_who_has_said_yes_need_not_hear_every_word_of_what_was_done() -> None:
    caller = mind("appointment")
    hear(caller, WELCOME)
    hear(caller, "You want to see us at Airport on January 12th at 2:30 PM. Shall I book it?")
    assert "goodbye" in words(caller, "You look good. Is there anything else?")
    caller = mind("transfer")
    hear(caller, WELCOME)
    hear(caller, "You want to move $50 from checking to savings. Shall I do it?")
    refused = "I'm sorry, there isn't enough, so I did nothing. Is there anything else?"
    assert words(caller, refused).startswith(("never mind", "then leave"))


def test_digits_that_were_not_understood_are_keyed() -> None:
    caller = mind("balance")
    hear(caller, WELCOME)
    hear(caller, PIN)
    again = hear(caller, f"That pin isn't right. Let's try again. {PIN}")
    assert again == PressKeys("2764", "pin", secret=True)


@pytest.mark.parametrize("seed", range(8))
def test_patience_ends_with_a_person_or_the_receiver(seed: int) -> None:
    caller = mind("transfer", seed=seed, patience=2)
    missed = "Sorry, I didn't catch that. What can I do for you?"
    deeds = [hear(caller, WELCOME)]
    while not isinstance(deeds[-1], HangUp):
        deeds.append(hear(caller, missed))
    meanings = [deed.meaning for deed in deeds if isinstance(deed, Speak)]
    assert meanings[:2] == ["request", "request"]
    assert len(deeds) <= 5
    assert meanings.count("person") <= 1


def test_both_ends_of_patience_come_about() -> None:
    asks = set()
    for seed in range(20):
        caller = mind("hours", seed=seed, patience=0)
        hear(caller, WELCOME)
        asks.add(type(hear(caller, "Sorry, I didn't catch that. What can I do for you?")))
    assert asks == {Speak, HangUp}


def test_what_is_not_known_is_said_so() -> None:
    caller = GoalMind(Goal("balance", {"customer": "480193"}), Persona(), 1)
    hear(caller, WELCOME)
    deed = hear(caller, PIN)
    assert isinstance(deed, Speak)
    assert deed.meaning == "unknown"


def test_a_refusal_is_met_with_what_else_will_do_or_with_leave() -> None:
    refused = "There isn't enough in checking. It holds $40. How much would you like to move?"
    caller = mind("transfer", amount_else=20)
    hear(caller, WELCOME)
    assert "twenty dollars" in words(caller, refused)
    assert (
        words(caller, "You want to move $20 from checking to savings. Shall I do it?")[:3] == "yes"
    )
    caller = mind("transfer")
    hear(caller, WELCOME)
    assert "goodbye" in words(caller, refused)
    assert isinstance(hear(caller, "Thank you for calling. Goodbye."), HangUp)


def test_who_is_asked_whether_he_is_there_says_it_again() -> None:
    caller = mind("hours", "terse")
    hear(caller, WELCOME)
    hear(caller, "Which branch? We have Market Street, Riverside, Airport and Old Town.")
    assert words(caller, "Are you still there?") == "yes. old town."
    assert "old town" in words(caller, "")


def test_only_who_interrupts_speaks_before_the_bot_has_finished() -> None:
    caller = mind("transfer", "interrupts")
    assert caller.interrupts_after is not None
    hear(caller, WELCOME)
    assert caller.hear("Thank you. Which", finished=False) is None
    assert isinstance(caller.hear("Thank you. How much would you", finished=False), Speak)
    assert mind("transfer").interrupts_after is None


@pytest.mark.parametrize(
    ("habit", "task", "asked", "said"),
    [
        ("corrects_itself", "transfer", "How much would you like to move?", "sixty dollars."),
        ("spells", "appointment", "What name should I put it under?", "w, e, i, s, s"),
        ("chatty", "transfer", "How much would you like to move?", "fifty dollars"),
    ],
)
def test_habits_are_heard(habit: str, task: str, asked: str, said: str) -> None:
    caller = mind(task, habit)
    hear(caller, WELCOME)
    text = words(caller, asked)
    assert said in text
    assert len(text.split()) > 2


def test_hesitation_and_other_people_are_pauses_and_words() -> None:
    plain = hear(mind("hours"), WELCOME)
    hesitating = hear(mind("hours", "hesitates"), WELCOME)
    assert isinstance(plain, Speak)
    assert isinstance(hesitating, Speak)
    assert hesitating.pieces[-1].text == plain.pieces[-1].text
    assert len(hesitating.pieces) == 2
    assert hesitating.pieces[1].pause > 0
    asides = {
        len(deed.pieces)
        for seed in range(12)
        if isinstance(deed := hear(mind("hours", "talks_to_somebody", seed=seed), WELCOME), Speak)
    }
    assert asides == {1, 2}


@given(
    task=st.sampled_from(sorted(KNOWS)),
    habits=st.sets(st.sampled_from(HABITS)),
    seed=st.integers(0, 1000),
    said=st.lists(
        st.sampled_from(
            [
                WELCOME,
                PIN,
                "How much would you like to move?",
                "Which branch?",
                "Shall I do it?",
                "You want to move $15 from savings to savings. Shall I do it?",
                "Sorry, I didn't catch that.",
                "Is there anything else?",
                "Are you still there?",
                "There isn't enough in checking.",
                "Done. I've moved $50 to savings. Is there anything else?",
                "A colleague will help you.",
                "",
                "Mumble.",
            ]
        ),
        min_size=60,
        max_size=60,
    ),
)
@settings(max_examples=60, deadline=None)
def test_the_same_bot_hears_the_same_and_no_call_goes_on_for_ever(
    task: str, habits: set[str], seed: int, said: list[str]
) -> None:
    def play() -> list[Deed]:
        caller = mind(task, *sorted(habits), seed=seed)
        deeds: list[Deed] = []
        for text in said:
            deeds.append(hear(caller, text))
            if isinstance(deeds[-1], HangUp):
                break
        return deeds

    deeds = play()
    assert deeds == play()
    spoken = [deed for deed in deeds if isinstance(deed, Speak)]
    assert all(piece.text.strip() for deed in spoken for piece in deed.pieces)
    assert sum(deed.meaning == "person" for deed in spoken) <= 1
    assert sum(not isinstance(deed, Listen) for deed in deeds) <= 24


def test_a_goal_that_can_not_be_followed_is_refused() -> None:
    with pytest.raises(ValueError, match="did you mean 'transfer'"):
        GoalMind(Goal("transfers", {}), Persona(), 1)
