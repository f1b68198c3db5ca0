"""How good a campaign's list is: four ratios, its place in the band, what stands out, and the same by group."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from dialer.core.band import judge
from dialer.core.causes import where
from dialer.core.cube import By
from dialer.core.errors import InputError
from dialer.core.numbers import country_code, parse
from dialer.record.quality import Asked, Quality

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dialer.core.band import Finding
    from dialer.core.causes import Counts
    from dialer.core.cube import Calls
    from dialer.record.campaigns import Campaign
    from dialer.record.database import Database
    from dialer.record.quality import ListRow

NO_ORDERS = "not measured: the record has no orders"


class Ratios(NamedTuple):
    """What calls came to, each from 0 to 1; None where there was nothing to measure it by."""

    answer_rate: float | None
    """Persons who answered, of all attempts."""
    long_talks: float | None
    """Talks longer than 18 s, of those persons."""
    conversion: float | None
    """Of those persons, who agreed."""
    order_success: float | None = None
    """Orders, of those who agreed. There are none in the record yet, so it is never measured."""


@dataclass(frozen=True, slots=True)
class Appraisal:
    """A campaign's calls over some time, appraised."""

    campaign: Campaign
    since: datetime | None
    until: datetime
    counts: Counts
    finding: Finding
    lists: tuple[ListRow, ...]

    def groups(self, by: By) -> dict[str, Calls]:
        """The calls by one dimension, in the order of its keys; lists in the order of their import."""
        counts = self.counts
        apart: dict[By, Mapping[str, Calls]] = {By.DAY: counts.days, By.AGENT: counts.agents}
        apart[By.SEGMENT] = counts.segments
        found = apart[by] if by in apart else counts.cube.by(by)
        order = sorted(found, key=lambda key: (len(key), key)) if by is By.LIST else sorted(found)
        return {key: found[key] for key in order}

    def values(self, by: By = By.LIST) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            **headline(self),
            "outcomes": {word.value: count for word, count in self.counts.outcomes.items()},
            "number_states": {word.value: count for word, count in self.counts.states.items()},
            "by": by.value.lower(),
            "groups": [self._group(by, key, calls) for key, calls in self.groups(by).items()],
        }

    def _group(self, by: By, key: str, calls: Calls) -> dict[str, Any]:
        told = {"key": key, "name": where(by, key, self.counts.lists), **calls._asdict()}
        told |= {"ratios": ratios(calls, of_agent=by is By.AGENT)._asdict()}
        if by is By.LIST:
            told["prime_since"] = next((_iso(row.prime_since) for row in self.lists if str(row.list_id) == key), None)
        return told


def headline(made: Appraisal) -> dict[str, Any]:
    """The finding and the campaign's own ratios, ready for JSON: what is told as news."""
    finding, band = made.finding, made.campaign.plan.answer_band
    return {
        "campaign_id": made.campaign.campaign_id,
        "campaign": made.campaign.name,
        "since": _iso(made.since),
        "until": _iso(made.until),
        "calls": finding.total._asdict(),
        "ratios": ratios(finding.total)._asdict(),
        "order_success": NO_ORDERS,
        "position": finding.position.value,
        "band": None if band is None else [band.lower, band.upper],
        "answer_rate_bounds": [finding.lowest, finding.highest],
        "causes": [
            {
                "cause": likely.cause.value,
                "by": likely.by.value.lower() if likely.by else None,
                "key": likely.key,
                "evidence": likely.evidence,
                "chance": likely.chance,
                "action": likely.action.value,
            }
            for likely in finding.causes
        ],
        "actions": [action.value for action in finding.actions],
        "prime_lists": [made.counts.lists.get(list_id, list_id) for list_id in finding.prime],
    }


def ratios(calls: Calls, *, of_agent: bool = False) -> Ratios:
    """The four ratios. Nobody is dialled for an agent, so there is no answer rate of one."""
    return Ratios(
        answer_rate=None if of_agent else _share(calls.answered, calls.attempts),
        long_talks=_share(calls.long_talks, calls.answered),
        conversion=_share(calls.agreed, calls.answered),
    )


def asked_of(campaign: Campaign, region: str, since: datetime | None, until: datetime) -> Asked:
    """The campaign's calls of that time, by the clock and the numbering plan where its caller id is at home.

    `region` as in the settings; UTC where the caller id does not tell the time zone.
    """
    try:
        home = parse(campaign.plan.caller_id, region)
        code, zones = home.country_code, home.time_zones
    except InputError:
        code, zones = country_code(campaign.plan.caller_id), ()
    return Asked(campaign.campaign_id, since, until, ZoneInfo(zones[0] if zones else "UTC"), code)


async def appraise(
    database: Database,
    campaign: Campaign,
    asked: Asked,
    *,
    callers: Mapping[int, Mapping[By, Mapping[str, Calls]]] | None = None,
    before: Finding | None = None,
) -> Appraisal:
    """Count and judge a campaign's calls; `before` is the last finding.

    `callers` is what `Quality.callers` tells of the same time, where it is known already. Judging is done in a thread:
    it takes long enough to be heard on the calls.
    """
    quality = Quality(database)
    known = await quality.callers(asked.since, asked.until) if callers is None else callers
    counts = await quality.counts(asked, known)
    finding = await asyncio.to_thread(judge, counts, campaign.plan.answer_band, before)
    lists = tuple(await quality.lists(campaign.campaign_id))
    return Appraisal(campaign, asked.since, asked.until, counts, finding, lists)


def _share(some: int, of: int) -> float | None:
    return some / of if of else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
