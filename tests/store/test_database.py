"""The database: tables and migrations agree, SQLite is set up as it should be."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from voicebot.store.calls import CallStore
from voicebot.store.database import Database, DatabaseError
from voicebot.store.models import Base


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_models_and_migrations_agree(database: Database) -> None:
    await database.upgrade()
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_upgrade_is_repeatable_and_safe_from_two_processes(database: Database) -> None:
    second = Database(database.engine.url.render_as_string(False), database.data_dir)
    await asyncio.gather(database.upgrade(), second.upgrade())
    await database.upgrade()
    await second.close()


async def test_upgrade_from_an_older_revision_keeps_the_calls(database: Database) -> None:
    await database.upgrade("0001")
    async with database.write() as session:
        await session.execute(
            text(
                "INSERT INTO calls (id, agent, network, caller, callee, started_at,"
                " outcome_reason, recording, recording_state, slots, incidents) VALUES"
                " ('old', 'agent', 'twilio', '+12025550100', '', '2026-01-02 03:04:05',"
                " '', '', 'none', '{}', '[]')"
            )
        )
    await database.upgrade()
    record = await CallStore(database).get_call("old")
    assert record is not None
    assert record.call.caller == "+12025550100"
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_database_from_the_future_is_refused(database: Database) -> None:
    await database.upgrade()
    async with database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer version"):
        await database.upgrade()


async def test_a_migration_that_fails_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.drop_table", broken)
        patch.setattr("alembic.op.create_index", broken)
        with pytest.raises(OSError, match="no space"):
            await database.upgrade()
    await database.upgrade()
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_sqlite_is_private_and_journals_ahead(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    database = Database(f"sqlite:///{folder / 'voicebot.sqlite'}", folder)
    await database.upgrade()
    async with database.engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert await connection.scalar(text("PRAGMA busy_timeout")) == 5000
        modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert "voicebot.sqlite-wal" in modes
    assert folder.stat().st_mode & 0o777 == 0o700
    await database.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql+aiomysql://x/y", ""])
def test_a_bad_url_is_explained(url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"postgresql\+asyncpg"):
        Database(url, tmp_path)
