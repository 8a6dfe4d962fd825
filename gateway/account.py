"""Settings of the account at a telephone provider. Loads nothing but pydantic, as settings do."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class ProviderSettings(BaseModel):
    """The account at the provider. Without an account there are no calls and no messages by REST.

    `public_url` is the https address under which the provider reaches our webhooks; it is what the
    provider signs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_url: str = "https://api.twilio.com"
    account: str = Field("", pattern=r"^[A-Za-z0-9]{0,64}$", description="the account's SID")
    auth_token: SecretStr = SecretStr("")
    public_url: str = ""
    timeout: float = Field(15.0, gt=0, le=120, description="seconds to wait for an answer")

    @field_validator("api_url", "public_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
            raise ValueError("is no address; write it like https://voice.example.com")
        return url.rstrip("/")

    @property
    def missing(self) -> str:
        """What has to be set before the provider can be asked, '' when nothing."""
        if self.account and self.auth_token.get_secret_value():
            return ""
        return "no provider account: set its account and auth_token"
