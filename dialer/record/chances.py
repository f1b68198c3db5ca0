"""What was learned of who answers: kept per campaign, and what must be asked of the record to judge a lead by it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from dialer.core.chances import Chances, lines
from dialer.core.errors import InputError
from dialer.core.features import SAYS_NOTHING, Past, features_of, person_answered
from dialer.core.model import Disposition, Outcome
from dialer.record.database import insert_or_skip
from dialer.record.schema import attempt, chances, lead, lead_list, number

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


class Why(NamedTuple):
    """How likely a person answers (0..1), and lines that tell an operator why."""

    chance: float | None
    lines: list[str]


class _Kept(NamedTuple):
    """A campaign's model as it was saved: JSON, which may be of another version, or none of ours."""

    campaign_id: int
    state: str
    saved_at: datetime


class LearnedChances:
    """What the campaigns learned of who answers, in the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, campaign_id: int, now: datetime) -> Chances:
        """A campaign's model as it was saved, or a new one that begins with what other campaigns learned.

        What cannot be read, or is of another version, is left aside and logged: the campaign learns anew.
        """
        c = chances.c
        own = await self._kept(c.campaign_id == campaign_id, 1)
        if own and (model := (await asyncio.to_thread(_models, own, now))[0]) is not None:
            return model
        return await asyncio.to_thread(_pooled, await self._kept(c.campaign_id != campaign_id, _MOST_OTHERS), now)

    async def _kept(self, condition: sa.ColumnElement[bool], most: int) -> list[_Kept]:
        c = chances.c
        query = sa.select(c.campaign_id, sa.cast(c.state, sa.Text), c.saved_at).where(condition)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(c.saved_at.desc()).limit(most))
            return [_Kept(*row) for row in rows]

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
        """What the model looks at, for leads that might be called now at these numbers; in the same order."""
        pasts = await self.pasts([number for _, number in pairs])
        return [features_of(facts, one, pasts.get(one.number_id, Past()), plan, now) for facts, one in pairs]

    async def pasts(self, numbers: Sequence[NumberRef]) -> dict[int, Past]:
        """By the number's id: its lead's list, and what became of the calls to it in any campaign.

        One question for all of them, however many: it is asked for every choice.
        """
        if not numbers:
            return {}
        async with self._database.read() as connection:
            return await _pasts(connection, numbers)

    async def why(self, facts: Facts, number: NumberRef, plan: CampaignPlan, now: datetime) -> Why:
        """How likely a person answers there now, and why; nothing where the campaign has learned nothing yet."""
        (features,) = await self.features([(facts, number)], plan, now)
        model = await self.load(facts.lead.campaign_id, now)
        return Why(model.probability(features), lines(model, features)) if model.outcomes else Why(None, [])


# In a thread of their own: models of many columns take a good part of a second, and calls come first.


def _pooled(rows: Sequence[_Kept], now: datetime) -> Chances:
    return Chances.pooled([model for model in _models(rows, now) if model is not None])


def _models(rows: Sequence[_Kept], now: datetime) -> list[Chances | None]:
    """The models, a little of each forgotten for each day since it was saved; None where one cannot be used."""
    found: list[Chances | None] = []
    for campaign_id, state, saved_at in rows:
        try:
            model = Chances.from_state(json.loads(state))
        except (InputError, ValueError, RecursionError) as error:
            log.warning("what was learned cannot be used", extra={"campaign": campaign_id, "why": str(error)})
            found.append(None)
        else:
            model.forget(1 - 0.5 ** (max(now - saved_at, timedelta(0)) / _HALF_FORGOTTEN))
            found.append(model)
    return found


async def _pasts(connection: AsyncConnection, numbers: Sequence[NumberRef]) -> dict[int, Past]:
    """Of each outcome the last call that had it; a machine is one also where only the agent could tell."""
    c = attempt.c
    said = (c.e164, c.outcome, c.disposition)
    called = (
        sa.select(*said, sa.func.max(c.sent_at, type_=c.sent_at.type).label("at"))
        .where(c.e164.in_([one.e164 for one in numbers]), c.sent_at.is_not(None), c.outcome.not_in(SAYS_NOTHING))
        .group_by(*said)
        .subquery()
    )
    query = (
        sa.select(number.c.id, lead_list.c.name, called.c.outcome, called.c.disposition, called.c.at)
        .join(lead, lead.c.id == number.c.lead_id)
        .join(lead_list, lead_list.c.id == lead.c.list_id)
        .outerjoin(called, called.c.e164 == number.c.e164)
        .where(number.c.id.in_([one.number_id for one in numbers]))
    )
    lists: dict[int, str] = {}
    outcomes: defaultdict[int, dict[Outcome, datetime]] = defaultdict(dict)
    for number_id, list_name, outcome, disposition, at in await connection.execute(query):
        lists[number_id] = list_name
        if outcome is not None:
            word = Outcome.MACHINE if disposition is Disposition.MACHINE else outcome
            outcomes[number_id][word] = max(at, outcomes[number_id].get(word, at))
    return {one: _past(outcomes[one], name) for one, name in lists.items()}


def _past(called: dict[Outcome, datetime], list_name: str) -> Past:
    last = max(called, key=lambda outcome: called[outcome]) if called else None
    answered = any(person_answered(outcome) for outcome in called)
    return Past(last, answered=answered, list_name=list_name, heard=tuple(called.items()))
