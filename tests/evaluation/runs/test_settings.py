from __future__ import annotations

import os

import pytest

from evaluation.runs.settings import effective, settings_of
from voicebot.configuration import SettingsError


def test_what_is_given_is_in_force_and_the_environment_is_as_it_was() -> None:
    before = dict(os.environ)
    settings = effective({"TURNS__PATIENCE": "1.3"})
    assert settings.turns.patience == 1.3
    assert dict(os.environ) == before
    with pytest.raises(SettingsError, match="patience"):
        effective({"TURNS__PATIENCE": "much"})
    assert dict(os.environ) == before


def test_settings_are_kept_by_name_without_secrets() -> None:
    given = {"TURNS__PATIENCE": "1.3", "TODAY": "2026-11-24", "RASA_SECRET": "x" * 20}
    kept = settings_of(effective(given), given)
    assert kept["turns.patience"] == 1.3
    assert kept["TODAY"] == "2026-11-24"
    assert not any("x" * 20 in str(value) for value in kept.values())
