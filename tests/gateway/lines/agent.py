"""The agent's side of the lines, and the worker's steps that ask for them."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.content import Content, Kind
from gateway.lines.client import LineClient
from gateway.lines.office import LineOffice
from gateway.lines.records import Records
from gateway.lines.server import LineDoor, LineServer
from gateway.transform import Transform, Wishes, Work

WISHES = Wishes(recipient="+15550100")
Act = Callable[[Content, Wishes, Work], Content]


@dataclass
class Step:
    """A step of a job, as the worker has it."""

    folder: Path
    key: str = "job-0"
    done: list[float] = field(default_factory=list)
    error: Exception | None = None

    def progress(self, done: float) -> None:
        self.done.append(done)
        if self.error is not None:
            raise self.error


def step(root: Path, key: str = "job-0") -> Step:
    folder = root / "jobs" / key
    folder.mkdir(parents=True, exist_ok=True)
    return Step(folder, key)


def text(root: Path, words: str = "Lunch?") -> Content:
    path = root / "jobs" / "text.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words)
    return Content(Kind.TEXT, path, "text/plain", {"subject": "Lunch"})


@dataclass
class Acts:
    """A transform that does one act after the other; `hold` keeps it until it is set."""

    acts: list[Act | Exception]
    count: int = 0
    began: threading.Event = field(default_factory=threading.Event)
    hold: threading.Event = field(default_factory=threading.Event)

    def __call__(self, content: Content, wishes: Wishes, work: Work) -> Content:
        self.count += 1
        act = self.acts.pop(0)
        if isinstance(act, Exception):
            raise act
        return act(content, wishes, work)

    def held(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """Goes on until `hold` is set or it is called off."""
        work.progress(0.25)
        self.began.set()
        while not self.hold.wait(0.01):
            work.progress(0.5)
        return read(content, wishes, work)

    def transform(self) -> Transform:
        return Transform("call", Kind.TEXT, Kind.TEXT, 1.0, 0.0, self, delivers=True)


def read(content: Content, wishes: Wishes, work: Work) -> Content:
    """What somebody was read."""
    path = work.folder / "read.txt"
    path.write_bytes(content.path.read_bytes())
    return Content(Kind.TEXT, path, "text/plain", {"heard": True, "to": wishes.recipient})


def acts(*what: Act | Exception) -> Acts:
    return Acts(list(what))


def office(root: Path, transform: Acts, most: int = 4) -> LineOffice:
    return LineOffice(Records(root), {"call": transform.transform()}, most)


@asynccontextmanager
async def serving(office: LineOffice, door: LineDoor | None = None) -> AsyncIterator[LineDoor]:
    door = door or LineDoor.open()
    server = LineServer(door, office)
    server.start()
    try:
        yield door
    finally:
        await server.stop()
        door.close()


_WORKER = """
import sys
from pathlib import Path
from gateway.lines.client import LineClient
from tests.gateway.lines.agent import WISHES, step, text
root = Path(sys.argv[1])
LineClient.from_environment().deliver("call", text(root), WISHES, step(root))
"""


async def worker(door: LineDoor, root: Path) -> asyncio.subprocess.Process:
    """A process that carries out the step `job-0`: a call."""
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), **door.environment}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WORKER, str(root), env=environment
    )


async def kill(worker: asyncio.subprocess.Process) -> None:
    worker.kill()
    await worker.wait()
    assert worker.returncode == -signal.SIGKILL


def client(door: LineDoor, **more: float) -> LineClient:
    return LineClient(door.url, door.secret, **more)
