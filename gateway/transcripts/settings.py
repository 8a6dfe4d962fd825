"""Settings of voice to text."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from voicebot.places import ROOT


class TranscriptSettings(BaseModel):
    """How recordings are written down, and how much of them; times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Literal["base", "tiny.en"] = Field(
        "base", description="base: 99 languages; tiny.en: English only, in half the time"
    )
    models_dir: Path = Field(ROOT / "models" / "files", description="where the models lie")
    workers: int = Field(2, ge=1, le=64, description="cores used, by all recordings together")
    beam: int = Field(5, ge=1, le=10, description="readings followed at once; 1 is the fastest")
    longest_audio: float = Field(4 * 3600.0, gt=0, description="of one recording")
    largest_file: int = Field(2 << 30, ge=1, description="bytes of one recording")
    decoding_seconds: float = Field(900.0, gt=0, description="CPU time to decode one recording")
    ffmpeg: str = Field(
        "", description="the program; '' means the system's, else our own package's"
    )
