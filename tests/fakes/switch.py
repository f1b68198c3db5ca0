"""A switch in memory that takes orders and tells of legs as Asterisk does: tests/fakes/test_switch.py runs on both."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dialer.asterisk.channels import ChannelInfo
from dialer.asterisk.translate import STATE_RINGING, STATE_UP
from dialer.core import events as ev
from dialer.core.errors import SwitchError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from dialer.core.model import SupervisionMode
    from dialer.ports import Clock

WAITING_ROOM = "waiting-room"
NORMAL_CLEARING = 16
_SPEECH = b"\x10\x00\x20\x00" * 800
"""A tenth of a second in stereo."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the switch was told to do."""

    verb: str
    leg_id: str
    what: str = ""


@dataclass(slots=True)
class FakeLeg:
    """A leg: `partner` is whom it talks with, `standing` that it falls back into the waiting room."""

    up: bool = False
    standing: bool = False
    partner: str | None = None
    bridge: str = ""
    flow: str = ""
    held: bool = False
    muted: bool = False
    keys: str = ""
    """That were pressed towards its far end."""
    supervises: str | None = None
    """The agent's leg that a supervisor's hears: it ends with that."""
    mode: str = ""


@dataclass(slots=True)
class _Refusal:
    error: Exception
    done: bool


@dataclass(slots=True)
class FakeSwitch:
    """`on_event` hears what happens, in order, a moment after each order. Far ends do what the test tells them to.

    Agents' telephones answer by themselves, but for `dead_phones`.
    """

    on_event: Callable[[ev.LegEvent], None]
    clock: Clock
    orders: list[Order] = field(default_factory=list)
    legs: dict[str, FakeLeg] = field(default_factory=dict)
    dead_phones: set[str] = field(default_factory=set)
    notes: dict[str, datetime] = field(default_factory=dict)
    """Whom nobody attended to, as the dialplan would have noted it."""
    full: bool = False
    """It takes no more orders to call just now."""
    away: bool = False
    early_media: bytes | None = b""
    """What every leg that is listened to lets be heard, as it stands in the file; None where no file can be made."""
    lag: float = 0.0
    """How long after it happened everything is heard, as the shells are told; nothing here is really late."""
    _refusals: dict[str, list[_Refusal]] = field(default_factory=dict)
    _bridges: itertools.count[int] = field(default_factory=itertools.count)

    # --- what a test arranges and asks --------------------------------------------------------------

    def refuse(self, verb: str, error: Exception, *, done: bool = False) -> None:
        """The next order of this kind fails so; `done` where it was carried out all the same, as after a lost reply."""
        self._refusals.setdefault(verb, []).append(_Refusal(error, done))

    def verbs(self, leg_id: str) -> list[str]:
        """What was ordered for a leg, in order."""
        return [order.verb for order in self.orders if order.leg_id == leg_id]

    def placed(self) -> list[str]:
        """The legs that customers were called on, in order."""
        return [order.leg_id for order in self.orders if order.verb == "place"]

    # --- what far ends do ---------------------------------------------------------------------------

    def ring(self, leg_id: str) -> None:
        self._tell(ev.LegRinging(self.clock(), leg_id))

    def progress(self, leg_id: str) -> None:
        self._tell(ev.LegProgress(self.clock(), leg_id))

    def answer(self, leg_id: str) -> None:
        self.legs[leg_id].up = True
        self._tell(ev.LegAnswered(self.clock(), leg_id))
        if self.legs[leg_id].standing:
            self._tell(ev.LegBridged(self.clock(), leg_id, WAITING_ROOM, holding=True))

    def leave(self, leg_id: str, cause: int = NORMAL_CLEARING, sip_code: int | None = None) -> None:
        """The far end hangs up, or refuses the call."""
        self._tell(ev.LegHangupAsked(self.clock(), leg_id))
        self._end(leg_id, cause, sip_code)

    def time_out(self, leg_id: str) -> None:
        """Originate's own ring timeout ends the call."""
        self._tell(ev.OriginateFailed(self.clock(), leg_id, "3"))
        self._end(leg_id, NORMAL_CLEARING, 480)

    def lose(self, leg_id: str) -> None:
        """The leg is gone, and nothing is told of it."""
        del self.legs[leg_id]

    def play_unattended(self, leg_id: str) -> None:
        """The dialplan has waited long enough for us: it plays the message and leaves a note."""
        self.notes[leg_id] = self.clock()
        self.legs[leg_id].flow = "abandoned"

    # --- the orders ---------------------------------------------------------------------------------

    async def place(
        self,
        leg_id: str,
        e164: str,
        trunk_endpoint: str,
        caller_id: str,
        ring_timeout_s: float,
        exten: Literal["answered", "amd"],
        language: str,
        unattended_after_s: float,
        abandoned_flow: str,
    ) -> None:
        del caller_id, ring_timeout_s, language, unattended_after_s, abandoned_flow
        async with self._ordered(Order("place", leg_id, f"{e164}@{trunk_endpoint}:{exten}")):
            self._create(leg_id)

    async def call_agent(self, leg_id: str, endpoint: str, timeout_s: float) -> None:
        del timeout_s
        async with self._ordered(Order("call_agent", leg_id, endpoint)):
            self._create(leg_id, standing=True)
            self.ring(leg_id)
            if endpoint not in self.dead_phones:
                self.answer(leg_id)

    async def call_supervisor(
        self, leg_id: str, endpoint: str, agent_leg: str, mode: SupervisionMode, timeout_s: float
    ) -> None:
        del timeout_s
        async with self._ordered(Order("call_supervisor", leg_id, f"{endpoint}:{agent_leg}:{mode}")):
            self._create(leg_id)
            self.legs[leg_id].supervises, self.legs[leg_id].mode = agent_leg, mode
            self.ring(leg_id)
            if endpoint not in self.dead_phones:
                self.answer(leg_id)
                if agent_leg not in self.legs:
                    self._end(leg_id, 0, None)

    async def supervise(self, leg_id: str, agent_leg: str, mode: SupervisionMode) -> None:
        async with self._ordered(Order("supervise", leg_id, f"{agent_leg}:{mode}")):
            leg = self._living(leg_id)
            leg.supervises, leg.mode = agent_leg, mode

    async def bridge(self, customer: str, agent: str) -> None:
        async with self._ordered(Order("bridge", customer, agent)):
            ours = [self._living(customer), self._living(agent)]
            name = f"talk-{next(self._bridges)}"
            for leg_id in (customer, agent):
                self._leave_talk(leg_id, but=(customer, agent))
            for leg_id, other, leg in ((customer, agent, ours[0]), (agent, customer, ours[1])):
                if leg.standing:
                    self._tell(ev.LegUnbridged(self.clock(), leg_id, WAITING_ROOM, holding=True))
                leg.partner, leg.bridge, leg.held = other, name, False
                self._tell(ev.LegBridged(self.clock(), leg_id, name, holding=False))

    async def record(self, leg_id: str, path: Path) -> None:
        async with self._ordered(Order("record", leg_id, path.name)):
            self._living(leg_id)
            path.write_bytes(_SPEECH)  # noqa: ASYNC240 - a fraction of a millisecond

    async def listen(self, leg_id: str, path: Path) -> str:
        async with self._ordered(Order("listen", leg_id, path.name)):
            self._living(leg_id)
            if self.early_media is not None:
                path.write_bytes(self.early_media)  # noqa: ASYNC240 - a fraction of a millisecond
            return "0x7f0000000001"

    async def stop_listening(self, leg_id: str, monitor_id: str) -> None:
        async with self._ordered(Order("stop_listening", leg_id, monitor_id)):
            self._living(leg_id)
            self._tell(ev.RecordingStopped(self.clock(), leg_id))

    async def play_flow(self, leg_id: str, flow: str) -> None:
        async with self._ordered(Order("play_flow", leg_id, flow)):
            self._living(leg_id).flow = flow

    async def hold(self, leg_id: str) -> None:
        async with self._ordered(Order("hold", leg_id)):
            leg = self._living(leg_id)
            self._leave_talk(leg_id)
            leg.held = True

    async def mute(self, leg_id: str, *, on: bool) -> None:
        async with self._ordered(Order("mute", leg_id, "on" if on else "off")):
            self._living(leg_id).muted = on

    async def press(self, leg_id: str, key: str) -> None:
        async with self._ordered(Order("press", leg_id, key)):
            self._living(leg_id).keys += key

    async def hang_up(self, leg_id: str) -> None:
        async with self._ordered(Order("hang_up", leg_id)):
            if leg_id in self.legs:
                self._end(leg_id, NORMAL_CLEARING, None)

    async def channels(self) -> Mapping[str, ChannelInfo]:
        async with self._ordered(Order("channels", "")):
            return {leg_id: self._info(leg_id, leg) for leg_id, leg in self.legs.items()}

    async def unattended(self) -> Mapping[str, datetime]:
        async with self._ordered(Order("unattended", "")):
            return dict(self.notes)

    async def forget_unattended(self, leg_id: str) -> None:
        async with self._ordered(Order("forget_unattended", leg_id)):
            if self.notes.pop(leg_id, None) is None:
                raise SwitchError("Database entry not found")

    def lag_s(self) -> float:
        return self.lag

    def round_trip_s(self) -> float:
        return self.lag

    def room(self) -> int:
        if self.full:
            return 0
        if self.away:
            raise SwitchError("not logged in to Asterisk: the test took it away")
        return 100

    # --- inside -------------------------------------------------------------------------------------

    def _create(self, leg_id: str, *, standing: bool = False) -> None:
        self.legs[leg_id] = FakeLeg(standing=standing)
        self._tell(ev.LegCreated(self.clock(), leg_id, f"PJSIP/{leg_id}"))

    def _end(self, leg_id: str, cause: int, sip_code: int | None) -> None:
        leg = self.legs.pop(leg_id)
        if leg.partner is not None and leg.partner in self.legs:
            other_id, other = leg.partner, self.legs[leg.partner]
            self._unbridge(leg_id, leg)
            self._unbridge(other_id, other)
            if not other.standing:  # the dialplan ends a customer's leg that leaves the talk
                self._end(other_id, NORMAL_CLEARING, None)
        elif leg.standing and leg.up:
            self._tell(ev.LegUnbridged(self.clock(), leg_id, WAITING_ROOM, holding=True))
        self._tell(ev.LegEnded(self.clock(), leg_id, cause, "Normal Clearing", sip_code))
        for hearing in [one for one, other in self.legs.items() if other.supervises == leg_id]:
            self._end(hearing, NORMAL_CLEARING, None)

    @staticmethod
    def _info(leg_id: str, leg: FakeLeg) -> ChannelInfo:
        places = (leg.supervises, "supervisors"), (leg.standing, "agents"), (leg.held, "hold"), (leg.flow, "ivr")
        context = next((name for there, name in places if there), "customers")
        bridge = leg.bridge if leg.partner else WAITING_ROOM if leg.standing and leg.up else None
        return ChannelInfo(
            f"PJSIP/{leg_id}", STATE_UP if leg.up else STATE_RINGING, bridge, context, leg.flow or leg.mode.lower()
        )

    def _leave_talk(self, leg_id: str, but: tuple[str, ...] = ()) -> None:
        """Out of the talk it is in, which ends it for both; `but` for those who go on to another one at once."""
        leg = self.legs[leg_id]
        if leg.partner is None:
            return
        other_id, other = leg.partner, self.legs[leg.partner]
        self._tell(ev.LegUnbridged(self.clock(), leg_id, leg.bridge, holding=False))
        leg.partner = None
        if other_id in but:
            self._tell(ev.LegUnbridged(self.clock(), other_id, other.bridge, holding=False))
            other.partner = None
        else:
            self._unbridge(other_id, other)

    def _unbridge(self, leg_id: str, leg: FakeLeg) -> None:
        self._tell(ev.LegUnbridged(self.clock(), leg_id, leg.bridge, holding=False))
        leg.partner = None
        if leg.standing and leg_id in self.legs:
            self._tell(ev.LegBridged(self.clock(), leg_id, WAITING_ROOM, holding=True))

    def _living(self, leg_id: str) -> FakeLeg:
        leg = self.legs.get(leg_id)
        if leg is None:
            raise SwitchError(f"No such channel: {leg_id}")
        return leg

    def _tell(self, event: ev.LegEvent) -> None:
        asyncio.get_running_loop().call_soon(self.on_event, event)

    @asynccontextmanager
    async def _ordered(self, order: Order) -> AsyncIterator[None]:
        self.orders.append(order)
        await asyncio.sleep(0)  # others may run meanwhile, as they do while Asterisk is asked
        waiting = self._refusals.get(order.verb)
        refusal = waiting.pop(0) if waiting else None
        if refusal and not refusal.done:
            raise refusal.error
        yield
        if refusal:
            raise refusal.error
