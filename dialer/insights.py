"""What is known of who answers when, as the record has it: for the retries that the books decide, on whatever node.

The books see ends of calls of all campaigns, also of those that another node runs; so they go by what each campaign's
judge has kept in the record, read anew every few minutes, and by one question for all calls that end together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.core.best_hour import Insight, OpenHours, has_backlog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dialer.core.chances import Chances
    from dialer.core.plan import CampaignPlan, Law
    from dialer.ports import Clock
    from dialer.record.closings import Known
    from dialer.record.record import Record

_READ_EVERY = timedelta(minutes=5)
_LOOK_EVERY = timedelta(minutes=1)
_MOST_CAMPAIGNS = 64
"""Of which it is remembered what they learned: those whose calls ended last."""


@dataclass(slots=True)
class _Learned:
    """What a campaign has learned, and its open hours."""

    read_at: datetime
    chances: Chances
    hours: OpenHours
    looked_at: datetime | None = None
    backlog: bool = False


class Insights:
    """What is known of leads whose calls have just ended."""

    def __init__(self, record: Record, clock: Clock, law: Law) -> None:
        self._record = record
        self._clock = clock
        self._law = law
        self._learned: dict[int, _Learned] = {}

    async def of(self, ended: Mapping[str, tuple[Known, CampaignPlan]]) -> dict[str, Insight]:
        """By the attempt's id; those are left out of whose campaigns too little is known. RecordError where it is away.

        `plan`: the one that the call was made under.
        """
        known = {attempt_id: await self._of_campaign(one, plan) for attempt_id, (one, plan) in ended.items()}
        told = {attempt_id: one for attempt_id, one in known.items() if one.chances.knows}
        for attempt_id, learned in told.items():
            await self._look(learned, ended[attempt_id][0])
        numbers = [number for attempt_id in told for number in ended[attempt_id][0].lead.numbers]
        pasts = await self._record.chances.pasts(numbers)
        return {
            attempt_id: Insight(learned.chances, learned.hours, ended[attempt_id][0].sent, pasts, learned.backlog)
            for attempt_id, learned in told.items()
        }

    async def _look(self, learned: _Learned, one: Known) -> None:
        """Whether leads are due for longer than they need be: all of the last hour, in which calls were open."""
        now = self._clock()
        if learned.looked_at is not None and timedelta(0) <= now - learned.looked_at < _LOOK_EVERY:
            return
        due_at = await self._record.leads.next_due(one.lead.campaign_id, now)
        number = next(each for each in one.lead.numbers if each.number_id == one.row.number_id)
        learned.looked_at = now
        learned.backlog = due_at is not None and has_backlog(learned.hours, number, due_at, now)

    async def _of_campaign(self, one: Known, plan: CampaignPlan) -> _Learned:
        campaign_id, now = one.lead.campaign_id, self._clock()
        learned = self._learned.pop(campaign_id, None)
        if learned is None or not timedelta(0) <= now - learned.read_at < _READ_EVERY:
            chances = await self._record.chances.load(campaign_id, now)
            learned = _Learned(now, chances, OpenHours(plan, self._law))
        elif learned.hours.plan != plan:
            learned.hours = OpenHours(plan, self._law)
        self._learned[campaign_id] = learned
        if len(self._learned) > _MOST_CAMPAIGNS:
            del self._learned[next(iter(self._learned))]
        return learned
