"""Kills the gateway again and again while it accepts and does jobs, and counts what came of them.

    python -m evaluation.durability [--jobs 1000] [--kills 20] [--seed 1] [--database URL]

The gateway (REST and worker) is a process of its own and is killed with SIGKILL at random; the
receiver of its deliveries is another one and counts. Jobs are sent in over HTTP by the client,
which sends again, under the same idempotency key, what got no answer. In the end every job that was
accepted must be done exactly once, or have been reported.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from evaluation.durable.verdict import judge
from gateway.client import GatewayClient
from gateway.content import Kind
from gateway.errors import GatewayError, UnavailableError
from gateway.jobs.settings import database_address
from gateway.jobs.store import JobStore, UnknownJobError
from voicebot.server.ports import free_port

ROOT: Final = Path(__file__).resolve().parent.parent
SENDERS: Final = 4
_START: Final = 60.0  # seconds in which the gateway must be up
_STUCK: Final = 90.0  # seconds without any job coming to its end: something hangs
_MIX: Final = (
    (0.50, Kind.EMAIL, True),
    (0.25, Kind.SMS, False),
    (0.21, Kind.EMAIL, False),
    (0.04, Kind.FAX, False),
)


@dataclass(slots=True)
class Gateway:
    """The process to be killed."""

    folder: Path
    database: str
    receiver: int
    port: int
    kills: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _log: Path = field(init=False)

    def __post_init__(self) -> None:
        self._log = self.folder / "gateway.log"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        arguments = [str(self.folder), self.database, str(self.port), str(self.receiver)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "evaluation.durable.gateway", *arguments],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + _START
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"the gateway ended; see {self._log}")
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/v1/targets", timeout=5.0)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"the gateway did not come up; see {self._log}")

    def kill(self) -> None:
        """SIGKILL: it can do nothing about it."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self.kills += 1


def run(jobs: int, kills: int, seed: int, folder: Path, database: str) -> dict[str, Any]:
    """Send in `jobs` jobs and kill the gateway `kills` times meanwhile; what was found."""
    chance = random.Random(seed)  # noqa: S311 - the same seed gives the same run
    orders = [_order(number, chance) for number in range(jobs)]
    # The kills are spread over the whole run, by how many jobs have come to their end.
    marks = sorted(chance.randrange(jobs) for _ in range(kills))
    began = time.monotonic()
    with _receiver(folder, seed) as receiver:
        gateway = Gateway(folder, database, receiver, free_port())
        gateway.start()
        try:
            with ThreadPoolExecutor(SENDERS) as pool:
                sending = threading.Semaphore(SENDERS * 64)  # the queue fills, but not all at once
                futures = [pool.submit(_send, gateway.port, order, sending) for order in orders]
                _watch(gateway, folder, jobs, marks, chance)
                accepted = [future.result() for future in futures]
        finally:
            gateway.kill()
    texts = {job: order[0] for job, order in zip(accepted, orders, strict=True)}
    verdict = judge(folder, accepted, texts)
    kind = database.partition(":")[0]
    seconds = round(time.monotonic() - began, 1)
    shown = {"database": kind, "kills": gateway.kills - 1, "seed": seed, "seconds": seconds}
    return {**shown, **verdict.as_json()}


def _order(number: int, chance: random.Random) -> tuple[str, Kind, bool]:
    """(text, what it is to become, is it to be delivered?)"""
    [(_, kind, deliver)] = chance.choices(_MIX, [share for share, _, _ in _MIX])
    return f"message {number} of {chance.randrange(10**9)}", kind, deliver


def _send(port: int, order: tuple[str, Kind, bool], sending: threading.Semaphore) -> str:
    """Send in a job until it is accepted; its id."""
    text, kind, deliver = order
    with sending, GatewayClient(f"http://127.0.0.1:{port}", timeout=20.0) as client:
        until = time.monotonic() + 600
        while True:
            try:
                wishes = {"recipient": "someone@example.org", "subject": text}
                given = wishes if kind is Kind.EMAIL else {}
                return client.submit(text, kind, deliver=deliver, key=text, **given).id
            except UnavailableError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)


def _watch(
    gateway: Gateway, folder: Path, jobs: int, marks: list[int], chance: random.Random
) -> None:
    """Kill the gateway at the marks, until all jobs are over and told."""
    store = JobStore(folder / "gateway")
    over: set[str] = set()
    changed = time.monotonic()
    while len(over) < jobs:
        before = len(over)
        over |= {job for job in set(store.ids()) - over if _is_over(store, job)}
        if len(over) > before:
            changed = time.monotonic()
        elif time.monotonic() - changed > _STUCK:
            return  # the verdict will name what was lost
        if marks and len(over) >= marks[0]:
            marks.pop(0)
            time.sleep(chance.uniform(0.0, 0.2))
            gateway.kill()
            gateway.start()
            changed = time.monotonic()
        time.sleep(0.02)


def _is_over(store: JobStore, job_id: str) -> bool:
    try:
        job = store.job(job_id)
    except UnknownJobError:
        return False
    return job.over and job.reported


@contextmanager
def _receiver(folder: Path, seed: int) -> Iterator[int]:
    command = [sys.executable, "-m", "evaluation.durable.receiver", str(folder / "receipts")]
    command.append(str(seed))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the receiver says nothing")
            yield int(process.stdout.readline())
        finally:
            process.kill()


def report(found: dict[str, Any]) -> str:
    """What was found, for people."""
    lines = [
        f"{found['accepted']} jobs accepted, {found['kills']} kills ({found['database']}, seed "
        f"{found['seed']}), {found['seconds']} s",
        f"  done {found['done']}, of these delivered {found['delivered']}",
        f"  reported as uncertain {found['doubtful']} ({found['arrived']} of these had arrived)",
        f"  failed {found['failed']}",
        f"  steps that were broken off and taken up again {found['taken_up']}",
        *[f"  WRONG {line}" for line in found["wrong"][:20]],
        "passed" if found["passed"] else "FAILED",
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 when no job was lost or done twice."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="PostgreSQL URL; SQLite if none")
    parser.add_argument("--json", type=Path, help="write what was found there")
    given = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="durability-"))
    try:
        database = database_address(given.database, folder)
        found = run(given.jobs, given.kills, given.seed, folder, database)
    except (GatewayError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(report(found))
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n")
    if found["passed"]:
        shutil.rmtree(folder)
        return 0
    print(f"everything is kept in {folder}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
