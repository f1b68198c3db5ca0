"""Scripts in versions, and each talk's way through one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.record.types import Utc

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No script is kept yet: plans have plain texts."""
    op.create_table(
        "scripts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_scripts"),
    )
    op.create_table(
        "script_walks",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("reason_text", sa.Text()),
        sa.Column("saved_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_script_walks"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_script_walks_attempt_id"),
        sa.ForeignKeyConstraint(
            ["script", "version"], ["scripts.name", "scripts.version"], name="fk_script_walks_script"
        ),
    )
