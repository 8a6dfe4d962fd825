"""Telephones for the quick agent: a Twilio stream that plays, echoes marks and hangs up as told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from xml.etree import ElementTree

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.server.agent_parts import BALANCE, HERTZ, QuickAgent, tone, until
from voicebot.audio.g711 import ulaw_encode
from voicebot.caller.wire import FRAME, SILENT_FRAME, Clear, Mark, Media, Sender, read
from voicebot.store.records import CallRecord, Outcome

FRAME_SECONDS = 0.02


class Phone:
    """One call at Twilio's end. `got` is what came, in order: media, mark <name>, clear."""

    def __init__(self, socket: ClientConnection, sender: Sender) -> None:
        self.socket = socket
        self.sender = sender
        self.got: list[str] = []
        self.marks: dict[str, str] = {}  # name -> sent, echoed or cleared
        self.played = 0  # frames
        self.audio = bytearray()  # all that came, mu-law
        self.echoes = True
        self._saying: deque[bytes] = deque()
        self._playing: deque[bytes | str] = deque()

    @property
    def speaking(self) -> bool:
        """Is the bot's voice being played?"""
        return any(isinstance(entry, bytes) for entry in self._playing)

    @property
    def over(self) -> bool:
        """Has the agent closed the socket?"""
        return self.socket.close_code is not None

    async def say(self, word: str, seconds: float = 0.3) -> None:
        """Speak, and come back when it is on the line."""
        self.speak(word, seconds)
        await until(lambda: not self._saying or self.over)

    def speak(self, word: str, seconds: float = 0.3) -> None:
        coded = ulaw_encode(tone(HERTZ[word], seconds).tobytes())
        self._saying.extend(
            coded[at : at + FRAME] for at in range(0, len(coded) - FRAME + 1, FRAME)
        )

    async def heard(self, mark_count: int) -> None:
        """Wait until so many pieces were played to their end."""
        await until(lambda: list(self.marks.values()).count("echoed") >= mark_count or self.over)
        assert not self.over, (self.socket.close_code, self.socket.close_reason)

    async def press(self, digit: str) -> None:
        await self.socket.send(self.sender.dtmf(digit))

    async def hang_up(self) -> None:
        await self.socket.send(self.sender.stop())
        await self.socket.close()

    async def closed(self) -> tuple[int | None, str | None]:
        """Wait until the agent ends the call; code and reason."""
        async with asyncio.timeout(10):
            await self.socket.wait_closed()
        return self.socket.close_code, self.socket.close_reason

    async def run(self) -> None:
        reading = asyncio.create_task(self._read())
        try:
            await self._keep_time()
        except ConnectionClosed:
            return
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _keep_time(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            frame = self._saying.popleft() if self._saying else SILENT_FRAME
            await self.socket.send(self.sender.media(frame))
            await self._play()
            due += FRAME_SECONDS
            await asyncio.sleep(max(due - loop.time(), 0))

    async def _play(self) -> None:
        if self._playing and isinstance(self._playing[0], bytes):
            self._playing.popleft()
            self.played += 1
        while self._playing and isinstance(self._playing[0], str):
            await self._return(str(self._playing.popleft()), "echoed")

    async def _return(self, mark: str, fate: str) -> None:
        if self.echoes:
            self.marks[mark] = fate
            await self.socket.send(self.sender.mark(mark))

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                match read(message, self.sender.stream):
                    case Media(audio):
                        self.got.append("media")
                        self._playing.append(audio)
                        self.audio += audio
                    case Mark(name):
                        self.got.append(f"mark {name}")
                        self.marks[name] = "sent"
                        self._playing.append(name)
                    case Clear():
                        self.got.append("clear")
                        pending = [entry for entry in self._playing if isinstance(entry, str)]
                        self._playing.clear()
                        for name in pending:
                            await self._return(name, "cleared")
        except ConnectionClosed:
            return


async def invited(agent: QuickAgent, caller: str = "+15550100") -> dict[str, str]:
    """Ask the webhook as Twilio does; the parameters of the stream that it wants."""
    asked = {"CallSid": "CA1", "From": caller, "To": "+15550199"}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{agent.http}/twilio/voice", params=asked)
    document = ElementTree.fromstring(answer.text)
    return {p.attrib["name"]: p.attrib["value"] for p in document.iter("Parameter")}


@asynccontextmanager
async def phone_call(agent: QuickAgent, caller: str = "+15550100") -> AsyncIterator[Phone]:
    """A call by webhook and stream; hung up at the end if nobody did before."""
    parameters = await invited(agent, caller)
    sender = Sender()
    async with connect(f"{agent.ws}/twilio", compression=None) as socket:
        await socket.send(sender.connected())
        await socket.send(sender.start(parameters))
        phone = Phone(socket, sender)
        running = asyncio.create_task(phone.run())
        try:
            yield phone
        finally:
            running.cancel()
            (outcome,) = await asyncio.gather(running, return_exceptions=True)
            if not phone.over:
                with suppress(ConnectionClosed):
                    await phone.hang_up()
        if isinstance(outcome, Exception):
            raise outcome


async def good_call(agent: QuickAgent) -> CallRecord:
    """A whole call that must work: greeting, question, answer."""
    async with phone_call(agent) as phone:
        await phone.heard(1)
        await phone.say("balance")
        await phone.heard(2)
        await phone.hang_up()
    await agent.quiet()
    record = await agent.newest()
    assert record.call.outcome is Outcome.CONTAINED, record
    assert record.call.incidents == (), record
    said = [(turn.party, turn.text) for turn in record.turns]
    assert ("caller", "balance") in said
    assert ("bot", BALANCE) in said
    return record
