"""One turn, from words to the answer: parsed, run by Rasa's processor, put together."""

from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from components import reply
from components.failures import watch_failures
from components.requests import Said
from components.voice_text import without_question

UNCLEAR = frozenset({"nlu_fallback", "out_of_scope", None})


class Collected(OutputChannel):
    """Collects the messages of one turn; text and custom fields stay together.

    `failed` is set where an action raised or the action server is gone, `doubtful` where the best
    reading of what was said means nothing, so that the others were looked at.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.failed = False
        self.doubtful = False

    @classmethod
    def name(cls) -> str:
        """The channel's name."""
        return "voicebot"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message of the bot."""
        text = str(message.get("text") or "").strip()
        custom = message.get("custom")
        if text or custom:
            self.messages.append({"text": text} | ({"custom": custom} if custom else {}))


async def said_turn(
    processor: Any, said: Said, metadata: dict[str, Any], output: Collected
) -> dict[str, Any]:
    """The caller said something: the answer. Changes the tracker in the processor's store."""
    parsed, output.doubtful = await understood(processor, said)
    known = await _slots(processor, said.call_id)
    if known.get("requested_slot") is None:
        parsed = without_question(parsed, known.get("last_task"))
    metadata = {
        **metadata,
        "confidence": said.confidence,
        "follow_up": bool(parsed.get("follow_up")),
    }
    secret = known.get("requested_slot") in reply.SECRET_SLOTS
    return await run(processor, said.call_id, parsed, metadata, output, secret)


async def event_turn(
    processor: Any, call_id: str, name: str, payload: dict[str, Any]
) -> dict[str, Any]:
    """Something else happened: the answer. Changes the tracker in the processor's store."""
    intent = {"name": f"EXTERNAL_{name}", "confidence": 1.0}
    parsed = {"text": "", "intent": intent, "entities": [], "intent_ranking": [intent]}
    return await run(processor, call_id, parsed, {"payload": payload}, Collected(), False)


async def run(
    processor: Any,
    call_id: str,
    parsed: dict[str, Any],
    metadata: dict[str, Any],
    output: Collected,
    secret: bool,
) -> dict[str, Any]:
    """Run one turn and put the answer together.

    `secret`: the turn answers a question for a PIN or card digits.
    """
    message = UserMessage(
        parsed.get("text") or "",
        output,
        call_id,
        parse_data=parsed,
        input_channel="voicebot",
        metadata=metadata,
    )
    with watch_failures() as failures:
        await processor.handle_message(message)
    output.failed = bool(failures)
    slots = await _slots(processor, call_id)
    return reply.build(
        output.messages,
        slots,
        parsed.get("intent"),
        parsed.get("entities") or [],
        secret_turn=secret,
        failed=output.failed,
        waiting_for=_expects_of(processor, slots.get("requested_slot")),
    )


async def understood(processor: Any, said: Said) -> tuple[dict[str, Any], bool]:
    """The first reading that means something, else the best one; and whether that was in doubt."""
    best = await parse(processor, said.text)
    if intent_of(best)["name"] not in UNCLEAR:
        return best, False
    for other in said.alternatives:
        candidate = await parse(processor, other)
        if intent_of(candidate)["name"] not in UNCLEAR:
            return candidate, True
    return best, True


async def parse(processor: Any, text: str) -> dict[str, Any]:
    """Intent and entities of a text, with the text."""
    parsed: dict[str, Any] = await processor.parse_message(UserMessage(text))
    parsed["text"] = text
    return parsed


def intent_of(parsed: dict[str, Any]) -> dict[str, Any]:
    """Name and confidence of the intent."""
    intent = parsed.get("intent") or {}
    return {"name": intent.get("name"), "confidence": float(intent.get("confidence") or 0.0)}


async def _slots(processor: Any, call_id: str) -> dict[str, Any]:
    tracker = await processor.tracker_store.retrieve(call_id)
    return tracker.current_slot_values() if tracker else {}


def _expects_of(processor: Any, slot: str | None) -> dict[str, Any] | None:
    """What the question of an open slot expects, for answers that do not repeat the question."""
    responses = processor.domain.responses.get(f"utter_ask_{slot}") if slot else None
    custom = (responses[0].get("custom") or {}) if responses else {}
    expects: dict[str, Any] | None = custom.get("expects")
    return expects
