from pathlib import Path
from typing import Any

import pytest
from actions.bank import Bank
from actions.forms import FormTurn
from actions.interruptions import interrupts
from actions.tasks import BY_NAME
from actions.turn import Turn, record_of
from spoken.corrections import split_correction
from spoken.tokens import words


class Caller:
    """Plays turns into a form and keeps the slots, as Rasa would."""

    def __init__(self, task: str, bank: Bank, verified: bool = True) -> None:
        self.task = BY_NAME[task]
        self.bank = bank
        customer = bank.customer("204815")
        assert customer is not None
        self.slots: dict[str, Any] = {"customer": record_of(customer, verified), "task": task}
        self.said: list[str] = []
        self.follow = ""
        self.rejected = False

    def turn(self, text: str, intent: str = "inform", sure: float = 0.9, **payload: Any) -> None:
        keyed = intent == "EXTERNAL_dtmf"
        turn = Turn(
            call_id="c",
            text=text,
            intent=intent,
            confidence=sure,
            payload=payload,
            slots=dict(self.slots),
            form=self.task.form,
            fresh=True,
            events=[],
            correction=split_correction(text)[0],
            words=[] if keyed else words(text),
        )
        self.said = []
        form = FormTurn(
            self.task, turn, self.bank, lambda response, **_: self.said.append(response),
            list(self.task.slots), {"utter_hint_transfer_amount", "utter_hint_pin"},
        )  # fmt: skip
        self.rejected = False
        for event in form.run():
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "followup":
                self.follow = event["name"]
            elif event["event"] == "action_execution_rejected":
                self.rejected = True

    @property
    def asked(self) -> str | None:
        return self.slots.get("requested_slot")


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bank:
    monkeypatch.setenv("VOICEBOT_TODAY", "2026-11-24")
    return Bank(tmp_path / "bank.sqlite3")


def test_everything_in_one_sentence(bank: Bank) -> None:
    caller = Caller("transfer", bank)
    caller.turn("move two hundred dollars from checking to savings", "transfer_money")
    assert caller.asked == "transfer_confirm"
    assert caller.slots["proposal"] == "move $200.00 from checking to savings"
    caller.turn("yes", "affirm")
    assert caller.follow == "action_do_transfer"


def test_the_other_account_is_clear_when_there_are_only_two(bank: Bank) -> None:
    caller = Caller("transfer", bank)
    caller.turn("i want to move money to savings", "transfer_money")
    assert (caller.slots["transfer_from"], caller.asked) == ("checking", "transfer_amount")


@pytest.mark.parametrize(
    ("said", "quantity"),
    [
        ("one hundred please", 100),
        ("fifty no twenty five", 25),
        ("two books", 50),
        ("one", 25),
        ("two hundred", None),
        ("a hundred and fifty", None),
    ],
)
def test_how_many_cheques(bank: Bank, said: str, quantity: int | None) -> None:
    caller = Caller("cheques", bank)
    caller.turn("order checks for checking", "order_cheques")
    assert caller.asked == "cheque_quantity"
    caller.turn(said)
    assert caller.slots.get("cheque_quantity") == quantity


def test_the_amount_before_it_is_asked_for(bank: Bank) -> None:
    caller = Caller("transfer", bank)
    caller.turn("transfer money", "transfer_money")
    caller.turn("one hundred", "ask_loan", 0.5)
    assert (caller.slots["transfer_amount"], caller.asked) == (10000, "transfer_from")


def test_one_card_at_a_time(bank: Bank) -> None:
    caller = Caller("card", bank)
    caller.turn("i lost my cards", "replace_card")
    caller.turn("both")
    assert (caller.said, caller.asked) == (["utter_one_card_first"], "card_kind")


def test_a_change_of_mind_at_the_read_back(bank: Bank) -> None:
    caller = Caller("transfer", bank)
    caller.turn("move fifty dollars from checking to savings", "transfer_money")
    caller.turn("actually no make it two hundred")
    assert (caller.slots["transfer_amount"], caller.asked) == (20000, "transfer_confirm")
    caller.turn("no", "deny")
    assert "utter_left_alone" in caller.said
    assert caller.slots["transfer_amount"] is None


def test_what_cannot_be(bank: Bank) -> None:
    caller = Caller("transfer", bank)
    caller.turn("move ninety thousand dollars from checking to savings", "transfer_money")
    assert (caller.said, caller.asked) == (["utter_not_enough"], "transfer_amount")
    caller = Caller("transfer", bank)
    caller.turn("from savings to savings", "transfer_money")
    assert (caller.said, caller.asked) == (["utter_same_account"], "transfer_to")
    caller = Caller("transfer", bank)
    caller.turn("from money market to savings", "transfer_money")
    assert caller.said == ["utter_no_such_account"]


def test_nothing_of_the_account_is_told_before_identification(bank: Bank) -> None:
    caller = Caller("transfer", bank, verified=False)
    caller.turn("move ninety thousand dollars from checking to savings", "transfer_money")
    assert (caller.said, caller.asked) == ([], "pin")
    caller.turn("four eight two one")
    assert caller.said == ["utter_identity_ok", "utter_not_enough"]
    assert caller.slots.get("pin") is None


def test_three_wrong_pins(bank: Bank) -> None:
    caller = Caller("balance", bank, verified=False)
    caller.turn("balance", "check_balance")
    for _ in range(2):
        caller.turn("one one one one")
        assert (caller.said, caller.asked) == (["utter_wrong_pin"], "pin")
    caller.turn("", "EXTERNAL_dtmf", digits="2222")
    assert caller.said == ["utter_handoff_identity"]
    assert caller.follow == "action_listen"


def test_help_grows_and_ends_with_a_person(bank: Bank) -> None:
    caller = Caller("transfer", bank)
    caller.turn("move money from checking to savings", "transfer_money")
    caller.turn("bla bla", "nlu_fallback", 0.3)
    assert caller.said == ["utter_didnt_catch"]
    caller.turn("bla bla", "nlu_fallback", 0.3)
    assert caller.said == ["utter_hint_transfer_amount"]
    caller.turn("", "EXTERNAL_not_understood")
    assert caller.said == ["utter_handoff_not_understood"]


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("repeat please", "repeat"),
        ("okay can you repeat that", "repeat"),
        ("agent please", "talk_to_person"),
        ("hmm wait", "hold_on"),
        ("right what was that", "repeat"),
        ("yes but what is my balance", "check_balance"),
        ("perfect storm", "nlu_fallback"),
        ("okay forget it", "cancel"),
        ("yeah but wait", "affirm"),
        ("sure what was it", "affirm"),
    ],
)
def test_money_moves_only_on_a_plain_yes(bank: Bank, said: str, intent: str) -> None:
    caller = Caller("transfer", bank)
    caller.turn("move fifty dollars from checking to savings", "transfer_money")
    caller.turn(said, intent, 0.7)
    assert caller.follow != "action_do_transfer"


def test_yes_in_other_words(bank: Bank) -> None:
    caller = Caller("transfer", bank)
    caller.turn("move fifty dollars from checking to savings", "transfer_money")
    caller.turn("that would be lovely", "affirm", 0.8)
    assert caller.follow == "action_do_transfer"


@pytest.mark.parametrize(("keys", "value"), [("85", 8500), ("0", None)])
def test_keys_for_an_amount(bank: Bank, keys: str, value: int | None) -> None:
    caller = Caller("transfer", bank)
    caller.turn("move money from checking to savings", "transfer_money")
    caller.turn("", "EXTERNAL_dtmf", digits=keys)
    assert caller.slots.get("transfer_amount") == value
    assert caller.rejected is (value is None)


@pytest.mark.parametrize(
    ("asked", "intent", "sure", "length", "answered", "expected"),
    [
        ("transfer_amount", "check_balance", 0.9, 4, False, True),
        ("transfer_amount", "check_balance", 0.9, 2, True, False),
        ("transfer_amount", "transfer_money", 0.9, 4, False, False),
        ("transfer_amount", "inform", 0.9, 4, False, False),
        ("transfer_amount", "repeat", 0.3, 2, False, False),
        ("transfer_confirm", "talk_to_person", 0.9, 5, False, True),
        ("transfer_confirm", "cancel", 0.9, 2, True, False),
        ("transfer_confirm", "EXTERNAL_silence", 1.0, 0, False, True),
    ],
)
def test_interruptions(
    asked: str, intent: str, sure: float, length: int, answered: bool, expected: bool
) -> None:
    found = interrupts(BY_NAME["transfer"], asked, intent, sure, length, answered)
    assert found is expected
