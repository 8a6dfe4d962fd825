"""The databases that the store is tested on: SQLite always, PostgreSQL where it is installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from voicebot.store.calls import CallStore
from voicebot.store.database import Database


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as the tests; reached by a socket file."""
    pytest.importorskip("asyncpg", reason="asyncpg is not installed: make setup")
    if shutil.which("initdb") is None or shutil.which("pg_ctl") is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not on PATH")
    folder = Path(tempfile.mkdtemp(prefix="voicebot-pg-"))
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "nobody"
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, timeout=60
        )

    data = str(folder / "data")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    try:
        run("initdb", "-D", data, "-U", "voicebot", "-A", "trust", "-N")
        run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
        yield f"postgresql+asyncpg://voicebot@/postgres?host={folder}"
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


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
