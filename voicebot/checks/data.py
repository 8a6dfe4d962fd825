"""What lies on the disk: model files, the dialogue's model, the database, the secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url

from voicebot.checks.finding import Finding, fail, ok, warn
from voicebot.config import Settings
from voicebot.models import FileState, ModelStore, required_models
from voicebot.rasa_project import RasaProject
from voicebot.server.secrets import FILE, SecretsError, load_secrets
from voicebot.store.database import Database, alembic_config
from voicebot.training import ModelNotTrained, current_model, newest_model


def models_present(settings: Settings) -> Iterator[Finding]:
    """The model files that the settings need, by size."""
    yield from _models(settings, content=False)


def models_right(settings: Settings) -> Iterator[Finding]:
    """The model files that the settings need, by their hashes."""
    yield from _models(settings, content=True)


def _models(settings: Settings, *, content: bool) -> Iterator[Finding]:
    store = ModelStore(settings.models_dir)
    states = {state.model.name: state for state in store.status()}
    for name in required_models(settings):
        state = store.verify(name) if content else states[name]
        wrong = [f"{f} is {s}" for f, s in state.files.items() if s is not FileState.RIGHT]
        part = f"model {name}"
        if wrong:
            yield fail(part, ", ".join(wrong), f"run `voicebot models fetch {name}`")
        else:
            yield ok(part, "here, hashes are right" if content else "here")


def dialogue_model(settings: Settings, project: RasaProject | None = None) -> Iterator[Finding]:
    """Is the dialogue trained for what nlu-data/ is now?"""
    if settings.rasa_url:
        return
    try:
        yield ok("dialogue model", f"{current_model(settings, project).name} is current")
    except ModelNotTrained as error:
        old = newest_model(settings)
        was = f" (the newest is {old.name})" if old else ""
        yield fail("dialogue model", f"{error}{was}", "run `voicebot train`")


def secrets(settings: Settings) -> Iterator[Finding]:
    """The file of secrets; it is made at the first start."""
    path = settings.data_dir / FILE
    if not path.exists():
        yield ok("secrets", "made at the first start")
        return
    try:
        load_secrets(settings)
        yield ok("secrets", f"{path}, for its owner only")
    except SecretsError as error:
        yield fail("secrets", str(error), "do what the message says")


def database(settings: Settings) -> Iterator[Finding]:
    """Can the database be opened, and has it our tables?"""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        yield ok("database", "made at the first start")
        return
    current, newest, known = asyncio.run(_revisions(settings))
    if current == newest:
        yield ok("database", f"{url.get_backend_name()}, revision {current}")
    elif current is None or known:
        yield warn(
            "database",
            f"revision {current or 'none'}, {newest} is wanted",
            "nothing to do: `voicebot serve` brings it up; keep a backup",
        )
    else:
        yield fail(
            "database",
            f"revision {current} is of a newer version of the agent",
            "install that version, or restore a backup",
        )


async def _revisions(settings: Settings) -> tuple[str | None, str | None, bool]:
    """The revision of the database, ours, and whether we know the former."""
    store = Database(settings.database, settings.data_dir)
    try:
        async with store.engine.connect() as connection:
            return await connection.run_sync(_look)
    finally:
        await store.close()


def _look(connection: Connection) -> tuple[str | None, str | None, bool]:
    current = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(alembic_config(connection))
    known = any(revision.revision == current for revision in script.walk_revisions())
    return current, script.get_current_head(), known
