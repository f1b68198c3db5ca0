"""An attempt tells what the network let be heard of the number, how sure that is, and what line time it saved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.core.model import NumberState
from dialer.record.types import word

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody listened before this version: NULL."""
    for column in (
        sa.Column("number_state", word(NumberState)),
        sa.Column("state_confidence", sa.Double()),
        sa.Column("heard", sa.Text()),
        sa.Column("line_saved_s", sa.Double()),
    ):
        op.add_column("attempt", column)
