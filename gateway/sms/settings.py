"""Settings of short messages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from gateway.account import ProviderSettings
from gateway.numbers import Prefix

SENDER: Final = re.compile(r"\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11}")
"""What a short message can come from: a number, or a name of 11 characters."""
MailAddress = Annotated[
    str, StringConstraints(pattern=r"^([^\s<>@,;]{1,64}@[^\s<>@,;]{1,253})?$", max_length=254)
]
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,15}$")]


class SmppSettings(BaseModel):
    """The message centre, SMPP 3.4. Lengths are the protocol's; times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("", max_length=255, description="'' means that there is none")
    port: int = Field(2775, ge=1, le=65535)
    tls: bool = False
    system_id: str = Field("", max_length=15)
    password: SecretStr = Field(SecretStr(""), max_length=8)
    system_type: str = Field("", max_length=12)
    window: int = Field(10, ge=1, le=100, description="messages sent before the first answer")
    answer_seconds: float = Field(10.0, gt=0, le=120, description="an answer must come by then")
    enquire_every: float = Field(30.0, gt=0, le=600, description="is the line alive?")
    wait_seconds: float = Field(
        20.0, gt=0, le=300, description="how long a message waits for the line before it is 'later'"
    )
    reconnect_first: float = Field(1.0, gt=0, le=60, description="pause before the second try")
    reconnect_most: float = Field(60.0, gt=0, le=3600, description="the pause doubles up to this")


class InboundSettings(BaseModel):
    """What becomes of short messages that phones send us."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mail_to: MailAddress = Field(
        "", description="they are passed on by mail; '': they are kept as texts, for the jobs' page"
    )
    by_number: dict[PhoneNumber, MailAddress] = Field(
        default_factory=dict,
        max_length=1000,
        description="other mail addresses, for messages to certain numbers of ours",
    )


class SmsSettings(BaseModel):
    """How short messages are sent and received. Nothing is sent to nobody by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    carrier: Literal["", "smpp", "rest"] = Field("", description="'' sends nothing")
    sender: str = Field("", pattern=rf"^({SENDER.pattern})?$", description="number or name")
    allowed_prefixes: tuple[Prefix, ...] = Field(
        (), max_length=200, description="beginnings of numbers that may be written to; + for all"
    )
    most_segments: int = Field(10, ge=1, le=255, description="longer texts are cut, and say so")
    typewritten: bool = Field(
        True, description="curly quotes and long dashes become plain ones, which saves segments"
    )
    receipt_seconds: float = Field(
        0.0, ge=0, le=3600, description="how long a delivery receipt is waited for"
    )
    parts_seconds: float = Field(
        3600.0, gt=0, description="how long missing parts of a message received are waited for"
    )
    folder: Path | None = Field(
        None, description="where parts of messages wait for the rest; needed to receive by SMPP"
    )
    inbound: InboundSettings = InboundSettings()
    smpp: SmppSettings = SmppSettings()
    provider: ProviderSettings = ProviderSettings()
