"""Watches over the parts: says which is ill, and brings in order what was forgotten or missed once one is back."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.asterisk.channels import missed
from dialer.asterisk.client import SwitchState
from dialer.core.errors import RingpaceError
from dialer.core.model import AgentState
from dialer.health import PartHealth, ill, judged, room, warned

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.asterisk.client import AmiClient
    from dialer.asterisk.switch import Switch
    from dialer.books import Books
    from dialer.campaigns import Campaigns
    from dialer.core.events import LegEvent
    from dialer.floor.floor import Floor
    from dialer.greetings import Greetings
    from dialer.listening import Listening
    from dialer.metrics import Metrics
    from dialer.news.broker import News
    from dialer.ports import Clock
    from dialer.record.record import Record
    from dialer.recovery import Recovery
    from dialer.roster import Roster
    from dialer.settings import Settings
    from dialer.supervision import Supervision
    from dialer.switchboard import Switchboard
    from dialer.tenure import Tenure
    from dialer.webhooks import Webhooks
    from ivr.server import IvrServer
    from recordings.keeper import Keeper

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_RECONCILE_EVERY_S = 15.0
_MOST_NAMED = 5


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
    supervision: Supervision
    campaigns: Campaigns
    books: Books
    keeper: Keeper
    news: News
    ivr: IvrServer
    listening: Listening | None
    greetings: Greetings | None
    tenure: Tenure
    recovery: Recovery
    webhooks: Webhooks
    metrics: Metrics
    clock: Clock
    doubt: Callable[[], str | None]
    """What makes the clock doubtful now, or None."""
    may_place: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once what a former run left behind is in this run's hands, and the floor shows it."""
    _seen: dict[str, PartHealth] = field(default_factory=dict)
    _behind: bool = True
    """Asterisk was out of hearing, and what was missed is not found out yet."""
    _heard: set[str] = field(default_factory=set)
    """Legs that the switch has told of since the last reconciliation asked for its list."""
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _doubted: frozenset[tuple[str, type[LegEvent]]] = frozenset()
    _reconciled_at: float = 0.0
    _notes_doubted: bool = False
    """What was noted while the clock was in doubt is to be forgotten once it is not."""

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

    def doubt_of_legs(self) -> str | None:
        """What stands against placing a call while it is not known which legs live: it would be taken for lost."""
        return "what was missed of Asterisk is not found out yet" if self._behind else None

    def heard(self, leg_id: str) -> None:
        """The switch has told of this leg."""
        self._heard.add(leg_id)

    def fall_behind(self) -> None:
        """Asterisk cannot be heard."""
        self._behind = True

    async def reconcile(self, *, certain: bool) -> None:
        """Find out what happened to the legs unheard; unless `certain` it must show twice: it may just be happening."""
        async with self._looking:  # the connection's coming up and the look of every second may meet here
            await self._reconcile(certain=certain)

    async def _reconcile(self, *, certain: bool) -> None:
        # Before anything is waited for: a leg that is ordered meanwhile may not be in the list yet.
        known = [*self.switchboard.legs(), *self.roster.legs(), *self.supervision.legs()]
        notes = await self.switch.unattended() if certain else {}
        self._heard.clear()
        living = await self.switch.channels()
        # Whoever was heard of since may stand elsewhere than the list says.
        known = [leg_id for leg_id in known if leg_id not in self._heard]
        found = missed(known, living, notes, self.clock())
        for event in found:
            if certain or (event.leg_id, type(event)) in self._doubted:
                _ = self.switchboard.hear(event) or self.roster.hear(event) or self.supervision.hear(event)
        self._doubted = frozenset((event.leg_id, type(event)) for event in found)
        if certain:
            self._behind = False
        if self.may_place.is_set():
            await (self.recovery.hang_up_strays(living) if certain else self.recovery.hang_up_unseen(living))

    # --- after a loss -----------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        if self.tenure.held and not self.may_place.is_set():
            self.tenure.taken_over()
            await self.recovery.take_over()
            await self._tell_floor()
            self.roster.closed_because = None
            self.may_place.set()
        if self._behind:
            await self.reconcile(certain=True)
        now = asyncio.get_running_loop().time()
        if now - self._reconciled_at > _RECONCILE_EVERY_S:
            self._reconciled_at = now
            await self.switchboard.keep_trunks()
            await self.reconcile(certain=False)

    # --- one look ---------------------------------------------------------------------------------

    async def _examine(self) -> list[PartHealth]:
        if self.client.timing.rtt_s is not None:
            self.metrics.ami_rtt.set(self.client.timing.rtt_s)
            self.metrics.ami_lag.set(self.client.timing.lag_s)
        troubles = [f"{one['name']}: {one['trouble']}" for one in self.campaigns.summaries() if one["trouble"]]
        return [
            judged("asterisk", self.client.why_not_up),
            await self._examine_clock(),
            await self._examine_floor(),
            await self._examine_record(),
            judged("mqtt", self.news.trouble),
            self._examine_recordings(),
            self._examine_phones(),
            judged("ivr", None if self.ivr.listening else "the FastAGI server does not listen"),
            judged("hearing", self._deafness()),
            judged("node", self.tenure.trouble or self.roster.closed_because),
            judged("campaigns", "; ".join(troubles)),
            warned("webhooks", self.webhooks.warning),
        ]

    async def _examine_clock(self) -> PartHealth:
        if trouble := self.doubt():
            self._notes_doubted = True
            return ill("clock", trouble)
        if self._notes_doubted:
            try:
                # A clock an hour ahead held leads until tomorrow, and made Redis forget which channels are in use.
                for campaign in await self.record.campaigns.running():
                    await self.record.leads.release(campaign.campaign_id)
                await self.switchboard.keep_trunks()
                self._notes_doubted = False
            except RingpaceError as error:
                log.warning("notes of a doubtful clock not forgotten yet", extra={"why": str(error)})
        return judged("clock", None)

    async def _examine_floor(self) -> PartHealth:
        try:
            await self.floor.ping()
            if self.may_place.is_set():
                await self._tell_floor()
            await self.switchboard.trunks.free()
        except RingpaceError as error:
            return ill("redis", str(error))
        return judged("redis", None)

    async def _tell_floor(self) -> None:
        """A floor that may have forgotten us is told who is where; one that is another's is left alone."""
        if self.tenure.held and self.tenure.untold:
            await self.switchboard.keep_trunks()
            await self.roster.show_all()
            self.tenure.told()

    async def _examine_record(self) -> PartHealth:
        try:
            await self.record.ping()
        except RingpaceError as error:
            return ill("record", str(error))
        return judged("record", self.books.trouble)

    def _examine_recordings(self) -> PartHealth:
        try:
            _free, cramped = room(self.settings.spool_dir, self.settings.recordings_dir)
        except OSError as error:
            return ill("recordings", str(error))
        return judged("recordings", "; ".join(filter(None, (cramped, self.keeper.trouble))))

    def _deafness(self) -> str:
        hears = (self.listening, self.greetings)
        return "; ".join(filter(None, (one.trouble for one in hears if one is not None)))

    def _examine_phones(self) -> PartHealth:
        """A telephone that is called in again because it is gone; without a switch none could be called anyway."""
        if self.client.why_not_up:
            return judged("phones", None)
        agents = self.roster.agents()
        gone = [f"{a.agent_id}: {a.trouble}" for a in agents if a.state is AgentState.CALLING_IN and a.trouble]
        more = [f"and {len(gone) - _MOST_NAMED} more"] if len(gone) > _MOST_NAMED else []
        return judged("phones", "; ".join(gone[:_MOST_NAMED] + more))

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
