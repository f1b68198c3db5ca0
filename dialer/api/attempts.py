"""For reviewers: find attempts, follow one from beginning to end, hear what was said; every look leaves a line."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.bodies import Moment
from dialer.api.interface import Interface, Service, needs
from dialer.api.recording import NOT_STORED, SOUND, answer, opened
from dialer.api.teams import team_of
from dialer.core.access import Caller, Right
from dialer.core.errors import InputError, NotFoundError
from dialer.core.model import Disposition, NumberState, Outcome, RecordingState
from dialer.core.numbers import mask
from dialer.record.attempts import AttemptRow
from dialer.record.audit import AuditLine
from dialer.record.campaigns import Campaign
from dialer.record.search import Found, Place, Wanted
from dialer.retention import kept_days
from recordings.measure import Measures

router = APIRouter(prefix="/attempts", tags=["reviewers"])

HEARD_ONCE_IN = timedelta(hours=1)
_HIDDEN = {"e164", "person", "attributes", "campaign_id"}
"""Of a row: full numbers, what may hold some, and what is told in another shape."""
_CURSOR = re.compile(r"([0-9]{1,18})\.([A-Za-z0-9_-]{1,40})")
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

AttemptId = Annotated[str, InPath(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Reviewer = Annotated[Caller, Depends(needs(Right.SEE_ATTEMPTS))]
Listener = Annotated[Caller, Depends(needs(Right.HEAR_RECORDINGS))]


_Share = Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)]


class Sought(BaseModel):
    """What is asked of attempts; what is left out does not matter. `since` counts, `until` does not any more."""

    model_config = ConfigDict(extra="forbid")
    campaign: Annotated[str | None, Field(max_length=200, pattern=r"^[^\x00]*$")] = None
    agent: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = None
    outcome: Outcome | None = None
    disposition: Disposition | None = None
    number_state: NumberState | None = None
    since: Moment | None = None
    until: Moment | None = None
    longer_than_s: Annotated[float | None, Field(ge=0, le=86_400, allow_inf_nan=False)] = None
    shorter_than_s: Annotated[float | None, Field(ge=0, le=86_400, allow_inf_nan=False)] = None
    has_recording: bool | None = None
    dead_air_over_s: Annotated[float | None, Field(ge=0, le=86_400, allow_inf_nan=False)] = None
    overlap_over: _Share = None
    agent_share_over: _Share = None
    agent_share_under: _Share = None
    softer_than_dbfs: Annotated[float | None, Field(ge=-100, le=0, allow_inf_nan=False)] = None
    clipped_over: _Share = None
    reviewed: bool | None = None


class Filters(Sought):
    """What is asked of attempts, a page at a time."""

    cursor: Annotated[str | None, Field(max_length=200)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@router.get("")
async def attempts(service: Service, who: Reviewer, filters: Annotated[Filters, Query()]) -> dict[str, Any]:
    """The attempts that fit, newest first; `next`, where there are more, is the cursor of the page that follows."""
    after = None if filters.cursor is None else _place(filters.cursor)
    wanted = await wanted_of(service, who, filters)
    found = await service.record.search.attempts(wanted, filters.limit + 1, after)
    page = found[: filters.limit]
    return {
        "attempts": [listed(one) for one in page],
        "next": _cursor(page[-1].place) if len(found) > len(page) else None,
    }


@router.get("/{attempt_id}")
async def attempt(service: Service, who: Reviewer, attempt_id: AttemptId) -> dict[str, Any]:
    """All that is known of one attempt, with its moments in order."""
    row = await seen(service, who, attempt_id)
    campaign = await service.record.campaigns.get(row.campaign_id)
    moments = {name: getattr(row, name) for name in _MOMENTS}
    timeline = [{"what": name.removesuffix("_at"), "at": at} for name, at in moments.items() if at is not None]
    return {
        **{field.name: getattr(row, field.name) for field in fields(row) if field.name not in _HIDDEN},
        "campaign": {"campaign_id": campaign.campaign_id, "name": campaign.name},
        "number": mask(row.e164),
        "person": mask(row.person) if row.person.startswith("+") else row.person,
        "timeline": sorted(timeline, key=lambda moment: moment["at"]),
        "recording": await _recording(service, row, campaign),
        "hold": await service.record.holds.get(attempt_id),
    }


@router.get("/{attempt_id}/number")
async def number(
    service: Service,
    who: Annotated[Caller, Depends(needs(Right.SEE_NUMBERS))],
    attempt_id: AttemptId,
    response: Response,
) -> dict[str, str]:
    """The number in full; each look leaves an audit line."""
    row = await seen(service, who, attempt_id)
    await service.record.search.looked(AuditLine(datetime.now(UTC), who.name, "number seen", attempt_id))
    response.headers.update(NOT_STORED)
    return {"number": row.e164}


@router.get("/{attempt_id}/recording", response_class=StreamingResponse, responses=SOUND)
async def recording(service: Service, who: Listener, attempt_id: AttemptId, request: Request) -> Response:
    """What was said, as WAV, the customer left and the agent right; in ranges too. One audit line per hour."""
    await seen(service, who, attempt_id)
    row = await service.record.recordings.get(attempt_id)
    sound = await opened(service, row)
    try:
        line = AuditLine(datetime.now(UTC), who.name, "recording heard", attempt_id)
        await service.record.search.looked(line, every=HEARD_ONCE_IN)
    except BaseException:
        sound.close()
        raise
    return answer(request, sound, row)


async def wanted_of(service: Interface, who: Caller, sought: Sought) -> Wanted:
    """What is asked of the record; NotFoundError for a campaign that does not exist. Of a team only its own agents."""
    campaign = None if sought.campaign is None else await service.record.campaigns.get(sought.campaign)
    agents = await team_of(service, who)
    if sought.agent is not None:
        agents = frozenset({sought.agent} if agents is None else agents & {sought.agent})
    same = sought.model_dump(exclude={"campaign", "agent", "cursor", "limit"})
    return Wanted(campaign_id=None if campaign is None else campaign.campaign_id, agents=agents, **same)


_MEASURES = tuple(field.name for field in fields(Measures))
_MOMENTS = tuple(
    field.name for field in fields(AttemptRow) if field.name.endswith("_at") and field.name != "call_back_at"
)


async def seen(service: Interface, who: Caller, attempt_id: str) -> AttemptRow:
    """The attempt, if whoever asks may see it: that there is another team's is not told."""
    row = await service.record.attempts.get(attempt_id)
    team = await team_of(service, who)
    if team is not None and row.agent_id not in team:
        raise NotFoundError(f"there is no attempt {attempt_id}")
    return row


async def _recording(service: Interface, of: AttemptRow, campaign: Campaign) -> dict[str, Any] | None:
    try:
        row = await service.record.recordings.get(of.attempt_id)
    except NotFoundError:
        return None
    days = kept_days(campaign.plan, service.settings)
    until = row.started_at + timedelta(days=days) if days is not None and row.state is RecordingState.STORED else None
    told = _sound(row.state, row.duration_s, row.level_left_dbfs, row.level_right_dbfs)
    return {**told, "detail": row.detail, "keep_until": until, "deleted_at": row.deleted_at}


def _sound(
    state: RecordingState, duration_s: float | None, left_dbfs: float | None, right_dbfs: float | None
) -> dict[str, Any]:
    return {
        "state": state,
        "duration_s": duration_s,
        "level_left_dbfs": left_dbfs,
        "level_right_dbfs": right_dbfs,
    }


def listed(one: Found) -> dict[str, Any]:
    """An attempt as lists have it, its number masked."""
    sound = (one.recording_duration_s, one.level_left_dbfs, one.level_right_dbfs)
    return {
        "attempt_id": one.attempt_id,
        "campaign": {"campaign_id": one.campaign_id, "name": one.campaign},
        "lead_id": one.lead_id,
        "name": one.name,
        "number": mask(one.e164),
        "agent_id": one.agent_id,
        "outcome": one.outcome,
        "disposition": one.disposition,
        "reason": one.reason,
        "note": one.note,
        "queued_at": one.queued_at,
        "sent_at": one.sent_at,
        "ringing_at": one.ringing_at,
        "answered_at": one.answered_at,
        "bridged_at": one.bridged_at,
        "unbridged_at": one.unbridged_at,
        "ended_at": one.ended_at,
        "talk_s": one.talk_s,
        "number_state": one.number_state,
        "recording": None if one.recording_state is None else _sound(one.recording_state, *sound),
        "reviewed": one.reviewed,
        "measures": None if one.dead_air_s is None else {name: getattr(one, name) for name in _MEASURES},
    }


def _cursor(place: Place) -> str:
    text = f"{(place.queued_at - _BEGINNING) // timedelta(microseconds=1)}.{place.attempt_id}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(cursor: str) -> Place:
    """Where a page ended; InputError for what was never the end of one."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        if written := _CURSOR.fullmatch(text):
            place = Place(_BEGINNING + timedelta(microseconds=int(written[1])), written[2])
            if _cursor(place) == cursor:
                return place
    except (ValueError, OverflowError):
        pass
    raise InputError("cursor: not one that was given out as `next`; ask again without it")
