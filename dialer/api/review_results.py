"""For reviewers and team leaders: what reviews come to by agent and week, also as CSV."""

import csv
import io
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Query, Response

from dialer.api.bodies import Moment
from dialer.api.interface import CSV_FILE, Interface, Service
from dialer.api.sounds import Judge
from dialer.api.teams import team_of
from dialer.core.access import Caller
from dialer.core.errors import InputError
from dialer.core.review import Result, results
from dialer.feedback import harmless

router = APIRouter(prefix="/review-results", tags=["reviewers"])

_LATELY = timedelta(weeks=12)
_LONGEST = timedelta(days=800)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_HEADER = ("agent", "week", "reviews", "mean", "lowest", "failed")
_MARK = "\ufeff"
"""By this mark spreadsheets know the file for UTF-8."""

Zone = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_+/-]*$")]


@router.get("")
async def review_results(
    service: Service, who: Judge, since: Moment | None = None, until: Moment | None = None, zone: Zone = "UTC"
) -> list[dict[str, Any]]:
    """By agent and week of the talk in this time zone, the newest first; without `since` of twelve weeks."""
    return [
        {
            "agent_id": row.agent_id,
            "week": row.week,
            "reviews": row.reviews,
            "mean": row.mean,
            "lowest": row.lowest,
            "failed": row.failed,
        }
        for row in await _results(service, who, since, until, zone)
    ]


@router.get("/csv", response_class=Response, responses=CSV_FILE)
async def review_results_csv(
    service: Service, who: Judge, since: Moment | None = None, until: Moment | None = None, zone: Zone = "UTC"
) -> Response:
    """The same as a file."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(_HEADER)
    for row in await _results(service, who, since, until, zone):
        cells = (row.agent_id, row.week, row.reviews, _rounded(row.mean), _rounded(row.lowest), row.failed)
        out.writerow([harmless(cell) for cell in cells])
    headers = {"content-disposition": 'attachment; filename="review-results.csv"'}
    return Response(_MARK + text.getvalue(), media_type="text/csv", headers=headers)


async def _results(
    service: Interface, who: Caller, since: datetime | None, until: datetime | None, zone: str
) -> list[Result]:
    if zone not in _zones():
        raise InputError("zone: no time zone such as Asia/Shanghai")
    until = until or datetime.now(UTC)
    since = since or max(_EARLIEST, until) - _LATELY
    if until - since > _LONGEST:
        raise InputError(f"since: at most {_LONGEST.days} days at once")
    agents = await team_of(service, who)
    return results(await service.record.reviews.given(since, until, agents), ZoneInfo(zone))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
