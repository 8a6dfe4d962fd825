"""A real gateway on 127.0.0.1: uvicorn, the REST interface and a worker, in this process."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from gateway.content import Content, Kind
from gateway.errors import RefusedError
from gateway.jobs.intake import Intake
from gateway.jobs.settings import JobSettings, database_address
from gateway.jobs.worker import Worker
from gateway.kinds import recognised
from gateway.rest.server import ConversionApi
from gateway.rest.settings import RestSettings
from gateway.transform import Transform
from tests.gateway.jobs.steps import LOUDER, MIRRORED, Post, posting

TOKEN = "a token"
JOBS = JobSettings(
    poll_seconds=0.02, reserve_bytes=0, retry_seconds=0.05, nice=0, source_bytes=1 << 20,
    voice_bytes=3 << 20,
)  # fmt: skip


@dataclass
class Site:
    """The gateway, and the step `slow`, which waits until `gate` is set."""

    url: str
    intake: Intake
    post: Post
    gate: threading.Event
    entered: threading.Event

    def ask(self, method, path, token=TOKEN, **more):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        return httpx.request(method, self.url + path, headers=headers, timeout=20, **more)

    def ended(self, job):
        until = time.monotonic() + 20
        while time.monotonic() < until:
            shown = self.ask("GET", f"/v1/conversions/{job}").json()
            if shown["state"] not in ("accepted", "running"):
                return shown
            time.sleep(0.02)
        raise AssertionError(shown)


def _wait(server):
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)


@pytest.fixture(scope="package")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    post, gate, entered = Post(), threading.Event(), threading.Event()

    def slow(source, wishes, work):
        entered.set()
        until = time.monotonic() + 20
        while not gate.is_set() and time.monotonic() < until:
            work.progress(0.5)
            time.sleep(0.01)
        path = work.folder / "out.txt"
        path.write_bytes(source.path.read_bytes())
        return Content(Kind.TEXT, path, "text/plain; charset=utf-8", {"seconds": 1.0})

    def refuse(source, wishes, work):
        raise RefusedError("nobody can read this")

    steps = (
        LOUDER,
        MIRRORED,
        posting(post),
        Transform("listen", Kind.VOICE, Kind.TEXT, 2.0, 0.0, slow),
        Transform("read", Kind.EMAIL, Kind.VOICE, 1.0, 0.0, refuse),
        Transform("say", Kind.TEXT, Kind.EMAIL, 1.0, 0.0, refuse, missing=lambda: "a mouth"),
    )

    def allowed(request):
        return request.headers.get("authorization") == f"Bearer {TOKEN}"

    address = database_address("", folder)
    with Worker(folder / "gateway", address, JOBS, steps) as worker:
        settings = RestSettings(uploads=2, streams=2, pause_seconds=0.5)
        api = ConversionApi(worker.intake, steps, recognised, settings, allowed)
        app = Starlette(routes=api.routes())
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            _wait(server)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield Site(f"http://127.0.0.1:{port}", worker.intake, post, gate, entered)
        finally:
            gate.set()
            server.should_exit = True
            thread.join(10)


@pytest.fixture
def site(running):
    running.gate.clear()
    running.entered.clear()
    running.post.trouble, running.post.delivered = [], []
    yield running
    running.gate.set()
