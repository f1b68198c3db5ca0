"""What is known of who answers when, as the record has it: for the retries that the books decide, on whatever node.

The books see ends of calls of all campaigns, also of those that another node runs; so they go by what each campaign's
judge has kept in the record, read anew every few minutes, and by one question for all calls that end together.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.core.best_hour import REACH, Insight, OpenHours, Room, hour_of

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
    """What a campaign has learned, its open hours, how many calls its busiest hour had, and who is due when."""

    read_at: datetime
    chances: Chances
    hours: OpenHours
    calls_an_hour: int
    looked_at: datetime | None = None
    room: Room = field(default_factory=Room)


class Insights:
    """What is known of leads whose calls have just ended."""

    def __init__(self, record: Record, clock: Clock, law: Law) -> None:
        self._record = record
        self._clock = clock
        self._law = law
        self._learned: dict[int, _Learned] = {}

    async def of(self, ended: Mapping[str, tuple[Known, CampaignPlan]]) -> dict[str, Insight]:
        """By the attempt's id; those are left out of whose campaigns too little is known. RecordError where it is away.

        The plan is the one that the call was made under.
        """
        known = {attempt_id: await self._of_campaign(one, plan) for attempt_id, (one, plan) in ended.items()}
        told = {attempt_id: learned for attempt_id, learned in known.items() if learned.chances.knows}
        for attempt_id, learned in told.items():
            await self._look(learned, ended[attempt_id][0].lead.campaign_id)
        pasts = await self._record.chances.pasts([one for key in told for one in ended[key][0].lead.numbers])
        return {
            attempt_id: Insight(learned.chances, learned.hours, ended[attempt_id][0].sent, pasts, learned.room)
            for attempt_id, learned in told.items()
        }

    async def _of_campaign(self, one: Known, plan: CampaignPlan) -> _Learned:
        campaign_id, now = one.lead.campaign_id, self._clock()
        learned = self._learned.pop(campaign_id, None)
        if learned is None or _is_over(learned.read_at, now, _READ_EVERY):
            chances = await self._record.chances.load(campaign_id, now)
            most = await self._record.closings.busiest_hour(campaign_id) if chances.knows else 0
            learned = _Learned(now, chances, OpenHours(plan, self._law), most)
        elif learned.hours.plan != plan:
            learned.hours = OpenHours(plan, self._law)
        self._learned[campaign_id] = learned
        if len(self._learned) > _MOST_CAMPAIGNS:
            del self._learned[next(iter(self._learned))]
        return learned

    async def _look(self, learned: _Learned, campaign_id: int) -> None:
        """See which hours are full: what was decided within the minute is too little to matter."""
        now = self._clock()
        if learned.looked_at is not None and not _is_over(learned.looked_at, now, _LOOK_EVERY):
            return
        due: Counter[datetime] = Counter()
        counts = await self._record.leads.due_counts(campaign_id, now, now + REACH + _LOOK_EVERY)
        for moment, count in counts.items():
            due[hour_of(moment)] += count
        learned.looked_at, learned.room = now, Room(due, learned.calls_an_hour or math.inf)


def _is_over(since: datetime, now: datetime, span: timedelta) -> bool:
    """Whether so much time has passed; a clock that was set back counts as well."""
    return not timedelta(0) <= now - since < span
