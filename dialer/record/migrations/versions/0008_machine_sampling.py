"""A call that was taken for a machine, and that an agent heard all the same, is marked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No call was sampled before this version: NULL."""
    op.add_column("attempt", sa.Column("machine_sampled", sa.Boolean()))
