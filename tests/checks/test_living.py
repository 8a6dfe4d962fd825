"""Checks that try things out, with engines and servers that don't do what they should."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from voicebot.checks import living
from voicebot.checks.finding import Finding, Level
from voicebot.config import ROOT, Settings
from voicebot.doctor import examine
from voicebot.engines.base import Int16, VoiceSettings
from voicebot.models import ModelMissing, ModelStore
from voicebot.rasa_project import EnvironmentMissing, RasaProject
from voicebot.server.ports import free_port
from voicebot.training import ModelNotTrained, current_model


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "var",
        models_dir=tmp_path / "models",
        rasa_port=free_port(),
        actions_port=free_port(),
        rasa_secret=SecretStr("harbour-master"),
    )


def levels(findings: Iterator[Finding]) -> dict[str, Level]:
    return {finding.part: finding.level for finding in findings}


def test_common_words() -> None:
    assert living.common_words("Show me the balance.", "show me, the Balance") == 1
    assert living.common_words("Show me the balance.", "thank you") == 0
    assert living.common_words("Show me the balance.", "") == 0


class Mute:
    """A voice that gives silence."""

    name = "mute"

    def stream(self, text: str, out_rate: int, settings: VoiceSettings) -> Iterator[Int16]:
        yield np.zeros(2 * out_rate, np.int16)


def test_a_voice_that_says_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(living, "_voice", lambda _settings: Mute())
    assert levels(living.speech(settings)) == {"voice": Level.FAIL}


class Noise:
    """A voice that nobody understands."""

    name = "noise"

    def stream(self, text: str, out_rate: int, settings: VoiceSettings) -> Iterator[Int16]:
        yield np.random.default_rng(1).integers(-8000, 8000, 2 * out_rate).astype(np.int16)


def test_a_missing_model_is_a_finding(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(living, "_voice", lambda _settings: Noise())
    voice, recognition = examine(living.speech, settings)
    assert voice.level is Level.OK
    assert recognition.level is Level.FAIL
    assert recognition.what.startswith("ModelMissing")


@pytest.fixture
def real() -> Settings:
    settings = Settings()
    try:
        ModelStore(settings.models_dir).path("whisper-tiny.en")
    except ModelMissing as error:
        pytest.skip(str(error))
    return settings


@pytest.mark.real
def test_a_voice_that_nobody_understands(real: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(living, "_voice", lambda _settings: Noise())
    assert levels(living.speech(real)) == {"voice": Level.OK, "recognition": Level.FAIL}


@pytest.mark.real
def test_the_real_voice_is_understood(real: Settings) -> None:
    assert levels(living.speech(real)) == {"voice": Level.OK, "recognition": Level.OK}


@contextmanager
def answering(status: int, body: dict[str, Any]) -> Iterator[int]:
    content = json.dumps(body).encode()

    class Answer(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 - the names that http.server wants

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


WELL = {"status": "ok", "model_id": "m", "intent": {"name": "balance", "confidence": 0.9}}


def test_that_nothing_runs_is_no_fault(settings: Settings) -> None:
    assert levels(living.dialogue_running(settings)) == {"rasa": Level.OK, "actions": Level.OK}
    anywhere = settings.model_copy(update={"rasa_port": 0, "actions_port": 0})
    assert levels(living.dialogue_running(anywhere)) == {"rasa": Level.OK, "actions": Level.OK}


def test_what_runs_must_answer(settings: Settings) -> None:
    with answering(200, WELL) as port:
        used = settings.model_copy(update={"rasa_port": port, "actions_port": port})
        rasa, actions = living.dialogue_running(used)
    assert (rasa.level, actions.level) == (Level.OK, Level.OK)
    assert "model m" in rasa.what


@pytest.mark.parametrize(("status", "words"), [(401, "refuses our secret"), (404, "no channel")])
def test_what_has_our_ports_and_is_not_ours(settings: Settings, status: int, words: str) -> None:
    with answering(status, {}) as port:
        used = settings.model_copy(update={"rasa_port": port, "actions_port": port})
        rasa, actions = living.dialogue_running(used)
        again = levels(living.dialogue_working(used))
    assert (rasa.level, actions.level) == (Level.FAIL, Level.FAIL)
    assert words in rasa.what
    assert "VOICEBOT_RASA_PORT" in rasa.mend
    assert again == {"rasa": Level.FAIL, "actions": Level.FAIL}


def test_a_server_from_before_the_first_start_is_not_ours(settings: Settings) -> None:
    with answering(200, WELL) as port:
        fresh = settings.model_copy(update={"rasa_port": port, "rasa_secret": SecretStr("")})
        rasa, _ = living.dialogue_running(fresh)
    assert rasa.level is Level.FAIL
    assert "has no secret yet" in rasa.what
    assert not settings.data_dir.exists()


def test_an_external_rasa(settings: Settings) -> None:
    with answering(200, WELL) as port:
        url = f"http://127.0.0.1:{port}"
        external = settings.model_copy(update={"rasa_url": url})
        assert levels(living.dialogue_working(external)) == {"rasa": Level.OK}
    (away,) = examine(living.dialogue_running, external)
    assert away.level is Level.FAIL
    assert "no connection" in away.what


def test_without_a_trained_model_nothing_is_tried(settings: Settings) -> None:
    assert levels(living.dialogue_working(settings)) == {"dialogue": Level.WARN}


@pytest.mark.rasa
@pytest.mark.slow
def test_the_real_dialogue_is_started_and_asked(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, rasa_port=free_port())
    try:
        current_model(settings)
        RasaProject(ROOT).python("actions")
    except (ModelNotTrained, EnvironmentMissing) as error:
        pytest.skip(str(error))
    assert levels(living.dialogue_working(settings)) == {"dialogue": Level.OK}
    assert list(tmp_path.iterdir()) == []
