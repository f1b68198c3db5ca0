"""The export of attempts: one flat row each, with its campaign, lead, recording and pacing decision, ready for JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.numbers import mask
from dialer.record.schema import attempt, campaign, decision, lead, recording

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dialer.record.database import Database

_CHUNK = 500

_COLUMNS: tuple[sa.ColumnElement[Any], ...] = (
    attempt.c.id.label("attempt_id"),
    campaign.c.name.label("campaign"),
    attempt.c.lead_id,
    lead.c.key.label("lead_key"),
    lead.c.name.label("lead_name"),
    attempt.c.person,
    attempt.c.e164.label("number"),
    *(column for column in attempt.c if column.name not in {"id", "campaign_id", "lead_id", "person", "e164"}),
    *(column.label(f"recording_{column.name}") for column in recording.c if column.name != "attempt_id"),
    decision.c.at.label("decision_at"),
    decision.c.mode.label("decision_mode"),
    decision.c.place.label("decision_place"),
    decision.c.reason.label("decision_reason"),
    decision.c.expected_abandonment.label("decision_expected_abandonment"),
)
_MAY_BE_NUMBERS = ("lead_key", "person", "number")
"""A lead without a key or a person of its own goes by its first number."""


async def export(
    database: Database, campaign_id: int | None, *, full_numbers: bool = False
) -> AsyncIterator[dict[str, Any]]:
    """All attempts of one campaign or of all, oldest first; telephone numbers are masked unless asked for in full.

    Read in pages, each by itself, so that a long export never keeps a transaction open beside the calls.
    """
    query = (
        sa.select(*_COLUMNS)
        .select_from(attempt)
        .join(campaign, campaign.c.id == attempt.c.campaign_id)
        .join(lead, lead.c.id == attempt.c.lead_id)
        .outerjoin(recording, recording.c.attempt_id == attempt.c.id)
        .outerjoin(decision, decision.c.id == attempt.c.decision_id)
        .order_by(attempt.c.queued_at, attempt.c.id)
        .limit(_CHUNK)
    )
    if campaign_id is not None:
        query = query.where(attempt.c.campaign_id == campaign_id)
    page = query
    while True:
        async with database.read() as connection:
            rows = (await connection.execute(page)).mappings().all()
        for row in rows:
            yield _ready(dict(row), full_numbers=full_numbers)
        if len(rows) < _CHUNK:
            return
        last = rows[-1]
        after = sa.tuple_(attempt.c.queued_at, attempt.c.id) > sa.tuple_(
            sa.literal(last["queued_at"], attempt.c.queued_at.type), sa.literal(last["attempt_id"])
        )
        page = query.where(after)


def _ready(row: dict[str, Any], *, full_numbers: bool) -> dict[str, Any]:
    if not full_numbers:
        row.update({name: mask(row[name]) for name in _MAY_BE_NUMBERS if row[name].startswith("+")})
    return {name: _as_json(value) for name, value in row.items()}


def _as_json(value: Any) -> Any:
    """Times as ISO 8601 with milliseconds and offset; words as plain text."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return str(value) if isinstance(value, str) else value
