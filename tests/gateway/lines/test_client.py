"""The worker's side against the agent's, over HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import httpx
import pytest

from gateway.errors import (
    CancelledError,
    MissingPartError,
    RefusedError,
    UnavailableError,
    UncertainError,
)
from gateway.lines.client import LineClient
from gateway.lines.server import LineDoor
from tests.gateway.lines.agent import (
    WISHES,
    acts,
    client,
    kill,
    office,
    read,
    serving,
    step,
    text,
    worker,
)


class Time:
    """A clock that only pauses move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


async def deliver(line: LineClient, root: Path, work=None, key: str = "job-0"):
    work = work or step(root, key)
    return await asyncio.to_thread(line.deliver, "call", text(root), WISHES, work)


async def test_what_was_sent_comes_back_into_the_steps_folder(tmp_path):
    once, work = acts(read), step(tmp_path)
    async with serving(office(tmp_path, once)) as door:
        for _ in range(2):
            made = await deliver(client(door), tmp_path, work)
            assert made.path == work.folder / "read.txt"
            assert made.path.read_text() == "Lunch?"
            assert made.details == {"heard": True, "to": "+15550100"}
    assert once.count == 1


async def test_progress_is_told(tmp_path):
    going, work = acts(), step(tmp_path)
    going.acts.append(going.held)
    async with serving(office(tmp_path, going)) as door:
        delivering = asyncio.create_task(deliver(client(door), tmp_path, work))
        async with asyncio.timeout(10):
            while 0.5 not in work.done:  # noqa: ASYNC110 - filled by another thread
                await asyncio.sleep(0.01)
        going.hold.set()
        await delivering
    assert work.done == sorted(work.done)


async def test_busy_is_tried_again_and_a_refusal_is_not(tmp_path):
    trouble = acts(UnavailableError("the line is busy"), RefusedError("not this number"))
    async with serving(office(tmp_path, trouble)) as door:
        with pytest.raises(UnavailableError, match="the line is busy"):
            await deliver(client(door), tmp_path)
        for _ in range(2):
            with pytest.raises(RefusedError, match="not this number"):
                await deliver(client(door), tmp_path)
    assert trouble.count == 2


async def test_a_worker_that_dies_before_it_knows_of_a_failure_hears_of_it(tmp_path):
    trouble = acts(UnavailableError("the line is busy"), read)
    async with serving(office(tmp_path, trouble)) as door:
        with pytest.raises(UnavailableError):
            await deliver(client(door), tmp_path)
        notes = step(tmp_path).folder / "line.json"
        assert json.loads(notes.read_text())["after"] == 1
        notes.unlink()  # as if it had not come to that
        with pytest.raises(UnavailableError, match="the line is busy"):
            await deliver(client(door), tmp_path)
        assert (await deliver(client(door), tmp_path)).details["heard"] is True
    assert trouble.count == 2


async def test_who_takes_too_long_has_it_called_off(tmp_path):
    going, work = acts(), step(tmp_path)
    going.acts.append(going.held)
    work.error = RefusedError("this takes longer than 120 minutes")
    async with serving(office(tmp_path, going)) as door:
        with pytest.raises(RefusedError, match="takes longer"):
            await deliver(client(door), tmp_path, work)
    assert going.count == 1


async def test_a_call_that_is_over_before_it_can_be_called_off_is_a_call(tmp_path):
    def deaf(content, wishes, it):
        going.began.set()
        going.hold.wait(10)
        return read(content, wishes, it)

    going, work = acts(), step(tmp_path)
    going.acts.append(deaf)
    work.error = CancelledError("not wanted any more")
    async with serving(office(tmp_path, going)) as door:
        delivering = asyncio.create_task(deliver(client(door), tmp_path, work))
        async with asyncio.timeout(10):
            while not work.done:  # noqa: ASYNC110 - filled by another thread
                await asyncio.sleep(0.01)
        going.hold.set()
        assert (await delivering).details["heard"] is True


# ── an agent that is not there ────────────────────────────────────────────────────────────────


def nobody() -> LineDoor:
    door = LineDoor.open()
    url = door.url
    door.close()
    return type("Gone", (), {"url": url, "secret": "x"})()


def test_an_agent_that_was_never_there_may_come_later(tmp_path):
    time, gone = Time(), nobody()
    line = LineClient(gone.url, "x", patience=60, clock=time, pause=time.pause)
    with pytest.raises(UnavailableError, match="voicebot serve"):
        line.deliver("call", text(tmp_path), WISHES, step(tmp_path))
    assert 60 <= time.now < 62


async def test_an_agent_that_falls_silent_on_the_call_leaves_it_uncertain(tmp_path):
    going, time = acts(), Time()
    going.acts.append(going.held)
    there = office(tmp_path, going)
    async with serving(there) as door:
        line = LineClient(door.url, door.secret, clock=time, pause=time.pause)
        delivering = asyncio.create_task(deliver(line, tmp_path))
        assert await asyncio.to_thread(going.began.wait, 10)
    with pytest.raises(UncertainError, match="fell silent"):
        await delivering
    going.hold.set()
    there.close(10.0)


async def test_a_restarted_agent_is_asked_again(tmp_path):
    going = acts()
    going.acts += [going.held]
    there = office(tmp_path, going)
    async with serving(there) as door:
        url, secret = door.url, door.secret
        line = LineClient(url, secret, patience=20.0)
        delivering = asyncio.create_task(deliver(line, tmp_path))
        assert await asyncio.to_thread(going.began.wait, 10)
    going.hold.set()
    there.close(10.0)
    again = LineDoor(socket_at(url), secret)
    async with serving(office(tmp_path, going), again):
        assert (await delivering).details["heard"] is True
    assert going.count == 1


def socket_at(url: str):
    return socket.create_server(("127.0.0.1", int(url.rpartition(":")[2])))


# ── a killed worker ───────────────────────────────────────────────────────────────────────────


async def test_a_worker_killed_on_the_call_learns_how_it_ended(tmp_path):
    going = acts()
    going.acts.append(going.held)
    async with serving(office(tmp_path, going)) as door:
        victim = await worker(door, tmp_path)
        try:
            assert await asyncio.to_thread(going.began.wait, 20)
        finally:
            await kill(victim)
        going.hold.set()
        assert (await deliver(client(door), tmp_path)).details["heard"] is True
    assert going.count == 1


# ── the door ──────────────────────────────────────────────────────────────────────────────────


async def test_strangers_are_refused(tmp_path):
    once = acts(read)
    async with serving(office(tmp_path, once)) as door:
        for secret in ("guess", door.secret[:-1]):
            with pytest.raises(MissingPartError, match="restart"):
                await deliver(LineClient(door.url, secret), tmp_path)
        async with httpx.AsyncClient(base_url=door.url, trust_env=False) as http:
            assert (await http.post("/lines/call", content=b"{}")).status_code == 401
            assert (await http.delete("/lines/call/job-0")).status_code == 401
    assert once.count == 0


async def test_bad_requests_get_a_sentence(tmp_path):
    fine = {"key": "a", "content": {}, "wishes": {}}
    bad = [
        ("call", b""),
        ("call", b"[" * 100_000),
        ("call", json.dumps(fine | {"key": "../../etc"}).encode()),
        ("call", json.dumps(fine | {"wait": 1e9}).encode()),
        ("call", json.dumps(fine | {"more": 1}).encode()),
        ("call", b" " * (2 << 20)),
        ("call", json.dumps(fine).encode()),
    ]
    async with serving(office(tmp_path, acts())) as door:
        headers = {"Authorization": f"Bearer {door.secret}"}
        async with httpx.AsyncClient(base_url=door.url, headers=headers, trust_env=False) as http:
            for service, body in bad:
                answer = await http.post(f"/lines/{service}", content=body)
                assert (answer.status_code, answer.json()["name"]) == (422, "refused"), body[:50]
            assert (await http.post("/lines/telex", json=fine)).status_code == 404


def test_a_worker_without_an_agent_has_no_client():
    assert LineClient.from_environment({}) is None
    door = {"VOICEBOT_LINES_URL": "http://127.0.0.1:1", "VOICEBOT_LINES_SECRET": "x"}
    assert LineClient.from_environment(door) is not None
