import sqlite3
from contextlib import closing
from datetime import date, time
from pathlib import Path

import pytest
from actions.bank import Bank, BankError, NotEnoughMoney, SlotTaken
from actions.bank_seed import CUSTOMERS

MARIA = "204815"
TODAY = date(2026, 11, 24)


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path / "bank.sqlite3")


def test_it_is_seeded_once_and_always_alike(bank: Bank, tmp_path: Path) -> None:
    other = Bank(tmp_path / "other.sqlite3")
    assert len(CUSTOMERS) >= 12
    assert [bank.customer(row[0]) for row in CUSTOMERS] == [
        other.customer(row[0]) for row in CUSTOMERS
    ]


def test_a_customer_is_found_by_the_callers_number(bank: Bank) -> None:
    found = bank.customer_by_phone("+1 555-0100")
    assert found is not None
    assert (found.number, found.name) == (MARIA, "Maria Lopez")
    assert bank.customer_by_phone("+15559999") is None


def test_pin_and_card(bank: Bank) -> None:
    assert bank.check_pin(MARIA, "4821", "c")
    assert not bank.check_pin(MARIA, "4822", "c")
    assert not bank.check_pin("999999", "4821", "c")
    assert bank.check_card(MARIA, "7716", "c")
    assert not bank.check_card(MARIA, "1111", "c")


def test_a_transfer_moves_money(bank: Bank) -> None:
    before = bank.balances(MARIA, "c")
    left = bank.transfer(MARIA, "checking", "savings", 20000, "c")
    after = bank.balances(MARIA, "c")
    assert left == after["checking"] == before["checking"] - 20000
    assert sum(before.values()) == sum(after.values())


@pytest.mark.parametrize(
    ("source", "target", "cents", "error"),
    [
        ("checking", "savings", 99_999_999, NotEnoughMoney),
        ("checking", "checking", 100, BankError),
        ("checking", "savings", 0, BankError),
        ("checking", "money market", 100, BankError),
        ("money market", "checking", 100, BankError),
    ],
)
def test_a_transfer_that_cannot_be_changes_nothing(
    bank: Bank, source: str, target: str, cents: int, error: type[BankError]
) -> None:
    before = bank.balances(MARIA, "c")
    with pytest.raises(error):
        bank.transfer(MARIA, source, target, cents, "c")
    assert bank.balances(MARIA, "c") == before


def test_a_lost_card_is_blocked_and_replaced(bank: Bank) -> None:
    old, new = bank.replace_card(MARIA, "debit", "lost", "c")
    assert (old, len(new)) == ("7716", 4)
    customer = bank.customer(MARIA)
    assert customer is not None
    assert customer.cards == {"debit": new, "credit": "3092"}
    assert not bank.check_card(MARIA, new, "c"), "a card in the mail proves nobody"
    assert bank.replace_card(MARIA, "debit", "lost", "c")[0] == new
    with pytest.raises(BankError):
        bank.replace_card("317026", "credit", "lost", "c")


def test_a_bill_is_paid_now_or_later(bank: Bank) -> None:
    before = bank.balances(MARIA, "c")["checking"]
    assert bank.pay_bill(MARIA, "electric", 8500, TODAY, TODAY, "c") == before - 8500
    assert bank.pay_bill(MARIA, "gas", 8500, date(2026, 12, 1), TODAY, "c") == before - 8500


def test_one_appointment_at_a_time(bank: Bank) -> None:
    when = ("Riverside", date(2026, 12, 1), time(10, 30))
    assert not bank.appointment_taken(*when)
    bank.book(*when, "Maria", "a loan", None, "c")
    assert bank.appointment_taken(*when)
    with pytest.raises(SlotTaken):
        bank.book(*when, "James", "a loan", None, "c")


def test_hours(bank: Bank) -> None:
    assert bank.hours("Airport", 6) == (time(7), time(20))
    assert bank.hours("Riverside", 0) is None


def test_a_dry_run_reads_and_cannot_write(bank: Bank) -> None:
    bank.customer(MARIA)  # makes the file
    before = bank.path.read_bytes()
    dry = Bank(bank.path, dry_run=True)
    assert dry.check_pin(MARIA, "4821", "c")
    assert dry.balances(MARIA, "c") == {"checking": 123450, "savings": 845000}
    for change in (
        lambda: dry.transfer(MARIA, "checking", "savings", 100, "c"),
        lambda: dry.replace_card(MARIA, "debit", "lost", "c"),
        lambda: dry.order_cheques(MARIA, "checking", 50, "c"),
        lambda: dry.pay_bill(MARIA, "rent", 100, TODAY, TODAY, "c"),
        lambda: dry.pay_bill(MARIA, "rent", 100, date(2026, 12, 1), TODAY, "c"),
        lambda: dry.reset_password(MARIA, "email", "c"),
        lambda: dry.book("Airport", date(2026, 12, 1), time(9), "M", "a loan", None, "c"),
    ):
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            change()
    assert bank.path.read_bytes() == before
    assert [(row[1], row[2]) for row in dry.noted] == [
        ("identity", "pin ok"),
        ("balance", "told by phone"),
    ]


def test_what_a_dry_run_noted_is_written_later(bank: Bank) -> None:
    bank.customer(MARIA)
    dry = Bank(bank.path, dry_run=True)
    dry.balances(MARIA, "c")
    bank.write_audit(dry.noted)
    with closing(sqlite3.connect(bank.path)) as db:
        rows = db.execute("SELECT customer, action, detail, call_id FROM audit").fetchall()
    assert rows == [(MARIA, "balance", "told by phone", "c")]


def test_a_dry_run_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        Bank(tmp_path / "none.sqlite3", dry_run=True).customer(MARIA)
    assert list(tmp_path.iterdir()) == []
