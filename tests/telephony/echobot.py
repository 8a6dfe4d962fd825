"""A bot that is all telephony: greets with a tone and answers every utterance with another one.

It keeps time by the audio that arrives and by nothing else, so it works at any speed. It answers
when it has heard `ANSWER_AFTER` of silence, stops when it is spoken over, and answers a key with a
short tone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from voicebot.audio.pcm import from_bytes, level, to_bytes
from voicebot.config import Settings
from voicebot.conversation.events import CallerHungUp, Digit, MarkEchoed
from voicebot.server.tokens import TokenBook
from voicebot.server.webhook import VOICE_PATH, WebhookRequest, stream_signature_ok, twilio_voice
from voicebot.telephony.base import AudioReceived, ProtocolViolation, StreamStarted, WireEvent
from voicebot.telephony.twilio import TwilioDialect

FRAME = 320
ANSWER_AFTER = 0.5
GREETING = 0.6
ANSWER = 0.8


def tone(seconds: float, hertz: float = 400.0) -> bytes:
    """A clear tone as 16-bit PCM at 8 kHz."""
    time = np.arange(round(seconds * 8000)) / 8000
    return to_bytes((8000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16))


class EchoBot:
    """One call: wire messages in, wire messages out. Set `hang_up_after` answers to hang up."""

    def __init__(self, hang_up_after: int = 1000) -> None:
        self.dialect = TwilioDialect()
        self.started: StreamStarted | None = None
        self.heard = bytearray()
        self.digits = ""
        self.marks: list[str] = []
        self.answers = 0
        self.clears = 0
        self.over = False
        self.gone = asyncio.Event()  # set when the socket is done with
        self._hang_up_after = hang_up_after
        self._pending: set[str] = set()
        self._voiced = 0
        self._silent = 0

    def receive(self, message: str | bytes) -> list[str | bytes]:
        """What to send in answer to `message`."""
        out: list[str | bytes] = []
        for event in self.dialect.receive(message):
            out += self._react(event)
        return out

    def _react(self, event: WireEvent) -> list[str | bytes]:
        match event:
            case StreamStarted():
                self.started = event
                return self._say(tone(GREETING), "greeting")
            case AudioReceived(pcm):
                self.heard += pcm
                return self._listen(pcm)
            case MarkEchoed(name):
                self.marks.append(name)
                self._pending.discard(name)
                self.over = name.endswith("last")
            case Digit(digit):
                self.digits += digit
                return self._say(tone(0.2, 700), f"key {len(self.digits)}")
            case CallerHungUp():
                self.over = True
            case _:
                pass
        return []

    def _listen(self, pcm: bytes) -> list[str | bytes]:
        if level(from_bytes(pcm)) > -45:
            self._voiced += 1
            self._silent = 0
            if self._pending and self._voiced == 10:  # spoken over for 0.2 s
                self.clears += 1
                return self.dialect.clear()
            return []
        self._silent += 1
        if self._voiced and self._silent == round(ANSWER_AFTER * 50):
            self._voiced = 0
            self.answers += 1
            last = self.answers == self._hang_up_after
            return self._say(tone(ANSWER), f"answer {self.answers}{' last' if last else ''}")
        return []

    def _say(self, pcm: bytes, name: str) -> list[str | bytes]:
        self._pending.add(name)
        return self.dialect.audio(pcm) + self.dialect.mark(name)


class EchoAgent:
    """Webhook and stream on one port, as the media edge has them; `bots` are the calls so far."""

    def __init__(self, settings: Settings, hang_up_after: int = 1000, busy: str = "") -> None:
        self.settings = settings
        self.busy = busy
        self.tokens = TokenBook(lambda: 0.0)
        self.bots: list[EchoBot] = []
        self._hang_up_after = hang_up_after
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[EchoAgent]:
        """Listen on a free port of 127.0.0.1."""
        async with serve(
            self._handle, "127.0.0.1", 0, process_request=self._answer, compression=None
        ) as server:
            self.url = f"http://127.0.0.1:{_port(server)}"
            self.settings = self.settings.model_copy(update={"edge_port": _port(server)})
            yield self

    def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        address = urlsplit(request.path)
        signature = request.headers.get("X-Twilio-Signature", "")
        if address.path != VOICE_PATH:
            if stream_signature_ok(self.settings, request.path, signature):
                return None
            return Response(403, "Forbidden", Headers(), b"")
        params = dict(parse_qsl(address.query, keep_blank_values=True))
        asked = WebhookRequest("GET", request.path, params, signature)
        answer = twilio_voice(asked, self.settings, self.tokens, self.busy)
        headers = Headers({"Content-Type": answer.content_type})
        body = answer.body.encode()
        headers["Content-Length"] = str(len(body))
        return Response(answer.status, HTTPStatus(answer.status).phrase, headers, body)

    async def _handle(self, socket: ServerConnection) -> None:
        bot = EchoBot(self._hang_up_after)
        self.bots.append(bot)
        try:
            async for message in socket:
                for answer in bot.receive(message):
                    await socket.send(answer)
                if bot.over:
                    return
        except ProtocolViolation as violation:
            await socket.close(violation.code, str(violation))
        except ConnectionClosed:
            return
        finally:
            bot.gone.set()


def _port(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])
