"""The caller's line: the websocket, kept in time by absolute deadlines of 20 ms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from voicebot.caller.result import EndedBy
from voicebot.caller.ring import CallRefused, Invitation, NoAgent
from voicebot.caller.wire import FRAME_SECONDS

OPEN_LIMIT = 10.0
SEND_LIMIT = 5.0
CLOSE_LIMIT = 3.0
MAX_MESSAGE = 1024 * 1024
LATE = 0.1
"""Seconds behind time from which on the recording is not to be trusted for response times."""


class Clock(Protocol):
    """Time for the line, in seconds."""

    def now(self) -> float:
        """The time."""

    async def sleep_until(self, deadline: float) -> None:
        """Return at `deadline`, at once if it is over."""


class Party(Protocol):
    """Who is on the line: told of every 20 ms and of every message, answers with messages."""

    hanging_up: bool

    @property
    def unplayed(self) -> float:
        """Seconds of the bot's audio that nobody has heard yet."""

    def begin(self) -> list[str]:
        """The messages that open the stream."""

    def step(self) -> list[str]:
        """20 ms have passed: what to send now."""

    def receive(self, message: str | bytes) -> list[str]:
        """The bot sent `message`: what to send back at once."""

    def hang_up(self) -> list[str]:
        """Put the receiver down."""

    def note(self, what: str, odd: bool = True) -> None:
        """Keep `what` as an event of now."""


class RealClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """The time."""
        return time.monotonic()

    async def sleep_until(self, deadline: float) -> None:
        """Return at `deadline`, at once if it is over."""
        await asyncio.sleep(max(0.0, deadline - time.monotonic()))


async def talk(call: Party, invitation: Invitation, clock: Clock, stop: asyncio.Event) -> EndedBy:
    """Connect as invited and carry the call to its end; setting `stop` hangs up.

    Raises NoAgent and CallRefused when the stream can't be opened. A cancelled task hangs up, too.
    """
    try:
        socket = await connect(
            invitation.url,
            additional_headers=dict(invitation.headers),
            compression=None,
            open_timeout=OPEN_LIMIT,
            close_timeout=CLOSE_LIMIT,
            max_size=MAX_MESSAGE,
            proxy=None,
        )
    except (OSError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise NoAgent(
            f"no agent at {invitation.url} ({reason}): start it with `make run`"
        ) from error
    except WebSocketException as error:
        raise CallRefused(f"the agent refused the stream: {error}") from error
    line = _Line(call, socket, clock)
    try:
        return await line.run(stop)
    finally:
        await line.close()


class _Line:
    def __init__(self, call: Party, socket: ClientConnection, clock: Clock) -> None:
        self._call = call
        self._socket = socket
        self._clock = clock
        self._latest = 0.0

    async def run(self, stop: asyncio.Event) -> EndedBy:
        """Step through the call until somebody ends it."""
        reading: asyncio.Task[EndedBy] | None = None
        try:
            await self._send(self._call.begin())
            reading = asyncio.create_task(self._read())
            return await self._keep_time(stop, reading)
        except ConnectionClosed as closed:
            return await reading if reading is not None else self._ended(closed)
        except TimeoutError:
            self._call.note(f"the bot's end took no message for {SEND_LIMIT:g} s")
            return "lost"
        finally:
            if reading is not None:
                reading.cancel()
            if self._latest > LATE:
                self._call.note(f"this machine was up to {self._latest:.2f} s behind time")

    async def _keep_time(self, stop: asyncio.Event, reading: asyncio.Task[EndedBy]) -> EndedBy:
        deadline = self._clock.now()
        while not reading.done():
            await self._send(self._call.step())
            if self._call.hanging_up:
                return "caller"
            deadline += FRAME_SECONDS
            await self._clock.sleep_until(deadline)
            self._latest = max(self._latest, self._clock.now() - deadline)
            if stop.is_set():
                await self._send(self._call.hang_up())
                return "interrupted"
        return await reading

    async def close(self) -> None:
        """Hang up if that has not happened, and close the socket."""
        if not self._call.hanging_up:
            try:
                await self._send(self._call.hang_up())
            except (ConnectionClosed, TimeoutError):
                self._call.note("the line was down before the caller hung up")
        await self._socket.close()

    async def _read(self) -> EndedBy:
        try:
            async for message in self._socket:
                await self._send(self._call.receive(message))
        except ConnectionClosed as closed:
            return self._ended(closed)
        return self._ended(None)

    def _ended(self, closed: ConnectionClosed | None) -> EndedBy:
        if self._call.unplayed:
            self._call.note(f"{self._call.unplayed:.2f} s of the bot's speech were never heard")
        if closed is not None and closed.rcvd is None:
            self._call.note(f"the connection was lost: {closed}")
            return "lost"
        if closed is None:
            self._call.note("the bot hung up", odd=False)
        else:
            self._call.note(f"the bot hung up: {closed}")
        return "bot"

    async def _send(self, messages: Sequence[str]) -> None:
        async with asyncio.timeout(SEND_LIMIT):
            for message in messages:
                await self._socket.send(message)
