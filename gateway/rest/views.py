"""What the REST interface takes and gives, as pydantic models: the schema comes from these."""

from __future__ import annotations

import mimetypes
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from gateway.content import Content, Kind
from gateway.jobs.job import Event, Job, Order, State
from gateway.transform import Wishes

_HIDDEN: Final = frozenset({"words"})  # names of files beside the result

EXTENSIONS: Final = {
    "audio/ogg": ".ogg",
    "audio/opus": ".opus",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/mpeg": ".mp3",
    "audio/flac": ".flac",
    "audio/basic": ".au",
    "text/plain": ".txt",
    "text/vtt": ".vtt",
    "application/x-subrip": ".srt",
    "message/rfc822": ".eml",
    "application/pdf": ".pdf",
    "image/tiff": ".tiff",
    "application/json": ".json",
}


class TextRequest(BaseModel):
    """A text to convert."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=1_000_000)
    to: Kind | None = Field(None, description="what it is to become; voice if it is left out")
    deliver: bool = Field(False, description="send it to wishes.recipient")
    wishes: Wishes = Wishes()


class Step(BaseModel):
    """One step on the way."""

    name: str
    source: Kind
    target: Kind


class Result(BaseModel):
    """What came out."""

    kind: Kind
    media_type: str
    name: str
    size: int = Field(description="bytes")
    url: str
    details: dict[str, Any]


class Conversion(BaseModel):
    """A conversion and how it stands."""

    id: str
    state: State
    progress: float = Field(ge=0, le=1, description="never goes back")
    source: Kind
    to: Kind
    deliver: bool
    name: str = Field(description="of the file that came in")
    steps: list[Step]
    step: int | None = Field(description="the step at work, counted from 0")
    reason: str = Field(description="why it failed, or why it waits")
    next_try: datetime | None = Field(description="when a step that failed is tried again")
    created: datetime
    changed: datetime
    result: Result | None


class Conversions(BaseModel):
    """The youngest conversions, youngest first."""

    conversions: list[Conversion]


class Targets(BaseModel):
    """What each kind can become here, as a file and delivered to a recipient."""

    files: dict[Kind, list[Kind]]
    deliveries: dict[Kind, list[Kind]]


class Problem(BaseModel):
    """What is wrong, in a sentence that says what to do."""

    error: str


class Progress(BaseModel):
    """The data of a server-sent event."""

    what: str
    at: datetime
    conversion: Conversion


def conversion(order: Order, job: Job, result: Content | None) -> Conversion:
    """How a conversion stands."""
    running = job.state is State.RUNNING
    return Conversion(
        id=order.id,
        state=job.state,
        progress=round(job.done, 4),
        source=order.source.kind,
        to=order.target,
        deliver=order.deliver,
        name=order.name,
        steps=[_step(name) for name in order.path],
        step=min(job.step, len(order.path) - 1) if running else None,
        reason=job.reason or job.waiting,
        next_try=_when(job.wait_until) if job.waiting else None,
        created=_when(order.created),
        changed=_when(job.changed or order.created),
        result=_result(order, result) if result is not None else None,
    )


def happened(event: Event, order: Order, job: Job, result: Content | None) -> Progress:
    """An event, and the conversion as it stood after it."""
    seen = conversion(order, job, result)
    return Progress(what=event.what, at=_when(event.at), conversion=seen)


def result_name(order: Order, result: Content) -> str:
    """What the result is called: as the source, with the ending of what it is now."""
    stem = PurePath(order.name.replace("\\", "/")).stem or order.target.value
    plain = "".join(letter for letter in stem if letter.isprintable() and letter not in '"/')[:80]
    return (plain.strip(". ") or order.target.value) + _ending(result)


def _ending(result: Content) -> str:
    media_type = result.media_type.partition(";")[0].strip().lower()
    return EXTENSIONS.get(media_type) or mimetypes.guess_extension(media_type) or ".bin"


def _step(name: str) -> Step:
    verb, source, target = name.split(":")
    return Step(name=verb, source=Kind(source), target=Kind(target))


def _result(order: Order, result: Content) -> Result | None:
    try:
        size = result.path.stat().st_size
    except FileNotFoundError:
        return None
    return Result(
        kind=result.kind,
        media_type=result.media_type,
        name=result_name(order, result),
        size=size,
        url=f"/v1/conversions/{order.id}/result",
        details={name: value for name, value in result.details.items() if name not in _HIDDEN},
    )


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
