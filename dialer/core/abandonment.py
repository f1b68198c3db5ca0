"""Abandonment as the law sees it: which answers count, over which windows of time, and how sure the rate is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import auto
from typing import TYPE_CHECKING, Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dialer.core.errors import InputError
from dialer.core.model import Outcome, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

ENOUGH_ANSWERS = 50
"""Below this the rate says little: one abandoned call of thirty is already more than three per cent."""

MACHINE_FALSE_SHARE = 0.05
"""Of the calls that detection took for machines, how many were persons, until an installation has measured its own.

Ofcom asks for "a reasoned estimate" and gives no figure, so this is an assumption to be replaced, not a finding.
"""

_MINUTE_S, _HOUR_S = 60, 3600
_FARTHEST_S = 60e9
"""Nineteen hundred years from 1970, either way: beyond it a time is a slip, and calendars end."""

_MOST_TRIES = 100
_TINY = 1e-300
_PRECISE, _CLOSE = 1e-14, 1e-12
_MOST_STEPS = 10_000
"""The fraction needs about the square root of the larger parameter: this is enough for 10^8 answers."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Live answers of a period, and how many of them were abandoned; machines are neither."""

    live_answers: int
    abandoned: int

    def __post_init__(self) -> None:
        if not 0 <= self.abandoned <= self.live_answers:
            raise ValueError(f"{self.abandoned} of {self.live_answers} live answers cannot have been abandoned")

    @property
    def rate(self) -> float:
        """The share abandoned, as regulators measure it; 0 where nobody answered."""
        return self.abandoned / self.live_answers if self.live_answers else 0.0

    def lower_bound(self, confidence: float = 0.95) -> float:
        """The least true rate that a two-sided interval of this confidence allows.

        Exact by Clopper & Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934), 404-413.
        """
        if self.abandoned == 0:
            return 0.0
        return _beta_quantile((1 - confidence) / 2, self.abandoned, self.live_answers - self.abandoned + 1)

    def upper_bound(self, confidence: float = 0.95) -> float:
        """The greatest true rate that the same interval allows; 1 where nobody answered."""
        if self.abandoned == self.live_answers:
            return 1.0
        return _beta_quantile((1 + confidence) / 2, self.abandoned + 1, self.live_answers - self.abandoned)


def may_dial_ahead(tally: Tally, limit: float) -> bool:
    """Whether more calls than free agents may be placed: not once the rate is over the limit.

    It is the plain rate that the law limits, so it decides, from ENOUGH_ANSWERS live answers on; before that a single
    unlucky call would stop a campaign. Dialling one call for each free agent goes on in any case and mends the rate.
    """
    return tally.live_answers < ENOUGH_ANSWERS or tally.rate <= limit


# --- what counts --------------------------------------------------------------------------------


class Fate(Word):
    """What an answered call is to the law."""

    IN_TIME = auto()
    """A live answer that met an agent, or an agentless campaign's flow, within the limit; or left before it ran out."""
    TAKEN_FOR_A_MACHINE = auto()
    """Detection said machine and we hung up: no live answer, but a share of these were persons."""
    TOO_LATE = auto()
    """A live answer, abandoned: an agent came, but after the limit."""
    NOBODY_CAME = auto()
    """A live answer, abandoned: no agent ever came."""


_SAYS_ALL = {Outcome.MACHINE: Fate.TAKEN_FOR_A_MACHINE, Outcome.ABANDONED: Fate.NOBODY_CAME}
_MAY_BE_ANSWERED = {None, Outcome.ANSWERED, *_SAYS_ALL}


def fate_of(
    outcome: Outcome | None,
    answered_at: datetime | None,
    *,
    bridged_at: datetime | None = None,
    message_at: datetime | None = None,
    flow_at: datetime | None = None,
    ended_at: datetime | None = None,
    limit_s: float,
    previewed: bool = False,
) -> Fate | None:
    """What an attempt is to the law, by the times in its row; None where nobody answered, or it is not decided yet.

    `outcome` is None while the call is on. An agent who came later than `limit_s` after the answer came too late
    whatever the outcome says (16 CFR 310.4(b)(1)(iv)), and so did the end of a call whose agent was on the way. In
    preview the agent was there before the call: only a call to which nobody came at all is abandoned, as in agentless
    campaigns. A machine that an agent heard stays a live answer: the abandoned calls have as many machines among them,
    and the rate of both is that of persons (cf. Ofcom, "Tackling abandoned and silent calls", 2010, 4.70-4.73).
    """
    if answered_at is None or outcome not in _MAY_BE_ANSWERED:
        return None
    if outcome in _SAYS_ALL:
        return _SAYS_ALL[outcome]
    limit = timedelta(seconds=limit_s)
    if flow_at is not None:
        return Fate.IN_TIME
    if bridged_at is not None:
        return Fate.TOO_LATE if bridged_at - answered_at > limit and not previewed else Fate.IN_TIME
    if outcome is None:
        return None if message_at is None else Fate.NOBODY_CAME
    left_in_time = ended_at is not None and ended_at - answered_at <= limit
    return Fate.IN_TIME if left_in_time else Fate.NOBODY_CAME


# --- over which time ----------------------------------------------------------------------------


class WindowKind(Word):
    """How a legal window moves."""

    ROLLING = auto()
    """The last so many hours, at every moment."""
    CALENDAR_DAY = auto()
    """From local midnight to the next; 23 or 25 hours where the clocks change."""
    CALENDAR_MONTH = auto()
    """From the first of the month, local midnight, to the next first."""


class Per(Word):
    """Whose answers share a window."""

    CAMPAIGN = auto()
    """Each campaign has its own."""
    ALL = auto()
    """All campaigns of the installation together."""


@dataclass(frozen=True, slots=True)
class Span:
    """A window at one moment: Unix times in seconds, on whole minutes."""

    begins_s: int
    """What was answered from here on counts."""
    ends_s: int | None
    """When it begins anew with nothing counted; None for one that rolls on."""


class LegalWindow(BaseModel):
    """A span of time over which the law limits the share of live answers that are abandoned."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    kind: WindowKind
    hours: int | None = Field(default=None, ge=1, le=92 * 24, description="of a ROLLING window, and of no other")
    limit: float = Field(default=0.03, gt=0, lt=1, description="the share that may be abandoned; 0.03 is 3 %")
    per: Per = Per.CAMPAIGN
    time_zone: str = Field(default="UTC", description="IANA; where the days of a calendar window begin")

    @field_validator("kind", "per", mode="before")
    @classmethod
    def _upper(cls, word: object) -> object:
        return word.upper() if isinstance(word, str) else word

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, LookupError):  # a name may be unknown, no name at all, or that of a folder
            raise ValueError('not an IANA time zone, such as "Europe/London"') from None
        return name

    @model_validator(mode="after")
    def _hours_where_it_rolls(self) -> Self:
        if (self.kind is WindowKind.ROLLING) != (self.hours is not None):
            raise ValueError("hours: a rolling window needs them, a calendar window may not have them")
        return self

    @property
    def longest_s(self) -> int:
        """More seconds than it ever spans."""
        return (self.hours or (24 if self.kind is WindowKind.CALENDAR_DAY else 31 * 24)) * _HOUR_S + 2 * _HOUR_S

    def span(self, now_s: float) -> Span:
        """The window at a Unix time in seconds; InputError for a time that is none.

        One that rolls begins on the whole minute before its hours, so it never spans less than the law says.
        """
        checked_time("now_s", now_s)
        if self.hours is not None:
            return Span(int((now_s - self.hours * _HOUR_S) // _MINUTE_S) * _MINUTE_S, None)
        first = datetime.fromtimestamp(now_s, ZoneInfo(self.time_zone)).date()
        if self.kind is WindowKind.CALENDAR_MONTH:
            first = first.replace(day=1)
            following = (first + timedelta(days=31)).replace(day=1)
        else:
            following = first + timedelta(days=1)
        begins, ends = (datetime.combine(day, time(0), ZoneInfo(self.time_zone)) for day in (first, following))
        return Span(int(begins.timestamp()), int(ends.timestamp()))


LEGAL_WINDOWS = (
    LegalWindow(name="24h", kind=WindowKind.ROLLING, hours=24),
    LegalWindow(name="30d", kind=WindowKind.ROLLING, hours=30 * 24),
)
"""Where an installation sets none of its own: at most 3 % of each campaign's live answers, over a day and over a month.

24h: Ofcom's statements on persistent misuse of 2008 and 2010, in force until 28 February 2017: any 24 hours, each
campaign, with a reasoned estimate of detection's false positives. 30d: 16 CFR 310.4(b)(4)(i) and 47 CFR 64.1200(a)(7),
which count "each successive 30-day period or portion thereof" from the campaign's beginning. Whole periods are moments
of the rolling one; a last portion of whole days is made of 24-hour windows: who keeps both keeps the rule.
"""


def unlike_names(windows: Sequence[LegalWindow]) -> Sequence[LegalWindow]:
    """The windows as they are; ValueError where two have one name."""
    names = [window.name for window in windows]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two windows are named {', '.join(doubled)}")
    return windows


def checked_time(field: str, at_s: float) -> float:
    """The time as it is; InputError, naming the field, where it is no Unix time in seconds."""
    if not -_FARTHEST_S <= at_s <= _FARTHEST_S:  # also what is no number
        raise InputError(f"{field}: {at_s} is not a time in seconds")
    return at_s


# --- how sure the rate is -----------------------------------------------------------------------


def _beta_quantile(probability: float, a: float, b: float) -> float:
    """The x at which the regularised incomplete beta function I_x(a, b) reaches `probability`.

    Newton's method, kept within what is known to hold the answer by halving: a tenth of the steps of halving alone.
    """
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(_MOST_TRIES):
        excess = _regularised_beta(x, a, b) - probability
        low, high = (x, high) if excess < 0 else (low, x)
        slope = math.exp(_log_front(x, a, b)) / (x * (1.0 - x))
        closer = x - excess / slope if slope > _TINY else low
        if not low < closer < high:
            closer = (low + high) / 2
        if abs(closer - x) <= _CLOSE * x:
            break
        x = closer
    return x


def _regularised_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b) for 0 < x < 1 by its continued fraction, DLMF 8.17.22, evaluated by Lentz's method."""
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side; DLMF 8.17.4
        return 1.0 - _regularised_beta(1.0 - x, b, a)
    c, d = 1.0, 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1))
    fraction = d
    for step in range(1, _MOST_STEPS):
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        change = 1.0
        for term in (even, odd):
            d = 1.0 / _not_zero(1.0 + term * d)
            c = _not_zero(1.0 + term / c)
            change *= c * d
        fraction *= change
        if abs(change - 1.0) < _PRECISE:
            break
    return math.exp(_log_front(x, a, b)) * fraction / a


def _log_front(x: float, a: float, b: float) -> float:
    """The logarithm of x^a (1 - x)^b / B(a, b)."""
    return math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
