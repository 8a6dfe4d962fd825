"""Secrets of a call, hidden wherever they turn up: PINs and card digits, said or keyed.

A report goes to people who must not see them, and a metric's reason may quote what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from evaluation.runs.model import CallRecord
from evaluation.scoring.normalise import normalised
from evaluation.sets.model import Case, Keys, Say
from voicebot.conversation.masking import MASK

SECRET_NAMES: Final = frozenset({"pin", "card_digits", "password"})
"""Names of arguments and entities whose values nobody may keep."""
HIDDEN: Final = MASK * 4
"""What stands for a secret: always the same, since lengths of number words tell which they are."""
_SHORTEST: Final = 3
"""Digits; fewer are hidden by their turn alone, since they stand in every other sentence."""
_SPOKEN: Final = {
    "0": "zero|oh|o|nought",
    "1": "one",
    "2": "two",
    "3": "three",
    "4": "four",
    "5": "five",
    "6": "six",
    "7": "seven",
    "8": "eight",
    "9": "nine",
}


class Secrets:
    """Hides the given digit strings, however written: 4821, 4-8 2 1, "four eight two one"."""

    def __init__(self, digits: Iterable[str]) -> None:
        known = sorted({d for d in digits if len(d) >= _SHORTEST}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_written, known)), re.IGNORECASE) if known else None

    def hide(self, text: str) -> str:
        """`text` with every secret in it masked."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def values(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Arguments as they may be shown."""
        return {
            name: HIDDEN if name in SECRET_NAMES else self.hide(str(value))
            for name, value in values.items()
        }


def secrets_of(case: Case | None, call: CallRecord | None = None) -> Secrets:
    """What a case keeps secret, and what a call of it has in its secret turns."""
    digits: list[str] = []
    for turn in case.turns if case is not None else ():
        if isinstance(turn, Keys) and turn.secret:
            digits.append(turn.digits)
        elif isinstance(turn, Say) and turn.secret:
            digits.append(_digits(turn.text))
    if case is not None and case.goal is not None:
        digits += [_digits(str(v)) for k, v in case.goal.knows.items() if k in SECRET_NAMES]
    for said in call.turns if call is not None else ():
        if said.secret:
            digits += [_digits(said.reference), _digits(said.heard)]
    return Secrets(digits)


def _digits(text: str) -> str:
    return "".join(word for word in normalised(text) if word.isdigit())


def _written(digits: str) -> str:
    """A pattern for the digits, with up to two signs between, and not within a longer number."""
    each = [f"(?:{digit}|{_SPOKEN[digit]})" for digit in digits]
    return r"(?<![\w])" + r"[\s,.\-]{0,2}".join(each) + r"(?![\w])"
