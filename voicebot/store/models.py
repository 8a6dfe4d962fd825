"""The tables of the record: calls, their turns, transfers to experts, callbacks and notes.

Times are UTC; they come back timezone-aware from every database. Nothing outside `voicebot.store`
sees these classes: `calls.py` answers with the plain values of `records.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints are named: a migration can only change what has a name."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept in UTC. SQLite has no time zones, so they are put back when reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC. Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: pass datetime.now(UTC)")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Make what was read timezone-aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text from outside, made fit for every database.

    It is cut at `length` characters; NUL (which PostgreSQL refuses) and lone surrogates (which
    UTF-8 can't hold) become U+FFFD and '?'.
    """

    impl = Text
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """VARCHAR where the length is known, TEXT else."""
        return dialect.type_descriptor(String(self.length) if self.length else Text())

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Cut and replace."""
        if value is None:
            return None
        clean = value[: self.length].replace("\0", "\ufffd")
        return clean.encode("utf-8", "replace").decode()


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own convention


class Call(Base):
    """One call. `agent` is the agent that owns it, and that closes it after a crash."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_started_at_id", "started_at", "id"),
        Index("ix_calls_agent_ended_at", "agent", "ended_at"),
    )

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    agent: Mapped[str] = mapped_column(CleanText(128))
    network: Mapped[str] = mapped_column(CleanText(32))
    caller: Mapped[str] = mapped_column(CleanText(64), index=True)
    callee: Mapped[str] = mapped_column(CleanText(64))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(CleanText(16), index=True)
    outcome_reason: Mapped[str] = mapped_column(CleanText(), default="")
    recording: Mapped[str] = mapped_column(CleanText(), default="")
    recording_state: Mapped[str] = mapped_column(CleanText(16), default="none")
    slots: Mapped[dict[str, Any]] = mapped_column(default=dict)
    incidents: Mapped[list[Any]] = mapped_column(default=list)


class Turn(Base):
    """One line of a call: what a party said, keyed or did."""

    __tablename__ = "turns"

    call_id: Mapped[str] = mapped_column(
        String(128), ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    party: Mapped[str] = mapped_column(CleanText(16))
    kind: Mapped[str] = mapped_column(CleanText(16))
    text: Mapped[str] = mapped_column(CleanText())
    heard: Mapped[str | None] = mapped_column(CleanText())
    confidence: Mapped[float | None]
    intent: Mapped[str] = mapped_column(CleanText(128))
    intent_confidence: Mapped[float | None]
    slots: Mapped[dict[str, Any]]
    sensitive: Mapped[bool]
    times: Mapped[dict[str, Any]]


class Transfer(Base):
    """One attempt to bring an expert into a call."""

    __tablename__ = "transfers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    call_id: Mapped[str] = mapped_column(
        String(128), ForeignKey("calls.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(CleanText(64))
    topic: Mapped[str] = mapped_column(CleanText())
    skill: Mapped[str] = mapped_column(CleanText(64))
    seat: Mapped[str] = mapped_column(CleanText(64), default="")
    seat_name: Mapped[str] = mapped_column(CleanText(128), default="")
    result: Mapped[str] = mapped_column(CleanText(16))
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Callback(Base):
    """A caller who is to be called back."""

    __tablename__ = "callbacks"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    call_id: Mapped[str] = mapped_column(
        String(128), ForeignKey("calls.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[str] = mapped_column(CleanText(64))
    reason: Mapped[str] = mapped_column(CleanText())
    topic: Mapped[str] = mapped_column(CleanText())
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(CleanText(16), index=True)
    done_at: Mapped[datetime | None]
    done_by: Mapped[str] = mapped_column(CleanText(128), default="")


class Note(Base):
    """What an expert wrote about a call."""

    __tablename__ = "notes"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    call_id: Mapped[str] = mapped_column(
        String(128), ForeignKey("calls.id", ondelete="CASCADE"), index=True
    )
    seat: Mapped[str] = mapped_column(CleanText(64))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(CleanText())
