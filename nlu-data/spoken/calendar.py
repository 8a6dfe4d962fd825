"""Dates and times of day; `today` is an argument, nothing here looks at a clock."""

import calendar as _calendar
import re
from datetime import date, time, timedelta

from spoken.numbers import UNITS, cardinal, small, written

WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTHS = (
    "january february march april may june july august september october november december".split()
)
_SHORT_MONTHS = {month[:3]: at for at, month in enumerate(MONTHS, 1)} | {"sept": 9}
# "six thirty" as a recognizer writes it: 630, 6.30
_TOGETHER = re.compile(r"(1\d|2[0-3]|[1-9])\.?([0-5][05])")
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
        "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
        "twentieth".split(),
        start=1,
    )
} | {"thirtieth": 30}


def ordinal(words: list[str], at: int) -> tuple[int, int] | None:
    """A day of the month at `at` ("third", "twenty first", "3rd"): (day, next position)."""
    if at >= len(words):
        return None
    word = words[at]
    match = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", word)
    if match:
        return int(match.group(1)), at + 1
    if word in ("twenty", "thirty") and at + 1 < len(words):
        unit = _ORDINALS.get(words[at + 1], 10)
        if unit < 10:
            return (20 if word == "twenty" else 30) + unit, at + 2
    return (_ORDINALS[word], at + 1) if word in _ORDINALS else None


def month(word: str) -> int | None:
    """1..12 for the name of a month, else None."""
    return MONTHS.index(word) + 1 if word in MONTHS else _SHORT_MONTHS.get(word)


def spoken_date(words: list[str], today: date) -> date | None:
    """The last date in `words` ("next tuesday", "the third of december", "in two weeks")."""
    found = dates(words, today)
    return found[-1][0] if found else None


def in_same_week(words: list[str], near: date, today: date) -> date | None:
    """The weekday that is said alone ("friday instead"), in the week of `near`; else None.

    A caller who changes the day of something keeps its week in mind.
    """
    names = [word for word in words if word in WEEKDAYS]
    if not names or {"next", "this", "tomorrow", "today"} & set(words):
        return None
    if any(ordinal(words, at) or month(word) for at, word in enumerate(words)):
        return None
    moved = near + timedelta(days=WEEKDAYS.index(names[-1]) - near.weekday())
    return moved if moved >= today else None


def dates(words: list[str], today: date) -> list[tuple[date, int, int]]:
    """Every date in `words` as (date, first word, word after it)."""
    found = []
    position = 0
    while position < len(words):
        read = _date_at(words, position, today)
        if read:
            found.append((read[0], position, read[1]))
            position = read[1]
        else:
            position += 1
    return found


def _date_at(words: list[str], at: int, today: date) -> tuple[date, int] | None:
    return (
        _relative(words, at, today) or _weekday(words, at, today) or _calendar_day(words, at, today)
    )


def _relative(words: list[str], at: int, today: date) -> tuple[date, int] | None:
    rest = words[at:]
    if rest[:4] == ["the", "day", "after", "tomorrow"]:
        return today + timedelta(days=2), at + 4
    if rest[:3] == ["day", "after", "tomorrow"]:
        return today + timedelta(days=2), at + 3
    fixed = {"today": 0, "tonight": 0, "now": 0, "immediately": 0, "tomorrow": 1}
    if rest[0] in fixed:
        return today + timedelta(days=fixed[rest[0]]), at + 1
    if rest[:2] in (["right", "away"], ["straight", "away"]):
        return today, at + 2
    if rest[0] == "in" and (count := cardinal(words, at + 1)) and count[1] < len(words):
        unit = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(words[count[1]])
        if unit:
            return today + timedelta(days=unit * int(count[0])), count[1] + 1
    if rest[:3] == ["in", "a", "week"]:
        return today + timedelta(days=7), at + 3
    if rest[:4] == ["end", "of", "the", "month"]:
        return today.replace(day=_calendar.monthrange(today.year, today.month)[1]), at + 4
    return None


def _weekday(words: list[str], at: int, today: date) -> tuple[date, int] | None:
    following = words[at] == "next"
    if words[at] in ("next", "this", "on", "coming") and at + 1 < len(words):
        at += 1
    name = words[at].removesuffix("'s")
    name = name if name in WEEKDAYS else name.removesuffix("s")
    if name not in WEEKDAYS:
        return None
    ahead = (WEEKDAYS.index(name) - today.weekday()) % 7 or 7
    if following and today.weekday() + ahead <= 6:
        ahead += 7
    if words[at + 1 : at + 3] == ["next", "week"] and today.weekday() + ahead <= 6:
        return today + timedelta(days=ahead + 7), at + 3
    exact = _calendar_day(words, at + 1, today) if at + 1 < len(words) else None
    return exact or (today + timedelta(days=ahead), at + 1)


def _calendar_day(words: list[str], at: int, today: date) -> tuple[date, int] | None:
    start = at + 1 if words[at] == "the" else at
    if start >= len(words):
        return None
    named = month(words[start])
    if named:
        day = _day_number(words, start + 1)
        return _built(named, day[0], today, day[1]) if day else None
    day = ordinal(words, start)
    number = day or _day_number(words, start)
    if number is None:
        return None
    position = number[1] + (words[number[1] : number[1] + 1] == ["of"])
    named = month(words[position]) if position < len(words) else None
    if named:
        return _built(named, number[0], today, position + 1)
    if words[number[1] : number[1] + 1] == ["/"] and (other := _day_number(words, number[1] + 1)):
        return _built(number[0], other[0], today, other[1])
    if day and start > at:
        return _next_day(day[0], today, day[1])
    return None


def _day_number(words: list[str], at: int) -> tuple[int, int] | None:
    if at >= len(words):
        return None
    read = ordinal(words, at + (words[at] == "the")) or small(words, at)
    if read is None:
        value = written(words[at])
        read = (int(value), at + 1) if value is not None and value == int(value) else None
    return read if read and 1 <= read[0] <= 31 else None


def _built(month_: int, day: int, today: date, after: int) -> tuple[date, int] | None:
    for year in (today.year, today.year + 1):
        try:
            built = date(year, month_, day)
        except ValueError:
            continue
        if built >= today:
            return built, after
    return None


def _next_day(day: int, today: date, after: int) -> tuple[date, int] | None:
    for ahead in range(62):
        candidate = today + timedelta(days=ahead)
        if candidate.day == day:
            return candidate, after
    return None


def spoken_time(words: list[str]) -> time | None:
    """The last time of day ("ten thirty", "half past two", "2:30 pm", "noon").

    Without am or pm, 1 to 7 are taken as the afternoon: a bank is closed in the night.
    """
    found = times(words)
    return found[-1][0] if found else None


def times(words: list[str], bare: bool = True) -> list[tuple[time, int, int]]:
    """Every time in `words`; a naked hour counts only with `bare`."""
    found = []
    position = 0
    while position < len(words):
        read = _time_at(words, position, bare)
        if read:
            found.append((read[0], position, read[1]))
            position = read[1]
        else:
            position += 1
    return found


def _time_at(words: list[str], at: int, bare: bool) -> tuple[time, int] | None:
    word = words[at]
    if word in ("noon", "midday"):
        return time(12), at + 1
    # "have passed two" is how a recognizer writes half past two.
    parted = words[at + 1 : at + 2] in (["past"], ["passed"], ["to"])
    if word in ("half", "have", "quarter") and parted:
        hour = _hour(words, at + 2)
        if hour:
            minutes = 15 if word == "quarter" else 30
            before = words[at + 1] == "to"
            clock = (hour[0] - 1) % 24 if before else hour[0]
            return _finish(words, clock, 60 - minutes if before else minutes, hour[1])
    if bare and (together := _TOGETHER.fullmatch(word)):
        return _finish(words, int(together.group(1)), int(together.group(2)), at + 1)
    hour = _hour(words, at)
    if hour is None:
        return None
    value, after = hour
    if month(words[after]) if after < len(words) else False:
        return None
    minute, marked = 0, at > 0 and words[at - 1] in ("at", "around", "about")
    if words[after : after + 1] == [":"] and after + 1 < len(words):
        minute, after, marked = int(written(words[after + 1]) or 0), after + 2, True
    elif (read := _minutes(words, after)) is not None:
        minute, after, marked = read[0], read[1], True
    if words[after : after + 1] == ["o'clock"]:
        marked, after = True, after + 1
    marked = (
        marked
        or words[after : after + 1] in (["am"], ["pm"])
        or words[after : after + 3] in (["in", "the", "morning"], ["in", "the", "afternoon"])
    )
    return _finish(words, value, minute, after) if marked or bare else None


def _hour(words: list[str], at: int) -> tuple[int, int] | None:
    if at >= len(words):
        return None
    value = written(words[at]) if words[at].isdigit() else UNITS.get(words[at])
    if value is None or not 1 <= value <= 23:
        return None
    return int(value), at + 1


def _minutes(words: list[str], at: int) -> tuple[int, int] | None:
    if at >= len(words):
        return None
    if words[at] in ("oh", "o") and (read := small(words, at + 1)):
        return read
    read = small(words, at)
    if read is None and words[at] in ("15", "30", "45", "00", "10", "20", "40", "50"):
        read = (int(words[at]), at + 1)
    return read if read and read[0] in range(0, 60, 5) and read[0] >= 10 else None


def _finish(words: list[str], hour: int, minute: int, after: int) -> tuple[time, int] | None:
    rest = words[after : after + 3]
    if rest[:1] in (["am"], ["pm"]):
        after += 1
        hour = hour % 12 + 12 * (rest[0] == "pm") if hour <= 12 else hour
    elif rest[:2] == ["in", "the"] and rest[2:] in (["morning"], ["afternoon"], ["evening"]):
        after += 3
        hour = hour % 12 + 12 * (rest[2] != "morning") if hour <= 12 else hour
    elif hour <= 7:
        hour += 12
    return (time(hour, minute), after) if hour < 24 and minute < 60 else None
