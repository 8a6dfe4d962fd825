"""Settings of outbound calls."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from gateway.account import ProviderSettings
from gateway.numbers import Prefix


class OutcallSettings(BaseModel):
    """Whom we may call, and how. Nobody by default. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    caller: str = Field(
        "", pattern=r"^(\+[1-9][0-9]{6,14})?$", description="our number, E.164; '' calls nobody"
    )
    allowed_prefixes: tuple[Prefix, ...] = Field(
        (), max_length=200, description="beginnings of numbers that may be called; + for all"
    )
    ask_first: bool = Field(
        True, description="read nothing out before somebody says yes or presses 1"
    )
    calls: int = Field(2, ge=1, le=100, description="outbound calls at once")
    ring_seconds: float = Field(30.0, ge=5, le=600)
    call_seconds: float = Field(900.0, gt=0, le=7200, description="a call is ended here")
    answer_seconds: float = Field(180.0, gt=0, le=1800, description="the longest spoken answer")
    answers_to: str = Field(
        "",
        max_length=320,
        pattern=r"^([^@\s]+@[^@\s]+)?$",
        description="mail address for spoken answers to what came from nobody that has one; "
        "'' leaves them where they are",
    )
    provider: ProviderSettings = ProviderSettings()

    @property
    def missing(self) -> str:
        """What has to be set before anybody can be called, '' when nothing."""
        if not self.caller:
            return "no number to call from: set outcall.caller"
        if not self.provider.public_url:
            return "the provider can't reach the media edge: set outcall.provider.public_url"
        return self.provider.missing
