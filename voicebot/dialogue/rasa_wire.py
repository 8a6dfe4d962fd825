"""The shapes of what our channel inside Rasa answers, checked at the door.

Nothing of an answer is quoted in an error: it may hold what a caller said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voicebot.conversation.events import Expectation, Handoff, Reply
from voicebot.dialogue.base import DialogueError

MESSAGES = 20
"""Messages of one reply; a story that sends more has gone round in circles."""
MESSAGE_CHARACTERS = 4000
KINDS = frozenset({"digits", "yes_no", "amount", "date", "time", "name", "choice", "open"})

Shape = TypeVar("Shape", bound=BaseModel)
Probability = Annotated[float, Field(ge=0, le=1)]


class _Wire(BaseModel):
    # Strict: "0.5" is not a number. Unknown keys are let through, so that a newer channel may say
    # more than an older agent understands.
    model_config = ConfigDict(strict=True, extra="ignore")


class _Message(_Wire):
    text: str | None = Field(None, max_length=MESSAGE_CHARACTERS)


class _Intent(_Wire):
    name: str | None = Field(max_length=200)
    confidence: Probability


class _Expects(_Wire):
    kind: str = "open"
    length: int | None = Field(None, ge=1, le=64)
    sensitive: bool = False
    hints: list[Annotated[str, Field(max_length=200)]] = Field(default_factory=list, max_length=500)


class _Handoff(_Wire):
    reason: str = Field(max_length=100)
    topic: str | None = Field(None, max_length=200)
    skill: str | None = Field(None, max_length=100)


class _Answer(_Wire):
    messages: list[_Message] = Field(max_length=MESSAGES)
    intent: _Intent | None = None
    entities: list[dict[str, Any]] = Field(default_factory=list, max_length=100)
    slots: dict[str, Any] = Field(default_factory=dict, max_length=500)
    requested_slot: str | None = Field(None, max_length=200)
    expects: _Expects | None = None
    handoff: _Handoff | None = None
    end: bool = False
    rate: float = Field(1.0, ge=0.25, le=4.0)


class _Prepared(_Wire):
    prepared: bool


class _Parsed(_Wire):
    intent: _Intent | None
    entities: list[dict[str, Any]] = Field(default_factory=list, max_length=100)
    alternatives: list[_Intent] = Field(default_factory=list, max_length=100)


class _Health(_Wire):
    status: str
    model_id: str | None = None


def read_reply(answer: object, turn: int, seconds: float) -> Reply:
    """The reply to turn `turn`, which took `seconds`.

    Raises:
        DialogueError: the shape is wrong, or there is nothing to say and nothing to do.
    """
    read = _validate(_Answer, answer)
    texts = tuple(
        text for message in read.messages if message.text and (text := message.text.strip())
    )
    if not texts and read.handoff is None and not read.end:
        raise DialogueError("the dialogue gave no answer: no message, no hand-off, no end")
    intent = read.intent
    return Reply(
        turn=turn,
        texts=texts,
        intent=(intent.name or "") if intent else "",
        intent_confidence=intent.confidence if intent else 0.0,
        entities=tuple(read.entities),
        slots=read.slots,
        requested_slot=read.requested_slot or "",
        expects=_expectation(read.expects),
        handoff=_handoff(read.handoff),
        end=read.end,
        rate=read.rate,
        seconds=seconds,
    )


def read_prepared(answer: object, seconds: float) -> Reply | None:
    """The reply that a turn (its number is 0 here) would get; None where none could be prepared.

    Raises:
        DialogueError: the shape is wrong.
    """
    prepared = _validate(_Prepared, answer).prepared
    return read_reply(answer, 0, seconds) if prepared else None


def read_parse(answer: object) -> Mapping[str, Any]:
    """What a text means; the `alternatives` are the likeliest intents, best first:

    {"intent": {"name", "confidence"} or None, "entities": [...], "alternatives": [{...}, ...]}.

    Raises:
        DialogueError: the shape is wrong.
    """
    return _validate(_Parsed, answer).model_dump()


def read_health(answer: object) -> str:
    """The id of the loaded model. Raises DialogueError when there is none."""
    health = _validate(_Health, answer)
    if health.status != "ok" or not health.model_id:
        raise DialogueError("the dialogue server runs, but has no model loaded", retryable=True)
    return health.model_id


def _expectation(read: _Expects | None) -> Expectation | None:
    if read is None:
        return None
    # A kind that only a newer channel knows is no reason to lose the caller: listen openly.
    kind = read.kind if read.kind in KINDS else "open"
    return Expectation(kind, read.length, read.sensitive, tuple(read.hints))


def _handoff(read: _Handoff | None) -> Handoff | None:
    return None if read is None else Handoff(read.reason, read.topic or "", read.skill or "")


def _validate(shape: type[Shape], answer: object) -> Shape:
    try:
        return shape.model_validate(answer)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'the answer'}: {e['type']}"
            for e in error.errors(include_input=False, include_context=False, include_url=False)[:3]
        )
        # `from None`: the chained error would quote the answer.
        raise DialogueError(f"the dialogue's answer has the wrong shape: {wrong}") from None
