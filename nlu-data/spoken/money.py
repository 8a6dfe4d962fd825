"""Amounts of money, in cents."""

from spoken.numbers import cardinal, small, written

_DOLLARS = frozenset("dollars dollar bucks buck usd quid".split())
_CENTS = frozenset("cents cent".split())
_STOP_AFTER = frozenset("am pm o'clock percent st nd rd th days day weeks week times".split())


def amounts(words: list[str], bare: bool = False) -> list[tuple[int, int, int]]:
    """Every amount in `words` as (cents, first word, word after it).

    A unit or a $ sign marks an amount; with `bare` (an amount was asked for, or the sentence is
    about money) a naked number counts as well: "two fifty" is 250, "forty two fifty" is 42.50.
    """
    found: list[tuple[int, int, int]] = []
    position = 0
    while position < len(words):
        read = _amount_at(words, position, bare)
        if read is None:
            position += 1
        else:
            found.append((read[0], position, read[1]))
            position = read[1]
    return found


def last_amount(words: list[str], bare: bool = True) -> int | None:
    """The amount that counts (a corrected amount comes last), in cents."""
    found = [cents for cents, _, _ in amounts(words, bare) if cents > 0]
    return found[-1] if found else None


def _amount_at(words: list[str], at: int, bare: bool) -> tuple[int, int] | None:
    number = cardinal(words, at)
    if number is None:
        return _lone_unit(words, at)
    value, after = number
    cents = round(value * 100)
    marked = words[at].startswith("$")
    if not marked and "." not in words[at]:
        pair = _pair(words, at, after, cents)
        if pair:
            cents, after = pair
    if after < len(words) and words[after] in _CENTS and not marked:
        return round(value), after + 1
    if after < len(words) and words[after] in _DOLLARS:
        marked, after = True, after + 1
        cents, after = _with_cents(words, after, cents)
    if after < len(words) and (words[after] in _STOP_AFTER or words[after] in (":", "/")):
        return None
    if at > 0 and words[at - 1] in (":", "/"):
        return None
    return (cents, after) if marked or bare else None


def _pair(words: list[str], at: int, after: int, cents: int) -> tuple[int, int] | None:
    """ "two fifty" (250 dollars), "forty two fifty" (42.50): two small numbers in a row."""
    head = small(words, at)
    tail = small(words, after)
    if head is None or head[1] != after or tail is None or tail[0] < 10:
        return None
    if small(words, tail[1]) is not None:
        return None
    return (cents * 100 + tail[0] * 100 if head[0] < 10 else cents + tail[0]), tail[1]


def _with_cents(words: list[str], after: int, cents: int) -> tuple[int, int]:
    position = after + 1 if words[after : after + 1] == ["and"] else after
    read = small(words, position)
    if read is None and position < len(words):
        value = written(words[position])
        read = (int(value), position + 1) if value is not None and value < 100 else None
    if read is None:
        return cents, after
    if read[1] < len(words) and words[read[1]] in _CENTS:
        return cents + int(read[0]), read[1] + 1
    if position == after and read[1] == len(words):
        return cents + int(read[0]), read[1]
    return cents, after


def _lone_unit(words: list[str], at: int) -> tuple[int, int] | None:
    if words[at] == "a" and words[at + 1 : at + 2] and words[at + 1] in ("dollar", "buck"):
        return 100, at + 2
    return None
