"""Values written the way the rest of the system turns into speech."""

from datetime import date, time


def money(cents: int) -> str:
    """123450 becomes "$1,234.50"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def day(value: date) -> str:
    """ "Tuesday, 3 December"."""
    return f"{value:%A}, {value.day} {value:%B}"


def clock(value: time) -> str:
    """ "2:30 PM"."""
    return f"{value.hour % 12 or 12}:{value.minute:02d} {'AM' if value.hour < 12 else 'PM'}"


def listing(items: list[str], joint: str = "and") -> str:
    """ "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {joint} {items[-1]}"
