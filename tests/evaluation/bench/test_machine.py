from __future__ import annotations

import json
from typing import cast

import psutil
import pytest

from evaluation.bench.machine import Usage, core_share, description, settled, usage
from voicebot.config import Settings


class Process:
    """Uses so much CPU in each second that somebody waits."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds = seconds
        self.cpu = 0.0

    async def sleep(self, _: float) -> None:
        self.cpu += self.seconds.pop(0) if self.seconds else 1.0

    def cpu_times(self) -> Process:
        return self

    @property
    def user(self) -> float:
        return self.cpu

    system = uss = rss = 0

    def memory_full_info(self) -> Process:
        return self

    def children(self, recursive: bool) -> list[Process]:
        return []


async def wait(seconds: list[float], patience: float = 60.0, going_on: bool = True) -> bool:
    process = Process(seconds)
    fake = cast(psutil.Process, process)
    return await settled(fake, lambda: going_on, patience, process.sleep)


async def test_a_process_has_settled_when_it_rests_for_two_seconds() -> None:
    assert await wait([0.9, 0.5, 0.01, 0.4, 0.02, 0.01])
    assert not await wait([0.9] * 5, patience=5)
    assert not await wait([0.01] * 9, going_on=False)


def test_the_share_of_a_core_is_cpu_time_by_time() -> None:
    assert core_share(Usage(10, 1.0, 0, 0), Usage(14, 3.0, 0, 0)) == pytest.approx(0.5)


def test_usage_of_this_very_process() -> None:
    used = usage(psutil.Process())
    assert used.cpu > 0
    assert 0 < used.memory <= used.resident


def test_the_description_is_json_and_holds_no_secret() -> None:
    text = json.dumps(description(Settings()))
    assert "whisper_model" in text
    assert "password" not in text
    assert "secret" not in text
    assert "token" not in text
