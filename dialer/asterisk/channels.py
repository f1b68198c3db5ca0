"""Asterisk's own list of channels, and what it means for the legs we knew: reconnecting means reconciling."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import auto
from typing import TYPE_CHECKING

from dialer.asterisk.translate import STATE_RINGING, STATE_UP
from dialer.core.events import (
    LegAnswered,
    LegBridged,
    LegEvent,
    LegRinging,
    LegUnattended,
    LegUnbridged,
    LegVanished,
)
from dialer.core.model import Word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

_AGENTS, _FLOWS, _HOLD = "agents", "ivr", "hold"
"""Contexts of extensions.conf."""


class Place(Word):
    """Where a living leg stands."""

    PLACED = auto()
    """Not answered, and the far end is not alerted yet."""
    RINGING = auto()
    """Not answered."""
    ALONE = auto()
    """Up, in no bridge and no flow: a customer who waits, or an agent between two bridges."""
    FLOW = auto()
    """In an IVR flow."""
    TALK = auto()
    """Bridged to the other side."""
    HELD = auto()
    """A customer whom the agent has put on hold."""
    HOLDING = auto()
    """In the agents' waiting room."""


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """One living channel; `state` is its AST_STATE number, `bridge_id` None where it is in no bridge."""

    channel: str
    state: str
    bridge_id: str | None
    context: str
    exten: str

    @property
    def up(self) -> bool:
        """Whether it has been answered."""
        return self.state == STATE_UP


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a leg stands; `partner` is the leg it talks with, `flow` the flow it hears."""

    place: Place
    partner: str | None = None
    flow: str | None = None
    bridge_id: str = ""


def living(rows: Iterable[Mapping[str, str]]) -> dict[str, ChannelInfo]:
    """The channels of a CoreShowChannels answer by leg id."""
    return {
        row["Uniqueid"]: ChannelInfo(
            channel=row.get("Channel", ""),
            state=row.get("ChannelState", ""),
            bridge_id=row.get("BridgeId") or None,
            context=row.get("Context", ""),
            exten=row.get("Exten", ""),
        )
        for row in rows
        if isinstance(row.get("Uniqueid"), str) and row["Uniqueid"]  # given twice it would be a list
    }


def standings(living: Mapping[str, ChannelInfo]) -> dict[str, Standing]:
    """Where each leg stands. A bridge in which there are agents alone is their waiting room."""
    bridges: defaultdict[str, list[str]] = defaultdict(list)
    for leg_id, info in living.items():
        if info.bridge_id:
            bridges[info.bridge_id].append(leg_id)
    return {leg_id: _standing(info, living, bridges) for leg_id, info in living.items()}


def _standing(info: ChannelInfo, living: Mapping[str, ChannelInfo], bridges: Mapping[str, list[str]]) -> Standing:
    if not info.up:
        return Standing(Place.RINGING if info.state == STATE_RINGING else Place.PLACED)
    if info.bridge_id:
        inside = bridges[info.bridge_id]
        if all(living[one].context == _AGENTS for one in inside):
            return Standing(Place.HOLDING, bridge_id=info.bridge_id)
        other_side = (one for one in inside if (living[one].context == _AGENTS) is not (info.context == _AGENTS))
        return Standing(Place.TALK, partner=next(other_side, None), bridge_id=info.bridge_id)
    if info.context == _FLOWS:
        return Standing(Place.FLOW, flow=info.exten)
    if info.context == _HOLD:
        return Standing(Place.HELD)
    return Standing(Place.ALONE)


def missed(
    known: Collection[str], living: Mapping[str, ChannelInfo], unattended: Mapping[str, datetime], at: datetime
) -> list[LegEvent]:
    """What must have happened to the legs we knew while we heard nothing; machines ignore what they know already.

    `unattended` are the notes of the dialplan, by leg id. Ask only about legs ordered before the list was: an
    Originate that is still queued has no channel yet.
    """
    now = standings(living)
    return [event for leg_id in known for event in _missed(leg_id, now.get(leg_id), unattended.get(leg_id), at)]


def _missed(leg_id: str, standing: Standing | None, unattended_at: datetime | None, at: datetime) -> list[LegEvent]:
    noted: list[LegEvent] = [LegUnattended(unattended_at, leg_id)] if unattended_at else []
    if standing is None:
        return [*noted, LegVanished(at, leg_id)]
    match standing.place:
        case Place.PLACED:
            return []
        case Place.RINGING:
            return [LegRinging(at, leg_id)]
        case Place.ALONE | Place.HELD:
            return [*noted, LegAnswered(at, leg_id), LegUnbridged(at, leg_id, "", holding=False)]
        case Place.FLOW:
            return noted
        case Place.TALK | Place.HOLDING:
            holding = standing.place is Place.HOLDING
            return [LegAnswered(at, leg_id), LegBridged(at, leg_id, standing.bridge_id, holding=holding)]
