"""Looks at the quality of each running campaign's list, once a minute at most, and tells what has changed.

Beside the calls, never before them: the counting is the database's, the judging is done in a thread, and both together
take a twentieth of the time at most.
"""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.appraisal import appraise, asked_of, headline, ratios
from dialer.core.band import Position
from dialer.core.causes import Action
from dialer.core.cube import By
from dialer.core.errors import RingpaceError
from dialer.feedback import write
from dialer.record.audit import AuditLine
from dialer.record.feedback import Feedback
from dialer.record.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from dialer.appraisal import Appraisal
    from dialer.core.band import AnswerBand, Finding
    from dialer.core.cube import Calls
    from dialer.metrics import Metrics
    from dialer.ports import Clock, NewsPort
    from dialer.record.campaigns import Campaign
    from dialer.record.quality import Asked
    from dialer.record.record import Record
    from dialer.settings import Settings

log = logging.getLogger(__name__)

LATELY = timedelta(hours=24)
"""The calls that are judged."""
_EVERY_S = 60.0
_SHARE = 20
"""A look takes at most so small a part of the time."""
_FIRST_AFTER_S = 5.0
"""After a start there is more urgent work."""
_WHO = "ringpace"


class Appraiser:
    """Appraises the campaigns that run on this node; `running` tells their ids."""

    def __init__(
        self,
        *,
        settings: Settings,
        record: Record,
        metrics: Metrics,
        news: NewsPort,
        clock: Clock,
        running: Callable[[], frozenset[int]],
    ) -> None:
        self._settings = settings
        self._record = record
        self._metrics = metrics
        self._news = news
        self._clock = clock
        self._running = running
        self._quality = Quality(record.database)
        self._findings: dict[int, Finding] = {}

    async def run(self) -> None:
        """Look, for ever."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(_FIRST_AFTER_S)
        while True:
            began = loop.time()
            try:
                await self.look()
            except RingpaceError as error:
                log.info("lists not appraised", extra={"why": str(error)})
            await asyncio.sleep(max(_EVERY_S, (loop.time() - began) * _SHARE))

    async def look(self) -> None:
        """Appraise every campaign that runs here, now."""
        now = self._clock()
        for campaign_id in self._findings.keys() - self._running():
            del self._findings[campaign_id]  # another node's by now, or none's: it is judged anew if it comes back
        if not self._running():
            return
        callers = await self._quality.callers(now - LATELY, now)
        for campaign_id in self._running():
            await self._appraise(await self._record.campaigns.get(campaign_id), callers, now)

    async def _appraise(
        self, campaign: Campaign, callers: Mapping[int, Mapping[By, Mapping[str, Calls]]], now: datetime
    ) -> None:
        before = self._findings.get(campaign.campaign_id)
        asked = asked_of(campaign, self._settings.region, now - LATELY, now)
        made = await appraise(self._record.database, campaign, asked, callers=callers, before=before)
        if campaign.campaign_id not in self._running():
            return  # what is shown of it is another's now
        self._findings[campaign.campaign_id] = made.finding
        self._metrics.appraised(campaign.name, ratios(made.finding.total)._asdict(), made.finding.position)
        if before is None or before.gist != made.finding.gist:
            await self._tell(made)
        band = campaign.plan.answer_band
        if band is not None and band.act:
            await self._mark(made, band, now)
            if Action.FEEDBACK_FILE in made.finding.actions:
                await self._feed_back(campaign, asked, now)

    async def _tell(self, made: Appraisal) -> None:
        """A finding that is another than the last one: news, an entry in the log, and a line in the audit.

        After a restart the last one is what the audit has, so that a finding is not told again for that.
        """
        campaign, finding = made.campaign, made.finding
        self._news.tell(f"campaigns/{campaign.campaign_id}/quality", headline(made), retain=True)
        told = _in_one_line(finding)
        noted = await self._quality.last_noted(campaign.name)
        if noted == told or (noted is None and _is_quiet(finding)):
            return
        level = logging.INFO if _is_quiet(finding) else logging.WARNING
        why = "; ".join(likely.evidence for likely in finding.causes)
        log.log(level, "quality finding", extra={"campaign": campaign.name, "finding": told, "why": why})
        await self._quality.note(campaign.name, told, made.until)

    async def _mark(self, made: Appraisal, band: AnswerBand, now: datetime) -> None:
        """The lists that are prime; who has fallen back into the band is so no longer."""
        prime = {int(list_id) for list_id in made.finding.prime}
        groups, upper = made.groups(By.LIST), band.upper
        marked = {str(row.list_id) for row in made.lists if row.prime_since is not None} & groups.keys()
        fallen = {int(key) for key in marked if groups[key].answered <= upper * groups[key].attempts}
        if not prime and not fallen:
            return
        for list_id in await self._quality.mark_prime(prime, fallen, now):
            mark = "prime" if list_id in prime else "no longer prime"
            await self._record.audit.add(AuditLine(now, _WHO, f"list {mark}", made.campaign.name, str(list_id)))

    async def _feed_back(self, campaign: Campaign, asked: Asked, now: datetime) -> None:
        """The feedback file of today, unless it is there."""
        folder = self._settings.data_dir / "feedback"
        file = folder / f"{campaign.campaign_id}-{now.astimezone(asked.zone).date().isoformat()}.csv"
        if await asyncio.to_thread(file.exists):
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        numbers = Feedback(self._record.database).dead(campaign.campaign_id)
        count = await write(numbers, asked.zone, file)
        await self._record.audit.add(AuditLine(now, _WHO, "feedback file", campaign.name, f"{count} numbers: {file}"))
        log.info("feedback file written", extra={"campaign": campaign.name, "numbers": count, "file": str(file)})


def _in_one_line(finding: Finding) -> str:
    """A finding without its figures, which change at every look."""
    causes = sorted(
        [likely.cause.value, likely.by.value if likely.by else None, likely.key] for likely in finding.causes
    )
    return json.dumps({"position": finding.position.value, "causes": causes, "prime": sorted(finding.prime)})


def _is_quiet(finding: Finding) -> bool:
    return not finding.causes and finding.position not in {Position.BELOW, Position.ABOVE}
