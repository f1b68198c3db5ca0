"""Watches over the parts: says which is ill, and brings in order what was forgotten or missed once one is back."""

from __future__ import annotations

import asyncio
import logging
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.asterisk.channels import vanished
from dialer.asterisk.client import SwitchState
from dialer.core.errors import RingpaceError
from dialer.health import PartHealth, ill, judged
from dialer.recovery import close_former_run

if TYPE_CHECKING:
    from dialer.asterisk.client import AmiClient
    from dialer.asterisk.switch import Switch
    from dialer.books import Books
    from dialer.campaigns import Campaigns
    from dialer.floor.floor import Floor
    from dialer.metrics import Metrics
    from dialer.news.broker import News
    from dialer.ports import Clock
    from dialer.record.record import Record
    from dialer.roster import Roster
    from dialer.settings import Settings
    from dialer.switchboard import Switchboard
    from ivr.server import IvrServer
    from recordings.keeper import Keeper

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_RECONCILE_EVERY_S = 15.0
_LEAST_FREE_BYTES = 500 * 1024 * 1024
"""About seventeen hours of talk in stereo."""


@dataclass(kw_only=True, slots=True)
class Watch:
    """One look a second at every part of a service."""

    settings: Settings
    record: Record
    floor: Floor
    client: AmiClient
    switch: Switch
    switchboard: Switchboard
    roster: Roster
    campaigns: Campaigns
    books: Books
    keeper: Keeper
    news: News
    ivr: IvrServer
    metrics: Metrics
    clock: Clock
    may_place: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the floor shows this run's agents and the former run's calls are over."""
    _seen: dict[str, PartHealth] = field(default_factory=dict)
    _floor_run: str | None = None
    _doubted: frozenset[str] = frozenset()
    _reconciled_at: float = 0.0

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            for health in await self._examine():
                self._tell(health)
            if self.client.state is SwitchState.UP:
                try:
                    await self._catch_up()
                except RingpaceError as error:
                    log.warning("not caught up yet", extra={"why": str(error)})
            await asyncio.sleep(_LOOK_EVERY_S)

    def health(self) -> list[PartHealth]:
        """Every part, as last seen."""
        return list(self._seen.values())

    async def reconcile(self, *, certain: bool) -> None:
        """Find the legs that ended unheard. Unless `certain`, a leg must be missing twice: it may just be coming up."""
        known = [*self.switchboard.legs(), *self.roster.legs()]
        missing = vanished(known, await self.switch.channels(), self.clock())
        for event in missing:
            if (certain or event.leg_id in self._doubted) and not self.switchboard.hear(event):
                self.roster.hear(event)
        self._doubted = frozenset(event.leg_id for event in missing)

    # --- after a loss -----------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        if self._floor_run and not self.may_place.is_set():
            await self._close_former_run()
            self.may_place.set()
        now = asyncio.get_running_loop().time()
        if now - self._reconciled_at > _RECONCILE_EVERY_S:
            self._reconciled_at = now
            await self.reconcile(certain=False)

    async def _close_former_run(self) -> None:
        await close_former_run(
            node=self.settings.node,
            agents=self.settings.agents,
            known_legs=[*self.switchboard.legs(), *self.roster.legs()],
            record=self.record,
            switch=self.switch,
            books=self.books,
            keeper=self.keeper,
            trunks=self.switchboard.trunks,
            clock=self.clock,
        )

    # --- one look ---------------------------------------------------------------------------------

    async def _examine(self) -> list[PartHealth]:
        if self.client.rtt_s is not None:
            self.metrics.ami_rtt.set(self.client.rtt_s)
        troubles = [f"{one['name']}: {one['trouble']}" for one in self.campaigns.summaries() if one["trouble"]]
        return [
            judged("asterisk", self.client.why_not_up),
            await self._examine_floor(),
            await self._examine_record(),
            judged("mqtt", self.news.trouble),
            self._examine_recordings(),
            judged("ivr", None if self.ivr.listening else "the FastAGI server does not listen"),
            judged("campaigns", "; ".join(troubles)),
        ]

    async def _examine_floor(self) -> PartHealth:
        try:
            run = await self.floor.incarnation()
            if run != self._floor_run:
                # Another Redis than before, perhaps an empty one: it is told who is where.
                await self.roster.show_all()
                await self.switchboard.claim_trunks()
                self._floor_run = run
            await self.switchboard.trunks.free()
        except RingpaceError as error:
            return ill("redis", str(error))
        return judged("redis", None)

    async def _examine_record(self) -> PartHealth:
        try:
            await self.record.ping()
        except RingpaceError as error:
            return ill("record", str(error))
        return judged("record", self.books.trouble)

    def _examine_recordings(self) -> PartHealth:
        free = shutil.disk_usage(self.settings.data_dir).free
        if free < _LEAST_FREE_BYTES:
            return ill("recordings", f"only {free // 1024 // 1024} MB are free in {self.settings.data_dir}")
        return judged("recordings", self.keeper.trouble)

    def _tell(self, health: PartHealth) -> None:
        before = self._seen.get(health.part)
        self._seen[health.part] = health
        self.metrics.part_up.labels(part=health.part).set(health.ok)
        if before is not None and before.ok == health.ok:
            return
        told = {"part": health.part, "why": health.detail}
        if health.ok:
            log.info("part is well", extra=told)
        else:
            log.error("part is ill", extra=told)
