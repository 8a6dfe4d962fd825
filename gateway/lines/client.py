"""The worker's side: transforms whose work is done by the agent, which has the lines."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
from pydantic import ValidationError

from gateway.content import Content
from gateway.errors import (
    GatewayError,
    MissingPartError,
    RefusedError,
    UnavailableError,
    UncertainError,
)
from gateway.lines.messages import (
    PATH,
    SECRET_VARIABLE,
    URL_VARIABLE,
    Asked,
    Failure,
    Service,
    Standing,
)
from gateway.transform import Wishes, Work
from gateway.wholefiles import write_whole

PATIENCE: Final = 120.0
"""Seconds without an answer from the agent, which may just be starting."""
_WAIT: Final = 2.0  # seconds that the agent may wait for news
_TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
_PAUSE: Final = 0.5  # seconds between two tries
_ENDING: Final = 30.0
"""Seconds that a call may take to end when it is called off."""
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_NOT_UNDERSTOOD: Final = "the agent's answer about the call is not understood"
_UNREACHABLE: Final = (
    "the agent does not answer; it has the telephone lines: start `voicebot serve`"
)


class LineClient:
    """Asks the agent at `url`. Blocking; may be used in several threads."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        """`clock` and `pause` (which waits for so many seconds) are for tests."""
        self._url = url
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._patience = patience
        self._clock = clock
        self._pause = pause or threading.Event().wait

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> LineClient | None:
        """The client of a worker that the agent has started; None without an agent."""
        url, secret = environment.get(URL_VARIABLE), environment.get(SECRET_VARIABLE)
        return cls(url, secret) if url and secret else None

    def deliver(self, service: Service, content: Content, wishes: Wishes, work: Work) -> Content:
        """Have the agent use a line; what was sent. Asks again where it broke off.

        Raises:
            GatewayError: as the transform does that the agent carries out. UncertainError also when
                the agent fell silent after it had been asked.
        """
        notes = _Notes(work.folder / "line.json")
        with httpx.Client(
            base_url=self._url, headers=self._headers, timeout=_TIMEOUT, trust_env=False
        ) as http:
            talk = _Talk(self, http, service, notes, content, wishes, work.key)
            standing = self._followed(talk, work)
        notes.after = standing.attempt if standing.failure is not None else 0
        notes.asked = False
        notes.write()
        if standing.failure is not None:
            raise standing.failure.as_error()
        return _taken_over(standing, work.folder)

    def _followed(self, talk: _Talk, work: Work) -> Standing:
        """Follow it to its end, or call it off."""
        done, ending, stop = -1.0, float("inf"), None
        while not (standing := talk.ask(done, self._patience)).over:
            done = standing.done
            if self._clock() > ending:
                raise UncertainError("the call was called off, but does not end") from stop
            try:
                work.progress(max(0.0, done))
            except GatewayError as error:
                if stop is None:
                    stop, ending = error, self._clock() + _ENDING
                    talk.cancel()
        if stop is not None and standing.failure is not None and not _sent(standing):
            raise stop
        return standing

    def wait(self) -> None:
        """Between two tries."""
        self._pause(_PAUSE)

    def now(self) -> float:
        """Seconds, for how long nothing was heard."""
        return self._clock()


class _Talk:
    """One step's conversation with the agent."""

    def __init__(
        self,
        client: LineClient,
        http: httpx.Client,
        service: Service,
        notes: _Notes,
        content: Content,
        wishes: Wishes,
        key: str,
    ) -> None:
        self._client = client
        self._http = http
        self._service = service
        self._notes = notes
        try:
            self._asked = Asked(
                key=key, content=content.as_json(), wishes=wishes, after=notes.after, wait=_WAIT
            )
        except ValidationError as error:
            raise RefusedError("this step can't be named on the telephone") from error

    def ask(self, seen: float, patience: float) -> Standing:
        """How it stands; starts it if nobody has. Tries for `patience` seconds."""
        since = self._client.now()
        body = self._asked.model_copy(update={"seen": seen}).model_dump_json()
        while True:
            try:
                response = self._http.post(f"{PATH}/{self._service}", content=body)
                if (standing := self._understood(response)) is not None:
                    return standing
            except _NOT_SENT:
                pass  # it was not asked, or not again
            except httpx.TransportError:
                self._notes.asking()  # it may have understood
            if self._client.now() - since > patience:
                raise self._silent()
            self._client.wait()

    def cancel(self) -> None:
        """Call it off."""
        try:
            self._http.delete(f"{PATH}/{self._service}/{self._asked.key}")
        except httpx.TransportError:
            return  # an agent that is gone has no call any more

    def _understood(self, response: httpx.Response) -> Standing | None:
        """What the agent says; None where its server breaks off, or has too much to do."""
        try:
            if response.status_code == httpx.codes.OK:
                standing = Standing.model_validate_json(response.content)
                self._notes.asking()
                return standing
            failure = Failure.model_validate_json(response.content)
        except ValidationError as error:
            if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                return None
            raise UncertainError(_NOT_UNDERSTOOD) from error
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise MissingPartError("the agent does not know this worker: restart `voicebot serve`")
        raise failure.as_error()

    def _silent(self) -> GatewayError:
        if not self._notes.asked:
            return UnavailableError(_UNREACHABLE)
        return UncertainError("the agent fell silent while it used the telephone for this")


class _Notes:
    """What the worker knows: `after`, the attempt that failed last; `asked`: is one under way?"""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
        self.after = int(kept.get("after", 0))
        self.asked = bool(kept.get("asked", False))

    def asking(self) -> None:
        """The agent has, or may have, understood."""
        if not self.asked:
            self.asked = True
            self.write()

    def write(self) -> None:
        """On the disk."""
        kept = {"after": self.after, "asked": self.asked}
        write_whole(self._path, json.dumps(kept).encode())


def _sent(standing: Standing) -> bool:
    """Can anything have reached anybody, though it failed?"""
    return standing.failure is not None and standing.failure.name == "uncertain"


def _taken_over(standing: Standing, folder: Path) -> Content:
    """What was sent, with a file of our own: the agent's is cleaned away one day."""
    try:
        made = Content.from_json(standing.content or {})
    except (KeyError, ValueError, TypeError) as error:
        raise UncertainError(_NOT_UNDERSTOOD) from error
    target = folder / made.path.name
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(made.path, part)
    part.replace(target)
    return replace(made, path=target)
