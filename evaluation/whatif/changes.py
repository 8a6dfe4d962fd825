"""Settings of the agent as changes to the policy that a call was conducted by. Pure.

A change is written as in `voicebot.toml`, with the section before it: `turns.patience=1.2`,
`turns.adaptive=false`, `limits.filler_seconds=3`. Numbers that have no setting are reached by their
name in the policy: `policy.blip=0.4`, `policy.patience.words.doubt=0.6`.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from voicebot.conversation.policy import Policy
from voicebot.conversation.turns import Patience, Wait


class ChangeError(ValueError):
    """A change that can't be made; the message says what can."""


@dataclass(frozen=True, slots=True)
class Change:
    """One setting and its new value, as text."""

    name: str
    value: str


def parsed(text: str) -> Change:
    """`name=value`. Raises ChangeError."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        raise ChangeError(f"{text!r} is no change: write it as turns.patience=1.2")
    return Change(name.strip(), value.strip())


def changed(policy: Policy, changes: Sequence[Change]) -> Policy:
    """The policy with the changes made, one after the other. Raises ChangeError."""
    for change in changes:
        policy = _made(policy, change)
    return policy


def names() -> list[str]:
    """The settings that a journal can answer for."""
    return sorted(_SETTINGS)


# ── by the name of a setting ──────────────────────────────────────────────────────────────────


def _number(change: Change) -> float:
    try:
        value = float(change.value)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise ChangeError(f"{change.name} takes a number of at least 0, not {change.value!r}")
    return value


def _truth(change: Change) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if change.value.lower() not in known:
        raise ChangeError(f"{change.name} is true or false, not {change.value!r}")
    return known[change.value.lower()]


def _field(name: str, plus: float = 0.0) -> Callable[[Policy, Change], Policy]:
    def make(policy: Policy, change: Change) -> Policy:
        number: dict[str, Any] = {name: _number(change) + plus}
        return replace(policy, **number)

    return make


def _patient(policy: Policy) -> Patience:
    return policy.patience or Patience()


def _adaptive(policy: Policy, change: Change) -> Policy:
    return replace(policy, patience=_patient(policy) if _truth(change) else None)


def _scale(policy: Policy, change: Change) -> Policy:
    scale = _number(change)
    if scale <= 0:
        raise ChangeError(f"{change.name} multiplies all waits: it must be more than 0")
    return replace(policy, patience=replace(_patient(policy), scale=scale))


def _semantic(policy: Policy, change: Change) -> Policy:
    return replace(policy, patience=replace(_patient(policy), semantic=_truth(change)))


def _foresight(policy: Policy, change: Change) -> Policy:
    return replace(policy, foresight=_truth(change))


_SETTINGS: Final[Mapping[str, Callable[[Policy, Change], Policy]]] = {
    "turns.adaptive": _adaptive,
    "turns.patience": _scale,
    "turns.semantic": _semantic,
    "turns.foresight": _foresight,
    "turns.silence": _field("silence"),
    "turns.backchannel": _field("backchannel"),
    "turns.rewind": _field("rewind"),
    "turns.longest": _field("longest"),
    "turns.no_input": _field("no_input"),
    "turns.between_digits": _field("between_digits"),
    "limits.filler_seconds": _field("filler"),
    "limits.dialogue_seconds": _field("dialogue", plus=2.0),  # as `server.parts.policy_from` does
    "limits.recognition_seconds": _field("recognition", plus=1.0),
    "limits.transfer_seconds": _field("transfer"),
    "limits.call_seconds": _field("call"),
}


def _made(policy: Policy, change: Change) -> Policy:
    if change.name.startswith("policy."):
        made = _at(policy, change.name.split(".")[1:], change)
        assert isinstance(made, Policy)  # noqa: S101 - it was one
        return made
    make = _SETTINGS.get(change.name)
    if make is None:
        near = difflib.get_close_matches(change.name, _SETTINGS, 1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise ChangeError(
            f"a journal can't tell what {change.name} would change: {meant}It can for "
            f"{', '.join(names())}, and for policy.NAME"
        )
    return make(policy, change)


# ── by the name of a field ────────────────────────────────────────────────────────────────────


def _at(value: Any, path: Sequence[str], change: Change) -> Any:
    """`value` with the field at `path` changed; made of nested frozen dataclasses."""
    if not path:
        return _truth(change) if isinstance(value, bool) else _number(change)
    if not isinstance(value, Policy | Patience | Wait):
        raise ChangeError(f"{change.name} goes deeper than the policy does")
    known = [field.name for field in fields(value)]
    if path[0] not in known:
        raise ChangeError(f"{change.name}: there is no {path[0]!r}, only {', '.join(known)}")
    inner = getattr(value, path[0])
    if isinstance(value, Policy) and path[0] == "patience" and len(path) > 1:
        inner = _patient(value)
    if len(path) == 1 and not isinstance(inner, int | float):
        raise ChangeError(f"{change.name} is no number: name one of its fields")
    return replace(value, **{path[0]: _at(inner, path[1:], change)})
