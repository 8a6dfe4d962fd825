"""Settings of pages: what they look like, and limits at their door."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class PageSettings(BaseModel):
    """How pages are set, drawn and read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paper: Literal["a4", "letter"] = Field("a4", description="paper that texts are set on")
    size: float = Field(11.0, ge=8, le=24, description="size of the type in points")
    language: str = Field("en", description="of pages that are read, if nobody says (BCP 47)")
    pages: int = Field(200, ge=1, le=2000, description="a document with more is refused")
    characters: int = Field(500_000, ge=1, description="a text with more is not set on pages")
    megabytes: int = Field(50, ge=1, le=1000, description="a file larger than this is not opened")
    megapixels: int = Field(120, ge=4, le=1000, description="a page with more is not decoded")
    page_seconds: float = Field(30.0, gt=0, description="of CPU time for one page")
    memory_megabytes: int = Field(1024, ge=256, description="for a program that works on pages")
