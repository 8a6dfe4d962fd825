"""The processes that the agent runs beside itself: started, watched, started again, stopped.

Each child runs on a tether (`tether.py`) in a process group of its own. `lifecycle.py` decides when
it is started again; this module does it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import structlog

from voicebot.server.lifecycle import ChildStatus, Lifecycle, Policy, State
from voicebot.server.ports import PortInUse, require_free

TETHER = Path(__file__).with_name("tether.py")
PROGRESS_SECONDS = 3.0

log = structlog.get_logger(__name__)


class Unhealthy(RuntimeError):
    """A child does not answer as it should; the reason is for people."""


class ChildFailed(RuntimeError):
    """A child did not come up; the message ends with the last lines of its log."""


class Clock(Protocol):
    """Time for a supervisor; tests bring their own."""

    def now(self) -> float:
        """Seconds, monotonic."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class WallClock:
    """The real time."""

    def now(self) -> float:
        """Seconds, monotonic."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Child:
    """A program to run; output goes to `log_path`.

    `env` is added to the environment, from which the agent's own VOICEBOT_ variables are taken out:
    a child has no business with the secrets of others.

    `health` returns when the child is well and raises Unhealthy when it isn't. `ready_timeout` is
    how long (s) it may take to become well. `port` on 127.0.0.1 must be free before it starts;
    `port_setting` is the name of the setting that moves it.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    log_path: Path
    health: Callable[[], Awaitable[object]]
    ready_timeout: float = 120.0
    port: int = 0
    port_setting: str = ""


@dataclass(slots=True)
class _Kept:
    child: Child
    life: Lifecycle
    came_up: asyncio.Future[None]
    task: asyncio.Task[None] | None = None


def _quiet(_line: str) -> None:
    """Progress that nobody wants to see."""


@dataclass(slots=True)
class Supervisor:
    """Keeps children running between `start` and `stop` (or inside `async with`).

    `progress` gets lines for people ("rasa: starting… 12 s"); `on_change` every new status.
    """

    children: Sequence[Child]
    clock: Clock = field(default_factory=WallClock)
    policy: Policy = field(default_factory=Policy)
    progress: Callable[[str], None] = _quiet
    on_change: Callable[[ChildStatus], None] = lambda _status: None
    _kept: list[_Kept] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.stop()

    def status(self) -> tuple[ChildStatus, ...]:
        """How the children are."""
        return tuple(kept.life.status for kept in self._kept)

    async def start(self) -> None:
        """Start all children at once and wait until all are healthy.

        Raises:
            PortInUse: a port is taken; nothing was started.
            ChildFailed: one did not come up; all were stopped again.
        """
        for child in self.children:
            _require_port(child)
        loop = asyncio.get_running_loop()
        self._kept = [
            _Kept(child, Lifecycle(child.name, self.policy), loop.create_future())
            for child in self.children
        ]
        for kept in self._kept:
            kept.task = asyncio.create_task(self._keep(kept), name=f"child {kept.child.name}")
        try:
            await asyncio.gather(*(kept.came_up for kept in self._kept))
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End all children: SIGTERM to their groups, `policy.grace` seconds, SIGKILL."""
        tasks = [kept.task for kept in self._kept if kept.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for kept in self._kept:
            kept.came_up.cancel()
            kept.life.stopped(self.clock.now())
            self._tell(kept)

    async def _keep(self, kept: _Kept) -> None:
        """Run one child for ever. Only a first start that fails is given up."""
        while True:
            try:
                reason = await self._live(kept)
            except (OSError, PortInUse) as error:
                reason = str(error)
            first = not kept.came_up.done()
            if first:
                kept.life.failed(self.clock.now(), reason)
                self._tell(kept)
                kept.came_up.set_exception(ChildFailed(_obituary(kept.child, reason)))
                return
            pause = kept.life.down(self.clock.now(), reason)
            log.warning("child_down", child=kept.child.name, reason=reason, pause=pause)
            self.progress(f"{kept.child.name}: {reason}; starting again in {pause:g} s")
            self._tell(kept)
            await self.clock.sleep(pause)

    async def _live(self, kept: _Kept) -> str:
        """One life of a child; how it ended."""
        child = kept.child
        _require_port(child)
        process = await asyncio.create_subprocess_exec(
            *_tethered(child),
            stdin=asyncio.subprocess.PIPE,
            cwd=child.cwd,
            env={**_inherited(os.environ), **child.env},
            start_new_session=True,
        )
        kept.life.started(self.clock.now(), process.pid)
        self._tell(kept)
        death = asyncio.create_task(process.wait())
        watch = asyncio.create_task(self._watch(kept))
        try:
            await asyncio.wait({death, watch}, return_when=asyncio.FIRST_COMPLETED)
            if death.done():
                return f"ended with status {death.result()}"
            return watch.result()
        finally:
            watch.cancel()
            await _end(process.pid, death, self.policy.grace)

    async def _watch(self, kept: _Kept) -> str:
        """Check a living child's health until it must be ended; why."""
        begun = told = self.clock.now()
        while True:
            reason = await self._check(kept.child)
            now = self.clock.now()
            ready = kept.life.state is State.READY
            if reason is None:
                kept.life.check_passed(now)
                if not ready:
                    self._came_up(kept, now - begun)
            elif kept.life.check_failed(reason):
                return f"does not answer: {reason}"
            elif not ready:
                if now - begun > kept.child.ready_timeout:
                    return f"was not ready after {kept.child.ready_timeout:g} s: {reason}"
                if now - told >= PROGRESS_SECONDS:
                    told = now
                    self.progress(f"{kept.child.name}: starting… {now - begun:.0f} s")
            settled = kept.life.state is State.READY
            policy = self.policy
            await self.clock.sleep(policy.check_every if settled else policy.check_while_starting)

    async def _check(self, child: Child) -> str | None:
        """None when the child is well, else why it isn't."""
        try:
            async with asyncio.timeout(self.policy.check_seconds):
                await child.health()
        except TimeoutError:
            return f"no answer within {self.policy.check_seconds:g} s"
        except Unhealthy as error:
            return str(error)
        except Exception as error:  # noqa: BLE001
            # A check is foreign code at the edge of this task: whatever it raises, the child isn't
            # known to be well, and the others must go on being watched.
            log.warning("health_check_broke", child=child.name, error=repr(error))
            return repr(error)
        return None

    def _came_up(self, kept: _Kept, seconds: float) -> None:
        log.info("child_ready", child=kept.child.name, seconds=round(seconds, 1))
        self.progress(f"{kept.child.name}: ready after {seconds:.0f} s")
        self._tell(kept)
        if not kept.came_up.done():
            kept.came_up.set_result(None)

    def _tell(self, kept: _Kept) -> None:
        self.on_change(kept.life.status)


def _require_port(child: Child) -> None:
    if child.port:
        require_free("127.0.0.1", child.port, child.port_setting)


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("VOICEBOT_")}


def _tethered(child: Child) -> list[str]:
    # -I: nothing of the surroundings (PYTHONPATH, the working directory) gets into the tether.
    return [
        sys.executable,
        "-I",
        str(TETHER),
        "--log",
        str(child.log_path.absolute()),
        "--",
        *child.argv,
    ]


async def _end(group: int, death: asyncio.Task[int], grace: float) -> None:
    """End a process group: SIGTERM, `grace` seconds, SIGKILL; nothing of it is left."""
    try:
        if not death.done():
            _signal_group(group, signal.SIGTERM)
            await asyncio.wait({death}, timeout=grace)
    finally:
        # Also after a normal end, since what the program started may still be there; and when
        # whoever waits here is cancelled: there is no time left for grace then.
        _signal_group(group, signal.SIGKILL)
        await death


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def _obituary(child: Child, reason: str) -> str:
    lines = last_lines(child.log_path, 15)
    told = "".join(f"\n  | {line}" for line in lines) or "\n  | (it wrote nothing)"
    return f"{child.name} did not come up: it {reason}. End of {child.log_path}:{told}"


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines of a text file, [] where there is none; reads its end only."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - 200 * count))
            text = stream.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-count:]
