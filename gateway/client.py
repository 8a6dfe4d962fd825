"""A Python client of the gateway's REST interface."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self
from urllib.parse import quote

import httpx

from gateway.content import Kind
from gateway.errors import GatewayError, RefusedError, UnavailableError
from gateway.jobs.job import OVER, State
from gateway.rest.views import Conversion, Conversions, Problem

_PATH: Final = "/v1/conversions"
_TRIES: Final = 4
_BLOCK: Final = 1 << 16  # bytes


class NotDoneError(GatewayError):
    """A conversion ended without a result; `conversion` says how it stands."""

    def __init__(self, conversion: Conversion) -> None:
        super().__init__(conversion.reason or f"the conversion is {conversion.state}")
        self.conversion = conversion


class GatewayClient:
    """Converts files and texts through a gateway; use it in a `with` block.

    >>> with GatewayClient("http://127.0.0.1:8080") as gateway:  # doctest: +SKIP
    ...     job = gateway.submit(Path("letter.txt"), Kind.VOICE, media_type="audio/mpeg")
    ...     gateway.wait(job.id, lambda now: print(f"{now.progress:.0%}"))
    ...     gateway.save(job.id, Path("letter.mp3"))

    A request that got no answer is sent again under the same idempotency key, so nothing is
    converted or delivered twice. All methods raise RefusedError when the gateway says no, and
    UnavailableError when it can't be reached, or has no room now.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=timeout, transport=transport
        )
        self._sleep = sleep

    def __enter__(self) -> Self:
        """This client."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._http.close()

    def submit(
        self,
        source: Path | str,
        to: Kind | None = None,
        *,
        deliver: bool = False,
        key: str = "",
        **wishes: Any,
    ) -> Conversion:
        """Have a file (a Path) or a text (a str) converted; returns when the gateway has it safe.

        `wishes` are the fields of `gateway.transform.Wishes`; `deliver` sends it to `recipient`.
        `key` is an idempotency key; a random one if there is none.
        """
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        if isinstance(source, str):
            body: dict[str, Any] = {"text": source, "deliver": deliver, "wishes": wishes}
            if to is not None:
                body["to"] = to
            return _conversion(self._ask("POST", _PATH, headers=headers, json=body))
        fields = {name: _field(value) for name, value in wishes.items() if value is not None}
        fields["deliver"] = _field(deliver)
        if to is not None:
            fields["to"] = str(to)
        with source.open("rb") as file:
            answer = self._ask(
                "POST", _PATH, headers=headers, data=fields, upload=(source.name, file)
            )
        return _conversion(answer)

    def show(self, job: str) -> Conversion:
        """How it stands."""
        return _conversion(self._ask("GET", _address(job)))

    def newest(self, most: int = 50) -> list[Conversion]:
        """The youngest conversions, youngest first."""
        answer = self._ask("GET", f"{_PATH}?limit={most}")
        return Conversions.model_validate_json(answer.content).conversions

    def cancel(self, job: str) -> Conversion:
        """Call it off; one at work ends soon after."""
        return _conversion(self._ask("DELETE", _address(job)))

    def wait(
        self,
        job: str,
        progress: Callable[[Conversion], None] = lambda _: None,
        *,
        seconds: float = float("inf"),
    ) -> Conversion:
        """Wait until it is over, with news to `progress`; how it stands then.

        A connection that breaks is taken up again where it broke. After `seconds` it returns how
        it stands, over or not.
        """
        until = time.monotonic() + seconds
        last, failures = "0", 0
        while True:
            try:
                for number, now in self._news(job, last):
                    last, failures = number, 0
                    progress(now)
                    if now.state in OVER or time.monotonic() > until:
                        return now
            except httpx.TransportError as error:
                failures += 1
                if failures >= _TRIES:
                    raise UnavailableError(f"the gateway can't be reached: {error}") from error
            now = self.show(job)
            if now.state in OVER or time.monotonic() > until:
                return now
            self._sleep(0.5 * 2.0**failures)

    def save(self, job: str, path: Path) -> Path:
        """Write the result to `path`. Raises NotDoneError when there is none."""
        partial = path.with_name(f".{path.name}.part")
        try:
            with self._http.stream("GET", f"{_address(job)}/result") as answer:
                if answer.status_code == httpx.codes.CONFLICT:
                    answer.read()
                    raise NotDoneError(self.show(job))
                if answer.is_error:
                    answer.read()
                    raise _error(answer)
                with partial.open("wb") as file:
                    for block in answer.iter_bytes(_BLOCK):
                        file.write(block)
        except httpx.TransportError as error:
            raise UnavailableError(f"the gateway can't be reached: {error}") from error
        else:
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        return path

    def convert(self, source: Path | str, to: Kind, path: Path, **wishes: Any) -> Path:
        """Submit, wait and save in one. Raises NotDoneError when it failed."""
        done = self.wait(self.submit(source, to, **wishes).id)
        if done.state is not State.DONE:
            raise NotDoneError(done)
        return self.save(done.id, path)

    def _news(self, job: str, last: str) -> Iterator[tuple[str, Conversion]]:
        """(number, how it stands) for each event after `last`."""
        headers = {"Last-Event-ID": last, "Accept": "text/event-stream"}
        with self._http.stream("GET", f"{_address(job)}/events", headers=headers) as answer:
            if answer.is_error:
                answer.read()
                raise _error(answer)
            number = last
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    number = value
                elif name == "data":
                    yield number, Conversion.model_validate(json.loads(value)["conversion"])

    def _ask(
        self,
        method: str,
        address: str,
        *,
        upload: tuple[str, BinaryIO] | None = None,
        **request: Any,
    ) -> httpx.Response:
        for turn in range(_TRIES):
            if upload:
                upload[1].seek(0)
                request["files"] = {"file": upload}
            try:
                answer = self._http.request(method, address, **request)
            except httpx.TransportError as error:
                if turn == _TRIES - 1:
                    raise UnavailableError(f"the gateway can't be reached: {error}") from error
                self._sleep(0.5 * 2.0**turn)
                continue
            if answer.is_error:
                raise _error(answer)
            return answer
        raise AssertionError  # the last turn returns or raises


def _address(job: str) -> str:
    return f"{_PATH}/{quote(job, safe='')}"


def _field(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _conversion(answer: httpx.Response) -> Conversion:
    return Conversion.model_validate_json(answer.content)


def _error(answer: httpx.Response) -> GatewayError:
    try:
        message = Problem.model_validate_json(answer.content).error
    except ValueError:
        message = f"the gateway answered {answer.status_code}"
    unavailable = answer.status_code in (429, 502, 503, 504)
    return UnavailableError(message) if unavailable else RefusedError(message)
