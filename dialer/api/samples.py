"""For reviewers: filters to keep, and samples of talks drawn by chance or by risk."""

from datetime import UTC, datetime
from typing import Annotated, Any, get_args

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dialer.api.attempts import Sought, listed, wanted_of
from dialer.api.interface import Interface, RowId, Service
from dialer.api.sounds import Judge
from dialer.api.teams import team_of
from dialer.core.access import Caller
from dialer.core.draw import Draw, DrawnBy
from dialer.core.errors import InputError
from dialer.record.samples import NewSample, SampleRow

router = APIRouter(tags=["reviewers"])

_Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]*$")]
_MOST_DRAWN = 500
_MOST_SEEN = 200_000


_KINDS: dict[str, tuple[type, ...]] = {
    name: {float: (int, float), bool: (bool,)}.get(get_args(field.annotation)[0], (object,))
    for name, field in Sought.model_fields.items()
}


def _not_as_text(written: object) -> object:
    """In a query all is text; in a body numbers and truths are what they are."""
    for name, value in written.items() if isinstance(written, dict) else ():
        kinds = _KINDS.get(name, (object,))
        if value is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and int in kinds)):
            raise ValueError(f"{name}: must be a {'truth value' if bool in kinds else 'number'}")
    return written


_Sought = Annotated[Sought, BeforeValidator(_not_as_text)]


class FilterBody(BaseModel):
    """Filters to keep under a name, in place of those that had it."""

    model_config = ConfigDict(extra="forbid")
    name: _Name
    filters: _Sought


class SampleBody(BaseModel):
    """A sample to draw of the talks that fit; the same seed draws the same."""

    model_config = ConfigDict(extra="forbid")
    name: _Name
    filters: _Sought
    size: Annotated[int, Field(ge=1, le=_MOST_DRAWN, strict=True)]
    drawn_by: DrawnBy = DrawnBy.RISK
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)] = 0


@router.get("/saved-filters")
async def saved_filters(service: Service, who: Judge) -> list[dict[str, Any]]:
    """One's own, by name."""
    return [
        {"filter_id": one.filter_id, "name": one.name, "filters": one.filters}
        for one in await service.record.saved_filters.of(who.name)
    ]


@router.post("/saved-filters", status_code=204)
async def save_filter(service: Service, who: Judge, body: FilterBody) -> None:
    """Keep filters under a name."""
    await service.record.saved_filters.save(who.name, body.name, _kept(body.filters), datetime.now(UTC))


@router.delete("/saved-filters/{filter_id}", status_code=204)
async def remove_filter(service: Service, who: Judge, filter_id: RowId) -> None:
    """Keep one's own filter no longer."""
    await service.record.saved_filters.remove(who.name, filter_id)


@router.get("/samples")
async def samples(service: Service, who: Judge) -> list[dict[str, Any]]:
    """The newest samples and how many of their talks are reviewed."""
    return [_shown(row) for row in await service.record.samples.all(who.team)]


@router.post("/samples", status_code=201)
async def draw_sample(service: Service, who: Judge, body: SampleBody) -> dict[str, Any]:
    """Draw a sample in which every agent with a talk that fits is at least once."""
    draw = Draw(body.size, body.drawn_by, body.seed)
    async for page in service.record.samples.candidates(await wanted_of(service, who, body.filters)):
        draw.offer(page)
        if draw.seen > _MOST_SEEN:
            raise InputError(f"filters: more than {_MOST_SEEN} talks fit; narrow the time or the campaign")
    drawn = draw.drawn()
    if not drawn:
        raise InputError("filters: no talk fits")
    new = NewSample(body.name, _kept(body.filters), body.drawn_by, body.seed, draw.seen, who.team)
    sample_id = await service.record.samples.add(new, drawn, who=who.name, now=datetime.now(UTC))
    return await _whole(service, who, sample_id)


@router.get("/samples/{sample_id}")
async def sample(service: Service, who: Judge, sample_id: RowId) -> dict[str, Any]:
    """A sample with its talks, what speaks for a look at each, and whether it is reviewed."""
    return await _whole(service, who, sample_id)


@router.delete("/samples/{sample_id}", status_code=204)
async def remove_sample(service: Service, who: Judge, sample_id: RowId) -> None:
    """Forget a sample; reviews of its talks stay."""
    await service.record.samples.get(sample_id, who.team)
    await service.record.samples.remove(sample_id, who=who.name, now=datetime.now(UTC))


async def _whole(service: Interface, who: Caller, sample_id: int) -> dict[str, Any]:
    row = await service.record.samples.get(sample_id, who.team)
    items = await service.record.samples.items(sample_id)
    ids = [attempt_id for attempt_id, _risks in items]
    attempts = {one.attempt_id: one for one in await service.record.search.some(ids)}
    team = await team_of(service, who)
    return _shown(row) | {
        "items": [
            {
                "attempt": listed(attempts[attempt_id]),
                "risks": risks,
            }
            for attempt_id, risks in items
            if team is None or attempts[attempt_id].agent_id in team
        ]
    }


def _kept(filters: Sought) -> dict[str, Any]:
    """As the record keeps them and as they are sent again."""
    return filters.model_dump(mode="json", exclude_none=True)


def _shown(row: SampleRow) -> dict[str, Any]:
    return {
        "sample_id": row.sample_id,
        "name": row.name,
        "filters": row.filters,
        "drawn_by": row.drawn_by,
        "seed": row.seed,
        "seen": row.seen,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "size": row.size,
        "done": row.done,
    }
