"""The gateway that hostile inputs meet, and what an input may cost it.

Its settings are the defaults, except that time is cut down: hours of sound and minutes of computing
for a page are allowed where somebody waits for them, and would make a run of days.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.config import GatewaySettings
from voicebot.places import ROOT

MEGABYTE: Final = 1 << 20
DOMAIN: Final = "gw.example"


@dataclass(frozen=True, slots=True)
class Caps:
    """What one input may take: CPU seconds of all it set in motion, seconds by the clock before it
    counts as hanging, bytes of memory of the gateway's own process (`own`) and of any program that
    it starts (`program`), bytes on disk, CPU seconds of the SMTP door, and seconds for which it may
    say nothing."""

    cpu: float = 120.0
    clock: float = 300.0
    own: int = 768 * MEGABYTE
    program: int = 1024 * MEGABYTE
    disk: int = 256 * MEGABYTE
    door_cpu: float = 10.0
    silence: float = 60.0


def settings(folder: Path) -> GatewaySettings:
    """The gateway's settings, with its files in `folder`."""
    given: dict[str, Any] = {
        "speech": {"voice": "espeak:en-us", "longest_text": 20_000, "longest_audio": 600},
        "transcripts": {
            "model": "tiny.en",
            "workers": 1,
            "longest_audio": 60,
            "decoding_seconds": 20,
        },
        "pages": {"page_seconds": 10},
        "mail": {
            "address": f"gateway@{DOMAIN}",
            "hostname": DOMAIN,
            "submission": {"host": "127.0.0.1", "port": 9},
            "door": {"recipients": [f"@{DOMAIN}"], "senders": ["*"]},
        },
        "jobs": {"reserve_bytes": 0},
    }
    return GatewaySettings.model_validate(given).at(ROOT / "models" / "files", folder)
