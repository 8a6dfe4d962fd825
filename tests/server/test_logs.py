"""Logs: where lines go, and what never gets into them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from voicebot.config import Settings
from voicebot.server import logs


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def lines(settings: Settings) -> Iterator[Any]:
    """Ends logging and gives the JSON lines of the file."""
    end = logs.configure_logs(settings)
    ended: list[bool] = []

    def read() -> list[dict[str, Any]]:
        end()
        ended.append(True)
        text = (settings.data_dir / "logs" / "voicebot.log").read_text()
        return [json.loads(line) for line in text.splitlines()]

    yield read
    if not ended:
        end()


def test_events_are_json_with_their_fields(lines: Any) -> None:
    structlog.get_logger("voicebot.x").info("call_started", call="c1", network="twilio")
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "call_started",
        "call": "c1",
        "network": "twilio",
        "level": "info",
        "logger": "voicebot.x",
    }


def test_words_of_callers_and_secrets_are_masked(
    capsys: pytest.CaptureFixture[str], lines: Any
) -> None:
    log = structlog.get_logger("x")
    log.warning("turn", text="my pin is", digits="4821", turn={"said": "hidden", "number": 3})
    structlog.contextvars.bind_contextvars(token="hidden")
    log.info("other")
    structlog.contextvars.clear_contextvars()
    first, second = lines()
    assert (first["text"], first["digits"]) == (logs.MASK, logs.MASK)
    assert first["turn"] == {"said": logs.MASK, "number": 3}
    assert second["token"] == logs.MASK
    shown = capsys.readouterr().err
    assert "turn" in shown
    assert not any(word in shown for word in ("my pin", "4821", "hidden"))


def test_libraries_write_into_the_same_file_but_quote_nothing(lines: Any) -> None:
    logging.getLogger("some.library").warning("about %s", "this")
    logging.getLogger("websockets.server").debug("> TEXT 'my secret'")
    logging.getLogger("httpx").info("GET http://x/secret")
    assert [line["event"] for line in lines()] == ["about this"]


def test_debug_does_not_open_the_chatty_ones(settings: Settings) -> None:
    end = logs.configure_logs(settings, debug=True)
    assert logging.getLogger().level == logging.DEBUG
    assert not logging.getLogger("websockets.server").isEnabledFor(logging.DEBUG)
    end()


def test_a_traceback_is_kept_without_the_local_variables(
    capsys: pytest.CaptureFixture[str], lines: Any
) -> None:
    words = "what the caller {}".format("said")
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger("x").exception("task_failed")
        logging.getLogger("y").exception("other_failed")
    texts = [*map(json.dumps, lines()), capsys.readouterr().err]
    assert all("ValueError" in text and "broken" in text for text in texts)
    assert not any(words in text for text in texts)


def test_the_file_is_turned_over(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES", 2000)
    end = logs.configure_logs(settings)
    for number in range(100):
        structlog.get_logger("x").info("line", number=number)
    end()
    files = sorted(path.name for path in (settings.data_dir / "logs").iterdir())
    assert files == ["voicebot.log", "voicebot.log.1", "voicebot.log.2"]


def test_commands_are_quiet_but_for_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_quiet()
    try:
        log = structlog.get_logger("x")
        log.info("started", call="c1")
        log.warning("odd", text="my pin is")
        try:
            raise ValueError("broken")
        except ValueError:
            log.exception("failed")
    finally:
        structlog.reset_defaults()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "started" not in shown.err
    assert "odd" in shown.err
    assert "my pin" not in shown.err
    assert "ValueError: broken" in shown.err
