"""Downloading one file over HTTP: it goes on where it was, is bounded in time, and is checked.

Bytes gather in `<target>.part`. Only a part whose sha256 is right is renamed to the target, so a
target that exists is complete. What is left of a broken download stays in the part and the next
attempt asks for the rest of it (RFC 9110, section 14: Range, Content-Range, 206 and 416).
"""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import certifi
import httpx

from voicebot.modelfetch.progress import Progress

ANSWER_LIMIT = 5.0
"""Seconds until a server must have begun to answer, looking up its name included."""
STALL_LIMIT = 30.0
"""Seconds without a byte after which a running download counts as broken."""
ATTEMPTS = 20
"""How often a download that breaks is taken up again, as long as each time some bytes come."""
HASH_BLOCK = 1 << 20


class TransferError(Exception):
    """A file did not come; the message is the reason, short enough for a list."""


class OutOfReach(TransferError):
    """The server cannot be reached at all: no other file will come from it either."""


class BrokenOff(TransferError):
    """The connection died in the middle; the bytes so far are kept."""


class WrongContent(TransferError):
    """What came is not the file that was asked for; it has been deleted."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a download must turn out to be: `size` in bytes and `sha256` in hex, where known."""

    sha256: str | None
    size: int | None = None


class Downloader:
    """Downloads files; safe to use for one file at a time."""

    def __init__(
        self, answer_limit: float = ANSWER_LIMIT, stall_limit: float = STALL_LIMIT
    ) -> None:
        self._answer_limit = answer_limit
        self._client = httpx.Client(
            verify=_trust(),
            follow_redirects=True,
            timeout=httpx.Timeout(stall_limit, connect=answer_limit),
            # A compressed answer could not be taken up in the middle.
            headers={"Accept-Encoding": "identity", "User-Agent": "voicebot-models"},
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def download(self, url: str, target: Path, expected: Expected, progress: Progress) -> None:
        """Bring `url` to `target`, going on with what an earlier attempt has left.

        Raises:
            OutOfReach: no answer within the limit.
            BrokenOff: it broke again and again; the bytes are kept for the next time.
            WrongContent: size or hash is wrong; the bytes are deleted.
            TransferError: the server refuses.
        """
        part = target.with_name(target.name + ".part")
        left_over = part.exists()
        if not (left_over and expected.sha256 is not None and _fits(part, expected)):
            try:
                self._gather(url, part, expected, progress)
            except WrongContent:
                if not left_over:
                    raise
                # The bytes of an earlier attempt may be to blame: once more, from the beginning.
                self._gather(url, part, expected, progress)
        part.replace(target)

    def _gather(self, url: str, part: Path, expected: Expected, progress: Progress) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            before = _size(part)
            try:
                self._receive(url, part, expected, progress)
            except WrongContent:
                part.unlink(missing_ok=True)
                raise
            except BrokenOff:
                # Without a new byte there is no use in trying on.
                if attempt == ATTEMPTS or _size(part) == before:
                    raise
            else:
                break
        if not _fits(part, expected):
            part.unlink()
            raise WrongContent("the hash of what came is wrong")

    def _receive(self, url: str, part: Path, expected: Expected, progress: Progress) -> None:
        with self._answer(url, _size(part)) as response:
            start = self._start(response, part)
            total = _total(response, start)
            if expected.size is not None and total not in (None, expected.size):
                raise WrongContent(f"it has {total} bytes instead of {expected.size}")
            progress.start(part.name.removesuffix(".part"), total or expected.size, start)
            try:
                self._write(response, part, start, total or expected.size, progress)
            finally:
                progress.finish()

    def _write(
        self,
        response: httpx.Response,
        part: Path,
        start: int,
        total: int | None,
        progress: Progress,
    ) -> None:
        have = start
        with part.open("ab" if start else "wb") as stream:
            try:
                for chunk in response.iter_raw():
                    have += len(chunk)
                    if total is not None and have > total:
                        raise WrongContent(f"more than the {total} bytes that were announced came")
                    stream.write(chunk)
                    progress.advance(len(chunk))
            except httpx.HTTPError as error:
                raise BrokenOff(f"broke off after {have} bytes ({_reason(error)})") from error
        if total is not None and have < total:
            raise BrokenOff(f"broke off after {have} of {total} bytes")

    def _start(self, response: httpx.Response, part: Path) -> int:
        """Where in the file the answer begins, in bytes."""
        have = _size(part)
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            if not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                raise WrongContent("another range came than was asked for")
            return have
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise WrongContent(f"the file is shorter than the {have} bytes that were here")
        if response.status_code != httpx.codes.OK:
            raise TransferError(
                f"the server answers {response.status_code} {response.reason_phrase}"
            )
        return 0

    @contextmanager
    def _answer(self, url: str, have: int) -> Iterator[httpx.Response]:
        """The answer to a request for the file from byte `have` on, headers read, body not."""
        asked = _Asked(self._client, url, have)
        try:
            yield asked.wait(self._answer_limit)
        finally:
            asked.close()


class _Asked:
    """A request under way in a thread of its own.

    The limits of a socket do not cover looking up a name, nor several addresses tried in turn, nor
    redirects. Waiting for the thread does: when the limit is over, it is left to end by itself.
    """

    def __init__(self, client: httpx.Client, url: str, have: int) -> None:
        headers = {"Range": f"bytes={have}-"} if have else {}
        self._request = client.build_request("GET", url, headers=headers)
        self._client = client
        self._response: httpx.Response | None = None
        self._error: httpx.HTTPError | OSError | None = None
        self._unwanted = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="model-request", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            response = self._client.send(self._request, stream=True)
        except (httpx.HTTPError, OSError) as error:
            self._error = error
            return
        except RuntimeError:
            # The client was closed while nobody waited for the answer any more.
            if not self._unwanted:
                raise
            return
        with self._lock:
            if not self._unwanted:
                self._response = response
                return
        response.close()

    def wait(self, limit: float) -> httpx.Response:
        self._thread.join(limit)
        with self._lock:
            if self._response is not None:
                return self._response
            self._unwanted = True
        if self._error is not None:
            raise OutOfReach(f"out of reach ({_reason(self._error)})") from self._error
        raise OutOfReach(f"no answer within {limit:g} s")

    def close(self) -> None:
        with self._lock:
            self._unwanted = True
            if self._response is not None:
                self._response.close()


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _fits(path: Path, expected: Expected) -> bool:
    """Whether a file is the right one, as far as is known what that is."""
    if expected.size is not None and path.stat().st_size != expected.size:
        return False
    return expected.sha256 is None or sha256_of(path) == expected.sha256


def _total(response: httpx.Response, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _trust() -> ssl.SSLContext:
    """The certificates of the system (or SSL_CERT_FILE) and those that come with certifi."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
