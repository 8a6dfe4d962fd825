"""Settings of durable conversions."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class JobSettings(BaseModel):
    """Limits and times of jobs; seconds, bytes and counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: int = Field(2, ge=1, le=64, description="conversions at once in one process")
    worker_name: str = Field(
        "local",
        min_length=1,
        max_length=60,
        description="names this process among those on one database; the same after a restart",
    )
    poll_seconds: float = Field(0.5, ge=0.01, le=10, description="how often the queue is looked at")
    waiting: int = Field(10_000, ge=1, description="jobs that may wait; one more is refused")
    source_bytes: int = Field(25 << 20, ge=1, description="largest text, mail, fax or message")
    voice_bytes: int = Field(100 << 20, ge=1, description="largest audio or video file")
    reserve_bytes: int = Field(
        256 << 20, ge=0, description="disk space that no new job may take away"
    )
    step_seconds: float = Field(2 * 3600.0, gt=0, description="time limit of one step")
    retry_seconds: float = Field(30.0, gt=0, description="before the first retry; then doubled")
    longest_retry_seconds: float = Field(1800.0, gt=0)
    give_up_seconds: float = Field(
        4 * 3600.0, gt=0, description="no retry when a job is older than this"
    )
    crashes: int = Field(
        5, ge=1, description="a step during which the process died so often is given up"
    )
    keep_days: float = Field(7.0, gt=0, description="how long files and results are kept")
    nice: int = Field(10, ge=0, le=19, description="priority of the work; calls come first")


def database_address(database: str, data_dir: Path) -> str:
    """Where DBOS keeps its tables: in PostgreSQL if `database` (SQLAlchemy URL) is one, else in
    SQLite beside the jobs.

    The driver in the URL (`postgresql+asyncpg`) is of no use to DBOS, which brings psycopg.
    """
    scheme, separator, rest = database.partition("://")
    if separator and scheme.partition("+")[0] in ("postgresql", "postgres"):
        return f"postgresql://{rest}"
    return f"sqlite:///{data_dir / 'gateway' / 'jobs.sqlite'}"
