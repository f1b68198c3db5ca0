"""Recordings are deleted when their time is over, unless their call is under legal hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.record.types import Utc

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was deleted, and nothing held, before this version."""
    op.add_column("recording", sa.Column("deleted_at", Utc()))
    op.create_index("ix_recording_state_started_at", "recording", ["state", "started_at"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_table(
        "legal_hold",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_legal_hold"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_legal_hold_attempt_id"),
    )
