"""Which voice reads what."""

from __future__ import annotations

import shutil
import threading

import pytest

from gateway.errors import MissingPartError, RefusedError
from gateway.speech.families import Coqui, Espeak, Piper, families
from gateway.speech.settings import SpeechSettings
from gateway.speech.voices import Voices
from tests.gateway.speech.conftest import Hums
from voicebot.engines.base import EngineError, VoiceSettings

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed (apt-get install)"
)


@pytest.fixture(scope="module")
def real():
    return Voices(families(SpeechSettings()), "hibari")


def test_by_name(voices):
    assert voices.named("hum:de").language == "de"
    for name in ("hum", "hum:xx", "other", "", "x" * 500):
        with pytest.raises(RefusedError, match="there is no voice"):
            voices.named(name)


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "hum:en"), ("EN_gb", "hum:en"), ("de-AT", "hum:de"), ("gsw", "hum:de")],
)
def test_by_language(voices, language, name):
    assert voices.for_language(language).name == name


def test_what_is_not_installed_says_how(voices):
    with pytest.raises(MissingPartError, match="make french"):
        voices.for_language("fr")
    with pytest.raises(MissingPartError, match="make french"):
        voices.load(voices.named("hum:fr"))


def test_a_voice_that_does_not_start_is_a_missing_part(voices, hums, monkeypatch):
    def fails(_):
        raise EngineError("its file is damaged")

    monkeypatch.setattr(hums, "load", fails)
    with pytest.raises(MissingPartError, match="hum:en: its file is damaged"):
        voices.load(voices.named("hum:en"))


def test_it_is_loaded_once_for_all_threads():
    hums = Hums()
    voices = Voices([hums], "hum:en")
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(voices.load(voices.named("hum:en"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


@needs_espeak
@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "hibari"),
        ("en-GB", "hibari"),
        ("de", "espeak:de"),
        ("de-AT", "espeak:de"),
        ("fr", "espeak:fr-fr"),
        ("fr-CA", "espeak:fr-fr"),
        ("pt", "espeak:pt"),
        ("pt-BR", "espeak:pt-br"),
        ("es-MX", "espeak:es-419"),
        ("zh", "espeak:cmn"),
        ("zh-CN", "espeak:cmn"),
        ("zh-HK", "espeak:yue"),
        ("no", "espeak:nb"),
        ("he", "espeak:he"),
        ("iw", "espeak:he"),
    ],
)
def test_the_real_voices_by_language(real, language, name):
    found = real.for_language(language).name
    assert found == name or found.startswith("piper:")


@needs_espeak
def test_about_a_hundred_languages(real):
    languages = {voice.language.split("-")[0] for voice in real.all()}
    assert len(languages) >= 95
    with pytest.raises(RefusedError, match="no voice reads tlh"):
        real.for_language("tlh")


@needs_espeak
def test_a_real_voice_speaks(real):
    voice = real.load(real.named("espeak:de"))
    chunks = list(voice.stream("Guten Tag.", 24000, VoiceSettings()))
    assert sum(map(len, chunks)) > 12000


def test_without_espeak_the_languages_are_missing():
    voices = Voices([Hums(), Espeak("no-such-program")], "hum:en")
    with pytest.raises(MissingPartError, match="apt-get install espeak-ng"):
        voices.for_language("it")


def test_every_voice_has_its_licence(real):
    assert all(voice.licence and voice.about for voice in real.all())
    assert len({voice.name for voice in real.all()}) == len(real.all())


def test_voices_of_coqui_and_piper_are_found_with_what_they_need(tmp_path):
    (tmp_path / "thorsten").mkdir()
    (tmp_path / "thorsten" / "model.pth").touch()
    (tmp_path / "thorsten" / "config.json").write_text('{"phoneme_language": "de"}')
    (tmp_path / "joe").mkdir()
    (tmp_path / "joe" / "en_GB-x.onnx").touch()
    config = '{"espeak": {"voice": "en-gb"}, "language": {"code": "en_GB"}}'
    (tmp_path / "joe" / "en_GB-x.onnx.json").write_text(config)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "bad.onnx").touch()
    (tmp_path / "bad" / "bad.onnx.json").write_text("{")
    found = {voice.name: voice for voice in Coqui(tmp_path, tmp_path / "python").voices()}
    assert found["coqui:thorsten"].language == "de"
    assert "make coqui" in found["coqui:thorsten"].missing
    (tmp_path / "python").touch()
    assert Coqui(tmp_path, tmp_path / "python").voices()[0].missing == ""
    found = {voice.name: voice for voice in Piper(tmp_path).voices()}
    assert found["piper:en_GB-x"].language == "en-GB"
    assert "damaged" in found["piper:bad"].missing
    with pytest.raises(EngineError, match="describes no voice"):
        Piper(tmp_path).load(found["piper:bad"])


def test_a_german_voice_of_coqui_comes_before_espeak(tmp_path):
    (tmp_path / "thorsten").mkdir()
    (tmp_path / "thorsten" / "model.pth").touch()
    (tmp_path / "thorsten" / "config.json").write_text('{"phoneme_language": "de"}')
    (tmp_path / "python").touch()
    settings = SpeechSettings(
        models_dir=tmp_path / "none", coqui_dir=tmp_path, coqui_python=tmp_path / "python"
    )
    assert Voices(families(settings), "hibari").for_language("de").name == "coqui:thorsten"
