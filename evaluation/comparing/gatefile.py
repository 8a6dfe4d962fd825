"""`gate.yaml`: what a run must keep to, as a person writes it down.

    level: 0.05           # how often at most equal systems may fail
    calls: 40             # with fewer calls nothing is said
    metric_calls: 12      # the same for a single metric
    missing: 0.05         # share of calls that may be in one of two runs only
    undecided: passed     # or "not enough data": a drop beyond the margin must be excluded
    margins:              # how much worse a metric may be than before
      dialogue.success: 0.05          # in its unit: shares from 0 to 1, waits in ms
      turn_taking.response: 10%       # of what it was
    floors:               # what a run must reach by itself
      - metric: dialogue.success
        at_least: 0.5                 # or at_most, or both
        tags: [balance, "snr-*"]      # each of these tags by itself
        judged_by: interval           # or "value", "proof"

Everything may be left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from evaluation.comparing.model import ComparingError, Floor, Gate, JudgedBy, Margin

SHIPPED: Final = Path(__file__).parent.parent / "shipped" / "gate.yaml"
"""The gate that is used where none is given."""
LARGEST: Final = 1_000_000
"""Bytes of a gate's file."""


class _Allowed(BaseModel):
    """A margin: a number, or a share of the value before."""

    model_config = ConfigDict(extra="forbid")
    by: float = Field(ge=0, allow_inf_nan=False)
    relative: bool = False


def _allowed(value: Any) -> Any:
    """ "10%" as the share 0.1 of what it was, a number as it is."""
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return {"by": float(value.strip()[:-1]) / 100, "relative": True}
        except ValueError:
            return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        # pydantic tells the place of a ValueError, not of a TypeError
        raise ValueError('a margin is a number in its metric\'s unit, or like "10%"')  # noqa: TRY004
    return {"by": value}


class _Floor(BaseModel):
    model_config = ConfigDict(extra="forbid")
    metric: str
    at_least: float | None = Field(None, allow_inf_nan=False)
    at_most: float | None = Field(None, allow_inf_nan=False)
    tags: list[str] = []
    judged_by: JudgedBy = "interval"

    @model_validator(mode="after")
    def _has_a_limit(self) -> _Floor:
        if self.at_least is None:
            if self.at_most is None:
                raise ValueError("a floor needs at_least or at_most")
        elif self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is above at_most: nothing can be both")
        return self


class _Gate(BaseModel):
    model_config = ConfigDict(extra="forbid")
    level: float = Field(Gate().level, gt=0, lt=0.5)
    calls: int = Field(Gate().calls, ge=1)
    metric_calls: int = Field(Gate().metric_calls, ge=2)
    missing: float = Field(Gate().missing, ge=0, lt=1)
    undecided: Literal["passed", "not enough data"] = Gate().undecided
    margins: dict[str, Annotated[_Allowed, BeforeValidator(_allowed)]] = {}
    floors: list[_Floor] = []


def read_gate(path: Path) -> Gate:
    """The gate in the file `path`. Raises ComparingError with everything that is wrong in it."""
    try:
        if path.stat().st_size > LARGEST:
            raise ComparingError(f"{path}: more than {LARGEST} bytes are no gate")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ComparingError(f"{path}: can't be read: {error}") from error
    return gate_of(text, str(path))


def gate_of(text: str, where: str = "gate.yaml") -> Gate:
    """The gate that `text` says, as `read_gate` has it."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ComparingError(f"{where}: no YAML: {error}") from error
    try:
        found = _Gate.model_validate({} if content is None else content)
    except ValidationError as error:
        problems = (f"{where}: {_place(each['loc'])}{each['msg']}" for each in error.errors())
        raise ComparingError("\n".join(problems)) from error
    return Gate(
        margins=tuple(Margin(key, each.by, each.relative) for key, each in found.margins.items()),
        floors=tuple(
            Floor(each.metric, each.at_least, each.at_most, tuple(each.tags), each.judged_by)
            for each in found.floors
        ),
        level=found.level,
        calls=found.calls,
        metric_calls=found.metric_calls,
        missing=found.missing,
        undecided=found.undecided,
    )


def _place(parts: tuple[int | str, ...]) -> str:
    return "".join(f"{part}: " for part in parts)
