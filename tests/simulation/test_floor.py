from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.simulation.floor import BREATH_S, run_shift
from dialer.simulation.pacer import Floor, Move
from dialer.simulation.scenario import Scenario, checked, standard
from dialer.simulation.shift import Doing

from .pacers import Scripted, at, progressive, ratio, steady


def just(value: float) -> dict[str, object]:
    return {"kind": "constant", "value": value}


def clockwork(**changes: Any) -> Scenario:
    """One agent; everybody answers after 5 s and talks for 60 s; wrap-up takes 10 s; a shift of six minutes."""
    plain = {"name": "clockwork", "agents": 1, "hours": 0.1, "answers": {"p": 1}, "ring": just(5), "talk": just(60)}
    return checked(plain | {"wrap_up": just(10)} | changes)


def nobody_answers(**changes: Any) -> Scenario:
    return clockwork(answers={"p": 0}, fast_failures={"share": 0}, **changes)


def test_a_call_is_answered_connected_talked_and_wrapped_up() -> None:
    pacer = at(0)
    shift = run_shift(clockwork(), pacer, 1)
    assert pacer.told == [
        ("placed", 0, 0.0),
        ("answered", 0, 5.0),
        ("connected", 0, 5.0),
        ("talk_over", 0, 65.0),
        ("wrapped_up", 0, 75.0),
    ]
    assert shift.spans[Doing.READY] == [(0.0, 5.0), (75.0, 360.0)]
    assert (shift.spans[Doing.TALKING], shift.spans[Doing.WRAP_UP]) == ([(5.0, 65.0)], [(65.0, 75.0)])
    assert (shift.placed, shift.waits_s) == (1, [5.0])


def test_what_is_under_way_at_the_end_is_cut_off() -> None:
    shift = run_shift(clockwork(hours=0.01), at(0), 1)
    assert shift.spans[Doing.TALKING] == [(5.0, 36.0)]
    assert [answer.abandoned for answer in shift.live_answers] == [False]


def test_who_has_no_agent_within_his_patience_is_abandoned_from_the_answer_on() -> None:
    pacer = at(0, calls=2)
    shift = run_shift(clockwork(), pacer, 1)
    assert pacer.heard("abandoned") == [(1, 7.0)]
    assert [(answer.at_s, answer.abandoned) for answer in shift.live_answers] == [(5.0, False), (5.0, True)]


@pytest.mark.parametrize(("second_at_s", "waited_s"), [(68.0, 2.0), (69.0, 1.0), (70.5, 0.0)])
def test_an_agent_who_comes_free_in_time_takes_the_customer(second_at_s: float, waited_s: float) -> None:
    # The agent is free at 75 s; the second customer answers 5 s after his call, and waits for 2 s.
    pacer = at(0, second_at_s)
    run_shift(clockwork(), pacer, 1)
    assert pacer.heard("abandoned") == []
    assert pacer.waits_s == [0.0, pytest.approx(waited_s)]


def test_the_customer_who_answered_first_and_the_agent_who_waited_longest_are_served_first() -> None:
    pacer = at(0, 68.2, 68.8)
    run_shift(clockwork(), pacer, 1)
    assert [call for call, _ in pacer.heard("connected")] == [0, 1]
    two = at(0, 30, 100, 200)
    run_shift(clockwork(agents=2), two, 1)
    assert two.agents == [0, 1, 0, 1]


def test_the_pacer_is_asked_at_every_event_but_neither_too_often_nor_too_seldom() -> None:
    pacer = ratio(3)
    run_shift(standard(20, 0.4, hours=0.5), pacer, 1)
    asked = [now_s for now_s, _ in pacer.floors]
    gaps = [after - before for before, after in pairwise(asked)]
    assert min(gaps) >= 0.2 - 1e-9
    assert max(gaps) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("answers_at_s", "asked_at_s"), [(5.1, [5.0, 5.2, 5.7]), (5.3, [5.0, 5.3, 5.8]), (5.5, [5.0, 5.5, 6.0])]
)
def test_an_event_brings_the_next_decision_forward(answers_at_s: float, asked_at_s: list[float]) -> None:
    pacer = at(0)
    run_shift(clockwork(ring=just(answers_at_s)), pacer, 1)
    assert [now_s for now_s, _ in pacer.floors if 5 <= now_s <= asked_at_s[-1] + 0.01] == pytest.approx(asked_at_s)


def test_a_burst_of_events_is_one_decision() -> None:
    pacer = at(0, calls=50)
    run_shift(nobody_answers(ring_timeout_s=10.05), pacer, 1)
    asked = [now_s for now_s, _ in pacer.floors if 10 <= now_s < 10.3]
    assert asked == [pytest.approx(10.0), pytest.approx(10.2)]


def test_the_pacer_sees_ages_and_chances_oldest_first() -> None:
    pacer = at(0, 2, 4)
    run_shift(clockwork(leads={"known": True}, answers={"p": 0.999999}), pacer, 1)
    seen = {round(now_s, 3): floor for now_s, floor in pacer.floors}
    assert seen[4.5].ringing_s == [4.5, 2.5, 0.5]
    assert seen[4.5].chances == [pytest.approx(0.999999)] * 3
    assert (seen[4.5].ready, seen[5.0].ready) == (1, 0)
    assert seen[6.0].talking_s == [pytest.approx(1.0)]
    assert seen[8.0].waiting_s == [pytest.approx(1.0)]
    assert seen[70.0].wrap_up_s == [pytest.approx(5.0)]
    unknown = at(0)
    run_shift(clockwork(), unknown, 1)
    assert math.isnan(unknown.chances[0])


def machines(**changes: Any) -> dict[str, Any]:
    return {"share": 1.0, "delay_s": 1.5, "talk": just(8)} | changes


def test_a_machine_that_is_detected_reaches_nobody() -> None:
    pacer = at(0)
    shift = run_shift(clockwork(machines=machines()), pacer, 1)
    assert pacer.told == [("placed", 0, 0.0), ("answered", 0, 5.0), ("machine", 0, 6.5)]
    assert (shift.machines, shift.machines_to_agents, shift.live_answers) == (1, 0, [])
    assert {floor.detecting_s[0] for _, floor in pacer.floors if floor.detecting_s} >= {0.0, 0.5}


def test_a_machine_that_is_taken_for_a_person_costs_an_agent_time_but_is_no_talk() -> None:
    pacer = at(0)
    shift = run_shift(clockwork(machines=machines(false_negative=1.0)), pacer, 1)
    assert pacer.told[2:] == [
        ("connected", 0, 6.5),
        ("machine", 0, 14.5),
        ("talk_over", 0, 14.5),
        ("wrapped_up", 0, 14.5),
    ]
    assert shift.spans[Doing.MACHINE] == [(6.5, 14.5)]
    assert (shift.spans[Doing.TALKING], shift.live_answers, shift.machines_to_agents) == ([], [], 1)


@pytest.mark.parametrize("told", [{"detection": False}, {}])
def test_without_detection_a_machine_reaches_an_agent_at_once(told: dict[str, Any]) -> None:
    pacer = Scripted(lambda _floor, now_s: Move(2 * (now_s == 0), detect=bool(told)))
    shift = run_shift(clockwork(machines=machines(**told)), pacer, 1)
    assert pacer.heard("connected") == [(0, 5.0)]
    # The second finds nobody: it is hung up as whoever finds nobody, and is no person who was abandoned.
    assert pacer.heard("abandoned") == [(1, 7.0)]
    assert (shift.machines_to_agents, shift.live_answers) == (1, [])


def test_a_person_who_is_taken_for_a_machine_is_abandoned() -> None:
    pacer = at(0, 20, 40, 60, 80)
    shift = run_shift(clockwork(machines=machines(share=1e-9, false_positive=1.0)), pacer, 1)
    assert (shift.false_positives, [answer.abandoned for answer in shift.live_answers]) == (5, [True] * 5)
    assert len(pacer.heard("machine")) == 5
    assert pacer.heard("abandoned") == []


@pytest.mark.parametrize(
    ("delay_s", "lost_at_s"), [(0.5, 77.0), (1.5, 77.0), (2.5, 77.5)], ids=["early", "late", "too late"]
)
def test_detection_eats_from_the_patience(delay_s: float, lost_at_s: float) -> None:
    # Both answer at 75 s; the first takes the only agent at the verdict.
    pacer = at(70, calls=2)
    detection = {"share": 1e-9, "delay_s": delay_s}
    run_shift(clockwork(machines=detection), pacer, 1)
    assert pacer.heard("connected") == [(0, 75 + delay_s)]
    assert pacer.heard("abandoned") == [(1, lost_at_s)]


def test_only_calls_that_have_rung_long_enough_are_withdrawn_the_longest_ringing_first() -> None:
    def rule(_floor: Floor, now_s: float) -> Move:
        return Move(now_s in {0.0, 1.0, 10.0}, drop=2 * (now_s >= 12))

    pacer = Scripted(rule)
    shift = run_shift(nobody_answers(dial_delay=just(3), ring_timeout_s=25), pacer, 1)
    assert pacer.heard("dropped") == [(0, 18.0), (1, 19.0), (2, 28.0)]
    assert pacer.heard("ended") == []
    assert shift.dropped == 3
    assert not pacer.floors[-1][1].ringing_s


def test_a_call_that_was_withdrawn_is_not_answered_any_more() -> None:
    pacer = Scripted(lambda _floor, now_s: Move(now_s == 0, drop=1))
    shift = run_shift(clockwork(ring=just(20)), pacer, 1)
    assert (pacer.heard("dropped"), pacer.heard("answered"), shift.live_answers) == ([(0, 15.0)], [], [])


def test_the_bucket_holds_a_second_of_calls_and_fills_as_it_is_written() -> None:
    pacer = steady(10_000)
    run_shift(nobody_answers(caps={"calls_per_second": 4}), pacer, 1)
    placed = [now_s for _, now_s in pacer.heard("placed")]
    assert placed.count(0.0) == 4
    assert len([now_s for now_s in placed if now_s <= 100]) == pytest.approx(4 + 400, abs=1)


def test_a_call_that_the_calls_a_second_held_back_is_sent_as_soon_as_it_may_be() -> None:
    pacer = steady(10_000)
    late = {"kind": "uniform", "low": 0, "high": 6}  # so that what ends, ends at any moment
    run_shift(nobody_answers(caps={"calls_per_second": 1}, dial_delay=late), pacer, 1)
    placed = [now_s for _, now_s in pacer.heard("placed")]
    assert max(later - before for before, later in pairwise(placed)) <= 1 + BREATH_S + 1e-6


def test_channels_in_flight_and_leads_are_never_exceeded() -> None:
    pacer = steady(10_000)
    shift = run_shift(clockwork(agents=3, caps={"channels": 5, "max_in_flight": 4}, leads={"length": 40}), pacer, 1)
    for _, floor in pacer.floors:
        assert len(floor.ringing_s) <= 4
        assert len(floor.ringing_s) + len(floor.waiting_s) + len(floor.talking_s) <= 5
    assert shift.placed == 40
    assert {len(floor.ringing_s) for _, floor in pacer.floors} >= {0, 4}


def test_events_are_heard_late_but_our_own_acts_are_known_at_once() -> None:
    pacer = at(0)
    run_shift(clockwork(events={"delay_s": 1.25}), pacer, 1)
    assert pacer.told == [
        ("placed", 0, 0.0),
        ("answered", 0, 6.25),
        ("connected", 0, 6.25),
        ("talk_over", 0, 66.25),
        ("wrapped_up", 0, 76.25),
    ]


def test_lost_events_are_never_heard() -> None:
    pacer = ratio(2)
    run_shift(standard(20, 0.3, hours=1, events={"loss": 0.25}), pacer, 1)
    ends = sum(len(pacer.heard(word)) for word in ("answered", "ended"))
    assert ends / len(pacer.heard("placed")) == pytest.approx(0.75, abs=0.04)
    deaf = at(0)
    run_shift(clockwork(events={"loss": 1}), deaf, 1)
    assert deaf.told == [("placed", 0, 0.0)]


def test_two_shifts_of_the_same_seed_are_the_same_to_the_last_digit() -> None:
    busy = standard(15, 0.3, hours=1, machines={"share": 0.3, "false_positive": 0.02, "false_negative": 0.1}).changed(
        agents=[[0, 15], [0.4, 9], [0.7, 14]],
        speed_cv=0.3,
        pauses={"per_hour": 2},
        inbound={"per_hour": 20},
        events={"delay_s": 0.3, "loss": 0.01},
        leads={"spread_cv": 0.5, "known": True, "noise": 0.4},
    )
    first, again = ratio(1.4), ratio(1.4)
    assert run_shift(busy, first, 7) == run_shift(busy, again, 7)
    assert first.told == again.told
    assert first.floors == again.floors
    assert run_shift(busy, ratio(1.4), 8) != run_shift(busy, ratio(1.4), 7)


def test_progressive_pacing_is_as_busy_as_in_the_study() -> None:
    """Section Baselines of the problem statement: 70 % of the time at p = .3, and nobody is abandoned."""
    shift = run_shift(standard(30, 0.3, hours=4), progressive(), 3)
    busy = sum(end - begin for doing in (Doing.TALKING, Doing.WRAP_UP) for begin, end in shift.spans[doing])
    assert busy / (30 * shift.end_s) == pytest.approx(0.7, abs=0.02)
    assert not any(answer.abandoned for answer in shift.live_answers)


SOME = st.fixed_dictionaries(
    {
        "name": st.just("some"),
        "hours": st.just(0.3),
        "agents": st.sampled_from([1, 8, [[0, 6], [0.1, 0], [0.2, 9]], [[0, 0], [0.05, 5], [0.15, 2]]]),
        "answers": st.fixed_dictionaries({"p": st.sampled_from([0.0, 0.2, 0.7, 1.0])}),
        "speed_cv": st.sampled_from([0, 0.5]),
        "pauses": st.fixed_dictionaries({"per_hour": st.sampled_from([0, 20])}),
        "inbound": st.fixed_dictionaries({"per_hour": st.sampled_from([0, 60])}),
        "machines": st.fixed_dictionaries(
            {
                "share": st.sampled_from([0, 0.4, 1]),
                "detection": st.booleans(),
                "delay_s": st.sampled_from([0, 1.5, 3]),
                "false_positive": st.sampled_from([0, 0.3]),
                "false_negative": st.sampled_from([0, 0.3]),
            }
        ),
        "outages": st.sampled_from([[], [{"from_h": 0.1, "length_s": 100}]]),
        "caps": st.fixed_dictionaries(
            {"calls_per_second": st.sampled_from([None, 2]), "channels": st.sampled_from([None, 12])}
        ),
        "dial_delay": st.sampled_from([None, {"kind": "uniform", "low": 0, "high": 6}]),
        "patience_s": st.sampled_from([0, 2]),
    }
)


@given(SOME, st.integers(0, 2**31), st.floats(0, 4), st.integers(0, 3), st.booleans())
@settings(deadline=None, max_examples=60)
def test_every_call_has_one_end_and_every_agent_does_one_thing_at_a_time(
    written: dict[str, Any],
    seed: int,
    calls: float,
    drop: int,
    detect: bool,  # noqa: FBT001
) -> None:
    def rule(floor: Floor, _now_s: float) -> Move:
        return Move(int(calls * floor.ready) + 1 - len(floor.ringing_s), drop=drop, detect=detect)

    scenario = checked(written)
    pacer = Scripted(rule)
    shift = run_shift(scenario, pacer, seed)

    begun = Counter(call for call, _ in pacer.heard("placed"))
    flights = Counter(call for word in ("answered", "ended", "dropped") for call, _ in pacer.heard(word))
    last = pacer.floors[-1][1]
    assert set(begun.values()) <= {1}
    assert set(flights.values()) <= {1}
    assert len(begun) - len(flights) <= len(last.ringing_s) + 12  # what moved since the last decision
    answered = {call for call, _ in pacer.heard("answered")}
    served = Counter(call for word in ("connected", "abandoned") for call, _ in pacer.heard(word))
    assert set(served.values()) <= {1}
    assert set(served) <= answered
    assert len(pacer.heard("connected")) == len(shift.waits_s)
    lost = sum(answer.abandoned for answer in shift.live_answers)
    talks = len(pacer.heard("connected")) - shift.machines_to_agents
    assert len(shift.live_answers) - lost == talks
    assert shift.false_positives <= lost <= len(pacer.heard("abandoned")) + shift.false_positives
    for waited_s in pacer.waits_s:
        assert -1e-9 <= waited_s <= max(scenario.patience_s, scenario.machines.delay_s) + 1e-9

    spent_s = sum(end - begin for spans in shift.spans.values() for begin, end in spans)
    assert spent_s >= scenario.mean_agents * scenario.end_s - 1e-6  # who leaves finishes the call first
    if len(scenario.agents) == 1:
        assert spent_s == pytest.approx(scenario.mean_agents * scenario.end_s)
    assert all(0 <= begin < end <= scenario.end_s for spans in shift.spans.values() for begin, end in spans)
