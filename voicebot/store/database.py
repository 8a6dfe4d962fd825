"""The database: one engine, short transactions, and the way to the newest tables.

SQLite by default (write-ahead log, so that readers never wait for the writer), PostgreSQL by URL:
`sqlite+aiosqlite:////path/voicebot.sqlite`, `postgresql+asyncpg://user:password@host/name`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import StaticPool

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 5.0
"""How long a transaction waits for another process that writes to the same SQLite file."""

_MIGRATION_LOCK = 0x766F6963  # PostgreSQL: two processes that start at once migrate one by one


class DatabaseError(RuntimeError):
    """The database can't be used as it is; the message names the fix."""


class Database:
    """The engine behind `url`. SQLite files are made readable for their owner only (mode 0600).

    Raises DatabaseError for a URL that is malformed or of an unknown kind.
    """

    def __init__(self, url: str, data_dir: Path) -> None:
        self.data_dir = data_dir
        try:
            self._url = make_url(url)
        except ArgumentError as error:
            raise DatabaseError(
                f"database_url is not a database URL ({error}); "
                "example: postgresql+asyncpg://user:password@host/name"
            ) from error
        self.kind = self._url.get_backend_name()
        if self._url.drivername == "sqlite":
            self._url = self._url.set(drivername="sqlite+aiosqlite")
        elif self._url.drivername in {"postgresql", "postgres"}:
            self._url = self._url.set(drivername="postgresql+asyncpg")
        if self._url.drivername not in {"sqlite+aiosqlite", "postgresql+asyncpg"}:
            raise DatabaseError(
                f"database_url names {self._url.drivername!r}: "
                "use sqlite+aiosqlite or postgresql+asyncpg"
            )
        self.engine = self._make_engine()
        # A transaction that will write takes SQLite's write lock when it begins: one that first
        # reads and then writes would fail at once, not wait, if another process wrote between.
        self._writing = self.engine.execution_options(writes=True)

    def _make_engine(self) -> AsyncEngine:
        if self.kind != "sqlite":
            return create_async_engine(self._url, pool_pre_ping=True, pool_size=5)
        if self._url.database in {None, "", ":memory:"}:
            engine = create_async_engine(self._url, poolclass=StaticPool)
        else:
            engine = create_async_engine(
                self._url, pool_size=5, connect_args={"timeout": BUSY_SECONDS}
            )
            event.listen(engine.sync_engine, "do_connect", self._create_file)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine

    def _create_file(self, *_: object) -> None:
        """SQLite would create the file with the umask; its -wal and -shm follow the file's mode."""
        path = Path(str(self._url.database))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; it sees one state of the database throughout."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session whose transaction is committed at the end, or rolled back by an exception."""
        async with AsyncSession(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    async def upgrade(self, revision: str = "head") -> None:
        """Bring the tables to `revision`; safe when several processes start at once.

        Raises DatabaseError when the database was made by a newer version of the agent.
        """
        async with self._writing.begin() as connection:
            if self.kind == "postgresql":
                lock = text("SELECT pg_advisory_xact_lock(:key)")
                await connection.execute(lock, {"key": _MIGRATION_LOCK})
            await connection.run_sync(_migrate, revision)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, without an ini file; migrations run on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _migrate(connection: Connection, revision: str) -> None:
    try:
        command.upgrade(alembic_config(connection), revision)
    except CommandError as error:
        raise DatabaseError(
            f"the database can't be brought to revision {revision!r} ({error}): "
            "it was made by a newer version; install that version or restore a backup"
        ) from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions on its own: it would do so only before the first
    # INSERT, and never before CREATE TABLE. `_begin_sqlite` does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
