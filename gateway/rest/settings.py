"""Settings of the REST interface."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class RestSettings(BaseModel):
    """Who may convert, and limits at this door; seconds and counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr = Field(
        SecretStr(""), description="bearer token of programs; '' lets in those on this machine only"
    )
    upload_seconds: float = Field(600.0, gt=0, description="time limit of one upload")
    pause_seconds: float = Field(30.0, gt=0, description="an upload may stand still so long")
    uploads: int = Field(8, ge=1, description="uploads at once")
    streams: int = Field(64, ge=1, description="clients at once that follow a conversion")
