"""The names of things in DBOS' tables. They outlive a release: don't change them."""

from __future__ import annotations

from typing import Final

APPLICATION: Final = "voicebot-gateway"
VERSION: Final = "1"
"""Of the order of steps in the workflows; another number would leave older jobs unrecovered."""
QUEUE: Final = "conversions"
CARRY: Final = "carry"
TELL: Final = "tell"


def workflow_id(job_id: str, turn: int) -> str:
    """The workflow of the `turn`th try of a job; the first has the name of the job."""
    return job_id if turn == 0 else f"{job_id}.{turn}"


def report_id(job_id: str, turn: int) -> str:
    """The workflow of the `turn`th try to report how a job ended."""
    return f"{job_id}.report.{turn}"
