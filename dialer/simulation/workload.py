"""What an operator plans with: a list, how it answers, hours and dates, costs; and how much work comes of the list.

Shares and rates are 0..1, times in seconds, money in whatever currency it is given in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from dialer.core.calendar import SEARCH_DAYS, covers, day_kind
from dialer.core.errors import InputError
from dialer.core.plan import WORKDAYS, DayKind, Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.core.plan import CampaignPlan
    from dialer.record.behaviour import Results, Try

_CONTACTABLE = 0.7
_ENOUGH = 50
"""Leads, or talks: of fewer a share says little."""
_DAY = timedelta(days=1)

Share = Annotated[float, Field(ge=0, le=1)]
Some = Annotated[float, Field(gt=0, le=1)]
Money = Annotated[float, Field(ge=0, le=1e12)]
Length = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]


class Workload(Frozen):
    """The question, as `dialer plan` reads it; descriptions are the help of its options."""

    model_config = ConfigDict(allow_inf_nan=False)

    name: Annotated[str, Field(max_length=80)] = "plan"
    leads: Count = Field(description="How many leads the list has.")
    answer_rate: Some | None = Field(
        default=None, description="Of leads who are called for the first time, how many answer."
    )
    contactable: Some | None = Field(
        default=None, description="Of all leads, how many answer at all, however often called."
    )
    attempts: Annotated[int, Field(ge=1, le=100)] = Field(default=3, description="Calls to a lead who does not answer.")
    attempts_per_day: Annotated[float, Field(gt=0, le=24)] = Field(
        default=2.0, description="Calls to a lead on one day."
    )
    reached: tuple[Share, ...] = Field(
        default=(), description="Of all leads, how many have answered after 1, 2, ... calls; instead of the four above."
    )
    success_rate: Share | None = Field(default=None, description="Of talks, how many succeed.")
    success_target: Count | None = Field(default=None, description="Stop after so many successes.")
    talk_s: Length | None = Field(default=None, description="Mean length of a talk, in seconds.")
    wrap_up_s: Annotated[float, Field(ge=0, le=86_400)] | None = Field(
        default=None, description="Mean wrap-up, in seconds."
    )
    agents: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="How many agents there are."
    )
    days: Annotated[int, Field(ge=1, le=SEARCH_DAYS)] | None = Field(
        default=None, description="Working days it may take."
    )
    deadline: date | None = Field(default=None, description="The last day of work.")
    starts_on: date | None = Field(default=None, description="The first day of work; today if it is not given.")
    hours_per_day: Annotated[float, Field(gt=0, le=24)] = Field(
        default=8.0, description="Hours that an agent is paid a day."
    )
    at_work: Some | None = Field(default=None, description="Of these hours, how many are no pauses.")
    weekdays: tuple[DayKind, ...] = Field(default=WORKDAYS, description="The days that are worked.")
    calendar: Annotated[str, Field(pattern=r"^(cn|none)$")] = "cn"
    calendar_overrides: dict[date, DayKind] = Field(default_factory=dict)
    max_abandonment: Annotated[float, Field(gt=0, le=0.1)] | None = Field(
        default=None, description="Of live answers, how many may be abandoned."
    )
    complaint_rate: Share = Field(default=0.0, description="Of talks, how many are followed by a complaint.")
    cost_per_agent_hour: Money = Field(default=0.0, description="Paid per agent and hour, pauses included.")
    cost_per_line_minute: Money = Field(default=0.0, description="Paid per minute of an answered call.")
    billed_step_s: Length = Field(default=60.0, description="An answered call is billed in steps of so many seconds.")
    cost_per_complaint: Money = Field(default=0.0, description="What a complaint costs.")
    fixed_cost: Money = Field(default=0.0, description="What is paid once: list, script, training.")
    value_per_success: Money | None = Field(default=None, description="What a success brings.")
    currency: Annotated[str, Field(max_length=8)] = Field(default="", description="Shown beside amounts.")

    @field_validator("weekdays", mode="before")
    @classmethod
    def _upper(cls, days: object) -> object:
        return (
            [day.upper() if isinstance(day, str) else day for day in days] if isinstance(days, list | tuple) else days
        )

    @field_validator("calendar_overrides", mode="before")
    @classmethod
    def _upper_overrides(cls, overrides: object) -> object:
        if not isinstance(overrides, dict):
            return overrides
        return {day: kind.upper() if isinstance(kind, str) else kind for day, kind in overrides.items()}

    @field_validator("reached")
    @classmethod
    def _grows(cls, reached: tuple[float, ...]) -> tuple[float, ...]:
        if any(later < earlier for earlier, later in pairwise(reached)):
            raise ValueError("whoever was reached after one call was after two: the shares must not fall")
        if reached and not reached[-1]:
            raise ValueError("nobody is reached: there is nothing to plan")
        return reached

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.reached and self.model_fields_set & {"answer_rate", "contactable", "attempts"}:
            raise ValueError("reached: give either this or answer_rate, contactable and attempts")
        if self.contactable is not None and (self.answer_rate or 0.0) > self.contactable:
            raise ValueError("contactable: lies below answer_rate, yet whoever answers the first call is contactable")
        if self.success_target is not None and not self.success_rate:
            raise ValueError("success_rate: a success_target needs one above 0")
        if self.value_per_success is not None and self.success_rate is None:
            raise ValueError("success_rate: a value_per_success needs one")
        if self.days is not None and self.deadline is not None:
            raise ValueError("days: give either this or deadline")
        if not self.weekdays:
            raise ValueError("weekdays: at least one kind of day must be worked")
        return self

    # --- whom the list reaches ----------------------------------------------------------------------

    @property
    def reachable(self) -> float:
        """The share of leads who answer at all: as given, or what is usual and not less than answer the first call."""
        return self.contactable or max(_CONTACTABLE, self.answer_rate or 0.0)

    @property
    def reached_after(self) -> tuple[float, ...]:
        """The share of leads who have answered after 1, 2, ... calls; InputError where no answer rate is known.

        Who is contactable answers each call alike, the others none.
        """
        if self.reached:
            return self.reached
        if self.answer_rate is None:
            raise InputError("answer_rate: give it, or a scenario or a campaign to take it from")
        missing = 1 - self.answer_rate / self.reachable
        return tuple(self.reachable * (1 - missing**calls) for calls in range(1, self.attempts + 1))

    @property
    def calls_per_lead(self) -> float:
        """How often a lead is called on average, until somebody answers or the attempts are used up."""
        return sum(1 - reached for reached in (0.0, *self.reached_after[:-1]))

    @property
    def answers_per_call(self) -> float:
        """The mean answer rate over all calls: less than the first call's, for who is left answers more seldom."""
        return self.reached_after[-1] / self.calls_per_lead

    # --- when it is worked --------------------------------------------------------------------------

    def working_days(self, today: date) -> Iterator[date]:
        """The days of work from the start on, as far ahead as a calendar is looked at."""
        first = self.starts_on or today
        for ahead in range(SEARCH_DAYS):
            day = first + ahead * _DAY
            if day_kind(day, self.calendar, self.calendar_overrides) in self.weekdays:
                yield day

    def days_left(self, today: date) -> int | None:
        """The working days that there are until the deadline; None where there is none, InputError where no day is."""
        if self.deadline is None:
            return self.days
        count = sum(day <= self.deadline for day in self.working_days(today))
        if not count:
            raise InputError(f"deadline: no working day lies between {self.starts_on or today} and {self.deadline}")
        return count

    @property
    def least_days(self) -> int:
        """The working days that the attempts take however many agents there are."""
        return math.ceil(len(self.reached_after) / self.attempts_per_day)

    def unknown_years(self, until: date, today: date) -> list[int]:
        """The years until then in which holidays are not known."""
        first = self.starts_on or today
        return [year for year in range(first.year, until.year + 1) if not covers(year, self.calendar)]


@dataclass(frozen=True, slots=True)
class Funnel:
    """What comes of a list: expected numbers, not whole ones."""

    leads: float
    calls: float
    answers: float
    abandoned: float
    talks: float
    successes: float | None
    complaints: float


def funnel(workload: Workload, abandonment: float) -> Funnel:
    """The list worked to its end, or to the success target; `abandonment` is the share of answers that met nobody.

    Who was abandoned is not called again. InputError where the target is more than the list can give.
    """
    reached = workload.reached_after[-1]
    share = 1.0
    if workload.success_target is not None and workload.success_rate:
        most = workload.leads * reached * (1 - abandonment) * workload.success_rate
        share = workload.success_target / most
        if share > 1:
            needed = math.ceil(workload.leads * share)
            raise InputError(
                f"success_target: the list gives {most:.0f} successes at most, {workload.success_target} need "
                f"{needed} leads, or more attempts"
            )
    leads = share * workload.leads
    answers = leads * reached
    talks = answers * (1 - abandonment)
    return Funnel(
        leads=leads,
        calls=leads * workload.calls_per_lead,
        answers=answers,
        abandoned=answers - talks,
        talks=talks,
        successes=None if workload.success_rate is None else talks * workload.success_rate,
        complaints=talks * workload.complaint_rate,
    )


def told_by(plan: CampaignPlan, tries: Sequence[Try], results: Results) -> dict[str, Any]:
    """The keys of a workload that a campaign's plan and record tell; what was seen too seldom is left out.

    The share reached after so many calls is the product limit over the calls, so that leads who are not called to
    their last attempt yet count for those that they had.
    """
    found: dict[str, Any] = {
        "name": plan.name,
        "weekdays": tuple(dict.fromkeys(day for window in plan.windows for day in window.days)),
        "calendar": plan.calendar,
        "calendar_overrides": plan.calendar_overrides,
        "max_abandonment": plan.pacing.max_abandonment,
    }
    if results.waiting:
        found["leads"] = results.waiting
    if results.talks >= _ENOUGH and results.agreed:
        found["success_rate"] = round(results.agreed / results.talks, 4)
    reached, left = [], 1.0
    for one in takewhile(lambda one: one.leads >= _ENOUGH, tries):
        left *= 1 - one.reached / one.leads
        reached.append(round(1 - left, 4))
    if reached and reached[-1]:
        found["reached"] = tuple(reached)
    return found
