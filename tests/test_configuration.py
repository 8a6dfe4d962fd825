"""Settings that are wrong, and what a person is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.configuration import (
    SettingsError,
    load_settings,
    setting_names,
    settings_file,
    unknown_variables,
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mine.toml"
    path.touch()
    monkeypatch.setenv("VOICEBOT_CONFIG", str(path))
    return path


def test_arguments_win_over_environment_and_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('host = "1.1.1.1"\ncontrol_port = 1\nedge_port = 1\n[turns]\nsilence = 0.5\n')
    monkeypatch.setenv("VOICEBOT_CONTROL_PORT", "2")
    monkeypatch.setenv("VOICEBOT_EDGE_PORT", "2")
    settings = load_settings(edge_port=3, rasa_port=None)
    assert (settings.host, settings.control_port, settings.edge_port) == ("1.1.1.1", 2, 3)
    assert settings.rasa_port == 5005
    assert settings.turns.silence == 0.5
    assert settings_file() == file


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("control_port = 70000", r"setting control_port \(VOICEBOT_CONTROL_PORT\): .*65535"),
        ("[turns]\nsilence = -1", r"setting turns\.silence \(VOICEBOT_TURNS__SILENCE\)"),
        ("edgeport = 1", "no setting 'edgeport'; did you mean 'edge_port'"),
        ("zzz = 1", "no setting 'zzz'$"),
        ("host = ", r"mine\.toml is not valid TOML"),
        ('voice = "opera"', "setting voice .*hibari"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(file: Path, content: str, words: str) -> None:
    file.write_text(content)
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings()
    assert caught.value.exit_status == 2


def test_a_secret_is_never_quoted(file: Path) -> None:
    file.write_text('rasa_secret = ["hidden"]')
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hidden" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_that_is_asked_for_must_be_there(file: Path) -> None:
    file.unlink()
    with pytest.raises(SettingsError, match="is no file"):
        load_settings()


def test_unknown_variables() -> None:
    environment = {
        "VOICEBOT_RASAPORT": "1",
        "VOICEBOT_RASA_PORT": "1",
        "VOICEBOT_TURNS__SILENCE": "1",
        "VOICEBOT_TURNS__SILENC": "1",
        "VOICEBOT_TURNS": "{}",
        "VOICEBOT_CONFIG": "x",
        "PATH": "x",
    }
    assert unknown_variables(environment) == ["VOICEBOT_RASAPORT", "VOICEBOT_TURNS__SILENC"]
    assert "limits.calls" in set(setting_names())
