"""Talking to the dialogue by typing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from voicebot.config import Settings
from voicebot.conversation.events import Expectation, Handoff
from voicebot.dialogue.base import DialogueError
from voicebot.dialogue.scripted import Asked, Rule, ScriptedDialogue, reply
from voicebot.server.ports import free_port
from voicebot.talk import Conversation, talk, understood
from voicebot.training import ModelNotTrained


def scripted() -> ScriptedDialogue:
    return ScriptedDialogue(
        rules=[
            Rule("person", reply("One moment.", handoff=Handoff("asked", "loans"))),
            Rule("bye", reply("Goodbye.", end=True)),
            Rule("break", DialogueError("the action broke")),
        ],
        events={"start": reply("Hello.")},
    )


async def held(*lines: str) -> tuple[ScriptedDialogue, list[str], list[bool]]:
    dialogue, shown = scripted(), list[str]()
    conversation = Conversation(dialogue, shown.append)
    alive = [await conversation.begin()]
    alive += [await conversation.take(line) for line in lines]
    await conversation.end()
    return dialogue, shown, alive


async def test_words_keys_and_silence() -> None:
    dialogue, shown, alive = await held("hm", "", ":keys 4821", ":silence", ":unclear", "bye")
    (call_id,) = dialogue.ended
    assert dialogue.asked == [
        Asked(call_id, 1, "start", {}),
        Asked(call_id, 2, "turn", "hm"),
        Asked(call_id, 3, "dtmf", {"digits": "4821"}),
        Asked(call_id, 4, "silence", {}),
        Asked(call_id, 5, "not_understood", {}),
        Asked(call_id, 6, "turn", "bye"),
    ]
    assert alive == [True] * 6 + [False]
    assert shown[0] == "bot  Hello."
    assert shown[-2:] == ["bot  Goodbye.", "     (the bot hangs up)"]


async def test_what_is_no_command_is_not_said() -> None:
    dialogue, shown, alive = await held(":keys", ":keys abc", ":frobnicate", ":quit")
    assert len(dialogue.asked) == 1
    assert alive[-1] is False
    assert "there is no :frobnicate" in shown[-1]


async def test_an_error_is_shown_and_the_talk_goes_on() -> None:
    _, shown, alive = await held("break it", "a person")
    assert shown[1:] == [
        "     (error: the action broke)",
        "bot  One moment.",
        "     (a person takes over: asked, loans)",
    ]
    assert all(alive)


def test_what_was_understood() -> None:
    lines = understood(
        reply(
            "Your PIN?",
            intent="balance",
            intent_confidence=0.931,
            entities=({"entity": "account", "value": "savings"},),
            slots={"account": "savings", "amount": None},
            requested_slot="pin",
            expects=Expectation("digits", 4, sensitive=True),
            seconds=0.0123,
        )
    )
    assert lines == [
        "balance 0.93, account='savings'",
        "slots account='savings'",
        "asks for pin (digits 4, sensitive)",
        "12 ms",
    ]


class Channel(BaseHTTPRequestHandler):
    """Answers as the channel does; every request is kept in the server's list."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        path = self.path.rpartition("/")[2]
        self.server.asked.append((path, self.rfile.read(length)))  # type: ignore[attr-defined]
        body: dict[str, Any] = {"messages": [{"text": f"answer to {path}"}]}
        if path == "health":
            body = {"status": "ok", "model_id": "m"}
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815 - the names that http.server wants

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Channel)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def typing(*lines: str | type[BaseException]) -> Callable[[str], str]:
    left = list(lines)

    def read(_prompt: str) -> str:
        line = left.pop(0) if left else EOFError
        if isinstance(line, str):
            return line
        raise line

    return read


@pytest.mark.parametrize(
    ("last", "status"), [(":quit", 0), (EOFError, 0), (KeyboardInterrupt, 130)]
)
def test_a_running_rasa_is_used(
    server: ThreadingHTTPServer, tmp_path: Path, last: Any, status: int
) -> None:
    settings = Settings(data_dir=tmp_path, rasa_port=server.server_port)
    shown: list[str] = []
    assert talk(settings, shown.append, read=typing("hello", last)) == status
    assert [path for path, _ in server.asked] == [  # type: ignore[attr-defined]
        "health",
        "event",
        "turn",
        "end",
    ]
    assert "bot  answer to turn" in shown


def test_without_a_model_it_says_how_to_train(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, models_dir=tmp_path / "none", rasa_port=free_port())
    with pytest.raises(ModelNotTrained, match="voicebot train"):
        talk(settings, print, read=typing())


def test_an_external_rasa_that_is_away_is_an_error(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        rasa_url=f"http://127.0.0.1:{free_port()}",
        rasa_secret=SecretStr("x" * 10),
    )
    with pytest.raises(DialogueError, match="no connection"):
        talk(settings, print, read=typing())
