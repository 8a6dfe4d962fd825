"""A real chromium against the real control plane, and a line that a test can play."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import soundfile
from numpy.typing import NDArray
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.server.control.world import PASSWORD, Served, World, open_world, serving

RATE = 8000
FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
]


def syllables(seconds: float, rate: int) -> NDArray[np.float32]:
    """A buzzing tone in syllables: noise suppression takes it for a voice."""
    time = np.arange(round(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * 150 * k * time) / k for k in range(1, 20))
    envelope = np.clip(np.sin(2 * np.pi * 3 * time), 0, None)
    return (0.25 * tone * envelope).astype(np.float32)


def line_audio(seconds: float) -> bytes:
    """The same as the line has it."""
    return (syllables(seconds, RATE) * 20000).astype("<i2").tobytes()


@dataclass
class Line:
    """The far end of one call: what came, and when (s on the loop's clock)."""

    socket: ServerConnection
    start: dict[str, Any]
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    told: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    echo: bool = False
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def say(self, kind: str, /, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def play(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), 320):
            await self.socket.send(pcm[at : at + 320])

    async def read(self) -> None:
        async for message in self.socket:
            now = asyncio.get_running_loop().time()
            if isinstance(message, str):
                self.told.append((now, json.loads(message)))
            else:
                self.frames.append((now, message))
                if self.echo:
                    await self.socket.send(message)
            async with self.news:
                self.news.notify_all()

    async def wait_until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(true)

    async def hears(self, kind: str) -> tuple[float, dict[str, Any]]:
        """The latest message of that kind, when it is there."""
        await self.wait_until(lambda: any(said["type"] == kind for _, said in self.told))
        return [entry for entry in self.told if entry[1]["type"] == kind][-1]


@dataclass
class Exchange:
    """Speaks the browser dialect to every page that calls; `lines` holds the calls."""

    port: int = 0
    lines: asyncio.Queue[Line] = field(default_factory=asyncio.Queue)

    async def handle(self, socket: ServerConnection) -> None:
        start = json.loads(await socket.recv())
        line = Line(socket, start)
        await line.say("started", call_id="call-1")
        await self.lines.put(line)
        with suppress(ConnectionClosed):  # the page was closed
            await line.read()

    async def next_line(self) -> Line:
        async with asyncio.timeout(10):
            return await self.lines.get()


@dataclass
class Site:
    """Everything that a browser test touches."""

    world: World
    exchange: Exchange
    served: Served
    page: Page
    complaints: list[str]
    restart: Callable[[], Awaitable[None]]

    async def open(self, path: str) -> Page:
        await self.page.goto(self.served.url + path)
        return self.page

    async def sign_in(self) -> None:
        page = await self.open("/sign-in")
        await page.fill("#name", "Eva Martens")
        await page.fill("#password", PASSWORD)
        await page.click("main button[type=submit]")
        await page.wait_for_url("**/seat")


@pytest.fixture(scope="module")
def microphone_flag() -> str:
    """How chromium answers when a page asks for the microphone: here it lets it."""
    return "--use-fake-ui-for-media-stream"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(
    tmp_path_factory: pytest.TempPathFactory, microphone_flag: str
) -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium: apt-get install chromium")
    microphone = tmp_path_factory.mktemp("sound") / "microphone.wav"
    soundfile.write(microphone, syllables(4.0, 48000), 48000, subtype="PCM_16")
    flags = [*FLAGS, microphone_flag, f"--use-file-for-fake-audio-capture={microphone}"]
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=program, args=flags)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def site(tmp_path: Path, browser: Browser) -> AsyncIterator[Site]:
    exchange = Exchange()
    async with (
        open_world(tmp_path) as world,
        serve(exchange.handle, "127.0.0.1", 0) as server,
        AsyncExitStack() as running,
    ):
        exchange.port = next(iter(server.sockets)).getsockname()[1]
        app = world.app(edge_port=exchange.port)
        served = await running.enter_async_context(serving(app))

        async def restart() -> None:
            await running.aclose()
            app = world.app(edge_port=exchange.port)
            await running.enter_async_context(serving(app, served.port))

        def listen(said: ConsoleMessage) -> None:
            if said.type == "error":
                complaints.append(said.text)

        context = await browser.new_context()
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", listen)
        yield Site(world, exchange, served, page, complaints, restart)
        await context.close()
