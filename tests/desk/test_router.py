"""Routing: each rule by itself, and random days at the desk."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.desk.decisions import (
    Connect,
    Decision,
    Ended,
    ExpertGone,
    Refused,
    Ring,
    SeatState,
    StateChanged,
    StopRinging,
    Warned,
)
from voicebot.desk.places import RouterSettings
from voicebot.desk.router import Router

SETTINGS = RouterSettings(ring=20.0, transfer=60.0, media=10.0, away=30.0, misses=2)


@pytest.fixture
def router() -> Router:
    return Router(SETTINGS)


def seat_in(router: Router, seat: str, now: float = 0.0, skills: Sequence[str] = ()) -> None:
    router.sign_in(seat, seat.title(), skills, now)
    router.available(seat, now)


def told(decisions: list[Decision]) -> list[Decision]:
    """Without the states, which follow from the rest."""
    return [decision for decision in decisions if not isinstance(decision, StateChanged)]


def state(router: Router, seat: str) -> SeatState:
    return next(view.state for view in router.seats() if view.seat == seat)


def connect(router: Router, seat: str, call: str, now: float) -> None:
    assert Connect(seat, call) in router.accept(seat, call, now)
    router.media_opened(call, now)


def test_the_seat_that_waited_longest_rings_first(router: Router) -> None:
    seat_in(router, "a", 2.0)
    seat_in(router, "b", 1.0)
    assert router.ring("c", "", 5.0)[-1] == Ring("b", "c")
    assert state(router, "b") is SeatState.RINGING
    assert router.ring("d", "", 6.0)[-1] == Ring("a", "d")
    assert router.next_deadline() == 25.0


def test_a_skill_is_respected(router: Router) -> None:
    seat_in(router, "loans", 0.0, ["loans"])
    seat_in(router, "all", 1.0)
    seat_in(router, "cards", 2.0, ["cards", "fraud"])
    assert Ring("all", "c1") in router.ring("c1", "cards", 5.0)
    assert Ring("cards", "c2") in router.ring("c2", "cards", 5.0)
    assert told(router.ring("c3", "cards", 5.0)) == []  # waits, though loans is free
    assert Ring("loans", "c4") in router.ring("c4", "", 5.0)


def test_nobody_is_signed_in(router: Router) -> None:
    assert router.ring("c", "", 0.0) == [Refused("c", "none_signed_in")]
    router.sign_in("a", "A", (), 0.0)  # but away
    assert router.ring("c", "", 0.0) == [Refused("c", "none_signed_in")]
    seat_in(router, "b", 0.0, ["loans"])
    assert router.ring("c", "cards", 0.0) == [Refused("c", "none_signed_in")]
    assert router.next_deadline() is None


def test_who_lost_an_expert_waits_a_while_for_the_page_to_come_back(router: Router) -> None:
    for reopened in (True, False):
        router.sign_in("a", "Anna", (), 0.0)
        router.available("a", 0.0)
        router.ring("c", "", 1.0)
        router.accept("a", "c", 2.0)
        router.media_opened("c", 2.5)
        router.sign_out("a", 5.0)  # the page is loaded again: its sockets close one by one
        assert told(router.ring("c", "", 5.1)) == []
        assert router.next_deadline() == pytest.approx(15.1)
        if reopened:
            router.sign_in("a", "Anna", (), 6.0)
            assert Ring("a", "c") in router.available("a", 6.0)
            router.release("c", "the caller hung up", 7.0)
            router.sign_out("a", 8.0)
    assert told(router.tick(15.2)) == [Refused("c", "none_signed_in")]


def test_the_last_seat_leaves_while_a_call_waits(router: Router) -> None:
    seat_in(router, "a")
    router.ring("c1", "", 0.0)
    connect(router, "a", "c1", 1.0)
    assert told(router.ring("c2", "", 2.0)) == []
    router.release("c1", "bye", 3.0)
    assert told(router.away("a", 4.0)) == [Refused("c2", "none_signed_in")]


def test_unanswered_calls_go_on_to_the_next_seat_and_then_nobody(router: Router) -> None:
    seat_in(router, "a", 0.0)
    seat_in(router, "b", 1.0)
    router.ring("c", "", 2.0)
    assert router.tick(21.9) == []
    assert told(router.tick(22.0)) == [StopRinging("a", "c", "not answered"), Ring("b", "c")]
    assert told(router.tick(42.0)) == [
        StopRinging("b", "c", "not answered"),
        Refused("c", "no_answer"),
    ]
    assert state(router, "a") is state(router, "b") is SeatState.AVAILABLE


def test_a_seat_that_never_answers_is_set_to_away(router: Router) -> None:
    seat_in(router, "a")
    router.ring("c1", "", 0.0)
    router.tick(20.0)
    router.ring("c2", "", 30.0)
    (stopped, warned, refused) = told(router.tick(50.0))
    assert stopped == StopRinging("a", "c2", "not answered")
    assert isinstance(warned, Warned)
    assert refused == Refused("c2", "no_answer")
    assert state(router, "a") is SeatState.AWAY
    router.available("a", 60.0)
    router.ring("c3", "", 61.0)
    router.tick(81.0)  # counted anew
    assert state(router, "a") is SeatState.AVAILABLE


def test_all_busy_waits_and_gets_the_seat_that_becomes_free(router: Router) -> None:
    seat_in(router, "a")
    router.ring("c1", "", 0.0)
    connect(router, "a", "c1", 1.0)
    assert told(router.ring("c2", "", 2.0)) == []
    assert told(router.ring("c3", "", 3.0)) == []
    assert router.next_deadline() == 62.0
    assert told(router.release("c1", "hung up", 10.0)) == [Ended("a", "c1", "hung up")]
    assert state(router, "a") is SeatState.WRAP_UP
    assert told(router.wrapped_up("a", 15.0)) == [Ring("a", "c2")]  # who waited longest
    connect(router, "a", "c2", 16.0)
    assert told(router.tick(63.0)) == [Refused("c3", "all_busy")]


def test_ringing_ends_when_the_caller_has_waited_long_enough(router: Router) -> None:
    seat_in(router, "a")
    router.ring("c1", "", 0.0)
    connect(router, "a", "c1", 1.0)
    router.ring("c2", "", 2.0)
    router.end("a", 50.0)
    assert told(router.available("a", 52.0)) == [Ring("a", "c2")]
    assert router.next_deadline() == 62.0
    assert told(router.tick(62.0)) == [
        StopRinging("a", "c2", "not answered"),
        Refused("c2", "no_answer"),
    ]


def test_declining_goes_on_and_does_not_come_back(router: Router) -> None:
    seat_in(router, "a", 0.0)
    seat_in(router, "b", 1.0)
    router.ring("c", "", 2.0)
    assert told(router.decline("a", "c", 3.0)) == [
        StopRinging("a", "c", "declined"),
        Ring("b", "c"),
    ]
    assert told(router.decline("b", "c", 4.0))[-1] == Refused("c", "no_answer")
    assert Ring("a", "d") in router.ring("d", "", 5.0)


def test_whoever_comes_back_may_be_asked_again(router: Router) -> None:
    seat_in(router, "a", 0.0)
    seat_in(router, "b", 1.0)
    router.ring("x", "", 2.0)
    connect(router, "a", "x", 2.0)
    router.ring("c", "", 3.0)
    assert told(router.away("b", 4.0)) == [StopRinging("b", "c", "away")]
    assert told(router.available("b", 5.0)) == [Ring("b", "c")]


def test_a_page_is_lost_while_it_rings(router: Router) -> None:
    seat_in(router, "a", 0.0)
    seat_in(router, "b", 1.0)
    router.ring("c", "", 2.0)
    assert told(router.sign_out("a", 3.0)) == [Ring("b", "c")]
    assert [view.seat for view in router.seats()] == ["b"]
    assert told(router.sign_out("b", 4.0)) == [Refused("c", "no_answer")]
    assert router.sign_out("b", 5.0) == []


def test_a_page_is_lost_in_conversation_and_comes_back(router: Router) -> None:
    seat_in(router, "a")
    router.ring("c", "", 0.0)
    connect(router, "a", "c", 1.0)
    assert router.sign_out("a", 10.0) == []
    assert router.next_deadline() == 40.0
    assert router.sign_in("a", "A", (), 20.0) == [StateChanged("a", SeatState.TALKING)]
    assert router.next_deadline() is None
    assert told(router.end("a", 50.0)) == [Ended("a", "c", "ended"), ExpertGone("c", "a", "ended")]


def test_a_page_that_stays_away_loses_the_conversation(router: Router) -> None:
    seat_in(router, "a")
    router.ring("c", "", 0.0)
    connect(router, "a", "c", 1.0)
    router.sign_out("a", 10.0)
    assert router.tick(40.0) == [ExpertGone("c", "a", "lost")]
    assert router.seats() == []
    assert router.calls() == []


def test_a_call_is_released_while_the_page_is_away(router: Router) -> None:
    seat_in(router, "a")
    router.ring("c", "", 0.0)
    connect(router, "a", "c", 1.0)
    router.sign_out("a", 10.0)
    assert router.release("c", "hung up", 11.0) == []
    assert router.seats() == []


def test_two_accept_at_once(router: Router) -> None:
    seat_in(router, "a", 0.0)
    seat_in(router, "b", 1.0)
    router.ring("c", "", 2.0)
    router.tick(22.0)  # on to b, while a's click is under way
    (warned,) = told(router.accept("a", "c", 22.1))
    assert isinstance(warned, Warned)
    assert told(router.accept("b", "c", 22.2)) == [Connect("b", "c")]
    (warned,) = told(router.accept("b", "c", 22.3))
    assert isinstance(warned, Warned)


def test_audio_must_come(router: Router) -> None:
    seat_in(router, "a", 0.0)
    seat_in(router, "b", 1.0)
    router.ring("c", "", 2.0)
    router.accept("a", "c", 5.0)
    assert router.next_deadline() == 15.0
    stopped, warned, ring = told(router.tick(15.0))
    assert stopped == StopRinging("a", "c", "no audio")
    assert isinstance(warned, Warned)
    assert ring == Ring("b", "c")
    assert state(router, "a") is SeatState.AWAY
    connect(router, "b", "c", 16.0)
    assert router.next_deadline() is None
    router.media_opened("gone", 17.0)


def test_accepting_can_be_taken_back(router: Router) -> None:
    seat_in(router, "a", 0.0)
    seat_in(router, "b", 1.0)
    router.ring("c", "", 2.0)
    router.accept("a", "c", 5.0)
    assert told(router.end("a", 6.0)) == [StopRinging("a", "c", "taken back"), Ring("b", "c")]
    assert state(router, "a") is SeatState.AVAILABLE


def test_the_caller_is_gone(router: Router) -> None:
    seat_in(router, "a", 0.0)
    seat_in(router, "b", 1.0)
    router.ring("c", "", 2.0)
    assert told(router.release("c", "gone", 3.0)) == [StopRinging("a", "c", "gone")]
    assert router.ring("d", "", 4.0)[-1] == Ring("a", "d")  # a is still the one who waited longest
    router.accept("a", "d", 5.0)
    assert told(router.release("d", "gone", 6.0)) == [Ended("a", "d", "gone")]
    assert router.release("d", "gone", 7.0) == []


def test_a_connected_call_rings_again(router: Router) -> None:
    """Its audio was lost, and the call looks for somebody else."""
    seat_in(router, "a", 0.0)
    seat_in(router, "b", 1.0)
    router.ring("c", "", 2.0)
    connect(router, "a", "c", 3.0)
    ended, ring = told(router.ring("c", "", 4.0))
    assert isinstance(ended, Ended)
    assert ring == Ring("b", "c")
    assert state(router, "a") is SeatState.WRAP_UP


def test_what_makes_no_sense_is_answered(router: Router) -> None:
    seat_in(router, "a")
    for decisions in (router.end("a", 1.0), router.decline("a", "c", 1.0)):
        (warned,) = told(decisions)
        assert isinstance(warned, Warned)
    assert router.wrapped_up("a", 1.0) == []
    router.ring("c", "", 2.0)
    (warned,) = told(router.available("a", 3.0))
    assert isinstance(warned, Warned)
    router.accept("a", "c", 4.0)
    (warned,) = told(router.away("a", 5.0))
    assert isinstance(warned, Warned)


SEATS = ("a", "b", "c")
CALLS = tuple("12345")
step = st.tuples(
    st.sampled_from(
        "sign_in sign_out available away accept accept decline end wrapped_up media ring ring "
        "release wait wait".split()
    ),
    st.sampled_from(SEATS),
    st.sampled_from(CALLS),
    st.sampled_from(("", "x", "y")),
    st.floats(0.0, 30.0),
)


class Day:
    """Applies random steps and keeps books from the decisions alone."""

    def __init__(self) -> None:
        self.router = Router(SETTINGS)
        self.now = 0.0
        self.rings: dict[str, str] = {}  # call -> seat
        self.at_seat: dict[str, str] = {}  # seat -> call that rings or talks there
        self.open: set[str] = set()

    def present(self, seat: str) -> bool:
        return any(view.seat == seat for view in self.router.seats())

    def apply(self, what: str, seat: str, call: str, skill: str) -> None:
        router, now = self.router, self.now
        if what == "sign_in":
            skills = (skill,) if skill else ()
            self.book(router.sign_in(seat, seat, skills, now))
        elif what == "sign_out":
            self.lost_page(seat)
            self.book(router.sign_out(seat, now))
        elif what == "media":
            self.book(router.media_opened(call, now))
        elif what == "ring":
            self.left(call)
            self.open.add(call)
            self.book(router.ring(call, skill, now))
        elif what == "release":
            self.left(call)
            self.book(router.release(call, "gone", now))
        elif self.present(seat):
            if what in {"accept", "decline"}:
                self.book(getattr(router, what)(seat, self.at_seat.get(seat, call), now))
            else:
                self.book(getattr(router, what)(seat, now))

    def lost_page(self, seat: str) -> None:
        """No message tells a page that is gone that its call stopped ringing."""
        call = self.at_seat.get(seat)
        if call is not None and not any(
            v.connected and v.seat == seat for v in self.router.calls()
        ):
            del self.at_seat[seat]
            self.rings.pop(call, None)

    def left(self, call: str) -> None:
        self.open.discard(call)
        for seat, other in list(self.at_seat.items()):
            if other == call and not self.present(seat):
                del self.at_seat[seat]

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(100):
            deadline = self.router.next_deadline()
            if deadline is None or deadline > until:
                break
            assert deadline >= self.now
            self.now = deadline
            self.book(self.router.tick(self.now))
        else:
            raise AssertionError("deadlines that never pass")
        self.now = until

    def book(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Ring(seat, call):
                    assert call in self.open
                    assert call not in self.rings, "rung at two seats"
                    assert seat not in self.at_seat, "two calls at a seat"
                    self.rings[call] = seat
                    self.at_seat[seat] = call
                case StopRinging(seat, call, _):
                    assert self.at_seat.pop(seat) == call
                    self.rings.pop(call, None)
                case Connect(seat, call):
                    assert self.rings.pop(call) == seat
                case Ended(seat, call, _):
                    assert self.at_seat.pop(seat) == call
                case Refused(call, _):
                    assert call not in self.rings
                    self.open.remove(call)
                case ExpertGone(call, seat, _):
                    self.open.remove(call)
                    self.at_seat.pop(seat, None)
        self.check()

    def check(self) -> None:
        views = self.router.calls()
        assert {view.call_id for view in views} == self.open
        taken = [view.seat for view in views if view.seat]
        assert len(taken) == len(set(taken))
        for view in self.router.seats():
            busy = view.state in {SeatState.RINGING, SeatState.TALKING}
            assert busy == bool(view.call_id)
            assert (view.state is SeatState.RINGING) == (view.seat in self.rings.values())


@settings(deadline=None)
@given(st.lists(step, min_size=20, max_size=80))
def test_random_days(steps: list[tuple[str, str, str, str, float]]) -> None:
    day = Day()
    for seat in SEATS[:2]:
        day.apply("sign_in", seat, "", "")
        day.apply("available", seat, "", "")
    for what, seat, call, skill, seconds in steps:
        if what == "wait":
            day.pass_time(seconds)
        else:
            day.apply(what, seat, call, skill)
        day.check()
    # Whoever still waits is answered in the end, if nobody does anything any more.
    day.pass_time(SETTINGS.transfer + SETTINGS.media + SETTINGS.away)
    assert all(view.connected for view in day.router.calls())
    for call in CALLS:
        day.apply("release", "a", call, "")
    assert day.router.calls() == []
    assert day.router.next_deadline() is None
