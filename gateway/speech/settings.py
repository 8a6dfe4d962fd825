"""Settings of text to voice."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from voicebot.places import ROOT


class SpeechSettings(BaseModel):
    """How texts are read out, and how much of it; times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice: str = Field("hibari", max_length=100, description="reads what no voice was asked for")
    media_type: str = Field(
        "audio/wav", max_length=100, description="of audio for which no form was asked"
    )
    longest_text: int = Field(500_000, ge=1, description="characters; 2,000 words are 12,000")
    longest_audio: float = Field(12 * 3600.0, gt=0, description="of one text")
    largest_ssml: int = Field(2 << 20, ge=1, description="bytes")
    sentence_pause: float = Field(0.2, ge=0, le=5)
    line_pause: float = Field(0.35, ge=0, le=5, description="after a heading or the line of a list")
    paragraph_pause: float = Field(0.6, ge=0, le=5)
    ffmpeg: str = Field(
        "", description="the program; '' means the system's, else the one of a package"
    )
    models_dir: Path = Field(
        ROOT / "models" / "files",
        description="voices of Piper: NAME/*.onnx, *.onnx.json",
    )
    coqui_dir: Path = Field(
        ROOT / "models" / "coqui", description="voices of Coqui: NAME/model.pth and config.json"
    )
    coqui_python: Path = Field(
        ROOT / ".venv-coqui" / "bin" / "python", description="where Coqui is installed"
    )
