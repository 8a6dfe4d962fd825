"""Calls and their turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voicebot.store.models import CleanText, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("agent", CleanText(128), nullable=False),
        sa.Column("network", CleanText(32), nullable=False),
        sa.Column("caller", CleanText(64), nullable=False),
        sa.Column("callee", CleanText(64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", CleanText(16), nullable=True),
        sa.Column("outcome_reason", CleanText(), nullable=False),
        sa.Column("recording", CleanText(), nullable=False),
        sa.Column("recording_state", CleanText(16), nullable=False),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("incidents", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_started_at_id", "calls", ["started_at", "id"])
    op.create_index("ix_calls_agent_ended_at", "calls", ["agent", "ended_at"])
    op.create_index(op.f("ix_calls_caller"), "calls", ["caller"])
    op.create_index(op.f("ix_calls_outcome"), "calls", ["outcome"])
    op.create_table(
        "turns",
        sa.Column("call_id", sa.String(128), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party", CleanText(16), nullable=False),
        sa.Column("kind", CleanText(16), nullable=False),
        sa.Column("text", CleanText(), nullable=False),
        sa.Column("heard", CleanText(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("intent", CleanText(128), nullable=False),
        sa.Column("intent_confidence", sa.Double(), nullable=True),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_turns_call_id_calls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_turns")),
    )


def downgrade() -> None:
    op.drop_table("turns")
    op.drop_table("calls")
