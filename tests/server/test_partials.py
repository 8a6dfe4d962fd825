"""What a caller is saying, on the screens of those who read along."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from tests.server.agent_parts import HERTZ, QuickAgent, quick_agent, tone, until
from tests.server.phones import phone_call

FRAME = 320
SPEAKING = 1.7
"""Seconds: time for one partial transcript after the first second of speech, or for two."""


class Page:
    """A phone page: speaks, and notes what it is told."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.told: list[dict[str, Any]] = []

    def got(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.told if message["type"] == kind]

    async def send(self, pcm: bytes) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        for at in range(0, len(pcm), FRAME):
            await self.socket.send(pcm[at : at + FRAME])
            due += 0.02
            await asyncio.sleep(max(due - loop.time(), 0.0))

    async def read(self) -> None:
        async for message in self.socket:
            if isinstance(message, str):
                told = json.loads(message)
                self.told.append(told)
                if told["type"] == "mark":
                    await self.socket.send(message)


@asynccontextmanager
async def web_call(agent: QuickAgent) -> AsyncIterator[Page]:
    token = agent.tokens.issue("web", {}, 60.0)
    async with connect(f"{agent.ws}/browser") as socket:
        await socket.send(json.dumps({"type": "start", "token": token, "rate": 8000}))
        page = Page(socket)
        reading = asyncio.create_task(page.read())
        await until(lambda: bool(page.got("line")))
        yield page
        await socket.send('{"type": "stop"}')
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    await agent.quiet()


def spoken(word: str) -> bytes:
    return tone(HERTZ[word], SPEAKING).tobytes() + bytes(FRAME * 40)


async def test_a_page_shows_words_before_the_turn_is_over(tmp_path: Path) -> None:
    async with quick_agent(tmp_path) as agent, web_call(agent) as page:
        await page.send(spoken("balance"))
        await until(lambda: any(line["party"] == "caller" for line in page.got("line")))
    partials = page.got("partial")
    assert partials[0] == {
        "type": "partial",
        "party": "caller",
        "stable": "",
        "tentative": "balance",
    }
    assert partials[1]["stable"] == "balance"
    assert (partials[-1]["stable"], partials[-1]["tentative"]) == ("", "")
    kinds = [(m["type"], m.get("party")) for m in page.told]
    last_partial = max(n for n, kind in enumerate(kinds) if kind[0] == "partial")
    assert last_partial < kinds.index(("line", "caller"))


async def test_under_load_they_are_left_out(tmp_path: Path) -> None:
    changes = {"may_show_partials": lambda: False}
    async with quick_agent(tmp_path, **changes) as agent, web_call(agent) as page:
        await page.send(spoken("balance"))
        await until(lambda: any(line["party"] == "caller" for line in page.got("line")))
    assert agent.recognizer.asked == 1


async def test_on_a_telephone_nobody_reads_along(tmp_path: Path) -> None:
    async with quick_agent(tmp_path) as agent:
        async with phone_call(agent) as phone:
            await phone.heard(1)
            await phone.say("balance", SPEAKING)
            await phone.heard(2)
            await phone.hang_up()
        await agent.quiet()
        assert agent.recognizer.asked == 1
