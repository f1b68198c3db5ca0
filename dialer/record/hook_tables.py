"""The tables of webhooks: who wants to be told, and the outbox of what is still to be told."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from dialer.core.hooks import DeliveryState, HookEvent
from dialer.record.schema import metadata
from dialer.record.types import Utc, row_id, word

# Where other systems want to be told what became of attempts.
webhook = Table(
    "webhook",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("name", sa.Text, nullable=False, unique=True),
    Column("url", sa.Text, nullable=False),
    # In the clear, for every post is signed with it; it opens nothing here.
    Column("secret", sa.Text, nullable=False),
    Column("events", sa.JSON, nullable=False),
    Column("full_numbers", sa.Boolean, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("created_by", sa.Text, nullable=False),
    Column("disabled_at", Utc),
    # How it has been since the last post that was taken: failures in a row, since when, and left alone until when.
    Column("failures", sa.Integer, nullable=False),
    Column("failing_since", Utc),
    Column("held_until", Utc),
    Column("last_error", sa.Text),
    Column("delivered_at", Utc),
)

# The outbox: one event for one webhook, in the order of their ids.
webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("webhook_id", ForeignKey("webhook.id"), nullable=False),
    # No foreign key: what is told never stands in the way of what is kept or erased.
    Column("attempt_id", sa.Text, nullable=False),
    Column("event", word(HookEvent), nullable=False),
    Column("at", Utc, nullable=False),
    Column("state", word(DeliveryState), nullable=False),
    Column("tries", sa.Integer, nullable=False),
    Column("first_tried_at", Utc),
    # None: at once. While it is being sent: when it is taken for lost, and sent again by whoever looks then.
    Column("next_at", Utc),
    Column("status", sa.Integer),
    Column("error", sa.Text),
    Column("done_at", Utc, index=True),
    Index("ix_webhook_delivery_newest", "webhook_id", "id"),
)
for _name, _columns in (
    ("ix_webhook_delivery_waiting", (webhook_delivery.c.webhook_id, webhook_delivery.c.id)),
    (
        "ix_webhook_delivery_order",
        (webhook_delivery.c.webhook_id, webhook_delivery.c.attempt_id, webhook_delivery.c.id),
    ),
):
    Index(
        _name,
        *_columns,
        sqlite_where=webhook_delivery.c.state == DeliveryState.WAITING.value,
        postgresql_where=webhook_delivery.c.state == DeliveryState.WAITING.value,
    )
