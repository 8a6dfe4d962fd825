from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from evaluation.runs.bank import BankBook, seeded_bank
from voicebot.config import ROOT


@pytest.fixture
def book(tmp_path: Path) -> BankBook:
    seeded_bank(tmp_path / "bank.sqlite", ROOT / "nlu-data")
    return BankBook(tmp_path / "bank.sqlite")


def run(book: BankBook, *statements: str) -> None:
    db = sqlite3.connect(book.path)
    with db:
        for statement in statements:
            db.execute(statement)
    db.close()


def transfer(call: str, customer: str = "480193", cents: int = 5000) -> list[str]:
    return [
        f"UPDATE accounts SET balance_cents = balance_cents - {cents} "
        f"WHERE customer = '{customer}' AND kind = 'checking'",
        "INSERT INTO transfers (customer, source, target, amount_cents, call_id, made_at) "
        f"VALUES ('{customer}', 'checking', 'savings', {cents}, '{call}', 'now')",
        "INSERT INTO audit (customer, action, detail, call_id, made_at) "
        f"VALUES ('{customer}', 'identity', 'pin ok', '{call}', 'now')",
        "INSERT INTO audit (customer, action, detail, call_id, made_at) "
        f"VALUES ('{customer}', 'transfer', '{cents} checking to savings', '{call}', 'now')",
    ]


def test_customers_are_known_by_their_numbers(book: BankBook) -> None:
    assert book.customers()["+15550100"] == "204815"


def test_a_call_left_its_rows_its_actions_and_what_changed(book: BankBook) -> None:
    before = book.state()
    run(book, *transfer("one"), *transfer("two", "204815", 700))
    left = book.left_by("one", before)
    assert left.rows["transfers"] == (
        {"customer": "480193", "source": "checking", "target": "savings", "amount_cents": 5000},
    )
    assert left.rows["bill_payments"] == ()
    (account,) = left.rows["accounts"]
    assert (account["customer"], account["balance_cents"]) == ("480193", 301075 - 5000)
    identity, moved = left.actions
    assert (identity.name, identity.arguments["detail"]) == ("identity", "pin ok")
    assert (moved.name, moved.arguments["amount_cents"]) == ("transfer", 5000)


def test_several_actions_of_a_kind_each_have_their_own_row(book: BankBook) -> None:
    before = book.state()
    run(book, *transfer("one", cents=100), *transfer("one", cents=200))
    moved = [a.arguments for a in book.left_by("one", before).actions if a.name == "transfer"]
    assert [arguments["amount_cents"] for arguments in moved] == [100, 200]


def test_the_bank_is_put_back_for_one_call_and_left_as_it_is_for_the_others(book: BankBook) -> None:
    fresh = book.state()
    run(book, *transfer("other", "204815", 700))
    before = book.state()
    run(
        book,
        *transfer("one"),
        "UPDATE cards SET status = 'blocked' WHERE customer = '480193' AND kind = 'debit'",
        "INSERT INTO cards (customer, kind, last4, status) "
        "VALUES ('480193', 'debit', '1111', 'ordered')",
    )
    book.put_back("one", before)
    after = book.state()
    assert {t: sorted(map(str, rows)) for t, rows in after.items()} == {
        t: sorted(map(str, rows)) for t, rows in before.items()
    }
    assert after != fresh
    assert book.left_by("one", before).rows["transfers"] == ()
    assert [action.name for action in book.left_by("one", before).actions] == [
        "identity",
        "transfer",
    ]
    assert len(book.left_by("other", fresh).rows["transfers"]) == 1


def test_a_bank_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    book = BankBook(tmp_path / "none.sqlite")
    assert book.customers() == {}
    assert book.tables() == ()
    assert book.left_by("one", book.state()).rows == {}


def test_what_must_be_unique_is_known(book: BankBook) -> None:
    tables = {table.name: table for table in book.tables()}
    assert ("branch", "day", "at") in tables["appointments"].unique
    assert tables["appointments"].by_call
    assert not tables["accounts"].by_call
