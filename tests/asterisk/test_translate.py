"""Asterisk 22's own texts, as they were recorded, and anything else that might come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panoramisk.message import Message

from dialer.asterisk.translate import translate
from dialer.core import events as said

NOW = datetime(2026, 11, 21, 20, 50, tzinfo=UTC)
AT = datetime(2026, 11, 21, 20, 49, 42, 110048, tzinfo=UTC)
STAMP = {"Timestamp": "1795294182.110048"}
LEG = {"Uniqueid": "A-1", "Linkedid": "other", "Channel": "PJSIP/carrier-00000001"}
ROOM = {
    "BridgeUniqueid": "b1",
    "BridgeType": "base",
    "BridgeTechnology": "holding_bridge",
    "BridgeCreator": "BridgeWait",
}
TALK = {"BridgeUniqueid": "b2", "BridgeType": "basic", "BridgeTechnology": "native_rtp"}

TEXTS: list[tuple[dict[str, str], said.Event | None]] = [
    ({"Event": "Newchannel", "ChannelState": "0"}, said.LegCreated(AT, "A-1", "PJSIP/carrier-00000001")),
    ({"Event": "Newstate", "ChannelState": "5"}, said.LegRinging(AT, "A-1")),
    ({"Event": "Newstate", "ChannelState": "6"}, said.LegAnswered(AT, "A-1")),
    ({"Event": "Newstate", "ChannelState": "4"}, None),
    ({"Event": "DialState", "DestUniqueid": "D-1", "DialStatus": "RINGING"}, said.LegRinging(AT, "D-1")),
    ({"Event": "DialState", "DestUniqueid": "D-1", "DialStatus": "PROGRESS"}, said.LegProgress(AT, "D-1")),
    ({"Event": "DialState", "DestUniqueid": "D-1", "DialStatus": "PROCEEDING"}, None),
    ({"Event": "BridgeEnter", **ROOM}, said.LegBridged(AT, "A-1", "b1", holding=True)),
    ({"Event": "BridgeLeave", **ROOM}, said.LegUnbridged(AT, "A-1", "b1", holding=True)),
    ({"Event": "BridgeEnter", **TALK}, said.LegBridged(AT, "A-1", "b2", holding=False)),
    ({"Event": "BridgeLeave", **TALK}, said.LegUnbridged(AT, "A-1", "b2", holding=False)),
    ({"Event": "HangupRequest", "Cause": "17", "TechCause": "486"}, said.LegHangupAsked(AT, "A-1")),
    ({"Event": "SoftHangupRequest", "Cause": "16"}, None),
    (
        {"Event": "Hangup", "Cause": "17", "Cause-txt": "User busy", "TechCause": "486"},
        said.LegEnded(AT, "A-1", 17, "User busy", 486),
    ),
    (
        {"Event": "Hangup", "Cause": "16", "Cause-txt": "Normal Clearing"},
        said.LegEnded(AT, "A-1", 16, "Normal Clearing", None),
    ),
    ({"Event": "Hangup", "Cause": "19", "TechCause": "SIP 480 Gone"}, said.LegEnded(AT, "A-1", 19, "", 480)),
    ({"Event": "Hangup", "Cause": "x", "TechCause": "4800"}, said.LegEnded(AT, "A-1", 0, "", None)),
    ({"Event": "OriginateResponse", "Response": "Failure", "Reason": "3"}, said.OriginateFailed(AT, "A-1", "3")),
    ({"Event": "OriginateResponse", "Response": "Success", "Reason": "4"}, None),
    ({"Event": "MixMonitorStop"}, said.RecordingStopped(AT, "A-1")),
    (
        {"Event": "UserEvent", "UserEvent": "Amd", "Leg": "A-1", "Status": "MACHINE", "Cause": "MAXWORDS-3-2"},
        said.Detected(AT, "A-1", machine=True, cause="MAXWORDS-3-2"),
    ),
    (
        {"Event": "UserEvent", "UserEvent": "Amd", "Leg": "A-1", "Status": "NOTSURE", "Cause": "TOOLONG"},
        said.Detected(AT, "A-1", machine=False, cause="TOOLONG"),
    ),
    ({"Event": "UserEvent", "UserEvent": "Amd", "Leg": "A-1", "Status": "HANGUP"}, None),
    ({"Event": "UserEvent", "UserEvent": "Other", "Status": "HUMAN"}, None),
    ({"Event": "VarSet"}, None),
]


@pytest.mark.parametrize(("headers", "expected"), TEXTS)
def test_asterisks_own_texts(headers: dict[str, str], expected: said.Event | None) -> None:
    assert translate(Message({**LEG, **STAMP, **headers}), NOW) == expected


def test_header_names_are_read_in_any_case() -> None:
    assert translate(Message({"EVENT": "Hangup", "UNIQUEID": "A-1", "CAUSE": "1"}), NOW) == said.LegEnded(
        NOW, "A-1", 1, "", None
    )


@pytest.mark.parametrize("stamp", ["", "nan", "inf", "1e300", "yesterday"])
def test_without_a_readable_time_it_happened_now(stamp: str) -> None:
    assert translate({"Event": "HangupRequest", "Uniqueid": "A", "Timestamp": stamp}, NOW) == said.LegHangupAsked(
        NOW, "A"
    )


@pytest.mark.parametrize(
    ("wrong_by_s", "believed"), [(-59, True), (59, True), (60, False), (3600, False), (-3600, False)]
)
def test_a_time_that_cannot_be_true_is_not_used(wrong_by_s: int, believed: bool) -> None:  # noqa: FBT001 - a parameter
    told = NOW + timedelta(seconds=wrong_by_s)
    event = translate({"Event": "MixMonitorStop", "Uniqueid": "A", "Timestamp": f"{told.timestamp():.6f}"}, NOW)
    assert event == said.RecordingStopped(told if believed else NOW, "A")


def test_a_leg_without_a_name_says_nothing() -> None:
    assert translate({"Event": "Hangup", "Cause": "16"}, NOW) is None


KEYS = ["Event", "Uniqueid", "DestUniqueid", "ChannelState", "DialStatus", "Cause", "TechCause", "Timestamp", "Status"]
NAMES = ["Newchannel", "Newstate", "DialState", "BridgeEnter", "Hangup", "OriginateResponse", "UserEvent"]


@given(
    st.dictionaries(
        st.sampled_from(KEYS) | st.text(),
        st.text() | st.sampled_from(NAMES) | st.integers().map(str) | st.lists(st.text()),
    )
)
def test_nothing_that_comes_raises(headers: dict[str, str]) -> None:
    translate(Message(headers), NOW)


@given(st.text())
def test_no_text_that_is_parsed_raises(text: str) -> None:
    message = Message.from_line(f"Event: Hangup\r\n{text}")
    if message is not None:
        translate(message, NOW)
