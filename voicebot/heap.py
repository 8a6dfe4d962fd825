"""Memory that is free goes back to the system.

Recognition and synthesis take and free large blocks of all sizes in several threads, and the C
library keeps what lies between them: a third of a process after an hour of speech, and some 40 MB
of an agent after a thousand calls. glibc gives it back when asked (malloc_trim(3)); another C
library has no such function and nothing happens.
"""

from __future__ import annotations

import asyncio
import ctypes
from typing import Final

EVERY: Final = 30.0
"""Seconds between two times in a process that runs for long."""


def give_back() -> None:
    """Give free memory back to the system; takes some milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


async def keep_giving_back() -> None:
    """Runs as long as the process."""
    while True:
        await asyncio.sleep(EVERY)
        await asyncio.to_thread(give_back)
