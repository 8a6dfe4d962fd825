"""The transform `call`: a text is read out on the telephone, once.

That a call is being placed is written down before the provider is asked, and its id afterwards. A
second attempt calls again only if the provider says that nobody took the first call. Answers are
files in the work folder before they are handed on, and handed on again (under the same key) where
it is not known whether they were.
"""

from __future__ import annotations

import asyncio
import json
import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.content import Content, Json, Kind
from gateway.errors import MissingPartError, RefusedError, UnavailableError, UncertainError
from gateway.outcall.recording import write_wav
from gateway.outcall.service import NO_ANSWER, Order, ReadOutService, checked_items
from gateway.outcall.terms import Item, Outcome
from gateway.sms.messages import text_of
from gateway.transform import Transform, Wishes, Work
from gateway.wholefiles import write_whole

Answered = Callable[[Content], None]
"""Is given a spoken answer, a VOICE content. Its details say `to` whom it goes (the `from` of what
was read out), `subject`, `from` (the number that was called) and a `key`: the same key is the same
answer. It is kept when this returns."""

_POLL: Final = 0.2  # seconds
_PLACING: Final = "placing"
_PLACED: Final = "placed"
_DONE: Final = "done"


@dataclass(frozen=True, slots=True)
class Edge:
    """Where read-outs are placed: the service, and the loop that it lives on."""

    service: ReadOutService
    loop: asyncio.AbstractEventLoop


class Calling:
    """Reads out TEXT contents by telephone."""

    def __init__(self, edge: Edge | None, answered: Answered) -> None:
        """Without an `edge` there is no telephone in this process."""
        self._edge = edge
        self._answered = answered

    def missing(self) -> str:
        """What has to be set up before anybody can be called."""
        if self._edge is None:
            return "no telephone here: outbound calls are made by `voicebot serve`"
        return self._edge.service.missing

    def transform(self) -> Transform:
        """The delivering transform `call`."""
        return Transform(
            "call",
            Kind.TEXT,
            Kind.TEXT,
            cost=5.0,
            loss=0.05,
            run=self.run,
            delivers=True,
            resumes=True,
            missing=self.missing,
        )

    def run(self, content: Content, wishes: Wishes, work: Work) -> Content:
        """Call and read out; what was read, with `reason`, `heard`, `deleted`, `answered`."""
        if self._edge is None:
            raise MissingPartError(self.missing())
        text = text_of(content)
        journal = _Journal(work.folder / "call.json")
        answers = _Answers(content, wishes, work, self._answered)
        answers.hand_on()  # those of an attempt that broke off
        if journal.state != _DONE:
            self._check_former(self._edge.service, journal)
            try:
                kept = bool(content.details.get("mailbox"))
                items = checked_items(text, work.key, kept=kept)
                outcome = self._call(self._edge, items, wishes, work, journal, answers)
                journal.write(_DONE, outcome=_plain(outcome))
            finally:
                answers.hand_on()
        path = work.folder / "read.txt"
        write_whole(path, text.encode())
        details = {**content.details, **journal.outcome, "to": wishes.recipient}
        return Content(Kind.TEXT, path, "text/plain", details)

    def _check_former(self, service: ReadOutService, journal: _Journal) -> None:
        """May we call (again)? Raises UncertainError."""
        if journal.state == _PLACING:
            raise UncertainError(
                "the call was being placed when the gateway broke off: it may have been made"
            )
        if journal.state == _PLACED and service.status_of(journal.sid) not in NO_ANSWER:
            raise UncertainError(
                "the gateway broke off during the call: nobody knows how much was heard"
            )

    def _call(
        self,
        edge: Edge,
        items: tuple[Item, ...],
        wishes: Wishes,
        work: Work,
        journal: _Journal,
        answers: _Answers,
    ) -> Outcome:
        if not wishes.recipient:
            raise RefusedError("whom to call? wish for a recipient: a number like +15550100123")
        order = Order(
            wishes.recipient,
            items,
            lambda _, pcm: answers.spoken.put(pcm),
            lambda: journal.write(_PLACING),
            lambda sid: journal.write(_PLACED, sid=sid),
        )
        try:
            return self._wait(edge, order, work, answers)
        except (RefusedError, UnavailableError):
            journal.write("")  # nobody has heard anything
            raise

    def _wait(self, edge: Edge, order: Order, work: Work, answers: _Answers) -> Outcome:
        future = asyncio.run_coroutine_threadsafe(edge.service.read_out(order), edge.loop)
        try:
            while True:
                answers.keep()
                work.progress(0.5)
                try:
                    return future.result(_POLL)
                except TimeoutError:
                    if future.done():
                        raise
        finally:
            future.cancel()


def transforms(edge: Edge | None = None, answered: Answered | None = None) -> list[Transform]:
    """The transform `call`; without an `edge` or somebody to take answers it is only named."""
    if edge is None or answered is None:
        return [Calling(None, _nobody).transform()]
    return [Calling(edge, answered).transform()]


def _nobody(_: Content) -> None:
    raise MissingPartError("nobody takes spoken answers here")


class _Journal:
    """How far the call came; on disk before it counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, Json] = json.loads(path.read_bytes()) if path.exists() else {}

    @property
    def state(self) -> str:
        """placing, placed, done, or '' when nobody was called."""
        return str(self._kept.get("state", ""))

    @property
    def sid(self) -> str:
        """The provider's id of the call."""
        return str(self._kept.get("sid", ""))

    @property
    def outcome(self) -> Mapping[str, Json]:
        """What came of it."""
        found = self._kept.get("outcome")
        return found if isinstance(found, dict) else {}

    def write(self, state: str, **more: Json) -> None:
        """So far it came."""
        self._kept = {"state": state, **more}
        write_whole(self._path, json.dumps(self._kept).encode())


class _Answers:
    """Spoken answers: queued by the call, written to files, and handed on."""

    def __init__(self, content: Content, wishes: Wishes, work: Work, answered: Answered) -> None:
        self.spoken: queue.Queue[bytes] = queue.Queue()
        self._content = content
        self._wishes = wishes
        self._work = work
        self._answered = answered
        self._handed_on: set[Path] = set()

    def keep(self) -> None:
        """Write down what was spoken since."""
        while not self.spoken.empty():
            number = len(self._files())
            write_wav(self._work.folder / f"answer-{number:03d}.wav", self.spoken.get())

    def hand_on(self) -> None:
        """Pass on what is kept. Raises what `answered` does."""
        self.keep()
        for path in self._files():
            if path not in self._handed_on:
                self._answered(self._as_content(path))
                self._handed_on.add(path)

    def _files(self) -> list[Path]:
        return sorted(self._work.folder.glob("answer-*.wav"))

    def _as_content(self, path: Path) -> Content:
        read = self._content.details
        subject = str(read.get("subject") or "your message")
        details: dict[str, Json] = {
            "to": read.get("reply_to") or read.get("from"),
            "from": self._wishes.recipient,
            "subject": subject if subject.lower().startswith("re:") else f"Re: {subject}",
            "in_reply_to": read.get("message_id"),
            "key": f"{self._work.key}/{path.stem}",
        }
        known = {name: value for name, value in details.items() if value}
        return Content(Kind.VOICE, path, "audio/wav", known)


def _plain(outcome: Outcome) -> dict[str, Json]:
    """Of a read-out of one text."""
    return {
        "heard": bool(outcome.heard),
        "deleted": bool(outcome.deleted),
        "answered": bool(outcome.answered),
        "reason": outcome.reason,
    }
