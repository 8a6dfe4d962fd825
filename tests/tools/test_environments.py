from pathlib import Path

import pytest

from tests.tools.loading import load

environments = load("environments")


@pytest.fixture
def built(tmp_path: Path) -> object:
    environment = environments.Environment("agent", tmp_path, ("agent.txt",), project=True)
    environment.executable.parent.mkdir()
    environment.executable.touch()
    environment.stamp.write_text(f"{tmp_path} {environment.fingerprint()}", encoding="utf-8")
    return environment


def test_a_built_environment_is_current(built) -> None:
    assert built.current()


def test_an_installation_that_broke_off_is_not(built) -> None:
    built.broken.touch()
    assert not built.current()


def test_another_lock_file_is_noticed(built) -> None:
    built.stamp.write_text(f"{built.folder} {'0' * 64}", encoding="utf-8")
    assert not built.current()


def test_an_environment_that_was_moved_is_not_current(built) -> None:
    built.stamp.write_text(f"/elsewhere {built.fingerprint()}", encoding="utf-8")
    assert not built.current()


def test_a_missing_lock_file_is_named(tmp_path: Path) -> None:
    environment = environments.Environment("x", tmp_path, ("no-such.txt",))
    with pytest.raises(environments.SetupError, match=r"requirements/no-such\.txt is missing"):
        environment.fingerprint()


def test_what_pip_installs_before_counts_as_well() -> None:
    coqui = environments.ENVIRONMENTS["coqui"]
    alone = environments.Environment("coqui", coqui.folder, coqui.locks)
    assert coqui.fingerprint() != alone.fingerprint()


def test_it_is_installed_before_and_left_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(environments, "run", lambda command, _: asked.append(command))
    monkeypatch.setattr(environments, "uv", asked.append)
    given = environments.Environment("x", tmp_path, ("coqui.txt",), first="coqui-torch.txt")
    environments.install(given)
    assert "pip" in asked[0]
    assert asked[0][-1].endswith("coqui-torch.txt")
    assert asked[1][:2] == ["pip", "install"]
    assert "--require-hashes" in asked[1]


def test_every_other_environment_holds_its_lock_files_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(environments, "uv", asked.append)
    environments.install(environments.DEV)
    assert asked[0][:2] == ["pip", "sync"]
    assert [Path(word).name for word in asked[0][-2:]] == ["agent.txt", "dev.txt"]
    assert asked[1][:2] == ["pip", "install"]


@pytest.mark.parametrize(
    "text",
    [
        "global.index-url='https://mirror.example/simple'\n:env:.cert='/etc/ca.crt'\n",
        '{"global.index-url": "https://mirror.example/simple", ":env:.cert": "/etc/ca.crt"}',
    ],
)
def test_pips_settings_are_understood(text: str) -> None:
    assert environments.parse_pip_config(text) == {
        "index-url": "https://mirror.example/simple",
        "cert": "/etc/ca.crt",
    }


def test_debians_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments.shutil, "which", lambda name: "/usr/bin/apt-get")
    monkeypatch.setattr(environments.os, "geteuid", lambda: 1000)
    with pytest.raises(environments.SetupError, match=r"sudo apt-get install python3\.\d+-venv"):
        environments.install_ensurepip()


def test_an_unknown_environment_is_a_usage_error() -> None:
    assert environments.main(["nothing"]) == 2
