"""Telephone numbers: E.164, and which of them may be called or written to. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import StringConstraints

from gateway.errors import RefusedError

Prefix = Annotated[str, StringConstraints(pattern=r"^\+([1-9][0-9]{0,14})?$")]
"""The beginning of numbers that are allowed: +1555, or + for all."""

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_WRITTEN: Final = re.compile(r"[ \u00a0().\-/]")
"""What people put between the digits."""


def e164(number: str) -> str:
    """`number` as E.164 has it: a plus sign, country code first, 7 to 15 digits.

    Spaces, brackets, dots, dashes and slashes are taken out; national numbers are not guessed at.

    Raises:
        RefusedError: it is none.
    """
    bare = _WRITTEN.sub("", number.strip())
    if not _E164.fullmatch(bare):
        raise RefusedError(
            "the recipient is no telephone number in the international form; "
            "write it like +15550100123"
        )
    return bare


def allowed(number: str, prefixes: Sequence[str]) -> str:
    """`number` as E.164, if it begins with one of `prefixes`.

    Raises:
        RefusedError: it is no number, or must not be called or written to.
    """
    bare = e164(number)
    if not any(bare.startswith(prefix) for prefix in prefixes):
        raise RefusedError(
            "this number is not among the allowed ones; whoever runs the gateway adds the "
            "beginning of it to allowed_prefixes"
        )
    return bare


def masked(number: str) -> str:
    """`number` for the log: its last two digits only."""
    return f"…{number[-2:]}" if len(number) > 4 else "…"
