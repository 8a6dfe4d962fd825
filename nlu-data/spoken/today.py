"""The bank's day: the one place of this project that looks at a clock."""

import os
from datetime import UTC, date, datetime


def today() -> date:
    """Today where the bank's server stands; VOICEBOT_TODAY (YYYY-MM-DD) fixes it for tests."""
    fixed = os.environ.get("VOICEBOT_TODAY")
    return date.fromisoformat(fixed) if fixed else datetime.now(UTC).astimezone().date()
