"""Long calls and ended calls: keep the tracker short, and forget it when the call is over."""

from typing import Any

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

MAX_EVENTS = 300
KEPT_TURNS = 6


async def compact(agent: Any, tracker: DialogueStateTracker | None) -> None:
    """Replace a very long history by the slots and the last turns.

    A turn costs more as the history grows, because Rasa replays it; the slots must survive.
    """
    if tracker is None or len(tracker.events) <= MAX_EVENTS:
        return
    store = _memory(agent)
    if store is not None:
        short = shortened(tracker)
        store.store.pop(tracker.sender_id, None)
        await store.save(short)


def _memory(agent: Any) -> InMemoryTrackerStore | None:
    """The tracker store in memory, out of Rasa's wrapper; None with another store."""
    store = agent.tracker_store
    store = getattr(store, "_tracker_store", store)
    return store if isinstance(store, InMemoryTrackerStore) else None


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
    store = _memory(agent)
    if store is not None:
        store.store.pop(call_id, None)
