"""A lead tells why it is due when it is: what was decided when its last attempt had ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was decided before this version was not kept: NULL."""
    op.add_column("lead", sa.Column("due_because", sa.Text()))
