"""Checks of what lies on the disk, with files that are damaged, old or too new."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicebot.checks import data
from voicebot.checks.finding import Finding, Level
from voicebot.config import Settings
from voicebot.models import ModelStore
from voicebot.rasa_project import RasaProject
from voicebot.server.secrets import load_secrets
from voicebot.store.database import Database
from voicebot.training import models_folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var", models_dir=tmp_path / "models")


def only(findings: Iterator[Finding]) -> Finding:
    (finding,) = findings
    return finding


def test_models_missing_damaged_and_of_the_right_size_only(settings: Settings) -> None:
    assert {f.level for f in data.models_present(settings)} == {Level.FAIL}
    (file,) = ModelStore(settings.models_dir).manifest.model("silero").files
    place = settings.models_dir / "silero" / file.name
    place.parent.mkdir(parents=True)
    place.write_bytes(b"short")
    assert "damaged" in {f.part: f for f in data.models_present(settings)}["model silero"].what
    place.write_bytes(bytes(file.size))
    present = {f.part: f.level for f in data.models_present(settings)}
    right = {f.part: f for f in data.models_right(settings)}
    assert present["model silero"] is Level.OK
    assert right["model silero"].level is Level.FAIL
    assert right["model silero"].mend == "run `voicebot models fetch silero`"


def test_the_dialogue_model(settings: Settings, tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    (root / "nlu-data").mkdir(parents=True)
    (root / "requirements").mkdir()
    project = RasaProject(root)
    project.lock.write_text("rasa")
    finding = only(data.dialogue_model(settings, project))
    assert (finding.level, finding.mend) == (Level.FAIL, "run `voicebot train`")
    models_folder(settings).mkdir(parents=True)
    (models_folder(settings) / "old.tar.gz").touch()
    assert "old.tar.gz" in only(data.dialogue_model(settings, project)).what
    (models_folder(settings) / f"{project.content_hash()}.tar.gz").touch()
    assert only(data.dialogue_model(settings, project)).level is Level.OK
    external = settings.model_copy(update={"rasa_url": "http://rasa:5005"})
    assert list(data.dialogue_model(external, project)) == []


def test_secrets(settings: Settings) -> None:
    assert only(data.secrets(settings)).level is Level.OK
    assert not settings.data_dir.exists()
    path = load_secrets(settings).path
    assert only(data.secrets(settings)).level is Level.OK
    path.chmod(0o644)
    assert only(data.secrets(settings)).level is Level.FAIL


def test_the_database(settings: Settings) -> None:
    assert only(data.database(settings)).what == "made at the first start"
    assert not settings.data_dir.exists()

    async def make() -> None:
        database = Database(settings.database, settings.data_dir)
        await database.upgrade()
        await database.close()

    asyncio.run(make())
    assert only(data.database(settings)).level is Level.OK
    with sqlite3.connect(settings.data_dir / "voicebot.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from the future'")
    newer = only(data.database(settings))
    assert newer.level is Level.FAIL
    assert "newer version" in newer.what
    with sqlite3.connect(settings.data_dir / "voicebot.sqlite") as connection:
        connection.execute("DELETE FROM alembic_version")
    assert only(data.database(settings)).level is Level.WARN
