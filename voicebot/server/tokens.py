"""Tokens that let a media stream in, once: issued by a webhook or a page, redeemed at the edge."""

from __future__ import annotations

import hashlib
import heapq
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Purpose = Literal["twilio", "web", "audiosocket"]
"""What a token lets in: a stream of Twilio's, a call from the web phone, a call by AudioSocket."""

Reason = Literal["unknown", "used", "expired", "wrong_purpose", "full"]

_MEANING: Mapping[Reason, str] = MappingProxyType(
    {
        "unknown": "the token is unknown: ask for a new one and use it within its time",
        "used": "the token was used before: it lets one stream in, once",
        "expired": "the token has expired: ask for a new one",
        "wrong_purpose": "the token was issued for another kind of stream",
        "full": "too many tokens are outstanding: try again in a minute",
    }
)


class TokenRefused(ValueError):
    """A token was not good, or none can be issued; `reason` says which of the ways."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(_MEANING[reason])
        self.reason: Reason = reason


@dataclass(slots=True)
class _Entry:
    purpose: Purpose
    payload: Mapping[str, str]
    expires: float
    used: bool = False


class TokenBook:
    """Outstanding tokens, at most `limit`; `clock` gives monotonic seconds.

    Tokens are kept as SHA-256 digests and found by digest, so the time of a look-up says nothing
    about how much of a guess was right, and no token can be read out of the book.
    """

    def __init__(self, clock: Callable[[], float], limit: int = 10_000) -> None:
        self._clock = clock
        self._limit = limit
        self._entries: dict[bytes, _Entry] = {}
        self._by_expiry: list[tuple[float, bytes]] = []

    @property
    def size(self) -> int:
        """How many tokens are kept, never more than the limit."""
        return len(self._entries)

    def issue(
        self,
        purpose: Purpose,
        payload: Mapping[str, str],
        ttl: float,
        make: Callable[[], str] = secrets.token_urlsafe,
    ) -> str:
        """A new token for `purpose`, good for `ttl` seconds and one use; `make` makes its text.

        Raises TokenRefused('full') when `limit` tokens are still good.
        """
        now = self._clock()
        if len(self._entries) >= self._limit:
            self._make_room(now)
        token = make()
        key = _digest(token)
        self._entries[key] = _Entry(purpose, MappingProxyType(dict(payload)), now + ttl)
        heapq.heappush(self._by_expiry, (now + ttl, key))
        return token

    def redeem(self, token: str, purpose: Purpose) -> Mapping[str, str]:
        """The payload that `token` was issued with; the token is used up.

        Raises TokenRefused. A token that is presented for the wrong purpose stays good.
        """
        entry = self._entries.get(_digest(token))
        if entry is None:
            raise TokenRefused("unknown")
        if entry.used:
            raise TokenRefused("used")
        if self._clock() >= entry.expires:
            raise TokenRefused("expired")
        if entry.purpose != purpose:
            raise TokenRefused("wrong_purpose")
        entry.used = True
        return entry.payload

    def _make_room(self, now: float) -> None:
        """Drop the expired tokens; if that is not enough, the used ones; else refuse."""
        while self._by_expiry and self._by_expiry[0][0] <= now:
            del self._entries[heapq.heappop(self._by_expiry)[1]]
        if len(self._entries) < self._limit:
            return
        # Used tokens are remembered only to say "used" instead of "unknown".
        self._entries = {key: entry for key, entry in self._entries.items() if not entry.used}
        self._by_expiry = [(entry.expires, key) for key, entry in self._entries.items()]
        heapq.heapify(self._by_expiry)
        if len(self._entries) >= self._limit:
            raise TokenRefused("full")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
