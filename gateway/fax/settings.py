"""Settings of fax."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FaxSettings(BaseModel):
    """How faxes are sent and received."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    receive: bool = Field(
        True, description="take faxes on the number of the bot: calls that begin with a fax tone"
    )
    to: str = Field(
        "",
        max_length=320,
        pattern=r"^([^@\s]+@[^@\s]+)?$",
        description="mail address to which faxes go that come in; '' leaves them in the inbox",
    )
    ident: str = Field(
        "",
        max_length=20,
        pattern=r"^[0-9+ ]*$",
        description="the number that the other fax machine shows: digits, + and spaces",
    )
    header: str = Field(
        "", max_length=50, description="a line on top of every page that is sent; '' for none"
    )
    ecm: bool = Field(True, description="let damaged parts of a page be sent again")
    fastest: int = Field(14400, ge=4800, le=14400, description="highest rate, bits per second")
    lines: int = Field(4, ge=1, le=64, description="faxes at once")
    call_seconds: float = Field(1800.0, gt=0, description="a longer fax call is ended")
    pages: int = Field(100, ge=1, le=1000, description="pages that one fax may have, either way")
    file_bytes: int = Field(64 << 20, ge=1 << 20, description="size of a fax's file")
    memory_bytes: int = Field(512 << 20, ge=128 << 20, description="memory of a fax process")
    answer_seconds: float = Field(
        10.0, gt=0, description="a fax process that is silent for so long is ended"
    )
