"""The trackers of the calls in progress: kept ready, kept short, forgotten after the call."""

import copy
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

MAX_EVENTS = 300
KEPT_TURNS = 6


class CallTrackers(TrackerStore):
    """Trackers in memory, ready as they are.

    Rasa's own store turns a tracker into JSON and back, which plays all its events again, three
    times a turn. Here `retrieve` gives out a copy, so that nothing changes before `save`.
    """

    def __init__(self, domain: Any = None, event_broker: Any = None, **options: Any) -> None:
        """`options` (what endpoints.yml says besides) are not used."""
        super().__init__(domain, event_broker)
        self._trackers: dict[str, DialogueStateTracker] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker; the caller may go on with theirs."""
        await self.stream_events(tracker)
        self.put(snapshot(tracker))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """A copy of the call's tracker, None for an unknown call."""
        found = self._trackers.get(sender_id)
        return None if found is None else snapshot(found)

    async def keys(self) -> list[str]:
        """The calls."""
        return list(self._trackers)

    def peek(self, call_id: str) -> DialogueStateTracker | None:
        """The call's tracker itself, to be read only. Another object after every change."""
        return self._trackers.get(call_id)

    def put(self, tracker: DialogueStateTracker) -> None:
        """Keep this very tracker; the caller must not touch it any more."""
        self._trackers[tracker.sender_id] = tracker

    def drop(self, call_id: str) -> None:
        """Forget a call."""
        self._trackers.pop(call_id, None)


def snapshot(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A copy that can go on without changing the original; the events so far are shared."""
    copied = copy.copy(tracker)
    copied.events = copy.copy(tracker.events)
    copied.slots = {name: copy.copy(slot) for name, slot in tracker.slots.items()}
    copied.active_loop = copy.copy(tracker.active_loop)
    return copied


def in_memory(agent: Any) -> CallTrackers | None:
    """The store of ready trackers, out of Rasa's wrapper; None with another store."""
    store = agent.tracker_store
    store = getattr(store, "_tracker_store", store)
    return store if isinstance(store, CallTrackers) else None


def compact(agent: Any, call_id: str) -> None:
    """Replace a very long history by the slots and the last turns.

    A turn costs more as the history grows, because Rasa replays it; the slots must survive.
    """
    store = in_memory(agent)
    tracker = store.peek(call_id) if store else None
    if store and tracker and len(tracker.events) > MAX_EVENTS:
        store.put(shortened(tracker))


def shortened(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A tracker with the same slots and form but only the last turns."""
    events = list(tracker.events)
    starts = [at for at, event in enumerate(events) if isinstance(event, UserUttered)]
    tail = events[starts[-KEPT_TURNS] :] if len(starts) > KEPT_TURNS else events
    values: list[Event] = [
        SlotSet(name, value)
        for name, value in tracker.current_slot_values().items()
        if value is not None
    ]
    head = [ActionExecuted("action_session_start"), *values, ActionExecuted("action_listen")]
    closing: list[Event] = [ActiveLoop(tracker.active_loop_name)]
    body = [event for event in tail if not isinstance(event, ActiveLoop | SlotSet)]
    return DialogueStateTracker.from_events(
        tracker.sender_id,
        [*head, *body[:-1], *closing, *body[-1:]],
        slots=list(tracker.slots.values()),
    )


async def forget(agent: Any, call_id: str) -> None:
    """Free what an ended call holds in memory: its lock, and its tracker in the memory store."""
    if agent.lock_store:
        agent.lock_store.delete_lock(call_id)
    store = in_memory(agent)
    if store is not None:
        store.drop(call_id)
