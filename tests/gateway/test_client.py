"""The Python client against a gateway that loses answers."""

from __future__ import annotations

import itertools
import json

import httpx
import pytest

from gateway.client import GatewayClient, NotDoneError
from gateway.content import Kind
from gateway.errors import RefusedError, UnavailableError
from gateway.jobs.job import State

WHEN = "2026-01-01T00:00:00Z"


def shown(state="accepted", progress=0.0, **more):
    return {
        "id": "j1",
        "state": state,
        "progress": progress,
        "source": "text",
        "to": "voice",
        "deliver": False,
        "name": "",
        "steps": [],
        "step": None,
        "reason": "",
        "next_try": None,
        "created": WHEN,
        "changed": WHEN,
        "result": None,
        **more,
    }


def news(*rows):
    lines = []
    for number, row in rows:
        data = json.dumps({"what": "x", "at": WHEN, "conversion": row})
        lines.append(f"id: {number}\nevent: x\ndata: {data}\n\n")
    return httpx.Response(200, text=": hello\n\n" + "".join(lines))


class Gateway(httpx.BaseTransport):
    """Answers with `answers` in turn (an exception is raised) and remembers the requests."""

    def __init__(self, *answers):
        self.answers = iter(answers)
        self.requests = []

    def handle_request(self, request):
        request.read()
        self.requests.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def client(*answers):
    gateway = Gateway(*answers)
    slept = []
    made = GatewayClient("http://gateway", "secret", transport=gateway, sleep=slept.append)
    return made, gateway, slept


LOST = httpx.ReadError("the line is dead")


def test_what_got_no_answer_is_sent_again_under_the_same_key(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("hello")
    gateway, wire, slept = client(LOST, LOST, httpx.Response(202, json=shown()))
    with gateway:
        assert gateway.submit(path, Kind.VOICE, rate=1.5, cover=False).id == "j1"
    keys = {request.headers["idempotency-key"] for request in wire.requests}
    assert (len(wire.requests), len(keys), slept) == (3, 1, [0.5, 1.0])
    for request in wire.requests:
        assert b"hello" in request.content
        assert b'name="cover"\r\n\r\nfalse' in request.content
        assert request.headers["authorization"] == "Bearer secret"


def test_it_gives_up_when_nobody_answers():
    gateway, wire, _ = client(*itertools.repeat(LOST, 4))
    with pytest.raises(UnavailableError, match="can't be reached"):
        gateway.submit("hello")
    assert len(wire.requests) == 4


@pytest.mark.parametrize(
    ("status", "error"), [(422, RefusedError), (413, RefusedError), (503, UnavailableError)]
)
def test_a_refusal_says_what_the_gateway_said(status, error):
    gateway, *_ = client(httpx.Response(status, json={"error": "Not like this."}))
    with pytest.raises(error, match="Not like this"):
        gateway.submit("hello")


def test_an_answer_of_something_else_is_explained():
    gateway, *_ = client(httpx.Response(502, text="<html>"))
    with pytest.raises(UnavailableError, match="502"):
        gateway.show("j1")


def test_waiting_goes_on_where_the_line_broke():
    gateway, wire, _ = client(
        news((1, shown()), (2, shown("running", 0.5))),
        httpx.Response(200, json=shown("running", 0.5)),
        LOST,
        httpx.Response(200, json=shown("running", 0.5)),
        news((3, shown("done", 1.0))),
    )
    told = []
    assert gateway.wait("j1", lambda now: told.append(now.progress)).state is State.DONE
    assert told == [0.0, 0.5, 1.0]
    asked = [r.headers["last-event-id"] for r in wire.requests if r.url.path.endswith("events")]
    assert asked == ["0", "2", "2"]


def test_waiting_ends_when_it_is_over_already():
    over = httpx.Response(200, json=shown("failed", reason="no"))
    gateway, *_ = client(httpx.Response(204), over)
    assert gateway.wait("j1").state is State.FAILED


def test_a_result_is_there_whole_or_not_at_all(tmp_path):
    class Breaks(httpx.SyncByteStream):
        def __iter__(self):
            yield b"half"
            raise LOST

    gateway, *_ = client(httpx.Response(200, stream=Breaks()), httpx.Response(200, content=b"all"))
    with pytest.raises(UnavailableError):
        gateway.save("j1", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    assert gateway.save("j1", tmp_path / "out").read_bytes() == b"all"


def test_a_conversion_that_failed_has_no_result(tmp_path):
    failed = shown("failed", reason="no such number")
    gateway, *_ = client(httpx.Response(409, json={}), httpx.Response(200, json=failed))
    with pytest.raises(NotDoneError, match="no such number"):
        gateway.save("j1", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
