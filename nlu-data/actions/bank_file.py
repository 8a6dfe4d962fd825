"""The file in which the bank lives: opened for a change, or for reading only."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from actions.bank_seed import seed

DEFAULT_PATH = Path(__file__).resolve().parents[2] / "build" / "bank.sqlite3"

Audit = tuple[str | None, str, str, str]
"""One row of the audit before it is written: customer, action, detail, call."""


class BankFile:
    """One SQLite file; made and seeded on first use. Safe from several threads.

    In a dry run the file is opened for reading only, so whatever would change it raises
    sqlite3.OperationalError; rows for the audit gather in `noted`, to be written once the turn
    has really come about.
    """

    def __init__(self, path: str | Path | None = None, *, dry_run: bool = False) -> None:
        """`path` defaults to the variable VOICEBOT_BANK_DB, else build/bank.sqlite3."""
        self.path = Path(path or os.environ.get("VOICEBOT_BANK_DB") or DEFAULT_PATH)
        self.dry_run = dry_run
        self.noted: list[Audit] = []

    def write_audit(self, rows: Sequence[Audit]) -> None:
        """Write what a dry run noted."""
        with self._open() as db:
            for row in rows:
                self._audit(db, *row)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._open_to_read() if self.dry_run else self._open_to_write() as connection:
            yield connection

    @contextmanager
    def _open_to_read(self) -> Iterator[sqlite3.Connection]:
        address = f"{self.path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(address, uri=True, timeout=0.2, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _open_to_write(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=5, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'audit'"
            ).fetchone():
                connection.execute("ROLLBACK")
                seed(connection)
                connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            connection.close()

    def _write(self, statement: str, values: tuple[Any, ...], audit: Audit) -> None:
        with self._open() as db:
            db.execute(statement, values)
            self._audit(db, *audit)

    def _audit(
        self, db: sqlite3.Connection, number: str | None, action: str, detail: str, call_id: str
    ) -> None:
        if self.dry_run:
            self.noted.append((number, action, detail, call_id))
            return
        db.execute(
            "INSERT INTO audit (customer, action, detail, call_id, made_at) VALUES (?, ?, ?, ?, ?)",
            (number, action, detail, call_id, now()),
        )


def now() -> str:
    """This moment, as the tables keep it (UTC, ISO 8601)."""
    return datetime.now(UTC).isoformat(timespec="seconds")
