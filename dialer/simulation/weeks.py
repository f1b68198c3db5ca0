"""Weeks of one campaign against people with habits: so many calls an hour; whom, and when again, the policy chooses.

What decides is the code that dials: `retry.next_step`, `best_hour`, `chances`, `eligibility`. What is left out: pacing,
talks, several numbers or campaigns. A call takes no time and stands in the record at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import auto
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from dialer.core.best_hour import WORTH_AFTER_A_DAY, Insight, OpenHours, Room, hour_of
from dialer.core.chances import Chances, best_first
from dialer.core.eligibility import Facts, SentCall, check
from dialer.core.features import Past, features_at, features_of, person_answered
from dialer.core.model import CampaignStatus, Ended, Lead, LeadState, NumberRef, Outcome, Word
from dialer.core.plan import DEFAULT_RETRIES, CampaignPlan, DayKind, Law, Window
from dialer.core.retry import Retry, next_step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dialer.core.plan import RetryRule
    from dialer.simulation.habits import Population

_ZONE = ZoneInfo("Asia/Shanghai")
_BEGINS = datetime(2026, 11, 23, tzinfo=_ZONE)
"""A Monday without a holiday near."""
_SLOT = timedelta(minutes=10)
_SLOTS_AN_HOUR = 6
_OPEN_H = (9, 20)
_DAYS = (DayKind.MON, DayKind.TUE, DayKind.WED, DayKind.THU, DayKind.FRI, DayKind.SAT)
_CHOICE, _SPARE = 10, 10
"""Candidates looked at for each that is wanted, and beyond those, as in `placing`."""
_SOON, _OF_LATER = timedelta(hours=34), 0.7
"""How far ahead a regret looks, and how much of the best chance to come counts against a call now."""
_CALLER_ID = "+862155550000"


class Order(Word):
    """Who of those that are due is called first."""

    LIST = auto()
    """Whoever is due longest."""
    CHANCE = auto()
    """Whoever is likeliest to answer now."""
    REGRET = auto()
    """Whoever is likelier to answer now than later: tried, and not built into the dialler (`bench/best_hour.py`)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a campaign chooses whom it calls, and when again."""

    name: str
    retries: Mapping[Outcome, RetryRule]
    order: Order = Order.CHANCE
    crowds: bool = False
    """Whether an hour is chosen however many are due in it already."""


def _rules(**changes: bool) -> dict[Outcome, RetryRule]:
    """The default rules, but for these keys of those that go by the best hour."""
    return {kind: rule.model_copy(update=changes if rule.best_hour else {}) for kind, rule in DEFAULT_RETRIES.items()}


_FIXED = _rules(best_hour=False, other_part_of_day=False)
POLICIES = (
    Policy("fixed delay, list order", _FIXED, Order.LIST),
    Policy("fixed delay", _FIXED),
    Policy("part of the day", _rules(best_hour=False)),
    Policy("best hour", _rules()),
    Policy("best hour, crowded", _rules(), crowds=True),
    Policy("best hour and order", _rules(), Order.REGRET),
)


@dataclass(slots=True)
class Weeks:
    """What came of a campaign: by day, its calls and the people reached; `people` are those of the list."""

    people: int
    calls: list[int]
    answers: list[int]

    @property
    def answer_rate(self) -> float:
        """Of the calls, how many were answered by a person (0..1)."""
        return sum(self.answers) / max(sum(self.calls), 1)

    @property
    def calls_per_answer(self) -> float:
        """How many calls an answer took."""
        return sum(self.calls) / max(sum(self.answers), 1)

    def reached(self, days: int) -> float:
        """The share (0..1) of the list that was reached in the first so many days."""
        return sum(self.answers[:days]) / self.people


@dataclass(slots=True)
class _Known:
    """What the record would hold of one lead."""

    lead: Lead
    sent: tuple[SentCall, ...] = ()
    history: list[Outcome] = field(default_factory=list)
    past: Past = field(default_factory=lambda: Past(list_name="list"))


class Campaign:
    """One campaign; `run` works through its days."""

    def __init__(self, people: Population, policy: Policy, calls_an_hour: int) -> None:
        self.chances = Chances()
        self._people = people
        self._policy = policy
        self._plan = CampaignPlan(
            name="weeks",
            trunk="main",
            caller_id=_CALLER_ID,
            windows=(Window(days=_DAYS, opens=time(_OPEN_H[0]), closes=time(_OPEN_H[1])),),
            calendar="none",
            retries=dict(policy.retries),
        )
        self._law = Law()
        self._hours = OpenHours(self._plan, self._law)
        self._known = [_Known(_lead(person)) for person in range(len(people))]
        self._waiting = dict.fromkeys(range(len(people)), _BEGINS.astimezone(UTC))
        """Who is still to be called, and from when."""
        self._last_looked_at = (_BEGINS.astimezone(UTC), -1)
        self._wanted = calls_an_hour / _SLOTS_AN_HOUR
        self._due: Counter[datetime] = Counter()
        """How many retries are due in which hour."""
        self._calls: Counter[datetime] = Counter()
        """How many calls each hour had."""

    def run(self, days: int) -> Weeks:
        """Call on so many days."""
        weeks = Weeks(len(self._people), [0] * days, [0] * days)
        owed = 0.0
        for day in range(days):
            opens = _BEGINS + timedelta(days=day, hours=_OPEN_H[0])
            if opens.weekday() >= len(_DAYS):
                continue
            for slot in range((_OPEN_H[1] - _OPEN_H[0]) * _SLOTS_AN_HOUR):
                now = opens + slot * _SLOT
                owed += self._wanted
                called = self._choose(int(owed), now.astimezone(UTC))
                owed -= int(owed)
                weeks.calls[day] += len(called)
                self._calls[hour_of(now)] += len(called)
                weeks.answers[day] += sum(self._call(person, day, now) for person in called)
        return weeks

    def _choose(self, wanted: int, now: datetime) -> list[int]:
        """The best of the candidates that may be called."""
        due = sorted((due_at, person) for person, due_at in self._waiting.items() if due_at <= now)
        if self._policy.order is Order.LIST or not self.chances.knows:
            window = [person for _, person in due]
        else:
            window = self._ranked(self._window(due, wanted), now)
        chosen: list[int] = []
        for person in window:
            if len(chosen) == wanted:
                break
            known = self._known[person]
            facts = Facts(known.lead, in_flight=False, listed=frozenset(), sent=known.sent)
            verdict = check(facts, self._plan, self._law, CampaignStatus.RUNNING, {_CALLER_ID}, now)
            if verdict.eligible:
                chosen.append(person)
            elif verdict.until is not None:
                self._waiting[person] = verdict.until
            else:
                del self._waiting[person]
        return chosen

    def _window(self, due: list[tuple[datetime, int]], wanted: int) -> list[int]:
        """Those looked at, behind those of the look before."""
        behind = [one for one in due if one > self._last_looked_at]
        looked = (behind + due[: len(due) - len(behind)])[: wanted * _CHOICE + _SPARE]
        if looked:
            self._last_looked_at = looked[-1]
        return [person for _, person in looked]

    def _ranked(self, window: Sequence[int], now: datetime) -> list[int]:
        found = [self._facts(person) for person in window]
        if self._policy.order is Order.REGRET:
            good = self._regrets(found, now)
        else:
            features = [features_of(facts, number, past, self._plan, now) for facts, number, past in found]
            good = self.chances.probabilities(features)
        return [window[place] for place in best_first([0.0] * len(window), good)]

    def _regrets(self, found: Sequence[tuple[Facts, NumberRef, Past]], now: datetime) -> NDArray[np.float64]:
        """By how much it is better to call each of these now than later: the chance less most of the best to come."""
        later = self._hours.between(self._known[0].lead.numbers[0], now + timedelta(hours=1), now + _SOON)[::2]
        batch = [
            each for facts, one, past in found for each in features_at(facts, one, past, self._plan, [now, *later])
        ]
        likely = self.chances.probabilities(batch).reshape(len(found), 1 + len(later))
        worth = WORTH_AFTER_A_DAY ** np.array([(moment - now) / timedelta(days=1) for moment in later])
        best = (likely[:, 1:] * worth).max(axis=1, initial=0.0)
        regrets: NDArray[np.float64] = likely[:, 0] - _OF_LATER * best
        return regrets

    def _facts(self, person: int) -> tuple[Facts, NumberRef, Past]:
        known = self._known[person]
        return (
            Facts(known.lead, in_flight=False, listed=frozenset(), sent=known.sent),
            known.lead.numbers[0],
            known.past,
        )

    def _call(self, person: int, day: int, now: datetime) -> bool:
        """Call, learn, and decide what follows; whether a person answered."""
        facts, number, past = self._facts(person)
        known = self._known[person]
        outcome = self._people.outcome(person, day, now.weekday(), now.hour)
        answered = person_answered(outcome)
        if answered is not None:
            self.chances.learn(features_of(facts, number, past, self._plan, now), answered)
        if answered:
            del self._waiting[person]
            return True
        at = now.astimezone(UTC)
        lead = known.lead
        known.sent = (*known.sent, SentCall(number.e164, lead.lead_id, lead.person, at))
        known.history.append(outcome)
        tried = replace(number, attempts=number.attempts + 1)
        lead = replace(lead, attempts=lead.attempts + 1, numbers=(tried,))
        room = Room() if self._policy.crowds else Room(self._due, max(self._calls.values()))
        insight = Insight(self.chances, self._hours, known.sent, {number.number_id: past}, room)
        known.past = past.after(outcome, at)
        step = next_step(Ended(outcome), False, lead, number.number_id, known.history, self._plan, at, insight)  # noqa: FBT003
        if isinstance(step, Retry):
            self._waiting[person] = step.due_at
            self._due[hour_of(step.due_at)] += 1
            known.lead = replace(lead, due_at=step.due_at, due_number_id=step.number_id)
        else:
            del self._waiting[person]
        return False


def _lead(person: int) -> Lead:
    number = NumberRef(person, f"+86138{person:08}", (_ZONE.key,))
    return Lead(person, 1, f"K{person}", f"P{person}", "", (number,), state=LeadState.WAITING)
