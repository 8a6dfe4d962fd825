"""A bot that speaks Twilio's protocol over a real websocket, in tones, and a fast clock."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve

from evaluation.runs.model import Understood
from evaluation.runs.systems import AgentFiles
from tests.evaluation.bench.tracks import tone
from voicebot.audio.g711 import ulaw_decode, ulaw_encode
from voicebot.audio.pcm import from_bytes, level
from voicebot.caller.ring import Invitation, LineBusy, NoAgent

SPEED = 25.0
QUIET_FRAMES = 25
LOUD = -35.0


class FastClock:
    """A clock that runs `SPEED` times as fast as the machine's."""

    def now(self) -> float:
        return time.monotonic() * SPEED

    async def sleep_until(self, deadline: float) -> None:
        await asyncio.sleep(max(0.0, deadline / SPEED - time.monotonic()))


class FakeBot:
    """An `EvaluatedSystem`: greets, answers each turn with a tone, hangs up after `answers`.

    `numbers` has everybody who called, `keys` what they pressed; `busy` refuses so many calls,
    `mute` never says anything, `dies_after` so many calls it drops them all and is gone.
    """

    name = "fake"
    restores = False
    files: AgentFiles | None = None

    def __init__(
        self,
        answers: int = 9,
        *,
        busy: int = 0,
        mute: bool = False,
        dies_after: int | None = None,
    ) -> None:
        self.answers = answers
        self.busy = busy
        self.mute = mute
        self.dies_after = dies_after
        self.numbers: list[str] = []
        self.keys = ""
        self.at_once = self.most_at_once = 0
        self.parsed: list[str] = []
        self.media: dict[str, list[bytes]] = {}
        self._server: Server | None = None
        self._gone = False

    async def start(self, going_on: Callable[[], bool]) -> None:
        self._server = await serve(self._call, "127.0.0.1", 0, close_timeout=0.2)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def invite(self, number: str, call_id: str) -> Invitation:
        if self._gone:
            raise NoAgent("nobody answers")
        if self.busy:
            self.busy -= 1
            raise LineBusy("all lines are busy")
        self.numbers.append(number)
        assert self._server is not None
        port = next(iter(self._server.sockets)).getsockname()[1]
        return Invitation(f"ws://127.0.0.1:{port}/{number}", {"From": number}, {})

    def ended(self) -> str:
        return "it fell over" if self._gone else ""

    def about(self) -> Mapping[str, Any]:
        return {"kind": "fake"}

    async def understand(self, text: str) -> Understood | None:
        self.parsed.append(text)
        return Understood(f"intent of {text}", 0.9)

    async def _call(self, socket: ServerConnection) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._talk(socket)
        finally:
            self.at_once -= 1

    async def _talk(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        heard = self.media.setdefault(socket.request.path, [])
        stream, left, spoke, quiet = "", self.answers, False, 0
        async for message in socket:
            event = json.loads(message)
            if event["event"] == "start":
                stream = event["streamSid"]
                await self._say(socket, stream)
            elif event["event"] == "dtmf":
                self.keys += event["dtmf"]["digit"]
                spoke, quiet = True, 0
            elif event["event"] == "stop":
                return
            elif event["event"] == "media":
                frame = base64.b64decode(event["media"]["payload"])
                heard.append(frame)
                loud = level(from_bytes(ulaw_decode(frame))) > LOUD
                spoke, quiet = spoke or loud, 0 if loud else quiet + 1
                if spoke and quiet >= QUIET_FRAMES:
                    spoke = False
                    if self.dies_after is not None and len(self.numbers) > self.dies_after:
                        self._gone = True
                        socket.transport.abort()
                        return
                    await self._say(socket, stream)
                    left -= 1
                    if not left:
                        await asyncio.sleep(1.0 / SPEED)
                        return

    async def _say(self, socket: ServerConnection, stream: str) -> None:
        if self.mute:
            return
        audio = base64.b64encode(ulaw_encode(tone(0.6).tobytes())).decode()
        for body in (
            {"event": "media", "media": {"payload": audio}},
            {"event": "mark", "mark": {"name": "end"}},
        ):
            await socket.send(json.dumps({**body, "streamSid": stream}))
