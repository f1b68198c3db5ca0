"""Users with roles, their sessions, and tokens of other systems."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.record.types import WORD_LENGTH, Utc, row_id

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is a user yet: `dialer users add` makes the first."""
    op.create_table(
        "account",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(WORD_LENGTH), nullable=False),
        sa.Column("team", sa.Text()),
        sa.Column("agent_id", sa.Text()),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_is_new", sa.Boolean(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("disabled_at", Utc()),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("username", name="uq_account_username"),
        sa.UniqueConstraint("agent_id", name="uq_account_agent_id"),
    )
    op.create_table(
        "session",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("account_id", row_id(), nullable=False),
        sa.Column("began_at", Utc(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("ends_at", Utc(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("secret_hash", name="uq_session_secret_hash"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_session_account_id"),
    )
    op.create_index("ix_session_account_id", "session", ["account_id"])
    op.create_table(
        "token",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", Utc()),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("name", name="uq_token_name"),
        sa.UniqueConstraint("secret_hash", name="uq_token_secret_hash"),
    )
