"""One step from one medium to another: what the planner chains and a job carries out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from gateway.content import Content, Kind


class Wishes(BaseModel):
    """How whoever asked for it would like to have it. Every wish has a sane default.

    `media_type` of the result (audio/mpeg, application/pdf, text/vtt ...); `voice` by name;
    `rate` of speech (1: as it is); `language` (BCP 47; None: detected, or English); `sender`,
    `recipient` and `subject` for what is sent; `cover` page before a fax; `attachments` of a mail
    to be read out, too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    media_type: str | None = Field(default=None, max_length=100)
    voice: str | None = Field(default=None, max_length=100)
    rate: float = Field(default=1.0, ge=0.5, le=2.0)
    language: str | None = Field(default=None, max_length=35)
    sender: str | None = Field(default=None, max_length=320)
    recipient: str | None = Field(default=None, max_length=320)
    subject: str | None = Field(default=None, max_length=998)
    cover: bool = True
    attachments: bool = False


class Work(Protocol):
    """The circumstances in which one step runs."""

    @property
    def folder(self) -> Path:
        """Where the step writes its files; empty at first, or as an earlier attempt left it."""

    @property
    def key(self) -> str:
        """Names this step of this job, the same in every attempt: for Message-IDs and the like."""

    def progress(self, done: float) -> None:
        """So much (0 to 1) is done. Raises CancelledError when it is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Transform:
    """A typed edge of the conversion graph.

    `name` is a verb ("recognize"). `cost` is CPU time in seconds for a typical piece (one minute of
    speech, one page, one message), `loss` how much of the meaning may get lost, 0 to 1: with these
    the planner chooses between paths. `delivers` marks the last step, which sends its source to a
    recipient and returns what was sent; it is never carried out twice, unless it `resumes`: then a
    second attempt finds out itself what came of the first. `run` blocks (it is called
    in a worker thread) and raises GatewayError. `missing` says what has to be installed, or ''.
    """

    name: str
    source: Kind
    target: Kind
    cost: float
    loss: float
    run: Callable[[Content, Wishes, Work], Content] = field(repr=False)
    delivers: bool = False
    resumes: bool = False
    missing: Callable[[], str] = field(default=lambda: "", repr=False)
