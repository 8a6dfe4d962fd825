"""What came of one input, as it was measured; plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one goal: `made`, `refused` or `crashed`.

    `error` is the class of what was raised and `message` its words; `retry`: it would be tried
    again for hours. `faults` says what is wrong with a result.
    """

    goal: str
    state: str
    error: str = ""
    message: str = ""
    retry: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one input.

    `cpu` seconds of the process and all that it started, `clock` seconds, `own` bytes of memory of
    the process at its peak, `program` of the largest program it started (never less than `own`),
    `disk` bytes of all files it left in its folder, `left` processes that outlived it. `status` is
    its exit status, negative for a signal; `late`: it was killed. `baited` counts those who asked
    the bait.
    """

    outcomes: tuple[Outcome, ...] = ()
    cpu: float = 0.0
    clock: float = 0.0
    own: int = 0
    program: int = 0
    disk: int = 0
    left: tuple[str, ...] = ()
    status: int = 0
    late: bool = False
    baited: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The report that `as_json` wrote down."""
        outcomes = tuple(
            Outcome(**{**one, "faults": tuple(one["faults"])}) for one in data["outcomes"]
        )
        return cls(**{**data, "outcomes": outcomes, "left": tuple(data["left"])})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the SMTP door made of one input.

    All its `lines`, the one (`reply`) to the mail itself, the `cpu` seconds that it took, how many
    mails it `accepted`, its `memory` (bytes) at its peak. Is it `alive`, and answers the next one?
    Was it `late`, and stood still?
    """

    lines: tuple[str, ...] = ()
    reply: str = ""
    cpu: float = 0.0
    accepted: int = 0
    memory: int = 0
    alive: bool = True
    late: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """An input's name, its report (None: it goes to a connection only), the door's answer (None:
    it came as a file), and what it broke."""

    group: str
    name: str
    report: Report | None = None
    answer: Answer | None = None
    breaches: tuple[str, ...] = field(default=())
