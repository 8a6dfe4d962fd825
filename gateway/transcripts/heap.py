"""Memory that is free goes back to the system.

Recognition takes and frees large blocks of all sizes in several threads, and the C library keeps
what lies between them: a third of a process after an hour of speech. glibc gives it back when asked
(malloc_trim(3)); another C library has no such function and nothing happens.
"""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Give free memory back to the system; takes some milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
