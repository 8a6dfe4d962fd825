"""What a call left in the bank's database, and putting the bank back as it was before the call.

Two kinds of tables: those with a column `call_id` (transfers, bill payments, the audit ...), of
which a call's rows are its own, and those that describe the bank's state (accounts, cards ...),
where a call's rows are those of its customers that have changed since before it. Calls of one
customer must not overlap. The tables are read from the file: another bank may have others.
"""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evaluation.runs.model import DoneAction

CALL: Final = "call_id"
AUDIT: Final = "audit"
_OWN: Final = ("id", CALL, "made_at")
"""Columns that differ from call to call and say nothing of what was done."""
_CUSTOMER: Final = "customer"
ROWS_OF: Final = {
    "transfer": "transfers",
    "card": "card_orders",
    "cheques": "cheque_orders",
    "bill": "bill_payments",
    "password": "password_resets",
    "appointment": "appointments",
}
"""The table in which an action of the audit leaves a row: its arguments."""

Row = Mapping[str, Any]
Rows = dict[str, tuple[Row, ...]]


@dataclass(frozen=True, slots=True)
class Left:
    """What a call left: rows by table, and what it did, in order."""

    rows: Mapping[str, tuple[Row, ...]]
    actions: tuple[DoneAction, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the bank: its columns, and the sets of columns that must be unique in it."""

    name: str
    columns: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]

    @property
    def by_call(self) -> bool:
        """Do its rows belong to calls?"""
        return CALL in self.columns

    @property
    def customer(self) -> str:
        """The column that names the customer, or ''."""
        if self.name == "customers":
            return "number"
        return _CUSTOMER if _CUSTOMER in self.columns else ""


class BankBook:
    """The bank's SQLite file; all methods block. An absent file is a bank without tables."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tables(self) -> tuple[Table, ...]:
        """All tables."""
        with self._open() as db:
            return _tables(db)

    def customers(self) -> dict[str, str]:
        """Customer numbers by telephone number; none where the bank has no such table."""
        with self._open() as db:
            known = {table.name: table for table in _tables(db)}
            if "customers" not in known or "phone" not in known["customers"].columns:
                return {}
            found = db.execute("SELECT phone, number FROM customers").fetchall()
            return {str(row["phone"]): str(row["number"]) for row in found}

    def state(self) -> Rows:
        """The rows of all tables that do not belong to calls."""
        with self._open() as db:
            return {t.name: _all(db, t) for t in _tables(db) if not t.by_call and t.customer}

    def left_by(self, call_id: str, before: Rows) -> Left:
        """What the call left, since the state was `before`."""
        with self._open() as db:
            tables = _tables(db)
            found = {t.name: _of_call(db, t, call_id) for t in tables if t.by_call}
            customers = _customers(found)
            changed = {
                name: rows for name, rows in _changes(db, tables, before, customers).items() if rows
            }
        shown = {name: tuple(map(_shown, rows)) for name, rows in {**found, **changed}.items()}
        return Left(shown, _actions(found))

    def put_back(self, call_id: str, before: Rows) -> None:
        """Undo what the call did to the bank; only the audit keeps it."""
        with self._open(write=True) as db:
            tables = _tables(db)
            by_call = [table for table in tables if table.by_call]
            customers = _customers({t.name: _of_call(db, t, call_id) for t in by_call})
            for table in by_call:
                if table.name != AUDIT:
                    db.execute(f"DELETE FROM {table.name} WHERE {CALL} = ?", (call_id,))  # noqa: S608 - a name from the file itself
            for table in tables:
                if table.name in before:
                    _restore(db, table, before[table.name], customers)

    @contextmanager
    def _open(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        if not self.path.exists():
            db = sqlite3.connect(":memory:")
        else:
            mode = "rw" if write else "ro"
            db = sqlite3.connect(
                f"{self.path.resolve().as_uri()}?mode={mode}", uri=True, timeout=10
            )
        db.row_factory = sqlite3.Row
        try:
            if write:
                db.execute("PRAGMA foreign_keys = OFF")
            with db:
                yield db
        finally:
            db.close()


def seeded_bank(path: Path, project: Path) -> None:
    """Make the demonstration bank of `project` (nlu-data/) at `path`, as its first call would."""
    source = project / "actions" / "bank_seed.py"
    spec = importlib.util.spec_from_file_location("bank_seed", source)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"no bank in {source}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        module.seed(connection)
    finally:
        connection.close()


def _tables(db: sqlite3.Connection) -> tuple[Table, ...]:
    names = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return tuple(
        Table(
            name,
            tuple(row["name"] for row in db.execute(f"PRAGMA table_info({name})")),
            tuple(_unique(db, name)),
        )
        for (name,) in map(tuple, names)
    )


def _unique(db: sqlite3.Connection, table: str) -> Iterator[tuple[str, ...]]:
    for index in db.execute(f"PRAGMA index_list({table})").fetchall():
        if index["unique"]:
            yield tuple(row["name"] for row in db.execute(f"PRAGMA index_info({index['name']})"))


def _all(db: sqlite3.Connection, table: Table) -> tuple[Row, ...]:
    return tuple(dict(row) for row in db.execute(f"SELECT * FROM {table.name}"))  # noqa: S608


def _of_call(db: sqlite3.Connection, table: Table, call_id: str) -> tuple[Row, ...]:
    query = f"SELECT * FROM {table.name} WHERE {CALL} = ? ORDER BY rowid"  # noqa: S608
    return tuple(dict(row) for row in db.execute(query, (call_id,)))


def _customers(found: Mapping[str, Sequence[Row]]) -> set[str]:
    return {str(row[_CUSTOMER]) for rows in found.values() for row in rows if row.get(_CUSTOMER)}


def _changes(
    db: sqlite3.Connection, tables: Sequence[Table], before: Rows, customers: set[str]
) -> Rows:
    """Rows of these customers that are not as they were."""
    return {
        table.name: tuple(
            row
            for row in _all(db, table)
            if row[table.customer] in customers and row not in before[table.name]
        )
        for table in tables
        if table.name in before
    }


def _restore(
    db: sqlite3.Connection, table: Table, before: Sequence[Row], customers: set[str]
) -> None:
    was = [row for row in before if row[table.customer] in customers]
    if was == [row for row in _all(db, table) if row[table.customer] in customers]:
        return
    for customer in customers:
        db.execute(f"DELETE FROM {table.name} WHERE {table.customer} = ?", (customer,))  # noqa: S608
    places = ", ".join("?" for _ in table.columns)
    db.executemany(
        f"INSERT INTO {table.name} VALUES ({places})",  # noqa: S608
        [tuple(row[column] for column in table.columns) for row in was],
    )


def _shown(row: Row) -> Row:
    return {column: value for column, value in row.items() if column not in _OWN}


def _actions(found: Mapping[str, Sequence[Row]]) -> tuple[DoneAction, ...]:
    """The audit's actions, with the row that each left as its arguments."""
    rows = {table: iter(found.get(table, ())) for table in ROWS_OF.values()}
    done = []
    for entry in found.get(AUDIT, ()):
        name = str(entry["action"])
        arguments = {k: v for k, v in _shown(entry).items() if k != "action" and v is not None}
        arguments |= _shown(next(rows.get(ROWS_OF.get(name, ""), iter(())), {}))
        done.append(DoneAction(name, arguments))
    return tuple(done)
