"""Answers prepared before a turn is over, and forgotten without a trace if it goes on.

A preparation runs the whole turn on a copy of the call's tracker, with a store of its own, so the
real tracker cannot change. The custom actions run dry (`dry_run` in the turn's metadata): what
would change the bank fails, and the preparation is given up. When the turn comes about with the
same words (how sure the recognizer is of them may differ) and the tracker is still the one that was
copied, the copy takes its place.
"""

import asyncio
import copy
import logging
from collections import deque
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.events import BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.requests import Said
from components.trackers import CallTrackers, in_memory, snapshot
from components.turns import Collected, said_turn

logger = logging.getLogger(__name__)
KEPT_SECONDS = 10.0
MOST_KEPT = 64
DRY_RUN = "dry_run"


class GivenUp(RuntimeError):
    """The turn would change more than its tracker; it has to be run for real."""


@dataclass(slots=True)
class Outcome:
    """A turn that could be: its answer, the tracker after it, and rows for the audit.

    `doubtful`: other readings of what was said had a say in it.
    """

    answer: dict[str, Any]
    tracker: DialogueStateTracker
    audit: list[Any]
    doubtful: bool


Work = asyncio.Task[Outcome | None]


@dataclass(slots=True)
class _Prepared:
    said: Said
    before: DialogueStateTracker
    work: Work
    expiry: asyncio.TimerHandle


class Foresight:
    """The preparations of all calls: one for each call, for ten seconds, and at most 64."""

    def __init__(self) -> None:
        self._kept: dict[str, _Prepared] = {}

    async def prepare(self, agent: Any, said: Said) -> dict[str, Any] | None:
        """Prepare the answer; None where there is none that changes nothing.

        Takes the place of an earlier preparation of the call, or takes over its work if it is of
        the same words.
        """
        store = in_memory(agent)
        before = store.peek(said.call_id) if store else None
        work = self._same_work(before, said)
        self.drop(said.call_id, keep=work)
        if before is None:
            return None
        while len(self._kept) >= MOST_KEPT:
            self.drop(next(iter(self._kept)))
        work = work or asyncio.create_task(_rehearsed(agent.processor, before, said))
        expiry = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._expire, said, work)
        self._kept[said.call_id] = _Prepared(said, before, work, expiry)
        # The request may be cut off; the work is ended by whatever takes its place.
        await asyncio.wait([work])
        outcome = _result(work)
        return None if outcome is None else outcome.answer

    async def take(self, agent: Any, said: Said) -> Outcome | None:
        """The prepared turn, if it is the one that has come about; to be called under the lock.

        Waits for a preparation that is still at work on it: that is never longer than to begin
        anew. Whatever was prepared is gone afterwards.
        """
        kept = self._kept.get(said.call_id)
        store = in_memory(agent)
        if kept is None or store is None:
            return None
        if kept.said.text != said.text or kept.before is not store.peek(said.call_id):
            self.drop(said.call_id)
            return None
        await asyncio.wait([kept.work])
        self.drop(said.call_id)
        outcome = _result(kept.work)
        if outcome and outcome.doubtful and kept.said.alternatives != said.alternatives:
            return None
        return outcome

    def drop(self, call_id: str, keep: Work | None = None) -> None:
        """Forget what was prepared for a call, and stop the work on it unless it is `keep`."""
        kept = self._kept.pop(call_id, None)
        if kept is not None:
            kept.expiry.cancel()
            if kept.work is not keep:
                kept.work.cancel()

    def _same_work(self, before: DialogueStateTracker | None, said: Said) -> Work | None:
        kept = self._kept.get(said.call_id)
        if kept is None or kept.before is not before:
            return None
        words = (kept.said.text, kept.said.alternatives)
        return kept.work if words == (said.text, said.alternatives) else None

    def _expire(self, said: Said, work: Work) -> None:
        kept = self._kept.get(said.call_id)
        if kept is not None and kept.work is work:
            self.drop(said.call_id)


def _result(work: Work) -> Outcome | None:
    return None if work.cancelled() else work.result()


class _Rehearsal(Collected):
    """The output of a dry run: takes out what actions say about it."""

    def __init__(self) -> None:
        super().__init__()
        self.audit: list[Any] = []

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message; end the preparation where an action gives it up."""
        note = (message.get("custom") or {}).get(DRY_RUN)
        if note is None:
            await super().send_response(recipient_id, message)
        elif "audit" in note:
            self.audit += note["audit"]
        else:
            raise GivenUp


async def _rehearsed(processor: Any, before: DialogueStateTracker, said: Said) -> Outcome | None:
    store = CallTrackers(processor.domain)
    store.put(snapshot(before))
    alone = copy.copy(processor)
    alone.tracker_store = store
    output = _Rehearsal()
    try:
        answer = await said_turn(alone, said, {DRY_RUN: True}, output)
    except GivenUp:
        return None
    except Exception:  # the turn itself will show what is wrong; a preparation may not harm it
        logger.exception("a preparation failed")
        return None
    after = store.peek(said.call_id)
    new = list(after.events)[len(before.events) :] if after else []
    if (
        output.failed
        or not output.messages
        or not new
        or any(isinstance(event, SessionStarted) for event in new)
    ):
        return None
    return Outcome(answer, after, output.audit, output.doubtful)


def made_real(outcome: Outcome, said: Said, metadata: dict[str, Any]) -> DialogueStateTracker:
    """The tracker as the turn would have left it: no trace of the dry run, its own `metadata`."""
    tracker = outcome.tracker
    metadata = metadata | {"confidence": said.confidence}
    tracker.events = deque(
        (event for event in tracker.events if not _is_note(event)), tracker.events.maxlen
    )
    for event in tracker.events:
        if isinstance(event, UserUttered) and DRY_RUN in event.metadata:
            event.metadata = _real(event.metadata, metadata)
            event.parse_data = _with_real(event.parse_data, metadata)
    if tracker.active_loop is not None:
        trigger = tracker.active_loop.trigger_message
        tracker.active_loop.trigger_message = trigger and _with_real(trigger, metadata)
    spoken = tracker.get_last_event_for(BotUttered)
    if spoken is not None:
        tracker.latest_bot_utterance = spoken
    return tracker


def _is_note(event: Event) -> bool:
    return isinstance(event, BotUttered) and DRY_RUN in (event.data.get("custom") or {})


def _with_real(message: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    noted = message.get("metadata") or {}
    return message | {"metadata": _real(noted, metadata)} if DRY_RUN in noted else message


def _real(noted: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in noted.items() if key not in (DRY_RUN, "confidence")}
    return metadata | told
