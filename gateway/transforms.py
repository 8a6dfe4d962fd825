"""All that the gateway can do: the transforms of all parts, for the planner.

Parts are imported when they are asked for, not before: some load large libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from gateway.config import GatewaySettings
from gateway.content import Kind
from gateway.transform import Transform

if TYPE_CHECKING:
    from gateway.lines.offered import Lines

Part = Callable[[GatewaySettings], Iterable[Transform]]


def assemble(
    settings: GatewaySettings,
    *,
    lines: Lines | None = None,
    texts: Iterable[Transform] | None = None,
) -> tuple[Transform, ...]:
    """The transforms of all parts, which share their models.

    `lines` are the telephone's; without them nobody can be called or sent a fax. `texts` are the
    transforms of short messages, where a gate is open for those that come in; else one is made that
    only sends.
    """
    from gateway.lines.offered import line_transforms

    found = [transform for part in _PARTS for transform in part(settings)]
    heard = list(_transcripts(settings))
    return (
        *found,
        *heard,
        *_mail(settings, heard),
        *(_sms(settings) if texts is None else texts),
        *line_transforms(settings, lines),
    )


def _speech(settings: GatewaySettings) -> Iterable[Transform]:
    from gateway.speech.speak import transforms

    return transforms(settings.speech)


def _transcripts(settings: GatewaySettings) -> Iterable[Transform]:
    from gateway.transcripts.recognize import transforms

    return transforms(settings.transcripts)


def _pages(settings: GatewaySettings) -> Iterable[Transform]:
    from gateway.pages.transforms import transforms

    return transforms(settings.pages)


def _mail(settings: GatewaySettings, heard: Iterable[Transform]) -> Iterable[Transform]:
    """`heard`: the transforms of recordings; a second set would load their models twice."""
    from gateway.mail.transforms import transforms

    (recognize,) = (step for step in heard if step.target is Kind.TEXT)
    return transforms(settings.mail, pages=settings.pages, recognize=recognize.run)


def _sms(settings: GatewaySettings) -> Iterable[Transform]:
    from gateway.sms.gate import transforms

    return transforms(settings.sms)


_PARTS: Final[tuple[Part, ...]] = (_speech, _pages)
