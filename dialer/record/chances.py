"""What was learned of who answers: kept per campaign, and what must be asked of the record to judge a lead by it."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.core.chances import Chances, lines
from dialer.core.errors import InputError
from dialer.core.features import SAYS_NOTHING, Past, features_of, person_answered
from dialer.core.model import Disposition, Outcome
from dialer.record.database import insert_or_skip
from dialer.record.schema import attempt, chances, lead, lead_list

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.core.eligibility import Facts
    from dialer.core.features import Features
    from dialer.core.model import NumberRef
    from dialer.core.plan import CampaignPlan
    from dialer.record.database import Database

log = logging.getLogger(__name__)

_MOST_OTHERS = 20
"""Campaigns that a new one is told from: those that learned last."""
_HALF_FORGOTTEN = timedelta(days=30)
"""A pause after which half of what was learned is gone: a list of last quarter says little of today."""


class LearnedChances:
    """What the campaigns learned of who answers, in the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, campaign_id: int, now: datetime) -> Chances:
        """A campaign's model as it was saved, or a new one that begins with what other campaigns learned.

        What cannot be read, or is of another version, is left aside and logged: the campaign learns anew.
        """
        c = chances.c
        columns = (c.campaign_id, sa.cast(c.state, sa.Text), c.saved_at)
        async with self._database.read() as connection:
            own = (await connection.execute(sa.select(*columns).where(c.campaign_id == campaign_id))).one_or_none()
            if own is not None and (model := _read(own, now)) is not None:
                return model
            latest = sa.select(*columns).where(c.campaign_id != campaign_id).order_by(c.saved_at.desc())
            others = (await connection.execute(latest.limit(_MOST_OTHERS))).all()
        return Chances.pooled([model for row in others if (model := _read(row, now)) is not None])

    async def save(self, campaign_id: int, model: Chances, now: datetime) -> None:
        """Keep what was learned, instead of what was kept before."""
        values = {"state": model.state(), "saved_at": now}
        async with self._database.write() as connection:
            kept = sa.update(chances).where(chances.c.campaign_id == campaign_id).values(values)
            if (await connection.execute(kept)).rowcount == 0:
                await connection.execute(insert_or_skip(connection, chances).values(campaign_id=campaign_id, **values))

    async def features(
        self, pairs: Sequence[tuple[Facts, NumberRef]], plan: CampaignPlan, now: datetime
    ) -> list[Features]:
        """What the model looks at, for leads that might be called now at these numbers; in the same order.

        Two questions for all of them: their lists, and what became of the calls to these numbers in any campaign.
        """
        async with self._database.read() as connection:
            lists = await _lists(connection, [facts.lead.lead_id for facts, _ in pairs])
            called = await _called(connection, [number.e164 for _, number in pairs])
        return [
            features_of(facts, number, _past(called[number.e164], lists.get(facts.lead.lead_id, "")), plan, now)
            for facts, number in pairs
        ]

    async def why(self, facts: Facts, number: NumberRef, plan: CampaignPlan, now: datetime) -> list[str]:
        """How likely a person answers there now, and why, in lines for an operator."""
        (features,) = await self.features([(facts, number)], plan, now)
        return lines(await self.load(facts.lead.campaign_id, now), features)


def _read(row: sa.Row[int, str, datetime], now: datetime) -> Chances | None:
    """A model from its row, a little of it forgotten for each day since; None where it cannot be used."""
    campaign_id, state, saved_at = row
    try:
        model = Chances.from_state(json.loads(state))
    except (InputError, ValueError, RecursionError) as error:
        log.warning("what was learned cannot be used", extra={"campaign": campaign_id, "why": str(error)})
        return None
    model.forget(1 - 0.5 ** (max(now - saved_at, timedelta(0)) / _HALF_FORGOTTEN))
    return model


async def _lists(connection: AsyncConnection, lead_ids: Sequence[int]) -> dict[int, str]:
    query = sa.select(lead.c.id, lead_list.c.name).join(lead_list, lead_list.c.id == lead.c.list_id)
    rows = await connection.execute(query.where(lead.c.id.in_(lead_ids)))
    return {lead_id: name for lead_id, name in rows}  # noqa: C416 - rows are not pairs to mypy


async def _called(connection: AsyncConnection, e164s: Sequence[str]) -> defaultdict[str, dict[Outcome, datetime]]:
    """When each number last had which outcome; a machine is one also where only the agent could tell."""
    c = attempt.c
    said = (c.e164, c.outcome, c.disposition)
    query = (
        sa.select(*said, sa.func.max(c.sent_at))
        .where(c.e164.in_(e164s), c.sent_at.is_not(None), c.outcome.not_in(SAYS_NOTHING))
        .group_by(*said)
    )
    found: defaultdict[str, dict[Outcome, datetime]] = defaultdict(dict)
    for e164, outcome, disposition, at in await connection.execute(query):
        word = Outcome.MACHINE if disposition is Disposition.MACHINE else outcome
        found[e164][word] = max(at, found[e164].get(word, at))
    return found


def _past(called: dict[Outcome, datetime], list_name: str) -> Past:
    last = max(called, key=lambda outcome: called[outcome]) if called else None
    return Past(last, answered=any(person_answered(outcome) for outcome in called), list_name=list_name)
