"""What Asterisk's list of channels says of the legs we knew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from panoramisk.message import Message

from dialer.asterisk.channels import ChannelInfo, Place, Standing, living, missed, standings
from dialer.core.events import (
    LegAnswered,
    LegBridged,
    LegEvent,
    LegRinging,
    LegUnattended,
    LegUnbridged,
    LegVanished,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NOTED = NOW - timedelta(seconds=4)


def test_living_channels_by_leg_id() -> None:
    rows = [
        # A channel in no bridge: Asterisk writes an empty BridgeId, which the parser leaves out at a block's end.
        Message.from_line(
            "Event: CoreShowChannel\r\nChannel: PJSIP/a-1\r\nChannelState: 5\r\nContext: customers\r\n"
            "Exten: answered\r\nUniqueid: A1\r\nBridgeId: ".strip()
        ),
        Message({"Channel": "PJSIP/a-2", "ChannelState": "6", "Uniqueid": "A2", "BridgeId": "b1"}),
        Message({"Channel": "PJSIP/a-3"}),
    ]
    assert living(rows) == {
        "A1": ChannelInfo("PJSIP/a-1", "5", None, "customers", "answered"),
        "A2": ChannelInfo("PJSIP/a-2", "6", "b1", "", ""),
    }
    assert not living(rows)["A1"].up
    assert living(rows)["A2"].up


def leg(context: str, bridge: str | None = None, state: str = "6", exten: str = "") -> ChannelInfo:
    return ChannelInfo("PJSIP/x", state, bridge, context, exten)


FLOOR = {
    "dialled": leg("from-trunk", state="0"),
    "rings": leg("from-trunk", state="5"),
    "waits": leg("customers", exten="answered"),
    "hears": leg("ivr", exten="abandoned"),
    "talks": leg("customers", "talk"),
    "agent-a-1": leg("agents", "talk"),
    "agent-b-1": leg("agents", "room"),
    "agent-c-1": leg("agents", "room"),
    "agent-d-1": leg("agents"),
    "left-alone": leg("customers", "old talk"),
}


def test_where_each_leg_stands() -> None:
    assert standings(FLOOR) == {
        "dialled": Standing(Place.PLACED),
        "rings": Standing(Place.RINGING),
        "waits": Standing(Place.ALONE),
        "hears": Standing(Place.FLOW, flow="abandoned"),
        "talks": Standing(Place.TALK, partner="agent-a-1", bridge_id="talk"),
        "agent-a-1": Standing(Place.TALK, partner="talks", bridge_id="talk"),
        "agent-b-1": Standing(Place.HOLDING, bridge_id="room"),
        "agent-c-1": Standing(Place.HOLDING, bridge_id="room"),
        "agent-d-1": Standing(Place.ALONE),
        "left-alone": Standing(Place.TALK, bridge_id="old talk"),
    }


def what_was_missed(leg_id: str, **notes: datetime) -> list[LegEvent]:
    return missed([leg_id], FLOOR, notes, NOW)


def test_what_was_missed_is_told_by_where_the_leg_stands() -> None:
    assert what_was_missed("gone") == [LegVanished(NOW, "gone")]
    assert what_was_missed("dialled") == []
    assert what_was_missed("rings") == [LegRinging(NOW, "rings")]
    assert what_was_missed("waits") == [LegAnswered(NOW, "waits"), LegUnbridged(NOW, "waits", "", holding=False)]
    assert what_was_missed("talks") == [LegAnswered(NOW, "talks"), LegBridged(NOW, "talks", "talk", holding=False)]
    assert what_was_missed("agent-b-1")[-1] == LegBridged(NOW, "agent-b-1", "room", holding=True)
    assert what_was_missed("hears") == []


def test_whom_the_dialplan_noted_met_nobody_whether_the_leg_lives_or_not() -> None:
    assert what_was_missed("gone", gone=NOTED) == [LegUnattended(NOTED, "gone"), LegVanished(NOW, "gone")]
    assert what_was_missed("hears", hears=NOTED) == [LegUnattended(NOTED, "hears")]
    assert what_was_missed("waits", waits=NOTED)[0] == LegUnattended(NOTED, "waits")
