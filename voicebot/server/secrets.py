"""The secrets of this installation: made at the first start, kept in data_dir/secrets.toml (0600).

A setting (VOICEBOT_RASA_SECRET, VOICEBOT_SEAT_PASSWORD) wins over the file.
"""

from __future__ import annotations

import os
import secrets as randomness
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from voicebot.config import Settings
from voicebot.server.words import readable_password

FILE = "secrets.toml"
SHORTEST = 8
"""Characters of the shortest secret that is accepted."""


class SecretsError(RuntimeError):
    """The file of secrets can't be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """`rasa_secret` is shared with the dialogue, `seat_password` opens the pages of the seat, and
    `cookie_secret` signs sessions.
    """

    rasa_secret: SecretStr
    seat_password: SecretStr
    cookie_secret: SecretStr
    path: Path


def load_secrets(settings: Settings) -> Secrets:
    """The secrets in force; what is missing is made and kept.

    Raises:
        SecretsError: the file is broken, or others may read it.
        OSError: data_dir can't be written.
    """
    path = settings.data_dir / FILE
    kept = _read(path) if path.exists() else _create(path)
    return Secrets(
        rasa_secret=_chosen(settings.rasa_secret, kept["rasa_secret"]),
        seat_password=_chosen(settings.seat_password, kept["seat_password"]),
        cookie_secret=SecretStr(kept["cookie_secret"]),
        path=path,
    )


def _chosen(setting: SecretStr, kept: str) -> SecretStr:
    return setting if setting.get_secret_value() else SecretStr(kept)


def _fresh() -> dict[str, str]:
    return {
        "rasa_secret": randomness.token_urlsafe(32),
        "seat_password": readable_password(),
        "cookie_secret": randomness.token_urlsafe(32),
    }


def _create(path: Path) -> dict[str, str]:
    """Make the file, whole or not at all; of two processes that do it at once, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = _fresh()
    draft = path.with_name(f".{path.name}.{randomness.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(
            "# Made at the first start. Delete a line to have that secret made anew.\n"
            + "".join(f'{name} = "{value}"\n' for name, value in made.items())
        )
    try:
        os.link(draft, path)
    except FileExistsError:
        return _read(path)
    finally:
        draft.unlink()
    return made


def _read(path: Path) -> dict[str, str]:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise SecretsError(
            f"{path} can be read by others (mode {mode:o}): run `chmod 600 {path}`; if somebody "
            "may have read it, delete it and start again: new secrets are made"
        )
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The cause would quote the line, a secret with it.
        raise SecretsError(f"{path} is not valid TOML: correct it, or delete it") from None
    for name, value in data.items():
        if not isinstance(value, str) or len(value) < SHORTEST:
            raise SecretsError(f"{path}: {name} must be a text of at least {SHORTEST} characters")
    return _completed(path, {name: str(value) for name, value in data.items()})


def _completed(path: Path, kept: dict[str, str]) -> dict[str, str]:
    """Append what a person deleted, or what an older version didn't know yet."""
    missing = {name: value for name, value in _fresh().items() if name not in kept}
    if missing:
        with path.open("a", encoding="utf-8") as stream:
            stream.write("".join(f'\n{name} = "{value}"' for name, value in missing.items()) + "\n")
    return kept | missing
