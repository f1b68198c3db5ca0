"""The questions that reports and the operator's view ask, over many rows at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.core.model import Hold, LeadState, Outcome, PacingMode
from dialer.record.schema import attempt, decision, do_not_call, lead, number

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.record.database import Database

_OWN_FAULTS = (Outcome.CANCELLED, Outcome.FAILED)


class Overview:
    """What the record tells of a whole campaign, or of all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer_rate(self, campaign_id: int, since: datetime) -> float | None:
        """Answered over ended attempts that were sent since then, our own faults left out; None before any ended."""
        c = attempt.c
        counts = sa.select(sa.func.count(c.answered_at), sa.func.count()).where(
            c.campaign_id == campaign_id, c.sent_at >= since, c.outcome.is_not(None), c.outcome.not_in(_OWN_FAULTS)
        )
        async with self._database.read() as connection:
            answered, ended = (await connection.execute(counts)).one()
        return answered / ended if ended else None

    async def hold_counts(self, campaign_id: int, now: datetime) -> dict[Hold, int]:
        """How many leads wait for what. A hold that was noted counts until its end; NONE: pacing and a free agent."""
        ours, words = lead.c.campaign_id == campaign_id, (lead.c.state, lead.c.hold)
        # Three counts, each on an index of its own: all leads, those whose time has come though nobody woke them yet,
        # and those that are being called.
        everybody = sa.select(*words, sa.func.count()).where(ours).group_by(*words)
        waking = sa.select(*words, sa.func.count()).where(ours, lead.c.held_until <= now).group_by(*words)
        called = (
            sa.select(*words, sa.func.count())
            .join(attempt, attempt.c.lead_id == lead.c.id)
            .where(attempt.c.ended_at.is_(None), ours, lead.c.held_until.is_(None) | (lead.c.held_until > now))
            .group_by(*words)
        )
        counts: Counter[Hold] = Counter()
        async with self._database.read() as connection:
            for query, instead in ((everybody, None), (waking, Hold.NONE), (called, Hold.IN_FLIGHT)):
                for state, hold, count in await connection.execute(query):
                    word = Hold.FINISHED if state is LeadState.FINISHED else hold or Hold.NONE
                    counts[instead or word] += count
                    if instead is not None:
                        counts[word] -= count
        return {hold: count for hold, count in counts.items() if count}

    async def retries_due(self, campaign_id: int) -> tuple[int, datetime | None]:
        """How many leads wait for a retry, and when the next one is due."""
        waiting = (lead.c.campaign_id == campaign_id) & (lead.c.state == LeadState.WAITING) & (lead.c.attempts > 0)
        async with self._database.read() as connection:
            query = sa.select(sa.func.count(), sa.func.min(lead.c.due_at)).where(waiting)
            count, next_at = (await connection.execute(query)).one()
        return count, next_at

    async def zones(self) -> dict[int, tuple[str, ...]]:
        """The time zones of every number that was ever called, by number id."""
        called = sa.select(number.c.id, number.c.time_zones).where(number.c.attempts > 0)
        async with self._database.read() as connection:
            return {number_id: tuple(zones) for number_id, zones in await connection.execute(called)}

    async def listed_since(self) -> dict[str, datetime]:
        """When each number that was ever called came on the do-not-call list."""
        called = sa.exists().where(attempt.c.e164 == do_not_call.c.e164)
        query = sa.select(do_not_call.c.e164, do_not_call.c.added_at).where(called)
        async with self._database.read() as connection:
            return {e164: at for e164, at in await connection.execute(query)}  # noqa: C416 - rows are not pairs to mypy

    async def previews(self) -> frozenset[str]:
        """The attempts that agents asked for after seeing the lead."""
        query = (
            sa.select(attempt.c.id)
            .join(decision, decision.c.id == attempt.c.decision_id)
            .where(decision.c.mode == PacingMode.PREVIEW)
        )
        async with self._database.read() as connection:
            return frozenset(await connection.scalars(query))
