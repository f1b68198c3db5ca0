"""Which campaigns this node runs: takes their leases, starts and stops their loops, does what operators ask."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from dialer.campaign import CampaignLoop
from dialer.core.calendar import uncovered_years
from dialer.core.errors import InputError, NotFoundError, RingpaceError
from dialer.core.model import CampaignStatus

if TYPE_CHECKING:
    from dialer.placing import Parts
    from dialer.record.campaigns import Campaign

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_LEASE_S = 5.0

_STATUS_OF = {"pause": CampaignStatus.PAUSED, "resume": CampaignStatus.RUNNING, "stop": CampaignStatus.STOPPED}


class Campaigns:
    """The campaigns of this node."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._loops: dict[int, CampaignLoop] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._look = asyncio.Event()
        self._keeping_step = asyncio.Lock()
        self._placing = False

    async def run(self) -> None:
        """Keep the loops in step with the record and the leases, until told to stop placing."""
        self._placing = True
        while self._placing:
            try:
                await self._keep_step()
            except RingpaceError as error:
                log.warning("campaigns not looked at", extra={"why": str(error)})
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()

    async def stop_placing(self) -> None:
        """No more calls from this node: the first step of a drain. The leases go to whoever wants them."""
        self._placing = False
        self._look.set()
        async with self._keeping_step:  # a step that is under way may still be starting a loop
            for campaign_id in list(self._loops):
                await self._end(campaign_id)

    def moved(self, campaign_id: int) -> None:
        """A call of this campaign has moved on."""
        if loop := self._loops.get(campaign_id):
            loop.wake()

    def agents_moved(self) -> None:
        """An agent has come free: any campaign may want to know."""
        for loop in self._loops.values():
            loop.wake()

    def loop(self, name_or_id: str) -> CampaignLoop:
        """The running loop of a campaign; NotFoundError where this node does not run it."""
        for loop in self._loops.values():
            if name_or_id in {str(loop.campaign.campaign_id), loop.plan.name}:
                return loop
        raise NotFoundError(f"campaign {name_or_id!r} does not run on this node")

    def ids(self) -> frozenset[int]:
        """The campaigns that run on this node now."""
        return frozenset(self._loops)

    def summaries(self) -> list[dict[str, object]]:
        """All campaigns of this node as their operators see them."""
        return [loop.summary() for loop in self._loops.values()]

    async def command(self, name_or_id: str, command: dict[str, Any], who: str) -> Campaign:
        """Do what an operator asks: `{"do": "pause" | "resume" | "stop"}`, or `{"do": "pacing", "mode": ..., ...}`.

        Or `{"do": "band", "band": {"lower": ..., "upper": ..., "act": ...}}`, None for no band.

        Pacing keys that are not given stay as they are. InputError names the key that is wrong. What an error refuses
        has not been done; what the record has is done, also where the loops can follow it only once Redis is back.
        """
        campaign = await self._parts.record.campaigns.get(name_or_id)
        now, do = self._parts.clock(), command.get("do")
        if do == "pacing":
            pacing = campaign.plan.pacing.changed({key: value for key, value in command.items() if key != "do"})
            changed = await self._parts.record.campaigns.set_pacing(campaign.campaign_id, pacing, now, who)
        elif do == "band" and "band" in command:
            changed = await self._parts.record.campaigns.set_band(campaign.campaign_id, command["band"], now, who)
        elif isinstance(do, str) and do in _STATUS_OF:
            changed = await self._parts.record.campaigns.set_status(campaign.campaign_id, _STATUS_OF[do], now, who)
        else:
            raise InputError("do: must be pause, resume, stop, pacing, or band with a `band`")
        try:
            await self._keep_step()
        except RingpaceError as error:
            log.warning("campaigns not looked at", extra={"why": str(error)})
        return changed

    # --- inside -----------------------------------------------------------------------------------

    async def _keep_step(self) -> None:
        """Start what should run here, stop what should not, and hand changed plans to their loops; one at a time."""
        async with self._keeping_step:
            if self._placing:
                await self._follow_the_record()

    async def _follow_the_record(self) -> None:
        wanted = {campaign.campaign_id: campaign for campaign in await self._parts.record.campaigns.running()}
        for campaign_id in [i for i in self._loops if i not in wanted]:
            await self._end(campaign_id)
        for campaign_id, campaign in wanted.items():
            ours = await self._parts.floor.hold_lease(f"campaign:{campaign_id}", _LEASE_S)
            if not ours:
                await self._end(campaign_id)
            elif campaign_id in self._loops:
                self._loops[campaign_id].campaign = campaign
                self._loops[campaign_id].wake()
            else:
                # What held its leads may have changed while nobody ran it: the law, the calendar, the plan.
                await self._parts.record.leads.release(campaign_id)
                self._begin(campaign)

    def _begin(self, campaign: Campaign) -> None:
        for year in uncovered_years(campaign.plan, self._parts.clock().date()):
            why = f"the holiday calendar does not cover {year}: plain weekdays are used; add calendar_overrides"
            log.warning("calendar incomplete", extra={"campaign": campaign.plan.name, "why": why})
        loop = CampaignLoop(campaign, self._parts)
        self._loops[campaign.campaign_id] = loop
        task = asyncio.create_task(self._guarded(loop), name=f"campaign {campaign.plan.name}")
        self._tasks[campaign.campaign_id] = task

    async def _guarded(self, loop: CampaignLoop) -> None:
        """A loop that breaks pauses its own campaign and no other."""
        try:
            await loop.run()
        except Exception as error:
            log.exception("campaign broke", extra={"campaign": loop.plan.name})
            campaign_id = loop.campaign.campaign_id
            self._loops.pop(campaign_id, None)
            self._tasks.pop(campaign_id, None)
            await self._parts.record.campaigns.set_status(
                campaign_id, CampaignStatus.PAUSED, self._parts.clock(), f"fault: {type(error).__name__}"
            )

    async def _end(self, campaign_id: int) -> None:
        loop, task = self._loops.pop(campaign_id, None), self._tasks.pop(campaign_id, None)
        if loop is None or task is None:
            return
        loop.withdraw()
        await asyncio.wait([task])
        self._parts.metrics.forget(loop.plan.name)
        try:
            loop.campaign = await self._parts.record.campaigns.get(campaign_id)
            loop.tell()  # the last word on it from this node: paused or stopped, not running still
            await self._parts.floor.drop_lease(f"campaign:{campaign_id}")
        except RingpaceError as error:
            log.info(
                "not given up in good order: the lease will lapse", extra={"campaign": campaign_id, "why": str(error)}
            )
