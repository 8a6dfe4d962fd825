"""Tokens: once, in time, for their purpose, and never without a bound."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from voicebot.server.tokens import Purpose, TokenBook, TokenRefused


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock: Clock) -> TokenBook:
    return TokenBook(clock, limit=3)


def reason(book: TokenBook, token: str, purpose: Purpose = "web") -> str:
    with pytest.raises(TokenRefused) as refused:
        book.redeem(token, purpose)
    return refused.value.reason


def test_a_token_gives_its_payload_once(book: TokenBook) -> None:
    payload = {"From": "+15550100"}
    token = book.issue("twilio", payload, 60)
    payload["From"] = "changed later"
    assert book.redeem(token, "twilio") == {"From": "+15550100"}
    assert reason(book, token, "twilio") == "used"


def test_an_unknown_token_is_refused(book: TokenBook) -> None:
    book.issue("web", {}, 60)
    assert reason(book, "") == "unknown"
    assert reason(book, "guess\ud800") == "unknown"


def test_a_token_expires(book: TokenBook, clock: Clock) -> None:
    token = book.issue("web", {}, 60)
    clock.now += 59.9
    early = book.issue("web", {}, 60)
    clock.now += 0.1
    assert reason(book, token) == "expired"
    assert book.redeem(early, "web") == {}


def test_a_token_for_something_else_is_refused_and_stays_good(book: TokenBook) -> None:
    token = book.issue("twilio", {}, 60)
    assert reason(book, token, "web") == "wrong_purpose"
    assert book.redeem(token, "twilio") == {}


def test_a_full_book_drops_the_expired_then_the_used_then_refuses(
    book: TokenBook, clock: Clock
) -> None:
    short = book.issue("web", {}, 1)
    used = book.issue("web", {}, 60)
    good = book.issue("web", {}, 60)
    book.redeem(used, "web")
    clock.now += 1
    book.issue("web", {}, 60)
    assert reason(book, short) == "unknown"
    assert reason(book, used) == "used"
    book.issue("web", {}, 60)
    assert reason(book, used) == "unknown"
    with pytest.raises(TokenRefused) as refused:
        book.issue("web", {}, 60)
    assert refused.value.reason == "full"
    assert book.redeem(good, "web") == {}
    assert book.size == 3


def test_tokens_are_long_and_fit_into_a_parameter(book: TokenBook) -> None:
    token = book.issue("web", {}, 60)
    assert len(token) >= 43
    assert token.isascii()
    assert '"' not in token


class AgainstAModel(RuleBasedStateMachine):
    """Any sequence of issuing, redeeming and waiting keeps to the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.book = TokenBook(self.clock, limit=4)
        self.issued: dict[str, float] = {}
        self.used: set[str] = set()

    @rule(ttl=st.floats(0.1, 10))
    def issue(self, ttl: float) -> None:
        good = [t for t, end in self.issued.items() if end > self.clock.now and t not in self.used]
        try:
            token = self.book.issue("web", {}, ttl)
        except TokenRefused:
            assert len(good) >= 4
            return
        assert len(good) < 4
        self.issued[token] = self.clock.now + ttl

    @precondition(lambda self: self.issued)
    @rule(pick=st.integers(0, 100))
    def redeem(self, pick: int) -> None:
        token = list(self.issued)[pick % len(self.issued)]
        good = self.issued[token] > self.clock.now and token not in self.used
        try:
            self.book.redeem(token, "web")
        except TokenRefused:
            assert not good
            return
        assert good
        self.used.add(token)

    @rule(seconds=st.floats(0, 5))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def bounded(self) -> None:
        assert self.book.size <= 4


TestAgainstAModel = AgainstAModel.TestCase
