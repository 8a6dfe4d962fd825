"""What comes from the desk: transfers to experts, callbacks and notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voicebot.store.models import CleanText, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _of_call(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("call_id", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f(f"fk_{table}_call_id_calls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    op.create_table(
        "transfers",
        *_of_call("transfers"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reason", CleanText(64), nullable=False),
        sa.Column("topic", CleanText(), nullable=False),
        sa.Column("skill", CleanText(64), nullable=False),
        sa.Column("seat", CleanText(64), nullable=False),
        sa.Column("seat_name", CleanText(128), nullable=False),
        sa.Column("result", CleanText(16), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
    )
    op.create_table(
        "callbacks",
        *_of_call("callbacks"),
        sa.Column("number", CleanText(64), nullable=False),
        sa.Column("reason", CleanText(), nullable=False),
        sa.Column("topic", CleanText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("state", CleanText(16), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_by", CleanText(128), nullable=False),
    )
    op.create_table(
        "notes",
        *_of_call("notes"),
        sa.Column("seat", CleanText(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("text", CleanText(), nullable=False),
    )
    for table in ("transfers", "callbacks", "notes"):
        op.create_index(op.f(f"ix_{table}_call_id"), table, ["call_id"])
    op.create_index(op.f("ix_callbacks_state"), "callbacks", ["state"])


def downgrade() -> None:
    for table in ("notes", "callbacks", "transfers"):
        op.drop_table(table)
