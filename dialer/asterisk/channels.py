"""Asterisk's own list of channels, and what it means for the legs we knew: reconnecting means reconciling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.asterisk.translate import STATE_UP
from dialer.core.events import LegVanished

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime


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
        if row.get("Uniqueid")
    }


def vanished(known: Collection[str], living: Mapping[str, object], at: datetime) -> list[LegVanished]:
    """One event for each leg we knew that Asterisk no longer lists.

    Ask only about legs ordered before the list was: an Originate that is still queued has no channel yet.
    """
    return [LegVanished(at, leg_id) for leg_id in known if leg_id not in living]
