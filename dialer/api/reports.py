"""For operators and team leaders: what calls came to, by campaign, list, team, agent or time; and an agent's day."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.agents import Self
from dialer.api.bodies import Moment
from dialer.api.interface import CSV_FILE, Interface, Service, needs
from dialer.core.access import Caller, Right
from dialer.core.errors import InputError
from dialer.feedback import harmless
from dialer.record.reports import AskedReport, Came, GroupBy, Line

router = APIRouter(tags=["operators"])

_LONGEST = timedelta(days=92)
_USUAL = timedelta(days=7)
_MOST_LINES = 2000
_ZONES = frozenset(available_timezones())
_MARK = "\ufeff"
"""By this mark spreadsheets know the file for UTF-8."""
_COUNTED = tuple(field.name for field in fields(Came))
_Zone = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9_+/-]+$")]
_BY = {word.value.lower(): word for word in GroupBy}


class ReportQuery(BaseModel):
    """What is asked of a report: the last seven days where nothing else is said, 92 at most. `zone`: whose days."""

    model_config = ConfigDict(extra="forbid")
    by: Annotated[str, Field(pattern=f"^({'|'.join(_BY)})$")] = "campaign"
    since: Moment | None = None
    until: Moment | None = None
    campaign: Annotated[str | None, Field(max_length=200, pattern=r"^[^\x00]*$")] = None
    zone: _Zone = "UTC"


Seer = Annotated[Caller, Depends(needs(Right.SEE_ATTEMPTS))]


@router.get("/reports/calls")
async def calls(service: Service, who: Seer, asked: Annotated[ReportQuery, Query()]) -> dict[str, Any]:
    """What calls came to, line by line and in all; a team leader's are those of their team alone."""
    report = await _asked(service, who, asked)
    lines = await _lines(service, report)
    total = Came()
    for line in lines:
        total = total.plus(line.came)
    return {
        "since": report.since,
        "until": report.until,
        "lines": [_shown(line) for line in lines[:_MOST_LINES]],
        "left_out": max(0, len(lines) - _MOST_LINES),
        "total": asdict(total),
    }


@router.get("/reports/calls.csv", response_class=Response, responses=CSV_FILE)
async def calls_csv(service: Service, who: Seer, asked: Annotated[ReportQuery, Query()]) -> Response:
    """The same as a file that a spreadsheet opens and does not run."""
    report = await _asked(service, who, asked)
    lines = await _lines(service, report)
    rows = [[line.key, line.name, *(getattr(line.came, one) for one in _COUNTED), line.occupancy] for line in lines]
    name = f'attachment; filename="calls-by-{asked.by}.csv"'
    text = _MARK + _csv([[asked.by, "name", *_COUNTED, "occupancy"], *rows])
    return Response(text, media_type="text/csv; charset=utf-8", headers={"content-disposition": name})


@router.get("/agents/{agent_id}/day", tags=["agents"])
async def my_day(service: Service, agent_id: Self, zone: Annotated[_Zone, Query()] = "UTC") -> dict[str, Any]:
    """An agent's talks since midnight in `zone`, and the rank by conversions in the team; nobody else is named."""
    service.roster.agent(agent_id)
    now, where = datetime.now(UTC), _zone(zone)
    since = datetime.combine(now.astimezone(where).date(), time(0), where).astimezone(UTC)
    users = await service.record.users.all()
    team = next((user.team for user in users if user.agent_id == agent_id), None)
    mates = {user.agent_id for user in users if user.agent_id and user.team == team} if team else None
    agents = frozenset(mates or service.settings.agents) | {agent_id}
    report = AskedReport(GroupBy.AGENT, since, now, where, agents=agents)
    came = {line.key: line.came for line in await _lines(service, report)}
    mine = came.get(agent_id, Came())
    return {
        "since": since,
        "talks": mine.bridged,
        "talk_s": mine.talk_s,
        "agreed": mine.agreed,
        "rank": 1 + sum(1 for other in came.values() if other.agreed > mine.agreed),
        "of": len(agents),
    }


async def _asked(service: Interface, who: Caller, asked: ReportQuery) -> AskedReport:
    now = datetime.now(UTC)
    until = min(asked.until or now, now)
    since = asked.since or max(until - _USUAL, datetime(1970, 1, 1, tzinfo=UTC))
    if since > until:
        raise InputError("since: lies after until, or ahead")
    if until - since > _LONGEST:
        raise InputError(f"since: a report is of {_LONGEST.days} days at most")
    campaign = None if asked.campaign is None else await service.record.campaigns.get(asked.campaign)
    teams = {user.agent_id: user.team for user in await service.record.users.all() if user.agent_id and user.team}
    return AskedReport(
        _BY[asked.by],
        since,
        until,
        _zone(asked.zone),
        campaign_id=None if campaign is None else campaign.campaign_id,
        agents=None if who.team is None else frozenset(one for one, team in teams.items() if team == who.team),
        teams=teams,
    )


async def _lines(service: Interface, report: AskedReport) -> list[Line]:
    campaigns = await service.record.campaigns.all()
    lines = await service.record.reports.lines(report, {one.campaign_id: one.plan.abandon_limit_s for one in campaigns})
    if report.by is not GroupBy.AGENT:
        return lines
    agents = service.settings.agents
    return [
        Line(one.key, agents[one.key].name or one.key, one.came, one.occupancy) if one.key in agents else one
        for one in lines
    ]


def _zone(name: str) -> ZoneInfo:
    if name not in _ZONES:
        raise InputError("zone: not a time zone such as Asia/Shanghai")
    return ZoneInfo(name)


def _shown(line: Line) -> dict[str, Any]:
    return {"key": line.key, "name": line.name, **asdict(line.came), "occupancy": line.occupancy}


def _csv(rows: Iterable[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()
