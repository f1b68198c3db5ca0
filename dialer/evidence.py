"""One call with all its evidence: the documents, from what the record has of it. Pure but for the words it is given."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dialer.core import calendar
from dialer.core.model import PacingMode
from dialer.core.numbers import country_code, mask
from dialer.evidence_page import page_of
from dialer.rows import fate_of_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.core.plan import Law
    from dialer.record.attempts import AttemptRow
    from dialer.record.campaigns import Campaign
    from dialer.record.evidence import Gathered, Row

_NUMBERS = {"e164", "person", "key"}
"""A lead without a key or a person of its own goes by its first number."""
_LEFT_OUT = {"path", "id", "lead_id", "number_id"}
_NOT_MOMENTS = {"call_back_at"}


def documents(
    found: Gathered, row: AttemptRow, campaign: Campaign, law: Law, *, full_numbers: bool, no_sound: str | None
) -> dict[str, bytes]:
    """The files by name; numbers masked unless wanted in full. `no_sound`: why there is none, if so."""
    attempt = _attempt(found, row, campaign, full_numbers=full_numbers)
    decision = None if found.decision is None else _shown(found.decision, full_numbers=full_numbers)
    audit = [_shown(line, full_numbers=full_numbers) for line in found.audit]
    texts = {
        "attempt.json": attempt,
        "decision.json": decision,
        "eligibility.json": _eligibility(found, campaign, law, full_numbers=full_numbers),
        "audit.json": audit,
    }
    files = {name: _json(text) for name, text in texts.items() if text is not None}
    files["page.html"] = page_of(attempt, decision, audit, no_sound).encode()
    return files


def _attempt(found: Gathered, row: AttemptRow, campaign: Campaign, *, full_numbers: bool) -> dict[str, Any]:
    previewed = found.decision is not None and found.decision["mode"] is PacingMode.PREVIEW
    moments = {
        name.removesuffix("_at"): value
        for name, value in found.attempt.items()
        if name.endswith("_at") and name not in _NOT_MOMENTS and value is not None
    }
    return {
        "attempt_id": row.attempt_id,
        "campaign": {"campaign_id": campaign.campaign_id, "name": campaign.name},
        "lead": _shown(found.lead, full_numbers=full_numbers),
        **_shown(found.attempt, full_numbers=full_numbers),
        "timeline": [
            {"what": what, "at": _json_value(at)} for what, at in sorted(moments.items(), key=lambda one: one[1])
        ],
        "counts_as": fate_of_row(row, campaign.plan.abandon_limit_s, previewed=previewed),
        "recording": None if found.recording is None else _shown(found.recording, full_numbers=full_numbers),
        "legal_hold": None if found.hold is None else _shown(found.hold, full_numbers=full_numbers),
    }


def _eligibility(found: Gathered, campaign: Campaign, law: Law, *, full_numbers: bool) -> dict[str, Any]:
    """What the rules went by. The plan, the law's hours and the list are as they are now, and it says so."""
    sent: datetime | None = found.attempt["sent_at"]
    code = country_code(found.attempt["e164"])
    zones = []
    for name in found.number.get("time_zones", ()):
        if sent is None:
            break
        local = sent.astimezone(calendar.zone_named(name))
        legal, open_ = calendar.is_legal(law, code, local), calendar.is_open(campaign.plan, local)
        zones.append({"time_zone": name, "sent_at": local.isoformat(), "legal_hours": legal, "window_open": open_})
    return {
        "as_of_now": ["plan", "legal_hours", "do_not_call"],
        "sent_where_the_number_is": zones,
        "legal_hours": law.hours_for(code).model_dump(mode="json"),
        "plan": campaign.plan.model_dump(mode="json", exclude={"script"}),
        "do_not_call": None if found.do_not_call is None else _shown(found.do_not_call, full_numbers=full_numbers),
        "calls_in_the_32_days_before": [
            {"attempt_id": one["id"], **_shown(one, full_numbers=full_numbers)} for one in found.calls_before
        ],
    }


def _shown(row: Row, *, full_numbers: bool) -> dict[str, Any]:
    return {
        name: _number(value, full_numbers=full_numbers) if name in _NUMBERS else _json_value(value)
        for name, value in row.items()
        if name not in _LEFT_OUT
    }


def _number(value: str, *, full_numbers: bool) -> str:
    return mask(value) if value.startswith("+") and not full_numbers else value


def _json_value(value: Any) -> Any:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value


def _json(value: Mapping[str, Any] | list[dict[str, Any]]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n").encode("utf-8", "backslashreplace")
