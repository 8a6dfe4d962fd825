"""Memory that is free does not stay with the process."""

from __future__ import annotations

import platform

import numpy as np
import psutil
import pytest

from voicebot.heap import give_back


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back")
def test_what_lies_between_blocks_in_use_is_given_back():
    blocks = [np.ones(8000) for _ in range(2000)]  # 64 kB each: from the heap, not mapped
    kept = blocks[::100]
    del blocks
    process = psutil.Process()
    before = process.memory_info().rss
    give_back()
    assert before - process.memory_info().rss > 60 << 20
    assert len(kept) == 20
