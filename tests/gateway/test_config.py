"""The settings of all parts, from the environment and the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.config import GatewaySettings
from voicebot.config import Settings
from voicebot.configuration import SettingsError, load_settings, unknown_variables


def test_the_environment_reaches_every_part(monkeypatch):
    monkeypatch.setenv("VOICEBOT_GATEWAY__PAGES__PAPER", "letter")
    monkeypatch.setenv("VOICEBOT_GATEWAY__SMS__SENDER", "12345")
    settings = load_settings().gateway
    assert settings.pages.paper == "letter"
    assert settings.sms.sender == "12345"
    assert settings.pages.size == GatewaySettings().pages.size


def test_the_file_has_a_table_for_it(monkeypatch, tmp_path):
    file = tmp_path / "voicebot.toml"
    file.write_text('[gateway.pages]\npaper = "letter"\n')
    monkeypatch.setenv("VOICEBOT_CONFIG", str(file))
    assert load_settings().gateway.pages.paper == "letter"


def test_what_is_wrong_is_named(monkeypatch):
    monkeypatch.setenv("VOICEBOT_GATEWAY__PAGES__PAGES", "0")
    with pytest.raises(SettingsError, match=r"gateway.pages.pages \(VOICEBOT_GATEWAY__PAGES__PAG"):
        load_settings()


def test_variables_that_nobody_reads_are_told():
    known = "VOICEBOT_GATEWAY__PAGES__PAPER"
    assert unknown_variables({known: "", known + "S": ""}) == [known + "S"]


def test_the_agents_folders_hold_where_no_others_are_set():
    given = GatewaySettings.model_validate({"transcripts": {"models_dir": "/mine"}})
    made = given.at(Path("/models"), Path("/data"))
    assert made.speech.models_dir == Path("/models")
    assert made.transcripts.models_dir == Path("/mine")
    assert made.sms.folder == Path("/data/gateway/sms")
    assert made.pages == given.pages


def test_settings_can_be_read_without_loading_the_parts():
    code = (
        "import sys, voicebot.config; "
        "print(sorted({'httpx', 'numpy', 'PIL', 'dbos', 'faster_whisper'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
    assert isinstance(Settings().gateway, GatewaySettings)
