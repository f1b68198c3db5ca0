"""Leads that wait for a time sleep beside the index of those that may be called now, whatever their priority."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from dialer.record.types import Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leads that are due later are put to sleep; the indexes follow."""
    lead = sa.table(
        "lead",
        sa.column("state", sa.Text),
        sa.column("due_at", Utc),
        sa.column("hold", sa.Text),
        sa.column("held_until", Utc),
    )
    later = (lead.c.state == "WAITING") & (lead.c.due_at > datetime.now(UTC)) & lead.c.held_until.is_(None)
    op.execute(lead.update().where(later).values(hold="RETRY_NOT_DUE", held_until=lead.c.due_at))
    op.drop_index("ix_lead_waiting", "lead")
    best_first: list[str | sa.TextClause] = ["campaign_id", sa.text("priority DESC"), "due_at", "id"]
    awake = sa.text("state = 'WAITING' AND held_until IS NULL")
    op.create_index("ix_lead_awake", "lead", best_first, sqlite_where=awake, postgresql_where=awake)
    asleep = sa.text("held_until IS NOT NULL")
    first_to_wake: list[str | sa.TextClause] = ["campaign_id", "held_until", sa.text("priority DESC")]
    op.create_index("ix_lead_asleep", "lead", first_to_wake, sqlite_where=asleep, postgresql_where=asleep)
    op.create_index("ix_lead_holds", "lead", ["campaign_id", "state", "hold"])
