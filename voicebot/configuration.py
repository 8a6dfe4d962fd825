"""Reading the settings for a person: what is wrong with them, in one line each."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from voicebot.config import ROOT, Settings

PREFIX = "VOICEBOT_"
OTHER_VARIABLES = frozenset({"CONFIG", "BANK_DB", "ACTIONS_URL", "TODAY"})
"""Variables with our prefix that are read by others than the agent."""


class SettingsError(RuntimeError):
    """The settings can't be used; one line for each that is wrong."""

    exit_status = 2


def settings_file() -> Path:
    """The file that is read, whether it exists or not."""
    return Path(os.environ.get("VOICEBOT_CONFIG", ROOT / "voicebot.toml"))


def load_settings(**given: Any) -> Settings:
    """The settings in force; `given` ones that are not None win over environment and file.

    Raises:
        SettingsError: one is wrong, or the file that VOICEBOT_CONFIG names isn't there.
    """
    file = settings_file()
    if "VOICEBOT_CONFIG" in os.environ and not file.is_file():
        raise SettingsError(f"VOICEBOT_CONFIG names {file}, which is no file")
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}") from error
    except OSError as error:
        raise SettingsError(f"{file} can't be read: {error.strerror}") from error
    except ValidationError as error:
        # `from None`: the chained error would quote values, secrets among them.
        raise SettingsError(_explained(error, file)) from None


def _explained(error: ValidationError, file: Path) -> str:
    lines = []
    for wrong in error.errors(include_input=False, include_url=False, include_context=False):
        path = [str(part) for part in wrong["loc"]]
        name = ".".join(path)
        if wrong["type"] == "extra_forbidden":
            lines.append(f"{file}: there is no setting {name!r}{_meant(path)}")
        else:
            variable = PREFIX + "__".join(path).upper()
            lines.append(f"setting {name} ({variable}): {wrong['msg']}")
    return "\n".join(lines)


def _meant(path: list[str]) -> str:
    near = difflib.get_close_matches(".".join(path), list(setting_names()), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def setting_names(model: type[BaseModel] = Settings, above: str = "") -> Iterable[str]:
    """All settings: `host`, `turns.silence`, ..."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from setting_names(kind, f"{above}{name}.")
        else:
            yield above + name


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Variables that look like settings but are none: nobody would ever read them."""
    known = {name.replace(".", "__").upper() for name in setting_names()} | OTHER_VARIABLES
    sections = {name.partition(".")[0].upper() for name in setting_names() if "." in name}
    return sorted(
        name
        for name in environment
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).upper() not in known | sections
    )
