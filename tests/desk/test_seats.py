"""The desk between calls and pages, on virtual time."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from voicebot.config import LimitSettings
from voicebot.conversation.commands import RecordTurn, RingSeat, ShowPartial
from voicebot.conversation.events import ExpertLeft, NoSeat, Party, SeatRinging
from voicebot.desk.dossier import Dossier
from voicebot.desk.requests import BadRequest, SeatRefused
from voicebot.desk.seats import MOST_SEATS, Desk, MediaRefused, SeatLeg

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LIMITS = LimitSettings(ring_seconds=20, transfer_seconds=60)


class Timer:
    def __init__(self, at: float, callback: Callable[[], object]) -> None:
        self.at, self.callback, self.alive = at, callback, True

    def cancel(self) -> None:
        self.alive = False


class Loop:
    """An event loop whose time is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[Timer] = []
        self.soon: list[Callable[[], object]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        self.timers.append(Timer(self.now + delay, callback))
        return self.timers[-1]

    def call_soon(self, callback: Callable[[], object], /) -> None:
        self.soon.append(callback)

    def settle(self) -> None:
        while self.soon:
            self.soon.pop(0)()

    def pass_time(self, seconds: float) -> None:
        self.settle()
        until = self.now + seconds
        while due := [timer for timer in self.timers if timer.alive and timer.at <= until]:
            timer = min(due, key=lambda timer: timer.at)
            timer.alive = False
            self.now = max(self.now, timer.at)
            timer.callback()
            self.settle()
        self.now = until


class Page:
    """A seat's page; `got` is what it was sent since it was last looked at."""

    def __init__(self) -> None:
        self.messages: list[Mapping[str, Any]] = []

    def send(self, message: Mapping[str, Any]) -> None:
        json.dumps(message, allow_nan=False)
        self.messages.append(message)

    def got(self, *kinds: str) -> list[Mapping[str, Any]]:
        found, self.messages = self.messages, []
        return [message for message in found if not kinds or message["type"] in kinds]


class Notes:
    def __init__(self) -> None:
        self.kept: list[tuple[str, str, datetime, str]] = []

    def add_note(self, call_id: str, seat: str, at: datetime, text: str) -> None:
        self.kept.append((call_id, seat, at, text))


class World:
    def __init__(self) -> None:
        self.loop = Loop()
        self.notes = Notes()
        self.desk = Desk(LIMITS, self.notes, scheduler=self.loop, now=lambda: START)
        self.told: dict[str, list[object]] = {}

    def seat(self, seat: str, *, skills: tuple[str, ...] = ()) -> Page:
        page = Page()
        self.desk.connect(seat, f"Ms {seat}", page.send, skills)
        self.desk.receive(seat, {"type": "available"})
        page.got()
        return page

    def ring(self, call: str = "c", skill: str = "") -> None:
        dossier = Dossier(call, "+12025550100", "", START, reason="asked", skill=skill)
        told = self.told.setdefault(call, [])
        self.desk.ring(call, RingSeat("asked", "", skill), dossier, told.append)
        assert not told or isinstance(told[-1], SeatRinging | NoSeat | ExpertLeft)
        self.loop.settle()

    def connected(self, seat: str, page: Page, call: str = "c") -> SeatLeg:
        self.desk.receive(seat, {"type": "accept", "call_id": call})
        (message,) = page.got("connect")
        return self.desk.claim_media(message["media_token"])


@pytest.fixture
def world() -> World:
    return World()


def test_a_call_from_ring_to_wrap_up(world: World) -> None:
    desk, page = world.desk, world.seat("s1")
    world.ring()
    assert world.told["c"] == [SeatRinging("s1", "Ms s1")]
    state, ringing = page.got()
    assert state == {"type": "state", "state": "ringing"}
    assert ringing["type"] == "ringing"
    assert ringing["dossier"]["caller"] == "+12025550100"
    assert ringing["dossier"]["reason"] == "asked"

    desk.line("c", RecordTurn(1, Party.CALLER, "hello?", times={"started": 1.0}))
    (line,) = page.got()
    assert (line["type"], line["call_id"], line["line"]["text"]) == ("line", "c", "hello?")

    desk.partial("c", ShowPartial(Party.CALLER, "I want", "to"))
    assert page.got() == [
        {
            "type": "partial",
            "call_id": "c",
            "party": "caller",
            "stable": "I want",
            "tentative": "to",
        }
    ]

    assert world.connected("s1", page) == SeatLeg("s1", "Ms s1", "c")
    desk.update("c", Dossier("c", "", "", START, slots={"amount": 20}))
    (message,) = page.got()
    assert message["dossier"]["slots"] == {"amount": 20}
    assert message["dossier"]["lines"] == []

    world.loop.pass_time(300)
    desk.receive("s1", {"type": "note", "call_id": "c", "text": "a nice caller"})
    desk.receive("s1", {"type": "end", "call_id": "c"})
    world.loop.settle()
    assert world.told["c"][-1] == ExpertLeft("s1", "ended")
    assert page.got() == [
        {"type": "ended", "call_id": "c", "reason": "ended"},
        {"type": "state", "state": "wrap_up"},
    ]
    desk.receive("s1", {"type": "note", "call_id": "c", "text": "and another thing"})
    desk.receive("s1", {"type": "wrapped_up", "call_id": "c"})
    assert page.got() == [{"type": "state", "state": "available"}]
    assert world.notes.kept == [
        ("c", "s1", START, "a nice caller"),
        ("c", "s1", START, "and another thing"),
    ]
    desk.line("c", RecordTurn(2, Party.CALLER, "too late"))
    desk.partial("c", ShowPartial(Party.CALLER, "too", "late"))
    desk.update("c", Dossier("c", "", "", START))
    assert page.got() == []


def test_nothing_is_told_in_the_middle_of_ringing(world: World) -> None:
    told: list[object] = []
    dossier = Dossier("c", "", "", START)
    world.desk.ring("c", RingSeat("asked"), dossier, told.append)
    assert told == []
    world.loop.settle()
    assert told == [NoSeat("none_signed_in")]


def test_a_caller_who_left_is_told_nothing(world: World) -> None:
    told: list[object] = []
    world.desk.ring("c", RingSeat("asked"), Dossier("c", "", "", START), told.append)
    world.ring("c")
    assert told == []  # it rang again before the first answer came
    page = world.seat("s1")
    world.desk.ring("d", RingSeat("asked"), Dossier("d", "", "", START), told.append)
    world.desk.withdraw("d")
    world.desk.withdraw("d")
    world.loop.pass_time(100)
    assert told == []
    assert [message["type"] for message in page.got()] == [
        "state", "ringing", "stop_ringing", "state",
    ]  # fmt: skip


def test_no_answer_goes_on_with_the_whole_story(world: World) -> None:
    first, second = world.seat("s1"), world.seat("s2")
    world.ring()
    world.desk.line("c", RecordTurn(1, Party.CALLER, "is anybody there?"))
    world.loop.pass_time(20)
    (stopped,) = first.got("stop_ringing")
    assert stopped["reason"] == "not answered"
    (ringing,) = second.got("ringing")
    assert [line["text"] for line in ringing["dossier"]["lines"]] == ["is anybody there?"]
    world.loop.pass_time(20)
    assert world.told["c"] == [
        SeatRinging("s1", "Ms s1"),
        SeatRinging("s2", "Ms s2"),
        NoSeat("no_answer"),
    ]


def test_all_busy(world: World) -> None:
    page = world.seat("s1")
    world.ring("c1")
    world.connected("s1", page, "c1")
    world.ring("c2")
    (waiting,) = world.desk.waiting()
    assert (waiting.call_id, waiting.caller, waiting.reason) == ("c2", "+12025550100", "asked")
    world.loop.pass_time(30)
    assert world.desk.waiting()[0].seconds == 30
    world.loop.pass_time(30)
    assert world.told["c2"] == [NoSeat("all_busy")]


def test_a_token_is_good_once_and_only_in_time(world: World) -> None:
    desk, page = world.desk, world.seat("s1")
    other = world.seat("s2")
    world.ring()
    desk.receive("s1", {"type": "accept", "call_id": "c"})
    (message,) = page.got("connect")
    token = message["media_token"]
    for bad in ("", "guess", token + "x"):
        with pytest.raises(MediaRefused):
            desk.claim_media(bad)
    world.loop.pass_time(10)
    with pytest.raises(MediaRefused):
        desk.claim_media(token)
    assert page.got("stop_ringing", "error")[-1]["type"] == "error"
    assert world.told["c"][-1] == SeatRinging("s2", "Ms s2")
    world.connected("s2", other)
    desk.receive("s1", {"type": "available"})
    with pytest.raises(MediaRefused):
        desk.claim_media(token)
    world.ring("d")
    desk.receive("s1", {"type": "accept", "call_id": "d"})
    token = page.got("connect")[0]["media_token"]
    desk.withdraw("d")
    with pytest.raises(MediaRefused):
        desk.claim_media(token)
    world.loop.pass_time(1000)
    assert world.told["c"][-1] == SeatRinging("s2", "Ms s2")  # still connected


def test_the_audio_of_a_seat_is_lost(world: World) -> None:
    page, other = world.seat("s1"), world.seat("s2")
    world.ring()
    world.connected("s1", page)
    world.desk.release("c", "the connection was lost")
    assert page.got("ended")[0]["reason"] == "the connection was lost"
    world.ring()
    assert other.got("ringing")


def test_a_page_is_loaded_again(world: World) -> None:
    page = world.seat("s1")
    world.ring()
    again = Page()
    world.desk.connect("s1", "Ms s1", again.send)
    assert page.got("error")
    assert [message["type"] for message in again.got()] == ["state", "ringing"]
    world.desk.disconnect("s1", page.send)  # the older page goes: nothing follows
    assert world.desk.waiting()[0].seat == "s1"
    world.connected("s1", again)
    world.desk.disconnect("s1", again.send)
    world.loop.pass_time(59)
    third = Page()
    world.desk.connect("s1", "Ms s1", third.send)
    state, dossier = third.got()
    assert state == {"type": "state", "state": "talking"}
    assert dossier["type"] == "dossier"
    world.loop.pass_time(500)
    world.desk.disconnect("s1", third.send)
    world.loop.pass_time(60)
    assert world.told["c"][-1] == ExpertLeft("s1", "lost")
    assert world.desk.seats() == []


def test_a_page_goes_while_it_rings(world: World) -> None:
    page = world.seat("s1")
    world.ring()
    world.desk.disconnect("s1", page.send)
    world.loop.settle()
    assert world.told["c"] == [SeatRinging("s1", "Ms s1"), NoSeat("no_answer")]
    with pytest.raises(BadRequest, match="not signed in"):
        world.desk.receive("s1", {"type": "accept", "call_id": "c"})


def test_notes_belong_to_a_call_of_the_seat(world: World) -> None:
    world.seat("s1")
    with pytest.raises(BadRequest, match="note"):
        world.desk.receive("s1", {"type": "note", "call_id": "other", "text": "x"})
    with pytest.raises(BadRequest):
        world.desk.receive("s1", {"type": "note", "call_id": "", "text": "x"})
    assert world.notes.kept == []


def test_seats_are_limited(world: World) -> None:
    for number in range(MOST_SEATS):
        world.desk.connect(f"s{number}", "Ada", Page().send)
    with pytest.raises(SeatRefused, match="200"):
        world.desk.connect("one more", "Ada", Page().send)
    world.desk.connect("s0", "Ada", Page().send)  # known


def test_skills_and_the_status_page(world: World) -> None:
    world.seat("loans", skills=("loans",))
    cards = world.seat("cards", skills=("cards",))
    world.ring("c", "cards")
    assert cards.got("ringing")
    world.loop.pass_time(5)
    snapshot = world.desk.snapshot()
    json.dumps(snapshot)
    assert [(seat["name"], seat["state"]) for seat in snapshot["seats"]] == [
        ("Ms loans", "available"),
        ("Ms cards", "ringing"),
    ]
    assert snapshot["seats"][1]["call_id"] == "c"
    assert snapshot["waiting"][0]["seat"] == "cards"
    assert snapshot["waiting"][0]["seconds"] == 5


def test_a_page_that_answers_at_once(world: World) -> None:
    """A page's `send` may come back to the desk."""
    page = Page()

    def eager(message: Mapping[str, Any]) -> None:
        page.send(message)
        if message["type"] == "ringing":
            world.desk.receive("s1", {"type": "accept", "call_id": message["dossier"]["call_id"]})

    world.desk.connect("s1", "Ada", eager)
    world.desk.receive("s1", {"type": "available"})
    world.ring()
    assert [message["type"] for message in page.got()][-3:] == ["ringing", "state", "connect"]


async def test_on_a_real_event_loop() -> None:
    desk = Desk(LimitSettings(ring_seconds=0.01, transfer_seconds=0.02), Notes())
    page, done = Page(), []
    desk.connect("s1", "Ada", page.send)
    desk.receive("s1", {"type": "available"})

    answered = asyncio.Event()

    def notify(event: object) -> None:
        done.append(event)
        if isinstance(event, NoSeat):
            answered.set()

    desk.ring("c", RingSeat("asked"), Dossier("c", "", "", START), notify)
    await asyncio.wait_for(answered.wait(), 5)
    assert done == [SeatRinging("s1", "Ada"), NoSeat("no_answer")]
