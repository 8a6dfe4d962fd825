"""Settings of the agent: defaults, `voicebot.toml`, and VOICEBOT_* environment variables.

The environment wins over the file. Nested names are joined by two underscores:
`VOICEBOT_TURNS__SILENCE=0.6`.
"""

from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, IPvAnyNetwork, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from gateway.config import GatewaySettings
from voicebot.places import ROOT

__all__ = [
    "ROOT",
    "LimitSettings",
    "RecordSettings",
    "Settings",
    "TurnSettings",
]


class TurnSettings(BaseModel):
    """When a turn is over and when the caller interrupts; all in seconds."""

    pause: float = Field(0.096, gt=0, description="silence after which recognition may start")
    adaptive: bool = Field(
        True, description="judge by words, voice and question when a turn is over"
    )
    patience: float = Field(
        1.0, gt=0.1, le=5, description="if adaptive: all waits are multiplied by this"
    )
    silence: float = Field(0.7, gt=0, description="if not adaptive: the turn is over after this")
    semantic: bool = Field(
        True, description="let a model judge by the sound of the voice whether a turn is complete"
    )
    foresight: bool = Field(
        True, description="prepare the answer while it is waited whether the turn is over"
    )
    partial_every: float = Field(
        0.8, ge=0, description="how often pages show what is being said; 0: when it is said"
    )
    backchannel: float = Field(
        0.8, ge=0, description="a sound over the bot that ends sooner may be a mere mm-hmm"
    )
    rewind: float = Field(0.3, ge=0, description="how far back the bot goes on after a mm-hmm")
    longest: float = Field(30.0, gt=0, description="a turn is cut here")
    no_input: float = Field(8.0, gt=0, description="silence after which the bot asks again")
    between_digits: float = Field(2.5, gt=0, description="keys are complete after this")


class LimitSettings(BaseModel):
    """Limits at the doors; seconds and counts."""

    calls: int = Field(10, ge=1, description="calls at once; one more hears that we are busy")
    call_seconds: float = Field(1800.0, gt=0)
    start_seconds: float = Field(10.0, gt=0, description="a stream must identify itself by then")
    send_seconds: float = Field(5.0, gt=0, description="a peer that stops reading is dropped")
    recognition_seconds: float = Field(15.0, gt=0)
    dialogue_seconds: float = Field(8.0, gt=0)
    filler_seconds: float = Field(2.0, gt=0, description="the bot says that it needs a moment")
    ring_seconds: float = Field(25.0, gt=0, description="how long one seat rings")
    transfer_seconds: float = Field(90.0, gt=0, description="how long a caller waits for a seat")


class RecordSettings(BaseModel):
    """The record of calls."""

    recording: bool = True
    pause_for_digits: bool = Field(True, description="silence while PIN or card digits are given")
    retention_days: int = Field(90, ge=0, description="0 keeps everything")


class Settings(BaseSettings):
    """All settings; `voicebot doctor` prints where they come from."""

    model_config = SettingsConfigDict(
        env_prefix="VOICEBOT_", env_nested_delimiter="__", extra="forbid"
    )

    host: str = Field("127.0.0.1", description="address that both listeners bind")
    control_port: int = Field(8080, ge=0, le=65535, description="pages and REST")
    edge_port: int = Field(8081, ge=0, le=65535, description="media and provider webhooks")
    audiosocket_port: int = Field(
        0, ge=0, le=65535, description="calls from Asterisk by AudioSocket (TCP); 0: none"
    )
    audiosocket_peers: list[IPvAnyNetwork] = Field(
        default_factory=lambda: [ip_network("127.0.0.0/8"), ip_network("::1/128")],
        max_length=100,
        description="addresses and networks from which AudioSocket calls are taken",
    )
    public_url: str = Field(
        "", description="https address under which the edge is reached from outside, for webhooks"
    )
    allowed_hosts: list[str] = Field(
        default_factory=lambda: ["127.0.0.1", "localhost"],
        description="Host headers that the control plane answers",
    )
    data_dir: Path = Field(ROOT / "var", description="database, recordings, logs, secrets")
    models_dir: Path = Field(ROOT / "models" / "files")
    database_url: str = Field("", description="SQLAlchemy URL; '' means SQLite in data_dir")

    whisper_model: Literal["tiny.en", "base"] = "tiny.en"
    recognizer_workers: int = Field(1, ge=1, le=16)
    voice: Literal["hibari", "espeak"] = "hibari"
    synthesizer_workers: int = Field(1, ge=1, le=16)

    rasa_url: str = Field("", description="an external Rasa; '' means ours, supervised")
    rasa_port: int = Field(5005, ge=0, le=65535)
    actions_port: int = Field(5055, ge=0, le=65535)
    rasa_secret: SecretStr = Field(SecretStr(""), description="'' means made at first start")

    twilio_auth_token: SecretStr = SecretStr("")
    seat_password: SecretStr = Field(SecretStr(""), description="'' means made at first start")
    bank_name: str = "Harbour Bank"
    seat_skills: list[str] = Field(
        default_factory=lambda: (
            "accounts bereavement branches cards complaints general lending online payments".split()
        ),
        max_length=20,
        description="what an expert may choose to take; the skills of the dialogue's hand-offs",
    )

    turns: TurnSettings = TurnSettings()
    limits: LimitSettings = LimitSettings()
    record: RecordSettings = RecordSettings()
    gateway: GatewaySettings = GatewaySettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        file = Path(os.environ.get("VOICEBOT_CONFIG", ROOT / "voicebot.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'voicebot.sqlite'}"
