"""Who is signed in: signed cookies, and the limits on trying passwords.

A session is a cookie that holds the expert's name, a random id and an expiry, signed with
HMAC-SHA256. The server keeps only the ids that were signed out before they expired.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

SESSION_SECONDS = 12 * 3600
MAX_NAME = 60
MAX_COOKIE = 1024


@dataclass(frozen=True, slots=True)
class Session:
    """An expert who signed in. `id` names the seat; `expires` is in seconds since the epoch."""

    id: str
    name: str
    expires: float


class SessionBook:
    """Issues and checks session cookies; `clock` gives seconds since the epoch."""

    def __init__(self, key: bytes, clock: Callable[[], float]) -> None:
        self._key = key
        self._clock = clock
        self._ended: dict[str, float] = {}

    def issue(self, name: str) -> tuple[Session, str]:
        """A new session of `name`, and the cookie that proves it."""
        session = Session(secrets.token_hex(8), name, self._clock() + SESSION_SECONDS)
        content = [session.id, session.name, session.expires]
        body = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
        return session, f"{body}.{self._sign(body)}"

    def check(self, cookie: str) -> Session | None:
        """The session that `cookie` proves; None when it is forged, expired or signed out."""
        if not cookie or len(cookie) > MAX_COOKIE:
            return None
        body, _, signature = cookie.partition(".")
        if not hmac.compare_digest(self._sign(body).encode(), signature.encode("utf-8", "replace")):
            return None
        try:
            session_id, name, expires = json.loads(base64.urlsafe_b64decode(body))
        except (ValueError, binascii.Error):  # signed by us, yet of another version
            return None
        if self._clock() >= expires or session_id in self._ended:
            return None
        return Session(session_id, name, expires)

    def end(self, session: Session) -> None:
        """Sign out: the cookie is worth nothing from now on."""
        now = self._clock()
        self._ended = {key: expires for key, expires in self._ended.items() if expires > now}
        self._ended[session.id] = session.expires

    def _sign(self, body: str) -> str:
        digest = hmac.new(self._key, body.encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def password_matches(given: str, expected: str) -> bool:
    """Compare in a time that says nothing about either; an empty password never matches."""
    digests = [
        hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in (given, expected)
    ]
    return hmac.compare_digest(*digests) and expected != ""


class RateLimit:
    """At most `count` events in `seconds` for each key, remembering at most `keys` keys.

    `clock` gives monotonic seconds.
    """

    def __init__(
        self, count: int, seconds: float, clock: Callable[[], float], keys: int = 4096
    ) -> None:
        self._count = count
        self._seconds = seconds
        self._clock = clock
        self._keys = keys
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Count an event of `key`: 0 when it may go on, else the seconds until it may."""
        now = self._clock()
        times = self._seen.pop(key, None) or deque(maxlen=self._count)
        self._seen[key] = times  # the key used last is forgotten last
        if len(self._seen) > self._keys:
            self._seen.popitem(last=False)
        if len(times) == self._count and now - times[0] < self._seconds:
            return times[0] + self._seconds - now
        times.append(now)
        return 0.0

    def forgive(self, key: str) -> None:
        """The latest event of `key` is not to count."""
        times = self._seen.get(key)
        if times:
            times.pop()
