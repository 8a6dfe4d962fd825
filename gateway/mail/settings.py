"""Settings of the gateway's mail."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

MEGABYTE = 1 << 20


class ParseSettings(BaseModel):
    """What one message may be made of; more than that is refused or left out, as said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(25 * MEGABYTE, gt=0, description="bytes of a message; larger: refused")
    header_bytes: int = Field(262_144, gt=0, description="bytes of the header; larger: refused")
    containers: int = Field(60, ge=1, description="multipart and enclosed messages; more: refused")
    depth: int = Field(12, ge=1, description="nesting of parts; deeper: refused")
    parts: int = Field(200, ge=1, description="parts in all; more: refused")
    attachments: int = Field(50, ge=0, description="attachments that are kept; more: left out")
    text_characters: int = Field(500_000, gt=0, description="characters of text; more: cut off")
    html_characters: int = Field(2_000_000, gt=0, description="characters of HTML; more: cut off")


class DoorSettings(BaseModel):
    """Who may send what to whom. Without senders and recipients nothing is accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipients: tuple[str, ...] = Field(
        (), description="accepted addresses, or @domain for all addresses of a domain"
    )
    senders: tuple[str, ...] = Field(
        (), description="allowed From addresses, or @domain, or * for everybody"
    )
    dkim: bool = Field(
        True, description="the domain of From must confirm the mail, by a DKIM signature or SPF"
    )
    spf: bool = Field(True, description="SPF is enough, if the return path is of that domain, too")
    trusted_peers: tuple[str, ...] = Field(
        (), description="networks (CIDR) of mail systems that have checked the sender themselves"
    )
    hops: int = Field(30, ge=1, description="Received fields; more: a loop")
    dns_seconds: float = Field(5.0, gt=0, description="limit for one DNS question")
    signatures: int = Field(4, ge=1, description="DKIM signatures that are looked at")


class SmtpServerSettings(BaseModel):
    """The SMTP (or LMTP) server that mail comes in by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65535, description="0: any free one")
    lmtp: bool = Field(False, description="speak LMTP (RFC 2033) instead of SMTP")
    connections: int = Field(10, ge=1, description="at once; one more is told to come back later")
    messages: int = Field(20, ge=1, description="messages of one connection")
    recipients: int = Field(20, ge=1, description="recipients of one message")
    seconds: float = Field(300.0, gt=0, description="limit for one command, or one message's data")
    accept_seconds: float = Field(60.0, gt=0, description="limit for making a message durable")
    certificate: str = Field("", description="PEM file: STARTTLS is offered")
    certificate_key: str = Field("", description="PEM file with the key of the certificate")
    require_tls: bool = False


class MailboxSettings(BaseModel):
    """An IMAP mailbox that mail is fetched from; '' as host: none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = ""
    port: int = Field(993, ge=1, le=65535)
    tls: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: SecretStr = SecretStr("")
    folder: str = "INBOX"
    recipient: str = Field(
        "", description="for whom mail is that names none of our addresses; '': it is read out"
    )
    accepted_folder: str = Field(
        "", description="accepted messages are moved there; '': they stay and are marked"
    )
    refused_folder: str = Field("", description="refused messages are moved there")
    deleted_folder: str = Field(
        "", description="messages deleted by telephone are moved there; '': they are gone"
    )
    connect_seconds: float = Field(15.0, gt=0)
    read_seconds: float = Field(60.0, gt=0)
    idle_seconds: float = Field(540.0, gt=0, description="IDLE is renewed after this")
    poll_seconds: float = Field(60.0, gt=0, description="how often to look, without IDLE")
    retry_seconds: float = Field(5.0, gt=0, description="first wait after a broken connection")
    retry_longest: float = Field(300.0, gt=0, description="longest wait after broken connections")


class SubmissionSettings(BaseModel):
    """The mail server that outgoing mail is handed to; '' as host: none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["tls", "starttls", "none"] = "starttls"
    lmtp: bool = Field(False, description="the server speaks LMTP (RFC 2033)")
    username: str = Field("", description="'': no login")
    password: SecretStr = SecretStr("")
    seconds: float = Field(60.0, gt=0, description="limit for one answer of the server")


class MailSettings(BaseModel):
    """All settings of mail."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str = Field("gateway@localhost", description="From address of what the gateway sends")
    name: str = Field("Voice gateway", description="display name of that address")
    hostname: str = Field("localhost", description="in Message-IDs, greetings and reports")
    doubtful: float = Field(
        0.5, ge=0, le=1, description="words heard with less confidence are marked in a transcript"
    )
    audio: Literal["audio/ogg", "audio/mpeg"] = Field(
        "audio/mpeg", description="how a voice is attached: Ogg Opus or MP3"
    )
    parse: ParseSettings = ParseSettings()
    door: DoorSettings = DoorSettings()
    server: SmtpServerSettings = SmtpServerSettings()
    mailbox: MailboxSettings = MailboxSettings()
    submission: SubmissionSettings = SubmissionSettings()
