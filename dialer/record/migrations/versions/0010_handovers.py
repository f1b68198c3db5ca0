"""Talks that went from one agent to another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.record.types import WORD_LENGTH, Utc, row_id

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """There were none before."""
    op.create_table(
        "handover",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("from_agent", sa.Text(), nullable=False),
        sa.Column("to_agent", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("disposition", sa.String(WORD_LENGTH)),
        sa.Column("reason", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_handover"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_handover_attempt_id"),
    )
    op.create_index("ix_handover_attempt_id", "handover", ["attempt_id"])
