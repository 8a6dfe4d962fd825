"""What a system under evaluation was set to, as a run keeps it: settings, models, machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from evaluation.bench.machine import description
from voicebot.config import Settings
from voicebot.configuration import load_settings
from voicebot.models import ModelStore, required_models
from voicebot.training import ModelNotTrained, current_model

PREFIX: Final = "VOICEBOT_"
_SHOWN: Final = 12
"""Characters of a digest."""


def effective(given: Mapping[str, str]) -> Settings:
    """The settings of an agent that is started with `given` VOICEBOT_ variables (without prefix).

    Raises SettingsError.
    """
    with _environment({PREFIX + name: value for name, value in given.items()}):
        return load_settings()


def settings_of(settings: Settings, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those that can change an answer, by name (`turns.patience`); and what else was given."""
    told = dict(_flat(description(settings)["settings"]))
    return told | {
        name: str(value)
        for name, value in given.items()
        if name.lower().replace("__", ".") not in told and "SECRET" not in name
    }


def models_of(settings: Settings) -> dict[str, str]:
    """The models that an agent with these settings uses, with the beginning of their digests."""
    store = ModelStore(settings.models_dir)
    found = {
        name: " ".join(f.sha256[:_SHOWN] for f in store.manifest.model(name).files)
        for name in required_models(settings)
    }
    try:
        found["dialogue"] = current_model(settings).name.removesuffix(".tar.gz")[:_SHOWN]
    except ModelNotTrained:
        found["dialogue"] = "not trained"
    return found


def machine_of(settings: Settings, parallel: int) -> dict[str, Any]:
    """The machine, the versions on it, and how many calls were up at once."""
    told = description(settings)
    return {**told["machine"], "versions": told["versions"], "parallel": parallel}


def _flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _flat(inner, f"{above}{name}.")
        else:
            yield above + name, inner


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    kept = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
