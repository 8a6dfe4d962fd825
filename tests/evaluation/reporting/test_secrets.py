"""Secrets are found however they are written, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reporting.secrets import HIDDEN, Secrets, secrets_of
from evaluation.runs.model import CallerTurn, CallRecord
from evaluation.sets.model import Case, Goal, Keys, Say

PIN = Secrets(["4821", "", "7"])


@pytest.mark.parametrize(
    "text",
    ["4821", "4 8 2 1", "4-8-2-1", "4, 8, 2, 1", "four eight two one", "Four EIGHT 2 1", "48 21"],
)
def test_every_way_to_write_it_is_hidden(text: str) -> None:
    assert PIN.hide(f"it is {text}, I think") == f"it is {HIDDEN}, I think"


@pytest.mark.parametrize("text", ["14821", "48219", "4 8 2", "7", "482.10", "fortyeight two one"])
def test_other_numbers_stay(text: str) -> None:
    assert PIN.hide(text) == text


def test_without_secrets_nothing_is_hidden() -> None:
    assert Secrets([]).hide("4821") == "4821"


def test_values_by_their_name() -> None:
    assert Secrets([]).values({"pin": "1111", "amount": 50}) == {"pin": HIDDEN, "amount": "50"}


def test_secrets_of_script_goal_and_call() -> None:
    case = Case("c", (Keys("111222", secret=True), Say("three four five six", secret=True)))
    goal = Case("g", goal=Goal("balance", {"pin": "9035", "name": "Ann"}))
    turn = CallerTurn(0, "say", "", "nine nine eight eight", secret=True)
    call = CallRecord("c", 0, 1, turns=(turn,))
    hide = secrets_of(case, call).hide
    assert [hide(text) for text in ("111222", "3456", "9988", "9035")] == [*[HIDDEN] * 3, "9035"]
    assert secrets_of(goal).hide("9035 Ann") == f"{HIDDEN} Ann"
    assert secrets_of(None).hide("9035") == "9035"


@given(st.text("0123456789", min_size=3, max_size=8), st.sampled_from(["", " ", "-", ", "]))
def test_any_secret_is_hidden_in_any_spelling(digits: str, between: str) -> None:
    written = between.join(digits)
    assert Secrets([digits]).hide(f"say {written} now") == f"say {HIDDEN} now"
