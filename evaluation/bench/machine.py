"""The machine that was measured on, and what its processes use."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import psutil

from voicebot.config import ROOT, Settings

SETTLED: Final = 0.06
"""Of one core: who uses less has nothing to do."""
SETTLE_SECONDS: Final = 60.0
_PACKAGES: Final = ("faster-whisper", "ctranslate2", "onnxruntime", "hibari-tts", "websockets")


def description(settings: Settings) -> dict[str, Any]:
    """Machine, versions and the settings that matter, without secrets."""
    return {
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count() or 0,
            "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
            "system": platform.platform(),
            "python": platform.python_version(),
            "load_before": [round(load, 2) for load in os.getloadavg()],
        },
        "versions": {name: _version(name) for name in _PACKAGES} | {"commit": _commit()},
        "settings": settings.model_dump(
            mode="json",
            include={
                "whisper_model": True,
                "voice": True,
                "recognizer_workers": True,
                "synthesizer_workers": True,
                "turns": True,
                "limits": True,
                "record": True,
            },
        ),
    }


@dataclass(frozen=True, slots=True)
class Usage:
    """What processes had used at one moment: CPU seconds, and bytes that are theirs alone."""

    at: float
    cpu: float
    memory: int
    resident: int


def usage(process: psutil.Process) -> Usage:
    """CPU time and memory of a process, without its children.

    `memory` is the unique set size (pages that no other process shares), `resident` the RSS.
    """
    times = process.cpu_times()
    memory = process.memory_full_info()
    return Usage(time.monotonic(), times.user + times.system, memory.uss, memory.rss)


def children_cpu(process: psutil.Process) -> float:
    """CPU seconds of all processes that `process` started and that still run."""
    total = 0.0
    for child in process.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


async def settled(
    process: psutil.Process,
    going_on: Callable[[], bool],
    patience: float = SETTLE_SECONDS,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> bool:
    """Wait until a process that has just started has nothing left to do, at most `patience`
    seconds: until it and its children use less than `SETTLED` of a core for two seconds."""
    quiet = 0
    for _ in range(int(patience)):
        before = usage(process).cpu + children_cpu(process)
        await sleep(1.0)
        used = usage(process).cpu + children_cpu(process) - before
        quiet = quiet + 1 if used < SETTLED else 0
        if quiet == 2 or not going_on():
            return quiet == 2
    return False


def core_share(before: Usage, after: Usage) -> float:
    """How much of one core was used between two moments."""
    return (after.cpu - before.cpu) / max(1e-9, after.at - before.at)


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux: the general name will do
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()
