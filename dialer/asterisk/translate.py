"""What Asterisk says, in our words: one AMI event to one domain event, or to none.

Texts and orders are those of Asterisk 22 with chan_pjsip. Three facts that the reader of these events needs:

- A far end that ends the call, or refuses it, is always told by HangupRequest before Hangup; our own hang-up and
  Originate's own timeout are not. After that timeout the Hangup carries TechCause 480 like a refusal by the network,
  so a LegEnded without a LegHangupAsked before it is nobody's word but ours.
- OriginateResponse says Failure of every call that is not answered, before its Hangup or after it. Alone it comes
  only where no leg was made at all.
- MixMonitorStop is sent when a recording is stopped, not when the leg ends under it.

An event is dated by Asterisk, for it may lie in a buffer before it is read. Only where that time is a minute or more
away from ours is ours used: no event waits so long, because a connection whose pings are unanswered is given up within
seconds, so the two clocks differ; and times of one call taken from both would make it ring for an hour.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dialer.core.events import (
    Detected,
    Event,
    LegAnswered,
    LegBridged,
    LegCreated,
    LegEnded,
    LegHangupAsked,
    LegProgress,
    LegRinging,
    LegUnbridged,
    OriginateFailed,
    RecordingStopped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FARTHEST = timedelta(seconds=60)
"""From our own time, for Asterisk's to be used."""
SIP_STATUS = re.compile(r"(?:SIP )?([1-6][0-9]{2})\b")
STATE_RINGING, STATE_UP = "5", "6"
"""AST_STATE_RINGING and AST_STATE_UP of channelstate.h."""
DETECTED = {"MACHINE": True, "HUMAN": False, "NOTSURE": False}
"""Of AMDSTATUS; who is not surely a machine is treated as a person. HANGUP is told by the leg's own Hangup."""


def translate(message: Mapping[str, str], now: datetime) -> Event | None:
    """The domain event an AMI event stands for; None for what we do not use or cannot read.

    `now` dates an event that carries no time of its own (timestampevents off), or one that cannot be true.
    """
    reader = _READERS.get(_text(message, "Event"))
    if reader is None:
        return None
    leg_id = _text(message, "DestUniqueid" if reader is _dial_state else "Uniqueid")
    return reader(message, _time(message, now), leg_id) if leg_id else None


def _new_channel(message: Mapping[str, str], at: datetime, leg_id: str) -> Event:
    return LegCreated(at, leg_id, _text(message, "Channel"))


def _new_state(message: Mapping[str, str], at: datetime, leg_id: str) -> Event | None:
    state = _text(message, "ChannelState")
    if state == STATE_RINGING:
        return LegRinging(at, leg_id)
    return LegAnswered(at, leg_id) if state == STATE_UP else None


def _dial_state(message: Mapping[str, str], at: datetime, leg_id: str) -> Event | None:
    status = _text(message, "DialStatus")
    if status == "RINGING":
        return LegRinging(at, leg_id)
    return LegProgress(at, leg_id) if status == "PROGRESS" else None


def _bridge_enter(message: Mapping[str, str], at: datetime, leg_id: str) -> Event:
    return LegBridged(at, leg_id, _text(message, "BridgeUniqueid"), _holding(message))


def _bridge_leave(message: Mapping[str, str], at: datetime, leg_id: str) -> Event:
    return LegUnbridged(at, leg_id, _text(message, "BridgeUniqueid"), _holding(message))


def _holding(message: Mapping[str, str]) -> bool:
    # BridgeType says only `base`. A talk is simple_bridge when it begins and may be native_rtp when it ends.
    return _text(message, "BridgeTechnology") == "holding_bridge"


def _hangup_request(_message: Mapping[str, str], at: datetime, leg_id: str) -> Event:
    return LegHangupAsked(at, leg_id)


def _hangup(message: Mapping[str, str], at: datetime, leg_id: str) -> Event:
    cause, status = _text(message, "Cause"), SIP_STATUS.match(_text(message, "TechCause"))
    return LegEnded(
        at,
        leg_id,
        # Whatever else is unreadable, the leg has ended. 0 is Asterisk's own word for a cause it does not know.
        cause=int(cause) if cause.isascii() and cause.isdigit() and len(cause) <= len("127") else 0,
        cause_text=_text(message, "Cause-txt"),
        sip_code=int(status[1]) if status else None,
    )


def _originate_response(message: Mapping[str, str], at: datetime, leg_id: str) -> Event | None:
    if _text(message, "Response") != "Failure":
        return None
    return OriginateFailed(at, leg_id, _text(message, "Reason"))


def _user_event(message: Mapping[str, str], at: datetime, leg_id: str) -> Event | None:
    machine = DETECTED.get(_text(message, "Status"))
    if _text(message, "UserEvent") != "Amd" or machine is None:
        return None
    return Detected(at, _text(message, "Leg") or leg_id, machine, _text(message, "Cause"))


def _recording_stopped(_message: Mapping[str, str], at: datetime, leg_id: str) -> Event:
    return RecordingStopped(at, leg_id)


_READERS: dict[str, Callable[[Mapping[str, str], datetime, str], Event | None]] = {
    "Newchannel": _new_channel,
    "Newstate": _new_state,
    "DialState": _dial_state,
    "BridgeEnter": _bridge_enter,
    "BridgeLeave": _bridge_leave,
    "HangupRequest": _hangup_request,
    "Hangup": _hangup,
    "OriginateResponse": _originate_response,
    "UserEvent": _user_event,
    "MixMonitorStop": _recording_stopped,
}


def _text(message: Mapping[str, str], key: str) -> str:
    """One header's value; empty where it is absent or given more than once (then the parser holds a list)."""
    value: object = message.get(key)
    return value if isinstance(value, str) else ""


def _time(message: Mapping[str, str], now: datetime) -> datetime:
    try:
        at = datetime.fromtimestamp(float(_text(message, "Timestamp")), UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return at if abs(at - now) < FARTHEST else now
