"""The transform `call`: once, whatever breaks; answers are not lost."""

from __future__ import annotations

import asyncio
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.content import Content, Kind
from gateway.errors import (
    CancelledError,
    MissingPartError,
    RefusedError,
    UnavailableError,
    UncertainError,
)
from gateway.outcall.calling import Calling, Edge, transforms
from gateway.outcall.service import Order
from gateway.outcall.terms import Outcome
from gateway.transform import Wishes
from tests.gateway.sms.work import TestWork

WISHES = Wishes(recipient="+15550100")


class FakeService:
    """Calls nobody: `acts` do instead, one a call."""

    missing = ""

    def __init__(self, *acts) -> None:
        self.acts = list(acts)
        self.status = "completed"

    async def read_out(self, order: Order) -> Outcome:
        return await self.acts.pop(0)(order)

    def status_of(self, sid: str) -> str:
        return self.status


async def heard(order: Order) -> Outcome:
    order.placing()
    order.placed("CA1")
    return Outcome({order.items[0].id}, wanted=True, reason="to the end")


async def answered(order: Order) -> Outcome:
    order.placing()
    order.placed("CA1")
    order.on_answer("a", b"\1\0" * 8000)
    return Outcome({"x"}, set(), {"x"}, wanted=True, reason="to the end")


async def busy(order: Order) -> Outcome:
    order.placing()
    order.placed("CA1")
    raise UnavailableError("the line is busy")


async def killed_while_placing(order: Order) -> Outcome:
    order.placing()
    raise SystemError("killed")


async def killed_on_the_call(order: Order) -> Outcome:
    order.placing()
    order.placed("CA1")
    order.on_answer("a", b"\1\0" * 8000)
    raise SystemError("killed")


async def going_on(order: Order) -> Outcome:
    order.placing()
    order.placed("CA1")
    await asyncio.sleep(60)
    raise AssertionError


def content(tmp_path: Path, text: str = "Lunch?") -> Content:
    path = tmp_path / "mail.txt"
    path.write_text(text)
    details = {"from": "anna@example.com", "subject": "Lunch", "message_id": "<1@x>"}
    return Content(Kind.TEXT, path, "text/plain", details)


async def call(tmp_path, service, got=None, work=None, wishes=WISHES, text="Lunch?") -> Content:
    calling = Calling(
        Edge(service, asyncio.get_running_loop()), (got if got is not None else []).append
    )
    work = work or TestWork(tmp_path)
    return await asyncio.to_thread(calling.run, content(tmp_path, text), wishes, work)


async def test_what_was_read_comes_back_and_is_not_read_twice(tmp_path):
    service = FakeService(heard)
    for _ in range(2):
        read = await call(tmp_path, service)
        assert read.path.read_text() == "Lunch?"
        assert {k: read.details[k] for k in ("heard", "deleted", "answered", "reason", "to")} == {
            "heard": True,
            "deleted": False,
            "answered": False,
            "reason": "to the end",
            "to": "+15550100",
        }


@pytest.mark.parametrize("details", [{}, {"mailbox": True}])
async def test_only_mail_of_a_mailbox_can_be_deleted(tmp_path, details):
    kept = []

    async def look(order: Order) -> Outcome:
        kept.append(order.items[0].kept)
        return await heard(order)

    source = content(tmp_path)
    source = replace(source, details={**source.details, **details})
    calling = Calling(Edge(FakeService(look), asyncio.get_running_loop()), [].append)
    await asyncio.to_thread(calling.run, source, WISHES, TestWork(tmp_path))
    assert kept == [bool(details)]


async def test_an_answer_goes_back_to_the_sender(tmp_path):
    got: list[Content] = []
    await call(tmp_path, FakeService(answered), got)
    (voice,) = got
    assert (voice.kind, voice.media_type) == (Kind.VOICE, "audio/wav")
    assert voice.details == {
        "to": "anna@example.com",
        "from": "+15550100",
        "subject": "Re: Lunch",
        "in_reply_to": "<1@x>",
        "key": "job-1/0/answer-000",
    }
    with wave.open(str(voice.path)) as file:
        assert (file.getframerate(), file.getnframes()) == (8000, 8000)


async def test_busy_is_called_again(tmp_path):
    service = FakeService(busy, heard)
    with pytest.raises(UnavailableError):
        await call(tmp_path, service)
    assert (await call(tmp_path, service)).details["heard"] is True


async def test_killed_while_placing_is_uncertain_for_good(tmp_path):
    service = FakeService(killed_while_placing, heard)
    with pytest.raises(SystemError):
        await call(tmp_path, service)
    for _ in range(2):
        with pytest.raises(UncertainError, match="being placed"):
            await call(tmp_path, service)


@pytest.mark.parametrize("status", ["completed", "in-progress", "ringing", ""])
async def test_killed_on_the_call_is_uncertain_but_the_answer_is_kept(tmp_path, status):
    service = FakeService(killed_on_the_call, heard)
    service.status = status
    got: list[Content] = []
    with pytest.raises(SystemError):
        await call(tmp_path, service, got)
    again: list[Content] = []
    with pytest.raises(UncertainError, match="nobody knows how much"):
        await call(tmp_path, service, again)
    assert [one.details["key"] for one in got] == ["job-1/0/answer-000"]
    assert [one.details["key"] for one in again] == ["job-1/0/answer-000"]


async def test_killed_on_a_call_that_nobody_took_is_called_again(tmp_path):
    service = FakeService(killed_on_the_call, heard)
    service.status = "no-answer"
    with pytest.raises(SystemError):
        await call(tmp_path, service)
    assert (await call(tmp_path, service)).details["heard"] is True


async def test_an_answer_that_can_not_be_passed_on_is_passed_on_later(tmp_path):
    def full(_: Content) -> None:
        raise UnavailableError("disk full")

    service = FakeService(answered)
    calling = Calling(Edge(service, asyncio.get_running_loop()), full)
    with pytest.raises(UnavailableError):
        await asyncio.to_thread(calling.run, content(tmp_path), WISHES, TestWork(tmp_path))
    got: list[Content] = []
    assert (await call(tmp_path, service, got)).details["answered"] is True
    assert len(got) == 1


async def test_calling_it_off_ends_the_call(tmp_path):
    work = TestWork(tmp_path)
    cancelled = asyncio.Event()

    async def until_cancelled(order: Order) -> Outcome:
        work.cancelled = CancelledError("enough")
        try:
            return await going_on(order)
        finally:
            cancelled.set()

    with pytest.raises(CancelledError):
        await call(tmp_path, FakeService(until_cancelled), work=work)
    async with asyncio.timeout(5):
        await cancelled.wait()


@pytest.mark.parametrize(
    ("text", "wishes", "says"),
    [(" \n", WISHES, "nothing in the text"), ("hi", Wishes(), "whom to call")],
)
async def test_nothing_to_say_or_nobody_to_call(tmp_path, text, wishes, says):
    with pytest.raises(RefusedError, match=says):
        await call(tmp_path, FakeService(), wishes=wishes, text=text)


async def test_a_very_long_text_is_cut_and_says_so(tmp_path):
    told: list[str] = []

    async def listen(order: Order) -> Outcome:
        told.append(order.items[0].text)
        return await heard(order)

    await call(tmp_path, FakeService(listen), text="word " * 30_000)
    assert len(told[0]) < 100_100
    assert told[0].endswith("longer than can be read out.")


def test_without_a_telephone_it_says_so(tmp_path):
    (transform,) = transforms()
    assert transform.delivers
    assert "voicebot serve" in transform.missing()
    with pytest.raises(MissingPartError):
        transform.run(content(tmp_path), WISHES, TestWork(tmp_path))
