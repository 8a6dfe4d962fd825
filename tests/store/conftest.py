"""The databases that the store is tested on: SQLite always, PostgreSQL where it is installed."""

import os
import pwd
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from voicebot.store.calls import CallStore
from voicebot.store.database import Database


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as the tests."""
    pytest.importorskip("asyncpg", reason="asyncpg is not installed: make setup")
    if shutil.which("initdb") is None or shutil.which("postgres") is None:
        pytest.skip("PostgreSQL's initdb and postgres are not on PATH")
    folder = tmp_path_factory.mktemp("pg")
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "nobody"
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        for parent in folder.parents[:3]:
            parent.chmod(parent.stat().st_mode | 0o011)
    data = folder / "data"
    options = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL}
    subprocess.run(
        ["initdb", "-D", data, "-U", "voicebot", "-A", "trust", "-N"],
        check=True,
        stderr=subprocess.DEVNULL,
        **options,
    )
    server = subprocess.Popen(
        ["postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    assert server.stderr is not None
    for line in server.stderr:
        if "ready to accept connections" in line:
            break
    yield f"postgresql+asyncpg://voicebot@/postgres?host={folder}"
    server.terminate()
    server.stderr.close()
    server.wait(timeout=20)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without tables."""
    if request.param == "sqlite":
        made = Database(f"sqlite+aiosqlite:///{tmp_path / 'voicebot.sqlite'}", tmp_path)
        yield made
    else:
        made = Database(request.getfixturevalue("postgres_url"), tmp_path)
        yield made
        async with made.engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    await made.close()


@pytest.fixture
async def store(database: Database) -> CallStore:
    """A record of calls, newest tables."""
    await database.upgrade()
    return CallStore(database)


@pytest.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[CallStore]:
    """A record of calls on SQLite, where the database makes no difference."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'voicebot.sqlite'}", tmp_path)
    await database.upgrade()
    yield CallStore(database)
    await database.close()
