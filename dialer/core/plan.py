"""A campaign's plan as its operator writes it: list, hours, caps, pacing, retries; validated as a whole.

Every error names the key. Times of day are local to the number that is called.
"""

from __future__ import annotations

from datetime import date, time
from enum import auto
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from dialer.core.abandonment import LEGAL_WINDOWS, MACHINE_FALSE_SHARE, LegalWindow, unlike_names
from dialer.core.band import AnswerBand  # noqa: TC001 - pydantic reads it at run time
from dialer.core.errors import InputError, problems_of
from dialer.core.model import Outcome, PacingMode, Word
from dialer.core.script_pick import ScriptName, ScriptPick  # noqa: TC001 - likewise

if TYPE_CHECKING:
    from collections.abc import Mapping


class Frozen(BaseModel):
    """A value that is checked once and never changes; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _not_a_count(written: object) -> object:
    # YAML reads an unquoted 12:00 as the number 720, which would become 00:12.
    if isinstance(written, int | float):
        raise ValueError('write a time of day in quotes, such as "12:00"')  # noqa: TRY004 - pydantic wants ValueError
    return written


def _local(time_of_day: time) -> time:
    if time_of_day.tzinfo is not None:
        raise ValueError("a time of day is local to the number that is called and has no time zone of its own")
    return time_of_day


LocalTime = Annotated[time, BeforeValidator(_not_a_count), AfterValidator(_local)]
"""A time by the clock on the wall where the number is."""


class DayKind(Word):
    """What a date is to the calendar; windows are written for these."""

    MON = auto()
    TUE = auto()
    WED = auto()
    THU = auto()
    FRI = auto()
    SAT = auto()
    SUN = auto()
    HOLIDAY = auto()
    """A public holiday, whatever its weekday."""
    MAKEUP = auto()
    """A weekend day that is worked in exchange for a holiday."""


WEEKDAYS = (DayKind.MON, DayKind.TUE, DayKind.WED, DayKind.THU, DayKind.FRI, DayKind.SAT, DayKind.SUN)
WORKDAYS = (*WEEKDAYS[:5], DayKind.MAKEUP)
EVERY_DAY = (*WEEKDAYS, DayKind.HOLIDAY, DayKind.MAKEUP)


class Window(Frozen):
    """A span of local time on some kinds of day: from `opens` up to, not including, `closes`.

    `closes` at 00:00 means the end of the day.
    """

    days: tuple[DayKind, ...] = WORKDAYS
    opens: LocalTime = time(9, 0)
    closes: LocalTime = time(20, 0)

    @field_validator("days", mode="before")
    @classmethod
    def _upper(cls, days: object) -> object:
        return [d.upper() if isinstance(d, str) else d for d in days] if isinstance(days, list | tuple) else days

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if not self.days:
            raise ValueError("a window needs at least one day")
        if self.closes != time(0) and self.opens >= self.closes:
            raise ValueError(f"a window must open before it closes, not {self.opens:%H:%M}-{self.closes:%H:%M}")
        return self


class LegalHours(Frozen):
    """When calls are allowed at all where the number is: from `opens` up to, not including, `closes`.

    `closes` at 00:00 means the end of the day. The default is that of 16 CFR 310.4(c).
    """

    opens: LocalTime = time(8, 0)
    closes: LocalTime = time(21, 0)

    @model_validator(mode="after")
    def _open_before_they_close(self) -> Self:
        if self.closes != time(0) and self.opens >= self.closes:
            raise ValueError(f"legal hours must open before they close, not {self.opens:%H:%M}-{self.closes:%H:%M}")
        return self


class Law(Frozen):
    """What holds for every campaign, whatever its plan says."""

    legal_hours: LegalHours = LegalHours()
    legal_hours_by_country: dict[str, LegalHours] = Field(default_factory=dict)
    """Other hours by country calling code, such as "86"."""
    abandonment: Annotated[tuple[LegalWindow, ...], AfterValidator(unlike_names)] = LEGAL_WINDOWS
    """Over which times the share of live answers that may be abandoned is limited, each with a name of its own."""
    machine_false_share: float = Field(default=MACHINE_FALSE_SHARE, ge=0, le=1)
    """Of the calls that detection takes for machines, how many are persons: they count as abandoned."""

    def hours_for(self, country_code: str) -> LegalHours:
        """The legal hours of a country calling code."""
        return self.legal_hours_by_country.get(country_code, self.legal_hours)


_MOST = 1_000_000
"""Of anything that is counted: more is a slip of the hand, and fits no column and no floating point number."""


class Caps(Frozen):
    """How often somebody may be called in the `per_days` local days that end today (1 = today alone)."""

    per_number: int = Field(default=3, ge=1, le=_MOST)
    per_lead: int = Field(default=4, ge=1, le=_MOST)
    per_person: int = Field(default=4, ge=1, le=_MOST, description="over all campaigns and numbers")
    per_days: int = Field(default=1, ge=1, le=31)
    lead_lifetime: int = Field(default=12, ge=1, le=_MOST, description="attempts for one lead, ever, in this campaign")


_HOUR = 3600.0
_YEAR = 366 * 24 * _HOUR
"""A retry later than that is none, and far beyond it there are no dates."""


class RetryRule(Frozen):
    """What to do after one outcome. `maximum` counts attempts with this outcome; 0 means never again."""

    delay_s: float = Field(ge=0, le=_YEAR)
    maximum: int = Field(ge=0, le=_MOST)
    floor_s: float = Field(default=60, ge=0, le=_YEAR, description="never sooner than this, whatever else says so")
    other_part_of_day: bool = False
    """Move the retry to another part of the day than the one that failed."""
    best_hour: bool = False
    """Once the campaign knows who answers when: not after `delay_s`, but in the hour likeliest to succeed."""
    next_number: bool = False
    """Try the lead's next number after `floor_s` before this number is tried again."""
    number_is_dead: bool = False
    """Never dial this number again for this lead."""


DEFAULT_RETRIES: dict[Outcome, RetryRule] = {
    Outcome.NO_ANSWER: RetryRule(
        delay_s=4 * _HOUR, maximum=4, floor_s=_HOUR, other_part_of_day=True, best_hour=True, next_number=True
    ),
    Outcome.BUSY: RetryRule(delay_s=900, maximum=5, floor_s=300),
    Outcome.REJECTED: RetryRule(
        delay_s=24 * _HOUR, maximum=2, floor_s=4 * _HOUR, other_part_of_day=True, best_hour=True
    ),
    Outcome.MACHINE: RetryRule(delay_s=6 * _HOUR, maximum=3, floor_s=2 * _HOUR, other_part_of_day=True, best_hour=True),
    Outcome.POWERED_OFF: RetryRule(
        delay_s=4 * _HOUR, maximum=4, floor_s=_HOUR, other_part_of_day=True, best_hour=True, next_number=True
    ),
    Outcome.UNREACHABLE: RetryRule(delay_s=2 * _HOUR, maximum=5, floor_s=1800, next_number=True),
    Outcome.SUSPENDED: RetryRule(delay_s=72 * _HOUR, maximum=1, floor_s=24 * _HOUR, next_number=True),
    Outcome.INVALID: RetryRule(delay_s=0, maximum=0, next_number=True, number_is_dead=True),
    Outcome.CONGESTION: RetryRule(delay_s=300, maximum=6, floor_s=120),
    Outcome.ABANDONED: RetryRule(delay_s=72 * _HOUR, maximum=1, floor_s=72 * _HOUR),
    Outcome.CANCELLED: RetryRule(delay_s=60, maximum=20, floor_s=30),
    Outcome.FAILED: RetryRule(delay_s=120, maximum=5, floor_s=60),
    Outcome.ANSWERED: RetryRule(delay_s=24 * _HOUR, maximum=2, floor_s=_HOUR, other_part_of_day=True),
}
"""Sensible everywhere; ABANDONED waits 72 hours as Ofcom's persistent-misuse statement of 2016 (annex 1) asks.

ANSWERED applies where the talk came to nothing: dropped at once, or undecided.
"""


class Pacing(Frozen):
    """How fast to dial."""

    mode: PacingMode = PacingMode.PROGRESSIVE
    ratio: float = Field(default=1.5, ge=1.0, le=5.0, description="calls per free agent in RATIO mode")
    max_in_flight: int = Field(default=100, ge=1, le=_MOST)
    max_abandonment: float = Field(default=0.03, gt=0, le=0.1, description="of live answers, per legal window")
    late_cancel: bool = True
    """In PREDICTIVE mode: withdraw a call that has rung for 15 s where nobody would be free to take its answer."""

    def changed(self, changes: dict[str, Any]) -> Pacing:
        """The same pace but for these keys; InputError names the one that is wrong."""
        try:
            return Pacing.model_validate(self.model_dump() | changes)
        except ValidationError as error:
            raise InputError(problems_of(error)) from error

    @field_validator("mode", mode="before")
    @classmethod
    def _upper(cls, mode: object) -> object:
        return mode.upper() if isinstance(mode, str) else mode


class AnsweringMachines(Word):
    """What is done about answering machines."""

    OFF = auto()
    """Whatever answers goes to an agent."""
    ASTERISK = auto()
    """Asterisk's AMD application listens first, never longer than the abandonment limit."""
    OWN = auto()
    """We listen first ourselves, likewise (dialer/hearing/greeting.py)."""


class CampaignPlan(Frozen):
    """All that an operator decides about a campaign; the file `campaign create` reads."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029/\\]+$")]
    trunk: str
    caller_id: str
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "zh"
    skills: frozenset[str] = frozenset()
    script: str = ""
    script_flow: ScriptName | None = None
    """The stored script that agents walk in place of the plain text."""
    script_flow_by: ScriptPick | None = None
    """Which other script some leads get; all others get `script_flow`."""
    starts_on: date | None = None
    ends_on: date | None = None
    windows: tuple[Window, ...] = (Window(),)
    calendar: Annotated[str, Field(pattern=r"^(cn|none)$")] = "cn"
    calendar_overrides: dict[date, DayKind] = Field(default_factory=dict)
    caps: Caps = Caps()
    pacing: Pacing = Pacing()
    retries: dict[Outcome, RetryRule] = Field(default_factory=dict)
    """Only the outcomes that differ from DEFAULT_RETRIES."""
    ring_timeout_s: float = Field(
        default=25, ge=15, le=60, description="15 s or four rings at least, 16 CFR 310.4(b)(4)(ii)"
    )
    abandon_limit_s: float = Field(default=2.0, gt=0, le=2.0, description="16 CFR 310.4(b)(4)(i)")
    abandoned_flow: str = "abandoned"
    agentless_flow: str | None = None
    """What customers hear in AGENTLESS mode; that mode needs it, and the others may not have it."""
    wrap_up_s: float = Field(default=30, ge=1, le=600)
    wrap_up_longest_s: float = Field(default=300, ge=1, le=1800, description="with all that the agent adds to it")
    hold_reminder_s: float = Field(default=45, ge=5, le=1200, description="then the agent is reminded of the customer")
    hold_longest_s: float = Field(default=180, ge=5, le=1200, description="then the customer is bridged back")
    answering_machines: AnsweringMachines = AnsweringMachines.OFF
    machine_sampling: float = Field(default=0.0, ge=0, le=1)
    """This share of the calls taken for machines goes to an agent all the same: how many are persons is so measured."""
    listen: bool = True
    """Listen to what the network says before anybody answers, and go by it."""
    record: bool = True
    keep_recordings_days: float | None = Field(default=None, ge=1, le=36_525)
    """After so many days the sound of a talk is deleted; None: as the settings say (`recordings.keep_days`)."""
    answer_band: AnswerBand | None = None
    """Where the share of calls that a person answers should lie; without one it is shown, and not judged."""

    @field_validator("calendar_overrides", mode="before")
    @classmethod
    def _upper_overrides(cls, overrides: object) -> object:
        if not isinstance(overrides, dict):
            return overrides
        return {day: kind.upper() if isinstance(kind, str) else kind for day, kind in overrides.items()}

    @field_validator("answering_machines", mode="before")
    @classmethod
    def _upper_machines(cls, choice: object) -> object:
        return choice.upper() if isinstance(choice, str) else choice

    @model_validator(mode="after")
    def _some_hour_is_open(self) -> Self:
        if not self.windows:
            raise ValueError("windows: a campaign needs at least one window, or it never dials")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError("ends_on: lies before starts_on")
        if (self.pacing.mode is PacingMode.AGENTLESS) != (self.agentless_flow is not None):
            raise ValueError("pacing.mode: AGENTLESS and agentless_flow go together, neither without the other")
        return self

    def with_pacing(self, pacing: Pacing) -> CampaignPlan:
        """The same plan at another pace; ValidationError if the two do not fit."""
        return CampaignPlan.model_validate(self.model_dump() | {"pacing": pacing})

    def with_band(self, band: object) -> CampaignPlan:
        """The same plan with another band for its answer rate, None for none; InputError names what is wrong."""
        try:
            return CampaignPlan.model_validate(self.model_dump() | {"answer_band": band})
        except ValidationError as error:
            raise InputError(problems_of(error)) from error

    def script_for(self, attributes: Mapping[str, str]) -> str | None:
        """The stored script for a lead with these attributes; None where there is the plain text."""
        picked = self.script_flow_by.name_for(attributes) if self.script_flow_by else None
        return picked or self.script_flow

    def scripts(self) -> list[str]:
        """Every stored script that the plan names."""
        picked = self.script_flow_by.scripts.values() if self.script_flow_by else ()
        return sorted({*picked, *((self.script_flow,) if self.script_flow else ())})

    def retry_rule(self, outcome: Outcome) -> RetryRule:
        """The rule for an outcome: the plan's own, or the default."""
        return self.retries.get(outcome, DEFAULT_RETRIES[outcome])
