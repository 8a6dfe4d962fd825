"""Run inside Rasa's environment: do prepared turns leave the tracker that plain turns leave?

`compare_trackers.py MODEL < CONVERSATIONS`, with the action server's address in
VOICEBOT_ACTIONS_URL. Conversations: JSON list of lists of texts; a text in a list of its own is
prepared but never said. Prints a JSON list: for each conversation how many turns were prepared, and
where the two ways differ.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "nlu-data"))

import skops.io  # noqa: F401
from components.trackers import CallTrackers, in_memory
from components.voice_channel import VoiceChannel
from rasa.core.agent import Agent
from rasa.core.lock_store import InMemoryLockStore
from rasa.utils.endpoints import EndpointConfig

PASSING = ("timestamp", "message_id", "model_id")


def plain(agent: Any, call: str) -> dict[str, Any]:
    """The tracker without what differs from run to run."""
    tracker = in_memory(agent).peek(call)
    state = tracker.current_state()
    left = {k: state[k] for k in ("slots", "active_loop", "latest_action", "paused")}
    bot = tracker.latest_bot_utterance.text
    events = [event.as_dict() for event in tracker.events]
    kept: dict[str, Any] = lasting(
        left | {"events": events, "followup": tracker.followup_action, "bot": bot}
    )
    return kept


def lasting(value: Any) -> Any:
    """The value without the keys in PASSING."""
    if isinstance(value, dict):
        return {key: lasting(item) for key, item in value.items() if key not in PASSING}
    return [lasting(item) for item in value] if isinstance(value, list) else value


async def converse(
    agent: Any, channel: VoiceChannel, call: str, texts: list[Any], prepare: bool
) -> tuple[list[Any], int]:
    """Hold one conversation: the answer and the tracker after every turn; turns prepared."""
    start = {"call_id": call, "name": "start", "payload": {"caller": "+15550109"}}
    seen: list[Any] = [await channel._event(agent, start)]
    prepared = 0
    for number, text in enumerate(texts):
        said: dict[str, Any] = {"call_id": call, "confidence": 0.9, "alternatives": []}
        guessed = said | {"confidence": 0.3}
        if isinstance(text, list):
            if prepare:
                await channel._prepare(agent, guessed | {"text": text[0]})
            continue
        if prepare:
            before = plain(agent, call)
            prepared += (await channel._prepare(agent, guessed | {"text": text}))["prepared"]
            if plain(agent, call) != before:
                seen.append("the preparation changed the tracker")
        answer = await channel._turn(agent, said | {"text": text, "metadata": {"turn": number}})
        seen.append([answer, plain(agent, call)])
    await channel._end(agent, {"call_id": call})
    return seen, prepared


def differing(one: Any, other: Any, path: str) -> list[str]:
    """Where two values differ, with both of them."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        parts = [(f"{path}.{key}", one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = [(f"{path}.{at}", *pair) for at, pair in enumerate(zip(one, other, strict=True))]
    else:
        return [] if one == other else [f"{path}: {one} and {other}"]
    return [line for part, a, b in parts for line in differing(a, b, part)]


async def main() -> None:
    """Compare both ways for every conversation."""
    endpoint = EndpointConfig(
        os.environ["VOICEBOT_ACTIONS_URL"],
        headers={"X-Voicebot-Secret": os.environ["VOICEBOT_RASA_SECRET"]},
    )
    agent = Agent.load(
        sys.argv[1],
        action_endpoint=endpoint,
        tracker_store=CallTrackers(),
        lock_store=InMemoryLockStore(),
    )
    channel = VoiceChannel("secret")
    results = []
    for texts in json.loads(sys.stdin.read()):
        (alone, _), (ahead, prepared) = [
            await converse(agent, channel, "the-call", texts, prepare) for prepare in (False, True)
        ]
        results.append({"prepared": prepared, "differ": differing(alone, ahead, "turn")[:3]})
    sys.stdout.write("RESULT " + json.dumps(results) + "\n")


asyncio.run(main())
