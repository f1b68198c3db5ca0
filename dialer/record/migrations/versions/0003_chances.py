"""What campaigns learned of who answers is kept from one run to the next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row for each campaign that has learned something, and what was foretold of each attempt."""
    op.add_column("attempt", sa.Column("chance", sa.Double()))
    op.create_table(
        "chances",
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_chances_campaign_id"),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_chances"),
    )
