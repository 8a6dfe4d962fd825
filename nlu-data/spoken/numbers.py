"""Numbers and digit strings, spoken or written."""

import re

UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
} | {"fourty": 40}
_ZERO = frozenset({"oh", "o", "zero", "nought", "naught", "nil"})
# What a recognizer writes for a digit; believed only beside real digits.
_HOMOPHONES = {"to": 2, "too": 2, "for": 4, "fore": 4, "ate": 8, "won": 1, "tree": 3, "sex": 6}
_WRITTEN = re.compile(r"\$?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?$")


def written(word: str) -> float | None:
    """The value of a number written in figures ("1,200", "$12.50"), else None."""
    match = _WRITTEN.match(word)
    return float(match.group(0).replace(",", "").lstrip("$")) if match else None


def small(words: list[str], at: int) -> tuple[int, int] | None:
    """Read 0..99 in words at `at`: (value, next position)."""
    if at >= len(words):
        return None
    word = words[at]
    if word in UNITS:
        return UNITS[word], at + 1
    if word in TENS:
        unit = UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        return (TENS[word] + unit, at + 2) if 0 < unit < 10 else (TENS[word], at + 1)
    return None


def cardinal(words: list[str], at: int) -> tuple[float, int] | None:
    """Read a number at `at`, in words or figures: (value, next position).

    "two hundred and fifty", "twelve hundred", "a thousand", "1,200", "3 thousand".
    """
    total, current, position, seen = 0.0, 0.0, at, False
    while position < len(words):
        word = words[position]
        value = written(word)
        if (
            word in ("a", "an")
            and not seen
            and words[position + 1 : position + 2]
            in (
                ["hundred"],
                ["thousand"],
            )
        ):
            current, position = 1.0, position + 1
        elif word == "hundred" and seen | (current > 0):
            current, position = current * 100, position + 1
        elif word in ("thousand", "grand") and seen | (current > 0):
            total, current, position = total + current * 1000, 0.0, position + 1
        elif (
            word == "and"
            and seen
            and small(words, position + 1)
            and words[position - 1]
            in (
                "hundred",
                "thousand",
            )
        ):
            position += 1
        elif value is not None and (not seen or words[position - 1] in ("hundred", "thousand")):
            current, position = current + value, position + 1
        elif (pair := small(words, position)) and (
            not seen or words[position - 1] in ("hundred", "thousand", "and")
        ):
            current, position = current + pair[0], pair[1]
        else:
            break
        seen = True
    return (total + current, position) if seen else None


def _digit_step(words: list[str], at: int, inside: bool) -> tuple[str, int] | None:
    word = words[at]
    if word in ("double", "triple", "treble") and at + 1 < len(words):
        step = _digit_step(words, at + 1, True)
        if step and len(step[0]) == 1:
            return step[0] * (2 if word == "double" else 3), step[1]
        return None
    if word in _ZERO:
        return "0", at + 1
    if re.fullmatch(r"\d+(?:,\d+)*", word):
        return word.replace(",", ""), at + 1
    if (pair := small(words, at)) is not None:
        return str(pair[0]), pair[1]
    if word == "hundred" and inside:
        return "00", at + 1
    if word in _HOMOPHONES and inside:
        return str(_HOMOPHONES[word]), at + 1
    return None


def _digit_at(words: list[str], at: int) -> bool:
    return at < len(words) and _digit_step(words, at, False) is not None


def digit_runs(words: list[str], lenient: bool = False) -> list[tuple[str, int, int]]:
    """Every run of digits: (digits, first word, word after it).

    "four eight two one", "double seven oh three", "forty eight twenty one", "48 21".
    With `lenient` a homophone ("for ate to one") may also begin a run.
    """
    runs: list[tuple[str, int, int]] = []
    position = 0
    while position < len(words):
        digits, first = "", position
        while position < len(words):
            if digits and words[position] in ("and", "then") and _digit_at(words, position + 1):
                position += 1
            step = _digit_step(words, position, bool(digits) or lenient)
            if step is None:
                break
            digits, position = digits + step[0], step[1]
        if digits:
            runs.append((_trim(digits), first, position))
        else:
            position += 1
    return runs


def _trim(digits: str) -> str:
    return digits[:32]


def spoken_digits(words: list[str], length: int | None = None) -> str | None:
    """The digits a caller gave when digits were asked for; the last run of the wanted length."""
    runs = [run[0] for run in digit_runs(words, lenient=True)]
    if length is None:
        return "".join(runs) or None
    exact = [run for run in runs if len(run) == length]
    if exact:
        return exact[-1]
    joined = "".join(runs)
    return joined if len(joined) == length else None
