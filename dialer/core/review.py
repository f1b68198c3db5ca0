"""Reviews of talks: their states, and what they come to by agent and week. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from enum import auto
from typing import TYPE_CHECKING

from dialer.core.model import Word

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo


class ReviewState(Word):
    """How far a review has come."""

    DRAFT = auto()
    """Its reviewer alone sees it."""
    GIVEN = auto()
    """It counts, the agent sees it, and it stays as it is."""


class ReviewKind(Word):
    """What a review is for."""

    REVIEW = auto()
    """The agent's results."""
    CALIBRATION = auto()
    """To compare reviewers: the agent never sees it, and it counts for nobody."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review that was given: whose talk, when the talk was, and its score (0 to 100)."""

    agent_id: str
    called_at: datetime
    score: float | None
    failed: bool


@dataclass(frozen=True, slots=True)
class Result:
    """An agent's reviews of one week."""

    agent_id: str
    week: date
    """Its Monday."""
    reviews: int
    mean: float | None
    """None where in none of them anything applied."""
    lowest: float | None
    failed: int
    """How many failed at once."""


def results(reviews: Iterable[Reviewed], zone: ZoneInfo) -> list[Result]:
    """By agent and week of the talk in this zone, the newest week first, then by agent."""
    found: defaultdict[tuple[date, str], list[Reviewed]] = defaultdict(list)
    for one in reviews:
        day = one.called_at.astimezone(zone).date()
        found[day - timedelta(days=day.weekday()), one.agent_id].append(one)
    rows = [_result(agent_id, week, of_it) for (week, agent_id), of_it in found.items()]
    return sorted(rows, key=lambda row: (-row.week.toordinal(), row.agent_id))


def _result(agent_id: str, week: date, reviews: list[Reviewed]) -> Result:
    scores = [one.score for one in reviews if one.score is not None]
    mean = sum(scores) / len(scores) if scores else None
    failed = sum(one.failed for one in reviews)
    return Result(agent_id, week, len(reviews), mean, min(scores, default=None), failed)
