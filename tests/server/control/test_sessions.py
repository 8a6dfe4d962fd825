from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.server.control.sessions import (
    SESSION_SECONDS,
    RateLimit,
    SessionBook,
    password_matches,
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock: Clock) -> SessionBook:
    return SessionBook(b"key", clock)


def test_a_cookie_proves_who_it_was_issued_to(book: SessionBook) -> None:
    session, cookie = book.issue("Zoë “Q” Martens")
    assert book.check(cookie) == session


def test_two_sessions_of_the_same_name_are_two_seats(book: SessionBook) -> None:
    assert book.issue("Eva")[0].id != book.issue("Eva")[0].id


def test_a_cookie_expires(book: SessionBook, clock: Clock) -> None:
    _, cookie = book.issue("Eva")
    clock.now = SESSION_SECONDS - 1
    assert book.check(cookie) is not None
    clock.now = SESSION_SECONDS
    assert book.check(cookie) is None


def test_who_signed_out_is_out_with_every_copy_of_the_cookie(book: SessionBook) -> None:
    session, cookie = book.issue("Eva")
    _, other = book.issue("Jonas")
    book.end(session)
    assert book.check(cookie) is None
    assert book.check(other) is not None


def test_a_cookie_of_another_key_is_refused(book: SessionBook, clock: Clock) -> None:
    _, cookie = SessionBook(b"other", clock).issue("Eva")
    assert book.check(cookie) is None


def test_a_changed_name_breaks_the_signature(book: SessionBook) -> None:
    _, cookie = book.issue("Eva")
    body, _, signature = cookie.partition(".")
    content = json.loads(base64.urlsafe_b64decode(body))
    content[1] = "Director"
    forged = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    assert book.check(f"{forged}.{signature}") is None


@given(st.text())
def test_any_text_is_just_refused(text: str) -> None:
    assert SessionBook(b"key", Clock()).check(text) is None


@given(st.integers(0, 200), st.characters())
def test_one_changed_character_is_refused(position: int, character: str) -> None:
    book = SessionBook(b"key", Clock())
    _, cookie = book.issue("Eva")
    at = position % len(cookie)
    changed = cookie[:at] + character + cookie[at + 1 :]
    assert (book.check(changed) is not None) == (changed == cookie)


@pytest.mark.parametrize(
    ("given_password", "expected", "matches"),
    [
        ("secret", "secret", True),
        ("Secret", "secret", False),
        ("", "secret", False),
        ("", "", False),
        ("\ud800", "secret", False),
    ],
)
def test_passwords(given_password: str, expected: str, matches: bool) -> None:
    assert password_matches(given_password, expected) is matches


def test_the_limit_lets_go_when_the_oldest_event_is_old(clock: Clock) -> None:
    limit = RateLimit(2, 60.0, clock)
    assert limit.wait("a") == 0
    clock.now = 10
    assert limit.wait("a") == 0
    assert limit.wait("a") == 50
    assert limit.wait("b") == 0
    clock.now = 60
    assert limit.wait("a") == 0
    assert limit.wait("a") == 10


def test_the_limit_remembers_a_bounded_number_of_keys(clock: Clock) -> None:
    limit = RateLimit(1, 60.0, clock, keys=3)
    for key in "abcd":
        assert limit.wait(key) == 0
    assert limit.wait("d") > 0
    assert limit.wait("a") == 0  # the one used longest ago was forgotten
