"""An attempt's row: as its call knows it, and what it is to the law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from dialer.core.abandonment import fate_of

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.abandonment import Fate
    from dialer.core.call import Call
    from dialer.core.model import Outcome


class Times(Protocol):
    """Of a row, what the law goes by."""

    @property
    def outcome(self) -> Outcome | None: ...  # noqa: D102 - each as in the row
    @property
    def answered_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def bridged_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def message_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def flow_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def ended_at(self) -> datetime | None: ...  # noqa: D102


def fate_of_row(row: Times, limit_s: float, *, previewed: bool = False) -> Fate | None:
    """What an attempt's row is to the law (`fate_of`)."""
    return fate_of(
        row.outcome,
        row.answered_at,
        bridged_at=row.bridged_at,
        message_at=row.message_at,
        flow_at=row.flow_at,
        ended_at=row.ended_at,
        limit_s=limit_s,
        previewed=previewed,
    )


def row_of(call: Call) -> dict[str, Any]:
    """The columns of a call's row, as far as they are known."""
    timeline = call.timeline
    # What reached the record by another way is not taken back by a call that never heard of it.
    heard: dict[str, Any] = {"opted_out": True} if call.opted_out else {}
    if call.answers:
        heard["answers"] = call.answers
    if call.machine_sampled:
        heard["machine_sampled"] = True
    if call.heard is not None:
        heard["number_state"] = call.heard.state
        heard["state_confidence"] = call.heard.confidence
        heard["heard"] = call.heard.what or None
        heard["line_saved_s"] = call.line_saved_s
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
