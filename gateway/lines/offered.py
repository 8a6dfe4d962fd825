"""The steps that use a telephone line, for processes that have none themselves."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from gateway.config import GatewaySettings
from gateway.content import Content, Kind
from gateway.errors import MissingPartError
from gateway.fax.send import missing as fax_missing
from gateway.lines.messages import Service
from gateway.transform import Transform, Wishes, Work


class Lines(Protocol):
    """Whoever has somebody carry a step out on a line; see `gateway.lines.client.LineClient`."""

    def deliver(self, service: Service, content: Content, wishes: Wishes, work: Work) -> Content:
        """Have a line used; what was sent. Blocking. Raises GatewayError."""


class LinesElsewhere:
    """Where plans are made that another process carries out."""

    def deliver(self, service: Service, content: Content, wishes: Wishes, work: Work) -> Content:
        """Raises MissingPartError."""
        raise MissingPartError(_NO_LINES)


_NO_LINES = "no telephone here: calls and faxes are made by `voicebot serve`"


def line_transforms(settings: GatewaySettings, lines: Lines | None) -> tuple[Transform, ...]:
    """The transforms "call" and "fax"; without `lines` they are only named."""

    def of_calls() -> str:
        return settings.outcall.missing if lines is not None else _NO_LINES

    chosen = lines or LinesElsewhere()
    return (
        Transform(
            "call",
            Kind.TEXT,
            Kind.TEXT,
            cost=5.0,
            loss=0.05,
            run=partial(chosen.deliver, "call"),
            delivers=True,
            resumes=True,
            missing=of_calls,
        ),
        Transform(
            "fax",
            Kind.FAX,
            Kind.FAX,
            cost=2.0,
            loss=0.0,
            run=partial(chosen.deliver, "fax"),
            delivers=True,
            resumes=True,
            missing=lambda: fax_missing() or of_calls(),
        ),
    )
