"""What Asterisk's list of channels says of the legs we knew."""

from __future__ import annotations

from datetime import UTC, datetime

from panoramisk.message import Message

from dialer.asterisk.channels import ChannelInfo, living, vanished
from dialer.core.events import LegVanished

NOW = datetime(2026, 11, 21, tzinfo=UTC)


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


def test_the_legs_that_are_gone() -> None:
    assert vanished(["A1", "A2"], {"A2": None, "A3": None}, NOW) == [LegVanished(NOW, "A1")]
