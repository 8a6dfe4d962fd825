"""The supervisor with real, tiny Python processes, watched in quick time."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from voicebot.server.children import Child, ChildFailed, Supervisor, Unhealthy, last_lines
from voicebot.server.lifecycle import ChildStatus, Policy, State
from voicebot.server.ports import PortInUse, free_port

QUICK = Policy(
    first_pause=0.01,
    longest_pause=0.05,
    check_every=0.02,
    check_while_starting=0.02,
    check_seconds=0.5,
    grace=5,
)
SLEEPER = "import sys, time; print('up', flush=True); time.sleep(600)"


async def well() -> None:
    """A child that is always well."""


async def unwell() -> None:
    """A child that never is."""
    raise Unhealthy("not yet")


def said_up(tmp_path: Path) -> Callable[[], Awaitable[None]]:
    """A child that is well once it has written "up"."""
    log = tmp_path / "logs" / "worker.log"

    async def health() -> None:
        if not (log.exists() and "up" in log.read_text()):
            raise Unhealthy("not yet")

    return health


def child(
    tmp_path: Path,
    script: str = SLEEPER,
    health: Callable[[], Awaitable[None]] = well,
    name: str = "worker",
    ready_timeout: float = 20.0,
    port: int = 0,
) -> Child:
    return Child(
        name=name,
        argv=(sys.executable, "-S", "-c", script),
        env={"VOICEBOT_TEST": "there"},
        cwd=tmp_path,
        log_path=tmp_path / "logs" / f"{name}.log",
        health=health,
        ready_timeout=ready_timeout,
        port=port,
        port_setting="VOICEBOT_WORKER_PORT",
    )


@dataclass
class Seen:
    """The statuses a supervisor told, and waiting for one of them."""

    all: list[ChildStatus] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, status: ChildStatus) -> None:
        self.all.append(status)
        self.news.set()

    async def until(self, wanted: Callable[[ChildStatus], bool]) -> ChildStatus:
        async with asyncio.timeout(20):
            while True:
                for status in self.all:
                    if wanted(status):
                        return status
                self.news.clear()
                await self.news.wait()


def pid_of(supervisor: Supervisor) -> int:
    (status,) = supervisor.status()
    assert status.pid is not None
    return status.pid


def group(pid: int) -> list[psutil.Process]:
    """All living processes of a process group."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def gone(pid: int) -> bool:
    """Are they dead? What was killed this very moment may take another to vanish."""
    psutil.wait_procs(group(pid), timeout=10)
    return not group(pid)


async def test_it_starts_waits_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_TWILIO_AUTH_TOKEN", "nothing for a child")
    lines: list[str] = []
    script = "import os, time; found = [k for k in os.environ if k.startswith('VOICEBOT')];"
    script += "print(found, os.getcwd(), flush=True);"
    ready = tmp_path / "ready"
    script += f"open({str(ready)!r}, 'w'); time.sleep(600)"

    async def health() -> None:
        if not ready.exists():
            raise Unhealthy("not there yet")

    async with Supervisor(
        [child(tmp_path, script, health)], policy=QUICK, progress=lines.append
    ) as supervisor:
        (status,) = supervisor.status()
        assert (status.state, status.restarts) == (State.READY, 0)
        pid = pid_of(supervisor)
        assert len(group(pid)) == 2
    assert supervisor.status()[0].state is State.STOPPED
    assert gone(pid)
    assert (tmp_path / "logs" / "worker.log").read_text() == f"['VOICEBOT_TEST'] {tmp_path}\n"
    assert lines == ["worker: ready after 0 s"]


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    seen = Seen()
    async with Supervisor([child(tmp_path)], policy=QUICK, on_change=seen) as supervisor:
        first = pid_of(supervisor)
        os.killpg(first, signal.SIGKILL)
        down = await seen.until(lambda s: s.state is State.RESTARTING)
        assert "ended with status -9" in down.last_error
        up = await seen.until(lambda s: s.state is State.READY and s.restarts == 1)
        assert up.pid not in (None, first)


async def test_the_programs_own_death_is_seen_through_the_tether(tmp_path: Path) -> None:
    seen = Seen()
    worker = child(tmp_path, health=said_up(tmp_path))
    async with Supervisor([worker], policy=QUICK, on_change=seen) as supervisor:
        tether = psutil.Process(pid_of(supervisor))
        tether.children()[0].kill()
        down = await seen.until(lambda s: s.state is State.RESTARTING)
        assert "ended with status 137" in down.last_error


async def test_what_a_dead_child_started_is_swept_up(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time;"
        "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)']);"
        "print('up', flush=True); time.sleep(600)"
    )
    seen = Seen()
    async with Supervisor(
        [child(tmp_path, script, said_up(tmp_path))], policy=QUICK, on_change=seen
    ) as supervisor:
        first = pid_of(supervisor)
        assert len(group(first)) == 3
        os.kill(first, signal.SIGKILL)  # the tether alone
        await seen.until(lambda s: s.state is State.READY and s.restarts == 1)
        assert gone(first)


async def test_a_child_that_hangs_is_started_again(tmp_path: Path) -> None:
    seen = Seen()
    sick: list[int] = []

    async def health() -> None:
        if sick:
            raise Unhealthy("does nothing")

    async with Supervisor(
        [child(tmp_path, health=health)], policy=QUICK, on_change=seen
    ) as supervisor:
        first = pid_of(supervisor)
        sick.append(1)
        down = await seen.until(lambda s: s.state is State.RESTARTING)
        assert down.last_error == "does not answer: does nothing"
        assert gone(first)
        sick.clear()
        await seen.until(lambda s: s.state is State.READY and s.restarts == 1)


async def test_a_check_without_an_end_counts_as_none(tmp_path: Path) -> None:
    calls: list[int] = []

    async def health() -> None:
        calls.append(1)
        if len(calls) > 1:
            await asyncio.Event().wait()

    seen = Seen()
    policy = Policy(first_pause=30, bad_checks=1, check_every=0.01, check_seconds=0.05)
    async with Supervisor([child(tmp_path, health=health)], policy=policy, on_change=seen):
        down = await seen.until(lambda s: s.state is State.RESTARTING)
    assert "no answer within 0.05 s" in down.last_error


async def test_a_check_that_breaks_is_no_end_of_watching(tmp_path: Path) -> None:
    calls: list[int] = []

    async def health() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise KeyError("a mistake")

    async with Supervisor([child(tmp_path, health=health)], policy=QUICK) as supervisor:
        assert supervisor.status()[0].state is State.READY


async def test_a_child_that_does_not_come_up_is_an_error_with_its_last_words(
    tmp_path: Path,
) -> None:
    script = "print('loading'); raise SystemExit('no model in here')"
    other = child(tmp_path, name="other")

    async def never() -> None:
        raise Unhealthy("not yet")

    supervisor = Supervisor([other, child(tmp_path, script, never)], policy=QUICK)
    with pytest.raises(ChildFailed) as caught:
        await supervisor.start()
    assert "worker did not come up: it ended with status 1" in str(caught.value)
    assert "no model in here" in str(caught.value)
    states = {status.name: status.state for status in supervisor.status()}
    assert states == {"worker": State.FAILED, "other": State.STOPPED}


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    missing = Child("worker", ("/no/such/program",), {}, tmp_path, tmp_path / "w.log", unwell)
    with pytest.raises(ChildFailed, match="cannot start /no/such/program"):
        await Supervisor([missing], policy=QUICK).start()


async def test_too_slow_to_come_up(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match=r"was not ready after 0\.1 s: not yet"):
        await Supervisor([child(tmp_path, health=unwell, ready_timeout=0.1)], policy=QUICK).start()


async def test_progress_is_told_while_a_child_starts(tmp_path: Path) -> None:
    @dataclass
    class Fast:
        """A clock on which every pause takes no time."""

        time: float = 0.0

        def now(self) -> float:
            return self.time

        async def sleep(self, seconds: float) -> None:
            self.time += seconds
            await asyncio.sleep(0)

    lines: list[str] = []
    with pytest.raises(ChildFailed, match="was not ready after 10 s"):
        await Supervisor(
            [child(tmp_path, health=unwell, ready_timeout=10)],
            clock=Fast(),
            progress=lines.append,
        ).start()
    assert lines == [f"worker: starting… {n} s" for n in (3, 6, 9)]


async def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        supervisor = Supervisor([child(tmp_path, port=port)], policy=QUICK)
        with pytest.raises(PortInUse, match=rf"port {port} is in use by .*VOICEBOT_WORKER_PORT"):
            await supervisor.start()
    assert supervisor.status() == ()
    async with Supervisor([child(tmp_path, port=free_port())], policy=QUICK):
        pass


async def test_a_stubborn_child_is_killed(tmp_path: Path) -> None:
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('up', flush=True); time.sleep(600)"
    )
    policy = Policy(check_while_starting=0.02, grace=0.1)
    supervisor = Supervisor([child(tmp_path, script, said_up(tmp_path))], policy=policy)
    await supervisor.start()
    pid = pid_of(supervisor)
    await supervisor.stop()
    assert gone(pid)


async def test_stopped_while_a_child_that_hangs_is_being_ended(tmp_path: Path) -> None:
    seen = Seen()
    sick: list[int] = []
    up = said_up(tmp_path)

    async def health() -> None:
        await up()
        if sick:
            sick.append(1)
            raise Unhealthy("does nothing")

    asked = tmp_path / "asked"
    os.mkfifo(asked)
    script = (
        "import signal, time\n"
        f"def told(*_): open({str(asked)!r}, 'w').write('to end')\n"
        "signal.signal(signal.SIGTERM, told); print('up', flush=True); time.sleep(600)"
    )
    policy = Policy(bad_checks=1, check_every=0.02, check_while_starting=0.02, grace=600)
    supervisor = Supervisor([child(tmp_path, script, health)], policy=policy, on_change=seen)
    await supervisor.start()
    pid = pid_of(supervisor)
    sick.append(1)
    async with asyncio.timeout(20):
        assert await asyncio.to_thread(asked.read_text) == "to end"
        await supervisor.stop()  # does not wait for the grace of 600 s
    assert gone(pid)


async def test_cancelled_while_starting_leaves_nothing(tmp_path: Path) -> None:
    seen = Seen()
    supervisor = Supervisor([child(tmp_path, health=unwell)], policy=QUICK, on_change=seen)
    starting = asyncio.create_task(supervisor.start())
    pid = (await seen.until(lambda s: s.pid is not None)).pid
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert pid is not None
    assert gone(pid)


def test_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    assert last_lines(path, 3) == []
    path.write_bytes(b"\xff\n" + b"".join(b"line %d\n" % n for n in range(5000)))
    assert last_lines(path, 2) == ["line 4998", "line 4999"]
