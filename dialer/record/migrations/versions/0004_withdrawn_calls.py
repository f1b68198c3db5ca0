"""A decision tells how many calls it let ring no longer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No decision before this version withdrew any."""
    op.add_column("decision", sa.Column("withdrawn", sa.Integer(), nullable=False, server_default="0"))
