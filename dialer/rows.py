"""An attempt's row as its call knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dialer.core.call import Call


def row_of(call: Call) -> dict[str, Any]:
    """The columns of a call's row, as far as they are known."""
    timeline = call.timeline
    # What reached the record by another way is not taken back by a call that never heard of it.
    heard: dict[str, Any] = {"opted_out": True} if call.opted_out else {}
    if call.answers:
        heard["answers"] = call.answers
    return heard | {
        "agent_id": call.agent_id or call.preassigned,
        "sent_at": timeline.sent_at,
        "progress_at": timeline.progress_at,
        "ringing_at": timeline.ringing_at,
        "answered_at": timeline.answered_at,
        "bridged_at": timeline.bridged_at,
        "unbridged_at": timeline.unbridged_at,
        "message_at": timeline.message_at,
        "flow_at": timeline.flow_at,
        "ended_at": timeline.ended_at,
        "cause": call.cause,
        "cause_text": call.cause_text,
        "sip_code": call.sip_code,
        "hung_up_by": call.hung_up_by,
        "outcome": call.outcome,
        "detail": call.detail,
    }
