"""The table of voices."""

from __future__ import annotations

from typer.testing import CliRunner

from gateway.speech.listing import table
from voicebot import cli


def test_every_voice_is_a_line_with_what_it_needs(voices):
    heading, english, german, french = table(voices.all())
    assert heading.split() == ["voice", "language", "licence"]
    assert english.split() == ["hum:en", "en-US", "none", "hums"]
    assert german.startswith("hum:de  de")
    assert french.endswith("missing: `make french`")


def test_one_language(voices):
    assert [line.split()[0] for line in table(voices.all(), "de-CH")] == ["voice", "hum:de"]


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("VOICEBOT_MODELS_DIR", str(tmp_path))
    result = CliRunner().invoke(cli.app, ["voices", "en"])
    assert result.exit_code == 0
    assert "hibari" in result.output
    assert "Apache-2.0" in result.output
