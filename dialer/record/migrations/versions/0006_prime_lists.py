"""An import that answers above its campaign's band is marked as prime."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No import was judged before this version."""
    op.add_column("lead_list", sa.Column("prime_since", sa.DateTime(timezone=True)))
