"""Webhooks, and what they are still to tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.record.types import WORD_LENGTH, Utc, row_id

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is told of what was before."""
    op.create_table(
        "webhook",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("full_numbers", sa.Boolean(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("disabled_at", Utc()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", Utc()),
        sa.Column("held_until", Utc()),
        sa.Column("last_error", sa.Text()),
        sa.Column("delivered_at", Utc()),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
        sa.UniqueConstraint("name", name="uq_webhook_name"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("webhook_id", row_id(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("event", sa.String(WORD_LENGTH), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("state", sa.String(WORD_LENGTH), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", Utc()),
        sa.Column("next_at", Utc()),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("done_at", Utc()),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name="fk_webhook_delivery_webhook_id"),
    )
    op.create_index("ix_webhook_delivery_done_at", "webhook_delivery", ["done_at"])
    op.create_index("ix_webhook_delivery_newest", "webhook_delivery", ["webhook_id", "id"])
    waiting = sa.text("state = 'WAITING'")
    for name, columns in (
        ("ix_webhook_delivery_waiting", ["webhook_id", "id"]),
        ("ix_webhook_delivery_order", ["webhook_id", "attempt_id", "id"]),
    ):
        op.create_index(name, "webhook_delivery", columns, sqlite_where=waiting, postgresql_where=waiting)
