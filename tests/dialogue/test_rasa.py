"""RasaDialogue against a real HTTP server on a real socket that answers as the channel does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from voicebot.conversation.events import Expectation, Handoff
from voicebot.dialogue.base import DialogueError
from voicebot.dialogue.rasa import RESPONSE_LIMIT, RasaDialogue, spoken
from voicebot.dialogue.rasa_wire import read_reply
from voicebot.server.ports import free_port

SECRET = "harbour-master"
ANSWER: dict[str, Any] = {
    "messages": [{"text": "Which account?"}, {"text": "Savings or current?", "custom": {"a": 1}}],
    "intent": {"name": "ask_balance", "confidence": 0.93},
    "entities": [{"entity": "account", "value": "savings"}],
    "slots": {"account": None},
    "requested_slot": "account",
    "expects": {"kind": "choice", "length": None, "sensitive": False, "hints": ["savings"]},
    "handoff": None,
    "end": False,
    "rate": 0.9,
}


@dataclass
class Server:
    """What the server got, and the raw bytes it answers with (None: it hangs up without a word)."""

    url: str = ""
    answer: bytes | None = b""
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    connections: int = 0
    hang: bool = False

    def says(self, body: object, status: int = 200) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(content)}\r\n\r\n"
        self.answer = head.encode() + content

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                line, *rest = head.strip().split("\r\n")
                headers = {k.lower(): v for k, v in (h.split(": ", 1) for h in rest)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.requests.append((line, headers, json.loads(body) if body else None))
                if self.hang:
                    await reader.read()
                if self.answer is None:
                    return
                writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def running() -> AsyncIterator[Server]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running() as server:
        server.says(ANSWER)
        yield server


@pytest.fixture
async def dialogue(server: Server) -> AsyncIterator[RasaDialogue]:
    async with RasaDialogue(server.url, SecretStr(SECRET), timeout=5.0) as dialogue:
        yield dialogue


async def test_a_turn_says_all_it_knows_and_reads_all_it_is_told(
    server: Server, dialogue: RasaDialogue
) -> None:
    reply = await dialogue.turn(
        "c1", 3, "my balance", confidence=0.8, alternatives=("by balance", "/nasty")
    )
    line, headers, body = server.requests[0]
    assert line == "POST /webhooks/voicebot/turn HTTP/1.1"
    assert headers["x-voicebot-secret"] == SECRET
    assert body == {
        "call_id": "c1",
        "text": "my balance",
        "confidence": 0.8,
        "alternatives": ["by balance", "nasty"],
        "metadata": {"turn": 3},
    }
    assert reply.turn == 3
    assert reply.texts == ("Which account?", "Savings or current?")
    assert (reply.intent, reply.intent_confidence) == ("ask_balance", 0.93)
    assert reply.entities == ({"entity": "account", "value": "savings"},)
    assert reply.slots == {"account": None}
    assert reply.requested_slot == "account"
    assert reply.expects == Expectation("choice", None, False, ("savings",))
    assert reply.handoff is None
    assert (reply.end, reply.rate) == (False, 0.9)
    assert 0 < reply.seconds < 5


async def test_an_event_carries_its_payload(server: Server, dialogue: RasaDialogue) -> None:
    reply = await dialogue.event("c1", 4, "dtmf", {"digits": "4821"})
    line, _, body = server.requests[0]
    assert line.startswith("POST /webhooks/voicebot/event ")
    assert body == {"call_id": "c1", "name": "dtmf", "payload": {"digits": "4821"}}
    assert reply.turn == 4


async def test_parse_health_and_end(server: Server, dialogue: RasaDialogue) -> None:
    server.says({"intent": {"name": "greet", "confidence": 1}, "entities": []})
    assert (await dialogue.parse("/hello"))["intent"] == {"name": "greet", "confidence": 1.0}
    assert server.requests[-1][2] == {"text": "hello"}
    server.says({"status": "ok", "model_id": "abc"})
    assert await dialogue.health() == "abc"
    assert server.requests[-1][0].startswith("GET /webhooks/voicebot/health ")
    server.says({"status": "ok"})
    await dialogue.end("c1")
    assert server.requests[-1][2] == {"call_id": "c1"}


async def test_the_connection_is_kept(server: Server, dialogue: RasaDialogue) -> None:
    for turn in range(5):
        await dialogue.turn("c1", turn, "hello")
    assert server.connections == 1


async def test_a_handoff_needs_no_words(server: Server, dialogue: RasaDialogue) -> None:
    handoff = {"reason": "asked", "topic": "loans", "skill": None}
    server.says({"messages": [], "intent": None, "handoff": handoff})
    reply = await dialogue.turn("c1", 1, "a person please")
    assert reply.texts == ()
    assert reply.handoff == Handoff("asked", "loans", "")
    assert (reply.intent, reply.rate) == ("", 1.0)


async def test_an_end_needs_no_words(server: Server, dialogue: RasaDialogue) -> None:
    server.says({"messages": [], "end": True})
    assert (await dialogue.turn("c1", 1, "bye")).end


@pytest.mark.parametrize("messages", [[], [{"text": "  "}], [{"custom": {}}]])
async def test_no_answer_is_an_error(
    server: Server, dialogue: RasaDialogue, messages: list[Any]
) -> None:
    server.says({"messages": messages, "intent": None})
    with pytest.raises(DialogueError, match="no answer"):
        await dialogue.turn("c1", 1, "hello")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        "text",
        {"messages": "text"},
        {"messages": [{"text": 7}]},
        {"messages": [{"text": "secret words"}], "rate": "fast"},
        {"messages": [{"text": "secret words"}], "rate": 0},
        {"messages": [{"text": "secret words"}], "intent": {"name": "x", "confidence": 2}},
        {"messages": [{"text": "secret words"}], "handoff": {"topic": "x"}},
        {"messages": [{"text": "secret words"}], "slots": []},
        {"messages": [{"text": "secret words"}] * 21},
        {"messages": [{"text": "secret words"}], "expects": {"kind": "digits", "length": -1}},
    ],
)
async def test_a_wrong_shape_is_an_error_that_quotes_nothing(
    server: Server, dialogue: RasaDialogue, body: object
) -> None:
    server.says(body)
    with pytest.raises(DialogueError, match="wrong shape") as caught:
        await dialogue.turn("c1", 1, "hello")
    assert not caught.value.retryable
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_an_unknown_kind_of_expectation_is_listened_to_openly(
    server: Server, dialogue: RasaDialogue
) -> None:
    server.says({"messages": [{"text": "Well?"}], "expects": {"kind": "poem"}, "mood": "new key"})
    assert (await dialogue.turn("c1", 1, "hello")).expects == Expectation("open")


@pytest.mark.parametrize("content", [b"", b"<html>", b"[" * 100_000, b"\xff\xfe"])
async def test_what_is_not_json_is_an_error(
    server: Server, dialogue: RasaDialogue, content: bytes
) -> None:
    server.says(content)
    with pytest.raises(DialogueError, match="not JSON"):
        await dialogue.turn("c1", 1, "hello")


async def test_an_endless_answer_is_cut(server: Server, dialogue: RasaDialogue) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b" " * (
        RESPONSE_LIMIT + 1
    )
    with pytest.raises(DialogueError, match="larger than"):
        await dialogue.turn("c1", 1, "hello")


@pytest.mark.parametrize(
    ("status", "text", "turn_retryable", "parse_retryable"),
    [
        (401, "VOICEBOT_RASA_SECRET", False, False),
        (404, "no channel", False, False),
        (400, "400", False, False),
        (500, "500", False, True),
        (503, "503", True, True),
    ],
)
async def test_status_codes(
    server: Server,
    dialogue: RasaDialogue,
    status: int,
    text: str,
    turn_retryable: bool,
    parse_retryable: bool,
) -> None:
    server.says({"error": "x"}, status)
    with pytest.raises(DialogueError, match=text) as caught:
        await dialogue.turn("c1", 1, "hello")
    assert caught.value.retryable is turn_retryable
    with pytest.raises(DialogueError, match=text) as caught:
        await dialogue.parse("hello")
    assert caught.value.retryable is parse_retryable


async def test_a_turn_is_sent_once_even_if_the_connection_breaks(
    server: Server, dialogue: RasaDialogue
) -> None:
    server.answer = None
    with pytest.raises(DialogueError, match="broke") as caught:
        await dialogue.turn("c1", 1, "send 900 pounds to Ann")
    assert not caught.value.retryable
    assert len(server.requests) == 1


async def test_a_turn_is_sent_once_even_if_no_answer_comes(server: Server) -> None:
    server.hang = True
    async with RasaDialogue(server.url, SECRET, timeout=0.1) as dialogue:
        with pytest.raises(DialogueError, match=r"within 0\.1 s") as caught:
            await dialogue.turn("c1", 1, "send 900 pounds to Ann")
        assert not caught.value.retryable
        with pytest.raises(DialogueError) as caught:
            await dialogue.parse("hello")
        assert caught.value.retryable
    assert len(server.requests) == 2


async def test_an_answer_that_drips_is_not_waited_for(server: Server) -> None:
    # Every byte comes within the time for one read, the whole never does.
    server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1"
    async with RasaDialogue(server.url, SECRET, timeout=0.1) as dialogue:
        with pytest.raises(DialogueError, match="did not answer"):
            await dialogue.turn("c1", 1, "hello")


async def test_nobody_there() -> None:
    async with RasaDialogue(f"http://127.0.0.1:{free_port()}", SECRET) as dialogue:
        with pytest.raises(DialogueError, match="no connection to the dialogue") as caught:
            await dialogue.turn("c1", 1, "hello")
    assert caught.value.retryable


async def test_no_model() -> None:
    async with running() as server, RasaDialogue(server.url, SECRET) as dialogue:
        server.says({"status": "ok", "model_id": None})
        with pytest.raises(DialogueError, match="no model"):
            await dialogue.health()


async def test_an_empty_turn_is_not_sent(server: Server, dialogue: RasaDialogue) -> None:
    with pytest.raises(DialogueError, match="empty"):
        await dialogue.turn("c1", 1, " / ")
    assert server.requests == []


async def test_a_proxy_of_the_environment_is_not_used(
    server: Server, dialogue: RasaDialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    async with RasaDialogue(server.url, SECRET) as other:
        await other.turn("c1", 1, "hello")
    assert len(server.requests) == 1


@given(st.text() | st.text(alphabet="/ \t\n\x1c\u2003a"))
def test_spoken_text_never_names_an_intent(text: str) -> None:
    said = spoken(text)
    assert not said.strip().startswith("/")
    assert len(said) <= 2000


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(sorted(ANSWER)), json_values).map(lambda some: ANSWER | some)
    | json_values
)
def test_any_json_is_a_reply_or_a_dialogue_error(answer: object) -> None:
    with suppress(DialogueError):
        assert read_reply(answer, 1, 0.1).turn == 1


async def test_a_prepared_answer(server: Server) -> None:
    server.says(ANSWER | {"prepared": True})
    async with RasaDialogue(server.url, SECRET) as dialogue:
        reply = await dialogue.prepare("c1", "/my balance", confidence=0.9, alternatives=("a",))
    assert reply is not None
    assert reply.texts == ("Which account?", "Savings or current?")
    ((line, _, body),) = server.requests
    assert line.startswith("POST /webhooks/voicebot/prepare ")
    assert body == {
        "call_id": "c1",
        "text": "my balance",
        "confidence": 0.9,
        "alternatives": ["a"],
    }


async def test_what_is_prepared_is_what_is_asked(server: Server) -> None:
    async with RasaDialogue(server.url, SECRET) as dialogue:
        await dialogue.turn("c1", 3, "hello ", confidence=0.5, alternatives=("yellow",))
        server.says({"prepared": False})
        assert (
            await dialogue.prepare("c1", "hello ", confidence=0.5, alternatives=("yellow",)) is None
        )
    asked, prepared = (body for _, _, body in server.requests)
    assert prepared | {"metadata": {"turn": 3}} == asked


async def test_nothing_is_prepared_for_no_words(server: Server) -> None:
    async with RasaDialogue(server.url, SECRET) as dialogue:
        assert await dialogue.prepare("c1", " / ") is None
    assert server.requests == []


@pytest.mark.parametrize("answer", [{}, {"prepared": "yes"}, {"prepared": True}, [1]])
async def test_a_preparation_of_the_wrong_shape(server: Server, answer: object) -> None:
    server.says(answer)
    async with RasaDialogue(server.url, SECRET) as dialogue:
        with pytest.raises(DialogueError, match="wrong shape"):
            await dialogue.prepare("c1", "hello")
