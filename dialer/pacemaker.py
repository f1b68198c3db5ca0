"""Keeps a campaign's pacing supplied: what was learned, what the law still allows, and what is in doubt.

One for each campaign loop. It is told of every call of the campaign and of every agent who may take them, in whatever
mode the campaign dials, so that a change of mode goes on with what was learned. The simulator feeds the same code in
the same way (`simulation.policies`). Times are seconds of the event loop's clock: nobody can set it, and `decide` is
given it as well.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from math import ceil, isnan
from typing import TYPE_CHECKING

import numpy as np

from dialer.allowance import NOT_READ, Allowance
from dialer.core.abandonment import Fate
from dialer.core.budget import NOTHING_SPENT, Spent
from dialer.core.call import CallState
from dialer.core.errors import RecordError
from dialer.core.forecast import ANY_AGE_S, INSTANTS_S, Ages
from dialer.core.model import PacingMode
from dialer.core.pacing import Decision, Forecast, decide
from dialer.core.predictive import RING_FLOOR_S
from dialer.lessons import Lessons
from dialer.lookout import NO_CHANCE, Lookout

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from numpy.typing import NDArray

    from dialer.core import events as ev
    from dialer.core.call import Call
    from dialer.core.model import Disposition
    from dialer.core.plan import CampaignPlan, Pacing
    from dialer.foreteller import Foreteller
    from dialer.lookout import Look
    from dialer.placing import Parts
    from dialer.record.campaigns import Campaign
    from dialer.traffic import Seen

log = logging.getLogger(__name__)

_MEMORY = 20.0
"""Calls over which the chance of the next ones is averaged."""
_HEARD_BY_THEN_S = 0.001
"""Before a timer fires, however soon, the loop takes in what has arrived."""
_PAST = timedelta(days=7)
_LOOK_BACK_S = 5.0
_DIALS_AHEAD = frozenset({PacingMode.PREDICTIVE, PacingMode.RATIO})
"""The modes that place more calls than agents are free, and do not where something is in doubt."""
_NOTHING_FORETOLD = np.zeros((0, len(INSTANTS_S)))


class Pacemaker:
    """`campaign` may be replaced while it works."""

    def __init__(self, campaign: Campaign, parts: Parts) -> None:
        self.campaign = campaign
        self._parts = parts
        self._traffic = parts.switchboard.traffic
        self._expected: dict[str, float] = {}
        """What share of the answers was expected to be abandoned when a call was decided on, by attempt."""
        self._chances: dict[str, float] = {}
        self._next_chance = NO_CHANCE
        """Of the calls decided on of late: those that come next will be much like them."""
        self.on_moved: Callable[[Call], None] = lambda _call: None
        """Told of each of our calls that has changed its state, after all else was."""
        self._lookout = Lookout(parts, self._chances)
        self._lessons = Lessons(campaign, parts, self._chances)
        limit_s, law = campaign.plan.abandon_limit_s, parts.settings.law
        self.allowance = Allowance(parts.record, campaign.campaign_id, limit_s, law)
        self.answer_rate: float | None = None
        """By the record: answers per attempt of the last day."""
        self._fault: str | None = NOT_READ
        """Why what is counted here is not to be relied on."""
        self._reading = False
        self._looked_back = asyncio.Event()
        """Set once it was tried to read what was before."""

    @property
    def plan(self) -> CampaignPlan:
        """The campaign's plan as it is now."""
        return self.campaign.plan

    @property
    def learned(self) -> Foreteller:
        """The forecaster as it is now."""
        return self._lessons.forecaster

    def begin(self) -> None:
        """Listen from now on, and have what was before read beside the pacing."""
        self._traffic.pacers[self.campaign.campaign_id] = self
        self._parts.roster.hours.listeners.append(self._lessons.agent_moved)
        self._lessons.join()
        self.keep_up()

    async def look_back(self) -> None:
        """Wait for what was before to be read, where calls are dialled ahead; for a few seconds and no longer.

        Else the first decision of a shift, when most agents are free, would be one in doubt.
        """
        if self.plan.pacing.mode in _DIALS_AHEAD:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_BACK_S):
                    await self._looked_back.wait()

    def end(self) -> None:
        """Listen no more, and show nothing more of the campaign."""
        self._traffic.pacers.pop(self.campaign.campaign_id, None)
        self._parts.roster.hours.listeners.remove(self._lessons.agent_moved)
        self._parts.metrics.forget(self.plan.name)

    def keep_up(self) -> None:
        """See to what takes its time, beside the pacing: reading what was before, comparing with the record."""
        if self._fault and not self._reading:
            self._reading = True
            self._parts.spawn(self._read(), name=f"what was before of {self.plan.name}")
        elif self.allowance.wants_comparing() and not self._parts.doubt():
            comparison = self.allowance.compare(self._parts.clock())
            self._parts.spawn(comparison, name=f"comparison of {self.plan.name}")
        for standing in self.allowance.standings(self._parts.clock()):
            name = standing.window.name
            self._parts.metrics.window(self.plan.name, name, standing.tally, self.allowance.expected.get(name))
        if self.plan.pacing.mode not in _DIALS_AHEAD:
            self._parts.metrics.in_doubt.labels(campaign=self.plan.name).set(0)  # decisions may be far between

    # --- what happens -----------------------------------------------------------------------------

    def decided(
        self, attempt_ids: Collection[str], decision: Decision, chances: Mapping[str, float] | None = None
    ) -> None:
        """These calls are on their way because of that decision; `chances` are the lead model's, where it has any."""
        self._expected.update(dict.fromkeys(attempt_ids, decision.expected_abandonment))
        self._chances.update(chances or {})
        for chance in (chances or {}).values():
            before = self._next_chance
            self._next_chance = chance if isnan(before) else before + (chance - before) / _MEMORY

    def call_moved(self, seen: Seen, before: CallState, event: ev.Event) -> None:
        """A call of the campaign has changed its state."""
        try:
            self._take_in(seen, before, event)
        finally:
            if seen.calling.call.state is CallState.ENDED:
                self._expected.pop(seen.calling.attempt.attempt_id, None)
                self._chances.pop(seen.calling.attempt.attempt_id, None)

    def _take_in(self, seen: Seen, before: CallState, event: ev.Event) -> None:
        self._lessons.call_moved(seen, before, event)
        attempt_id = seen.calling.attempt.attempt_id
        if (fate := self.allowance.heard(seen.calling)) is not None:
            self._lessons.judged(attempt_id, fate)
            if fate is not Fate.TAKEN_FOR_A_MACHINE:
                expected = self._parts.metrics.expected_abandoned.labels(campaign=self.plan.name)
                expected.inc(self._expected.get(attempt_id, 0.0))
        self.on_moved(seen.calling.call)

    def disposed(self, before: Disposition | None, now: Disposition) -> None:
        """What an agent says of a talk of ours, and what was said of it before; the last word counts."""
        self._lessons.disposed(before, now)

    def lost_count(self, why: str) -> None:
        """Something that happened could not be taken in: all is read anew."""
        self._fault = f"something that happened was not taken in ({why})"

    # --- a decision -------------------------------------------------------------------------------

    def look(self, previews_asked: int = 0) -> Look:
        """The floor as it is now."""
        return self._lookout.look(self.campaign, previews_asked)

    def decide(self, look: Look) -> Decision:
        """How many calls to place and to withdraw now, and why."""
        now, pacing = self._parts.clock(), self.plan.pacing
        doubt = self._doubt(now, look.now_s)
        tightest = self.allowance.tightest(pacing.max_abandonment, now)
        if tightest is not None and tightest.window.limit < pacing.max_abandonment:
            pacing = pacing.model_copy(update={"max_abandonment": tightest.window.limit})
        forecast = Forecast(
            self.allowance.tally(pacing.max_abandonment, now),
            self.answer_rate,
            learned=self.learned,
            ages=replace(look.ages, own=replace(look.ages.own, next_chance=self._next_chance)),
            window=Spent(tightest.share.answers, tightest.share.abandoned) if tightest else NOTHING_SPENT,
            quarter=self.allowance.quarter(),
            doubt=doubt,
            elsewhere=look.elsewhere,
            sent_at_once=ceil(self._parts.settings.trunks[self.plan.trunk].calls_per_second),
        )
        try:
            made = self._decided_by(forecast, look, pacing)
        except Exception as error:  # whatever was learned wrongly: one call for each free agent needs nothing of it
            log.exception("nothing could be foretold", extra={"campaign": self.plan.name})
            self.lost_count(f"{type(error).__name__}: {error}")
            doubt = self._fault
            made = decide(look.view, replace(forecast, learned=None, ages=Ages(), doubt=doubt), pacing, look.now)
        in_doubt = pacing.mode in _DIALS_AHEAD and doubt is not None
        self._parts.metrics.in_doubt.labels(campaign=self.plan.name).set(in_doubt)
        self._parts.metrics.expected_abandonment.labels(campaign=self.plan.name).set(made.expected_abandonment)
        return replace(made, at=now)

    def _decided_by(self, forecast: Forecast, look: Look, pacing: Pacing) -> Decision:
        if pacing.mode is not PacingMode.PREDICTIVE or forecast.doubt:
            self._lessons.go_on(look.ages.own, look.now_s)
        return decide(look.view, forecast, pacing, look.now)

    def foretell(self, now_s: float) -> NDArray[np.float64]:
        """How likely each of our calls in flight is to be answered by each instant looked ahead to."""
        if self._lessons.deaf:
            return _NOTHING_FORETOLD
        pacing = self.plan.pacing
        drops = pacing.mode is PacingMode.PREDICTIVE and pacing.late_cancel
        ages, until_s = self._lookout.own_ages(self.campaign, now_s), RING_FLOOR_S if drops else ANY_AGE_S
        try:
            return self.learned.outlook(ages, 0, now_s, until_s=until_s).answers
        except Exception as error:  # it is another campaign that asks: our fault must not stop that one
            log.exception("nothing could be foretold", extra={"campaign": self.plan.name})
            self.lost_count(f"{type(error).__name__}: {error}")
            return _NOTHING_FORETOLD

    async def withdraw(self, most: int) -> int:
        """Let ring no longer those of our calls that have rung longest, and for long enough: how many they were."""
        await asyncio.sleep(_HEARD_BY_THEN_S)  # whoever has just answered is served, not cut off
        late = self._lookout.withdrawable(self.campaign.campaign_id, _now_s())[:most]
        return sum(self._parts.switchboard.withdraw(one.calling.attempt.attempt_id) for one in late)

    def promise(self, calls: int) -> AbstractContextManager[None]:
        """So many calls are being claimed: until then others who want the same agents count them."""
        if self.plan.pacing.mode is PacingMode.AGENTLESS:
            return nullcontext()
        return self._traffic.promised(self.plan.skills, calls)

    # --- inside -----------------------------------------------------------------------------------

    def _doubt(self, now: datetime, now_s: float) -> str | None:
        """Why nothing is dialled ahead now, in words, or None."""
        unheard = self._traffic.unheard(now_s)
        stale = self._parts.stale() or (f"Asterisk has said nothing of {unheard} calls" if unheard else None)
        self._lessons.listen(now_s, deaf=stale is not None)
        return stale or self._parts.doubt() or self._fault or self.allowance.doubt(now)

    async def _read(self) -> None:
        """What was before: of abandonment for the law, of rings, talks and wrap-ups for the forecaster."""
        fault, now = self._fault, self._parts.clock()
        try:
            await self.allowance.read(now)
            await self._lessons.read(now - _PAST)
        except RecordError as error:
            log.info("what was before is not read yet", extra={"campaign": self.plan.name, "why": str(error)})
        else:
            self._fault = None if self._fault == fault else self._fault
        finally:
            self._reading = False
            self._looked_back.set()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
