"""What worker and agent say to each other about lines, as JSON over HTTP on this machine.

    POST   /lines/{service}         use a line (`Asked`); answers with how it stands (`Standing`)
    DELETE /lines/{service}/{key}   call it off

`service` is the name of a transform: "call" or "fax". Asking is safe to repeat: the same key joins
the attempt that is under way, or is told how it ended. Whoever knows that attempt number n failed
and may be tried again asks with `after` = n for the next one. The answer comes when there is
something new, or after `wait` seconds. All requests carry `Authorization: Bearer <secret>`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.errors import (
    CancelledError,
    GatewayError,
    MissingPartError,
    RefusedError,
    UnavailableError,
    UncertainError,
)
from gateway.transform import Wishes

URL_VARIABLE: Final = "VOICEBOT_LINES_URL"
SECRET_VARIABLE: Final = "VOICEBOT_LINES_SECRET"  # noqa: S105 - its name
"""The environment variables by which a worker learns where the lines are."""
PATH: Final = "/lines"
MOST_BODY: Final = 1 << 20
"""Bytes of a request."""
LONGEST_WAIT: Final = 10.0
"""Seconds."""

Service = Literal["call", "fax"]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$")]
ErrorName = Literal["refused", "missing", "unavailable", "uncertain", "cancelled"]

_CLASSES: Final[dict[ErrorName, type[GatewayError]]] = {
    "refused": RefusedError,
    "missing": MissingPartError,
    "unavailable": UnavailableError,
    "uncertain": UncertainError,
    "cancelled": CancelledError,
}


class Asked(BaseModel):
    """What a line is to be used for. `content` is a `Content`, its file on this machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    content: dict[str, Any]
    wishes: Wishes
    after: int = Field(0, ge=0, le=1_000_000, description="the attempt that is known to be over")
    wait: float = Field(0.0, ge=0, le=LONGEST_WAIT, description="seconds")
    seen: float = Field(-1.0, description="the progress that is known")

    def order(self) -> dict[str, Any]:
        """What must be the same whenever this key is used."""
        return self.model_dump(mode="json", include={"content", "wishes"})


class Failure(BaseModel):
    """Why an attempt failed; `retry` says whether another one may help."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ErrorName
    message: str
    retry: bool = False

    @classmethod
    def of(cls, error: GatewayError) -> Failure:
        """The failure that the error tells of."""
        name: ErrorName = "unavailable" if error.retry else "refused"
        for known, kind in _CLASSES.items():
            if isinstance(error, kind):
                name = known
        return cls(name=name, message=str(error)[:2000], retry=error.retry)

    def as_error(self) -> GatewayError:
        """The error, to be raised again."""
        return _CLASSES[self.name](self.message)


class Standing(BaseModel):
    """How it stands with attempt number `attempt`, counted from 1.

    `done` is its progress, 0 to 1; when `over`, there is a `content` (what was sent) or a
    `failure`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempt: int
    over: bool = False
    done: float = 0.0
    content: dict[str, Any] | None = None
    failure: Failure | None = None
