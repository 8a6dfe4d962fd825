"""Installing the npm packages of the tests' message centre."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tools.loading import ROOT, load

centre = load("message_centre")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "package.json").write_text("{}")
    (folder / "package-lock.json").write_text('{"lockfileVersion": 3}')
    return folder


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that counts how often it was asked, and fails while a file says so."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("npm", "node"):
        program = programs / name
        program.write_text(
            f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ntest ! -e {tmp_path}/broken\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def asked(folder: Path) -> int:
    file = folder / "asked"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_once_and_again_when_the_lock_changes(source, npm):
    target = npm / "target"
    assert [centre.install(source, target) for _ in range(2)] == [0, 0]
    assert asked(npm) == 1
    assert "ci --ignore-scripts" in (npm / "asked").read_text()
    (source / "package-lock.json").write_text("{}")
    assert not centre.installed(source, target)
    assert centre.install(source, target) == 0
    assert asked(npm) == 2


def test_what_failed_is_tried_again(source, npm):
    (npm / "broken").touch()
    assert centre.install(source, npm / "target") == 1
    (npm / "broken").unlink()
    assert centre.install(source, npm / "target") == 0


def test_without_npm_it_is_an_error_in_ci_only(source, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    assert centre.install(source, tmp_path / "target") == 0
    assert "npm is missing" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert centre.install(source, tmp_path / "target") == 1


def test_the_lock_pins_everything_and_names_no_registry():
    lock = (ROOT / "tools" / "message-centre" / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert "registry" not in lock
    assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')
