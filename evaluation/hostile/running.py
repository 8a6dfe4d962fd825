"""Brings a corpus to the gateway: files to trials, mails and talks to the SMTP door."""

from __future__ import annotations

import http.server
import json
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from evaluation.hostile.circumstances import Caps
from evaluation.hostile.inputs import Bait, Door, Input
from evaluation.hostile.knocking import SmtpDoor, smtp_door
from evaluation.hostile.report import Answer, Report, Tried
from evaluation.hostile.trial import Order
from evaluation.hostile.verdict import breaches
from voicebot.places import ROOT

_SECRET: Final = "the-secret-of-this-machine-is-4711"  # noqa: S105 - a word to look for

Tell = Callable[[Tried], None]
"""Is told of each input when it is done."""


def run(
    inputs: Sequence[Input], folder: Path, *, workers: int = 1, tell: Tell = lambda _: None
) -> list[Tried]:
    """Try all inputs, `workers` files at once; what came of each, in their order.

    `folder` is empty and takes logs and files.
    """
    caps = Caps()
    with ExitStack() as stack:
        bait = stack.enter_context(_baited(folder))
        nurseries: queue.Queue[Nursery] = queue.Queue()
        for number in range(workers):
            place = folder / f"nursery-{number}"
            place.mkdir()
            nurseries.put(stack.enter_context(_nursery(place)))
        run_ = _Run(caps, bait, nurseries, folder)
        door = stack.enter_context(smtp_door(folder, caps.silence))
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        reports = [pool.submit(run_.report, number, one) for number, one in enumerate(inputs)]
        found = []
        for one, future in zip(inputs, reports, strict=True):
            report = future.result()
            answer = _answer(door, one, one.make(bait.bait))
            wrong = breaches(one, report, answer, caps)
            found.append(Tried(one.group, one.name, report, answer, tuple(wrong)))
            tell(found[-1])
    return found


def _answer(door: SmtpDoor, one: Input, data: bytes) -> Answer | None:
    """What the SMTP door makes of it. None: it does not come that way."""
    if one.door is Door.MAIL:
        return door.deliver(data, one.sender, strict=one.strict)
    return door.talk(data) if one.door is Door.TALK else None


@dataclass
class _Run:
    """A run under way."""

    caps: Caps
    bait: _Baited
    nurseries: queue.Queue[Nursery]
    folder: Path

    def report(self, number: int, one: Input) -> Report | None:
        """Try one input as a file, when a nursery is free. None: it is none."""
        if one.door is Door.TALK:
            return None
        nursery = self.nurseries.get()
        try:
            return self._tried(nursery, number, one)
        finally:
            self.nurseries.put(nursery)

    def _tried(self, nursery: Nursery, number: int, one: Input) -> Report:
        place = self.folder / f"input-{number}"
        work = place / "work"
        work.mkdir(parents=True)
        source = place / "source"
        source.write_bytes(one.make(self.bait.bait))
        asked = self.bait.asked
        order = Order(
            path=str(source),
            folder=str(work),
            filename=one.filename,
            media_type=one.media_type,
            secret=_SECRET,
            clock=self.caps.clock,
            wishes=dict(one.wishes),
            door=one.door,
        )
        report = nursery.measure(order)
        shutil.rmtree(place)
        return replace(report, baited=self.bait.asked - asked)


# ── the parts ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Nursery:
    """A process of `evaluation.hostile.nursery`."""

    process: subprocess.Popen[str] = field(repr=False)

    def measure(self, order: Order) -> Report:
        """Have a trial run. Raises RuntimeError: the nursery is gone."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the nursery has no pipes")
        self.process.stdin.write(order.as_json() + "\n")
        self.process.stdin.flush()
        if not (line := self.process.stdout.readline()):
            raise RuntimeError(f"the nursery ended with {self.process.wait()}; see its log")
        return Report.from_json(json.loads(line))


@contextmanager
def _nursery(folder: Path) -> Iterator[Nursery]:
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "evaluation.hostile.nursery", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield Nursery(process)
    finally:
        process.kill()
        process.wait()


@dataclass
class _Baited:
    """The bait, and how often somebody has asked for it."""

    bait: Bait
    asked: int = 0


@contextmanager
def _baited(folder: Path) -> Iterator[_Baited]:
    secret = folder / "secret.txt"
    secret.write_text(_SECRET)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    found = _Baited(Bait(f"http://127.0.0.1:{server.server_port}", secret, _SECRET))

    class Handler(http.server.BaseHTTPRequestHandler):
        """Counts whoever connects, before they have said anything."""

        def setup(self) -> None:
            found.asked += 1
            super().setup()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server.RequestHandlerClass = Handler
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
