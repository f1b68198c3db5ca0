"""Deletes what was said once its time is over: once a day, a little at a time, and never a call under legal hold."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.core.errors import NotFoundError, RingpaceError

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.plan import CampaignPlan
    from dialer.ports import Clock
    from dialer.record.expiry import Kept, KeptPlace
    from dialer.record.record import Record
    from dialer.settings import Settings
    from recordings.store import Store

log = logging.getLogger(__name__)

_EVERY_S = 24 * 3600.0
_FIRST_AFTER_S = 60.0
"""After a start there is more urgent work."""
_AGAIN_S = 600.0
_AT_ONCE = 100
_REST_S = 0.5
"""Between so many, calls have their turn at the record and the disk."""


def kept_days(plan: CampaignPlan, settings: Settings) -> float | None:
    """How many days the sound of a campaign's talks is kept: as its plan says, else the settings; None for ever."""
    return settings.recordings.keep_days if plan.keep_recordings_days is None else plan.keep_recordings_days


class Retention:
    """Looks after the age of this node's recordings."""

    def __init__(self, *, settings: Settings, record: Record, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._record = record
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Sweep, for ever."""
        await asyncio.sleep(_FIRST_AFTER_S)
        while True:
            try:
                await self.sweep()
            except (RingpaceError, OSError) as error:
                log.warning("recordings not swept", extra={"why": str(error)})
                await asyncio.sleep(_AGAIN_S)
            else:
                await asyncio.sleep(_EVERY_S)

    async def sweep(self) -> int:
        """Delete every recording whose time is over; how many those were."""
        now, node = self._clock(), self._settings.node
        for left in await self._record.expiry.doomed(node, _AT_ONCE):  # a former run was lost between the two
            await self._remove(left)
        days = {one.campaign_id: kept_days(one.plan, self._settings) for one in await self._record.campaigns.all()}
        shortest = min((limit for limit in days.values() if limit is not None), default=None)
        if shortest is None:
            return 0
        count, after = 0, None
        while page := await self._page(now - timedelta(days=shortest), after):
            for one in page:
                limit = days.get(one.campaign_id)
                if limit is not None and one.started_at < now - timedelta(days=limit):
                    count += await self._delete(one, limit, now)
            after = page[-1].place
            await asyncio.sleep(_REST_S)
        if count:
            log.info("recordings deleted", extra={"count": count})
        return count

    async def _page(self, before: datetime, after: KeptPlace | None) -> list[Kept]:
        return await self._record.expiry.before(self._settings.node, before, _AT_ONCE, after)

    async def _delete(self, one: Kept, days: float, now: datetime) -> bool:
        """Marked first, then removed: what comes between the two is seen to by the next sweep."""
        try:
            await asyncio.to_thread(self._store.inside, one.path)
        except NotFoundError as error:
            if await asyncio.to_thread(Path(one.path).exists):
                log.warning("recording not deleted", extra={"attempt": one.attempt_id, "why": str(error)})
                return False
        if not await self._record.expiry.doom(one.attempt_id, f"kept for {days:g} days", now):
            return False
        await self._remove(one)
        return True

    async def _remove(self, one: Kept) -> None:
        """The file that a marked row names; a name that leads out of the store is never followed."""
        try:
            path = await asyncio.to_thread(self._store.inside, one.path)
        except NotFoundError:
            pass  # it is gone already
        else:
            try:
                await asyncio.to_thread(self._store.remove, path)
            except OSError as error:  # it stays marked, and is tried again; the others need not wait for it
                log.error("recording not removed", extra={"attempt": one.attempt_id, "why": str(error)})  # noqa: TRY400
                return
        await self._record.expiry.gone(one.attempt_id)
