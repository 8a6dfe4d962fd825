"""The secrets of an installation."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from voicebot.config import Settings
from voicebot.server.secrets import Secrets, SecretsError, load_secrets
from voicebot.server.words import WORDS, readable_password


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var")


def shown(secrets: Secrets) -> tuple[str, str, str]:
    return (
        secrets.rasa_secret.get_secret_value(),
        secrets.seat_password.get_secret_value(),
        secrets.cookie_secret.get_secret_value(),
    )


def test_made_once_and_for_nobody_else_to_read(settings: Settings) -> None:
    first = load_secrets(settings)
    assert shown(load_secrets(settings)) == shown(first)
    path = settings.data_dir / "secrets.toml"
    assert first.path == path
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in settings.data_dir.iterdir()] == ["secrets.toml"]
    assert not any(secret in repr(first) for secret in shown(first))


def test_the_password_can_be_read_aloud() -> None:
    assert re.fullmatch(r"[a-z]+-[a-z]+-[1-9][0-9]-[a-z]+-[a-z]+", readable_password())
    assert len(set(WORDS)) == len(WORDS) >= 256
    assert all(word.isascii() and word.islower() and len(word) >= 3 for word in WORDS)


def test_settings_win(settings: Settings) -> None:
    made = load_secrets(settings)
    chosen = settings.model_copy(update={"seat_password": type(made.seat_password)("open sesame")})
    secrets = load_secrets(chosen)
    assert secrets.seat_password.get_secret_value() == "open sesame"
    assert shown(secrets)[::2] == shown(made)[::2]


def test_two_at_once_agree(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = {shown(s) for s in pool.map(lambda _: load_secrets(settings), range(8))}
    assert len(found) == 1


def test_a_deleted_line_is_made_anew(settings: Settings) -> None:
    before = shown(load_secrets(settings))
    path = settings.data_dir / "secrets.toml"
    kept = [line for line in path.read_text().splitlines() if "seat_password" not in line]
    path.write_text("\n".join(kept))
    after = shown(load_secrets(settings))
    assert after[::2] == before[::2]
    assert after[1] != before[1]
    assert shown(load_secrets(settings)) == after


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('rasa_secret = "hidden', "not valid TOML"),
        ("rasa_secret = 5", "rasa_secret must be a text"),
        ('seat_password = "short"', "at least 8"),
        (b"\xff\xfe", "not valid TOML"),
    ],
)
def test_a_broken_file_is_said_without_quoting_it(
    settings: Settings, content: str | bytes, words: str
) -> None:
    settings.data_dir.mkdir()
    path = settings.data_dir / "secrets.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(0o600)
    with pytest.raises(SecretsError, match=words) as caught:
        load_secrets(settings)
    assert "hidden" not in str(caught.value)


def test_a_file_that_others_may_read_is_refused(settings: Settings) -> None:
    load_secrets(settings)
    (settings.data_dir / "secrets.toml").chmod(0o644)
    with pytest.raises(SecretsError, match="chmod 600"):
        load_secrets(settings)
