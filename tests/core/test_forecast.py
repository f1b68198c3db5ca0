"""The forecaster: learns a list and its agents, foretells in chances, and is not led astray by what cannot be."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite, nan
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.forecast import ANY_AGE_S, INSTANTS_S, Ages, Forecaster, Outlook
from tests.core.test_hazards import a_call, answered_by, any_age_s

if TYPE_CHECKING:
    from collections.abc import Callable

any_chance = st.sampled_from([nan, inf, -inf]) | st.floats(-1e12, 1e12) | st.floats(0, 1)


@dataclass(slots=True)
class Line:
    """Keeps calls of one list in flight and tells a forecaster, whose clock may be off by `clock_off_s`."""

    learned: Forecaster
    p: float = 0.3
    calls: int = 30
    clock_off_s: float = 0.0
    chance: float = nan
    withdraw_at_s: float = inf
    rng: Random = field(default_factory=lambda: Random(1))
    now_s: float = 0.0
    in_flight: dict[int, tuple[float, float, bool]] = field(default_factory=dict)
    number: int = 0

    def run(self, seconds: float) -> Forecaster:
        """Two looks a second."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s += 0.5
            self._end()
            while len(self.in_flight) < self.calls:
                self._send()
            self.learned.outlook(self.ages(), 0, self.now_s + self.clock_off_s)
        return self.learned

    def ages(self) -> Ages:
        """The oldest first."""
        return Ages(
            ringing_s=[self.now_s - sent_s for sent_s, _, _ in self.in_flight.values()],
            chances=[self.chance] * len(self.in_flight),
            next_chance=self.chance,
        )

    def _send(self) -> None:
        rings_s, answered = a_call(self.rng, self.p)
        self.number += 1
        self.in_flight[self.number] = self.now_s, self.now_s + rings_s, answered
        self.learned.placed(self.number, self.chance, self.now_s + self.clock_off_s)

    def _end(self) -> None:
        for call, (sent_s, over_s, answered) in list(self.in_flight.items()):
            if over_s <= self.now_s:
                tell = self.learned.answered if answered else self.learned.ended
                tell(call, over_s + self.clock_off_s)
            elif self.now_s >= sent_s + self.withdraw_at_s:
                self.learned.dropped(call, self.now_s + self.clock_off_s)
            else:
                continue
            del self.in_flight[call]


def taught(p: float = 0.3, *, patience_s: float = 2.0) -> Forecaster:
    """A forecaster that knows a list with this chance of an answer, talks of 120 s and wrap-ups of 15 s."""
    learned = Line(Forecaster(patience_s), p=p).run(900)
    rng = Random(2)
    for agent in range(400):
        ends_s, free_s = rng.expovariate(1 / 120), rng.expovariate(1 / 15)
        learned.talk_began(agent, 0.0)
        learned.talk_over(agent, ends_s)
        learned.wrapped_up(agent, ends_s + free_s)
    learned.outlook(Ages(), 0, 906.0)
    return learned


def is_sound(outlook: Outlook) -> bool:
    """Nothing but chances, which grow with time."""
    tables = (outlook.answers, outlook.releases, outlook.new[None, :])
    chances = all(((one >= 0) & (one <= 1 + 1e-9)).all() and (np.diff(one, axis=1) >= -1e-9).all() for one in tables)
    heard = bool(((outlook.heard >= 0) & (outlook.heard <= 1)).all())
    sure = isfinite(outlook.surprise) and outlook.surprise >= 0 and 0 <= outlook.caution <= 1
    return chances and heard and sure and 0 <= outlook.answer_rate <= 1


# --- what it learns ---------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("withdraw_at_s", [inf, 15.0])
def test_a_list_is_known_after_a_while_as_far_as_it_is_let_ring(p: float, withdraw_at_s: float) -> None:
    learned = Line(Forecaster(), p=p, withdraw_at_s=withdraw_at_s).run(2400)
    new = learned.outlook(Ages(), 0, 2401.0, until_s=min(ANY_AGE_S, withdraw_at_s)).new
    wanted = [answered_by(min(withdraw_at_s, float(instant_s)), p) for instant_s in INSTANTS_S]
    assert new == pytest.approx(np.array(wanted), rel=0.15, abs=0.02)


def test_a_list_that_answers_three_times_as_often_is_noticed_within_a_minute() -> None:
    line = Line(Forecaster(), p=0.15)
    line.run(1800)
    line.p = 0.45
    assert line.run(60).answer_rate > 0.3


def test_the_less_was_heard_the_more_caution() -> None:
    learned = Forecaster()
    before = learned.outlook(Ages(), 0, 0.0)
    assert (before.caution, before.surprise > 0.5) == (1.0, True)
    line = Line(learned)
    line.run(900)
    after = learned.outlook(line.ages(), 0, 901.0)
    assert after.caution == 0
    assert after.surprise < 0.5 * before.surprise


def test_handle_times_of_agents_are_learned() -> None:
    outlook = taught(patience_s=0.0).outlook(Ages(talking_s=[5.0, 100.0], wrap_up_s=[1.0]), 0, 907.0)
    wrapped_up, young, old = outlook.releases[:, -1]
    assert wrapped_up == pytest.approx(1 - np.exp(-25 / 15), abs=0.08)
    # Over within 25 s, with what is then left for the wrap-up: both exponential.
    talk, wrap = 1 / 120, 1 / 15
    wanted = 1 - (wrap * np.exp(-talk * 25) - talk * np.exp(-wrap * 25)) / (wrap - talk)
    assert [young, old] == pytest.approx([wanted, wanted], abs=0.05)


def test_a_patient_customer_may_be_served_by_who_comes_free_later() -> None:
    ages = Ages(talking_s=[30.0], wrap_up_s=[5.0])
    none, some = (taught(patience_s=each).outlook(ages, 0, 907.0).releases for each in (0.0, 5.0))
    assert (some > none).all()


def test_machines_are_told_from_persons_once_for_each_call() -> None:
    learned = Forecaster()
    for call in range(300):
        learned.answered(call, 1.0)
        if call % 3:
            learned.machine(call)
        learned.person(call, abandoned=False)
        learned.machine(call)
    assert learned.person_share == pytest.approx(1 / 3, abs=0.05)
    for call in range(300, 400):
        learned.machine(call)
    assert learned.person_share == pytest.approx(1 / 3, abs=0.05)


def test_who_waits_needs_an_agent_and_who_is_listened_to_perhaps() -> None:
    learned = Forecaster()
    heard = learned.outlook(Ages(detecting_s=[0.5]), 2, 0.0).heard
    assert heard.tolist() == [1.0, 1.0, learned.person_share]


def test_a_lead_that_is_likelier_to_answer_is_taken_to_be_and_one_without_a_word_is_average() -> None:
    learned = taught(0.2)
    ages = Ages(ringing_s=[2.0, 2.0, 2.0], chances=[0.4, nan, 0.1], next_chance=0.4)
    outlook = learned.outlook(ages, 0, 907.0)
    likely, average, unlikely = outlook.answers[:, -1]
    assert likely / average == pytest.approx(2, rel=0.25)
    assert average / unlikely == pytest.approx(2, rel=0.25)
    plain = learned.outlook(Ages(), 0, 907.0)
    assert outlook.new[-1] / plain.new[-1] == pytest.approx(2, rel=0.25)


def test_a_lead_model_that_is_right_leaves_the_level_where_it_is() -> None:
    for chance, level in ((0.3, 1.0), (0.6, 0.5)):
        assert Line(Forecaster(), p=0.3, chance=chance).run(1500).level.mean == pytest.approx(level, rel=0.3)


# --- what cannot be ---------------------------------------------------------------------------------


@pytest.mark.parametrize("jump_s", [-3600.0, -30.0, 3600.0, 86_400.0])
def test_a_clock_that_is_set_changes_nothing_for_long(jump_s: float) -> None:
    line = Line(Forecaster(), p=0.3)
    line.run(900)
    line.clock_off_s = jump_s
    learned = line.run(120)
    assert learned.answer_rate == pytest.approx(0.3, rel=0.4)
    line.p = 0.6  # and it learns on
    assert line.run(300).answer_rate == pytest.approx(0.6, rel=0.3)


def test_ten_thousand_answers_in_a_second_are_a_great_surprise_and_no_more() -> None:
    learned = taught()
    for call in range(10_000):
        learned.placed(("storm", call), nan, 907.0)
    for call in range(10_000):
        learned.answered(("storm", call), 907.0 + call / 10_000)
    outlook = learned.outlook(Ages(ringing_s=[1.0] * 50), 10_000, 908.0)
    assert is_sound(outlook)
    assert learned.level.mean > 1.5
    learned.outlook(Ages(ringing_s=[1.0] * 50), 0, 914.0)
    assert 0 < learned.level.mean < inf


def test_calls_that_nobody_knows_of_teach_nothing_about_rings() -> None:
    learned = taught()
    before = learned.outlook(Ages(), 0, 907.0)
    for call in range(200):
        learned.ended(("unknown", call), 908.0)
        learned.dropped(("unknown", call), 908.0)
        learned.answered(("unknown", call), 908.0)
        learned.talk_over(("unknown", call), 908.0)
        learned.wrapped_up(("nobody", call), 908.0)
    after = learned.outlook(Ages(), 0, 914.0)
    assert after.new == pytest.approx(before.new, rel=0.02)


@pytest.mark.parametrize("now_s", [nan, inf, -inf, -1e12])
def test_a_moment_that_is_none_does_no_harm(now_s: float) -> None:
    learned = taught()
    learned.placed("odd", 0.3, now_s)
    learned.answered("odd", 907.0)
    learned.placed("other", 0.3, 907.0)
    learned.ended("other", now_s)
    learned.talk_began(1, now_s)
    learned.talk_over(1, 907.0)
    learned.wrapped_up(1, now_s)
    assert is_sound(learned.outlook(Ages(ringing_s=[3.0], talking_s=[3.0]), 1, 908.0))
    assert learned.answer_rate == pytest.approx(0.3, rel=0.3)


@settings(max_examples=60)
@given(
    st.lists(any_age_s, max_size=8),
    st.lists(any_age_s, max_size=4),
    any_chance,
    st.lists(st.floats(0, 600), min_size=1, max_size=4),
)
def test_no_age_and_no_chance_does_harm(
    ringing_s: list[float], busy_s: list[float], chance: float, steps_s: list[float]
) -> None:
    learned, now_s = Forecaster(), 0.0
    ages = Ages(ringing_s, [chance] * len(ringing_s), busy_s, busy_s, busy_s, chance)
    learned.placed("odd", chance, 0.0)
    for step_s in steps_s:
        now_s += step_s
        assert is_sound(learned.outlook(ages, 1, now_s))
        assert 0 < learned.level.mean < inf
    learned.answered("odd", now_s)
    assert is_sound(learned.outlook(ages, 1, now_s + 6))


_WHAT = ("placed", "answered", "ended", "dropped", "machine", "person", "began", "over", "wrapped", "look")


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(_WHAT), st.integers(0, 3), st.floats(-4000, 4000)), max_size=60))
def test_events_in_any_order_at_any_time_leave_it_sound(events: list[tuple[str, int, float]]) -> None:
    learned = Forecaster()
    tell: dict[str, Callable[[int, float], object]] = {
        "placed": lambda who, at_s: learned.placed(who, 0.4, at_s),
        "answered": learned.answered,
        "ended": learned.ended,
        "dropped": learned.dropped,
        "machine": lambda who, _at_s: learned.machine(who),
        "person": lambda who, at_s: learned.person(who, abandoned=at_s > 0),
        "began": learned.talk_began,
        "over": learned.talk_over,
        "wrapped": learned.wrapped_up,
        "look": lambda who, at_s: learned.outlook(Ages(ringing_s=[3.0] * who), 0, at_s),
    }
    for what, who, at_s in events:
        tell[what](who, at_s)
    assert is_sound(learned.outlook(Ages(ringing_s=[3.0], talking_s=[3.0]), 1, 5000.0))
    assert 0 < learned.level.mean < inf
    assert learned.level.variance >= 0
