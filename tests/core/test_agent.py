"""The agent machine: a day's ways, and that no lost event keeps an agent in a call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.agent import CALL_AGAIN_S, CALL_BACK_S, CALL_IN_TRIES, Agent
from dialer.core.events import Timer
from dialer.core.model import AgentState, Disposition

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LEG = "agent-anna-1"


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def holding(seconds: float) -> ev.LegBridged:
    return ev.LegBridged(at(seconds), LEG, "room", holding=True)


def bridged(seconds: float) -> ev.LegBridged:
    return ev.LegBridged(at(seconds), LEG, "talk", holding=False)


def unbridged(seconds: float) -> ev.LegUnbridged:
    return ev.LegUnbridged(at(seconds), LEG, "talk", holding=False)


def an_agent(*events: ev.Event) -> Agent:
    agent = Agent("anna", wrap_up_s=20, since=T0)
    for event in events:
        agent.handle(event)
    return agent


def ready() -> tuple[ev.Event, ...]:
    return ev.LoginAsked(at(0)), holding(2)


def in_talk() -> tuple[ev.Event, ...]:
    return *ready(), ev.Reserved(at(10), "a1", 1.0), bridged(10.01)


def test_a_call_from_ready_to_ready() -> None:
    agent = an_agent(*in_talk())
    assert (agent.state, agent.attempt_id) == (AgentState.TALKING, "a1")
    assert agent.handle(unbridged(60)) == [do.StartTimer(Timer.WRAP_UP, 20)]
    assert agent.state is AgentState.WRAP_UP
    agent.handle(holding(60))
    agent.handle(ev.DispositionGiven(at(70), "a1", Disposition.AGREED))
    assert (agent.state, agent.attempt_id, agent.waiting_since) == (AgentState.READY, None, at(70))


def test_a_disposition_during_the_talk_saves_the_wrap_up() -> None:
    agent = an_agent(*in_talk(), ev.DispositionGiven(at(30), "a1", Disposition.REFUSED), unbridged(40))
    assert agent.state is AgentState.READY


def test_a_wrap_up_that_runs_out_leaves_a_gap_in_the_record() -> None:
    agent = an_agent(*in_talk(), unbridged(60))
    assert agent.handle(ev.TimerFired(at(80), Timer.WRAP_UP)) == [do.GapInRecord("a1")]
    assert agent.state is AgentState.READY


def test_a_reserved_agent_without_a_call_keeps_the_place_in_line() -> None:
    agent = an_agent(*ready(), ev.Reserved(at(10), "a1", 1.0), ev.TimerFired(at(11), Timer.RESERVED))
    assert (agent.state, agent.waiting_since) == (AgentState.READY, at(2))


def test_a_pause_asked_in_a_talk_begins_after_its_wrap_up() -> None:
    agent = an_agent(*in_talk(), ev.PauseAsked(at(20), "tea"), unbridged(30))
    states = [agent.state]
    for event in (ev.DispositionGiven(at(35), "a1", Disposition.AGREED), ev.ReadyAsked(at(99))):
        agent.handle(event)
        states.append(agent.state)
    assert states == [AgentState.WRAP_UP, AgentState.PAUSED, AgentState.READY]
    assert agent.waiting_since == at(99)


def test_a_paused_or_talking_agent_cannot_be_reserved() -> None:
    paused = an_agent(*ready(), ev.PauseAsked(at(5), "tea"), ev.Reserved(at(6), "a2", 1.0))
    talking = an_agent(*in_talk(), ev.Reserved(at(12), "a2", 1.0))
    assert (paused.state, paused.attempt_id) == (AgentState.PAUSED, None)
    assert talking.attempt_id == "a1"


def test_a_telephone_that_vanishes_in_a_talk_is_called_in_again_and_the_gap_is_recorded() -> None:
    agent = an_agent(*in_talk())
    commands = agent.handle(ev.LegEnded(at(30), LEG, 16, "", None))
    assert do.GapInRecord("a1") in commands
    assert do.CallAgent() in commands
    assert agent.state is AgentState.CALLING_IN


def test_an_agent_who_leaves_in_a_talk_and_vanishes_leaves_a_gap_all_the_same() -> None:
    agent = an_agent(*in_talk(), ev.LogoutAsked(at(20)))
    assert agent.handle(ev.LegEnded(at(30), LEG, 16, "", None)) == [do.GapInRecord("a1")]
    assert (agent.state, agent.attempt_id) == (AgentState.OFFLINE, None)


def test_a_telephone_that_never_answers_is_given_up() -> None:
    agent = an_agent(ev.LoginAsked(at(0)))
    commands: list[do.Command] = []
    for turn in range(CALL_IN_TRIES):
        commands += agent.handle(ev.LegEnded(at(turn), LEG, 19, "", 480))
        commands += agent.handle(ev.TimerFired(at(turn + 0.5), Timer.CALL_IN))
    assert agent.state is AgentState.OFFLINE
    assert agent.trouble == "the telephone does not answer"
    assert commands.count(do.CallAgent()) == CALL_IN_TRIES - 1


@pytest.mark.parametrize(("fails_at_once", "tries"), [(True, CALL_BACK_S / CALL_AGAIN_S), (False, 3)])
def test_a_telephone_that_vanished_has_a_minute_and_a_half_to_come_back(fails_at_once: bool, tries: float) -> None:  # noqa: FBT001 - a parameter
    agent = an_agent(*in_talk(), ev.LegVanished(at(30), LEG))
    turns = 0
    while agent.state is AgentState.CALLING_IN:
        turns += 1
        if fails_at_once:
            # Both tell of the same failure, and count once.
            agent.handle(ev.OriginateFailed(at(30 + turns), LEG, "0"))
            agent.handle(ev.LegEnded(at(30 + turns), LEG, 0, "", 503))
        agent.handle(ev.TimerFired(at(31 + turns), Timer.CALL_IN))
    assert (agent.state, turns) == (AgentState.OFFLINE, tries)
    assert agent.trouble == "the telephone does not answer"


def test_one_that_is_back_and_vanishes_again_has_all_of_that_time_again() -> None:
    agent = an_agent(*in_talk(), ev.LegVanished(at(30), LEG), ev.TimerFired(at(60), Timer.CALL_IN), holding(61))
    states = [agent.state]
    for event in (ev.LegVanished(at(70), LEG), *(ev.TimerFired(at(100 + turn), Timer.CALL_IN) for turn in range(3))):
        agent.handle(event)
        states.append(agent.state)
    assert states == [AgentState.READY, *[AgentState.CALLING_IN] * 3, AgentState.OFFLINE]


def test_a_switch_that_takes_no_orders_is_no_try_of_the_telephone() -> None:
    agent = an_agent(ev.LoginAsked(at(0)))
    for turn in range(CALL_IN_TRIES + 2):
        assert agent.handle(ev.CommandFailed(at(turn), "CallAgent", "down")) == [
            do.StartTimer(Timer.CALL_IN, CALL_AGAIN_S)
        ]
        assert do.CallAgent() in agent.handle(ev.TimerFired(at(turn + 0.5), Timer.CALL_IN))
    assert agent.state is AgentState.CALLING_IN


def test_logging_out_in_a_talk_waits_for_its_wrap_up() -> None:
    agent = an_agent(*in_talk(), ev.LogoutAsked(at(20)), unbridged(30))
    before = agent.state
    assert agent.handle(ev.DispositionGiven(at(31), "a1", Disposition.AGREED)) == [do.HangUpAgent()]
    assert (before, agent.state) == (AgentState.WRAP_UP, AgentState.OFFLINE)


def test_an_adopted_agent_stands_where_they_stood() -> None:
    waits = an_agent()
    assert waits.handle(ev.AgentAdopted(at(50), AgentState.READY, waiting_since=at(3))) == [do.Unmute()]
    assert (waits.state, waits.waiting_since) == (AgentState.READY, at(3))
    wraps_up = an_agent()
    commands = wraps_up.handle(ev.AgentAdopted(at(50), AgentState.WRAP_UP, "a1"))
    # The whole time: nothing could be recorded meanwhile. And whether the telephone was muted is not known.
    assert commands == [do.Unmute(), do.StartTimer(Timer.WRAP_UP, 20)]
    wraps_up.handle(ev.DispositionGiven(at(51), "a1", Disposition.AGREED))
    assert wraps_up.state is AgentState.READY
    pauses = an_agent(ev.AgentAdopted(at(50), AgentState.PAUSED, pause_reason="tea"), ev.ReadyAsked(at(60)))
    assert pauses.state is AgentState.READY


def test_an_agent_who_logged_in_meanwhile_is_not_adopted() -> None:
    agent = an_agent(*ready())
    assert agent.handle(ev.AgentAdopted(at(50), AgentState.TALKING, "a1")) == []
    assert agent.state is AgentState.READY


def held() -> tuple[ev.Event, ...]:
    return *in_talk(), ev.CustomerHeld(at(20), "a1"), unbridged(20.01), holding(20.02)


def test_an_agent_whose_customer_is_on_hold_talks_still_and_again_once_bridged() -> None:
    agent = an_agent(*held())
    assert (agent.state, agent.held_since) == (AgentState.TALKING, at(20))
    agent.handle(bridged(30))
    assert agent.held_since is None
    agent.handle(unbridged(40))
    assert (agent.state, agent.since) == (AgentState.WRAP_UP, at(40))


def test_a_customer_who_leaves_on_hold_or_to_another_agent_is_wrapped_up() -> None:
    agent = an_agent(*held())
    assert agent.handle(ev.TalkLeft(at(25), "a2")) == []
    assert agent.handle(ev.TalkLeft(at(30), "a1")) == [do.StartTimer(Timer.WRAP_UP, 20)]
    assert (agent.state, agent.attempt_id, agent.held_since) == (AgentState.WRAP_UP, "a1", None)


def test_in_a_talk_without_hold_the_leg_alone_tells_of_the_end() -> None:
    agent = an_agent(*in_talk(), ev.TalkLeft(at(30), "a1"))
    assert agent.state is AgentState.TALKING


def test_a_mute_ends_with_the_talk_and_is_asked_for_until_it_has_ended() -> None:
    agent = an_agent(*in_talk(), ev.Muted(at(20), on=True))
    muted = [agent.muted]
    assert agent.handle(unbridged(30))[0] == do.Unmute()
    assert [*muted, agent.muted] == [True, False]
    again = agent.handle(ev.CommandFailed(at(31), "Unmute", "away"))
    assert [type(one) for one in again] == [do.StartTimer]
    assert agent.handle(ev.TimerFired(at(32), Timer.UNMUTE)) == [do.Unmute()]


def test_a_mute_that_comes_when_the_talk_is_over_is_taken_back() -> None:
    agent = an_agent(*in_talk(), unbridged(30))
    assert agent.handle(ev.Muted(at(30), on=True)) == [do.Unmute()]
    assert not agent.muted


def test_a_wrap_up_is_extended_up_to_the_longest() -> None:
    agent = an_agent(*in_talk(), unbridged(60))
    assert agent.wrap_up_until == at(80)
    assert agent.handle(ev.WrapUpExtended(at(70), 30, longest_s=60)) == [do.StartTimer(Timer.WRAP_UP, 40)]
    assert (agent.wrap_up_until, agent.since) == (at(110), at(60))
    agent.handle(ev.WrapUpExtended(at(71), 30, longest_s=60))
    assert agent.wrap_up_until == at(120)
    agent.handle(ev.WrapUpExtended(at(72), 30, longest_s=60))
    assert agent.wrap_up_until == at(120)
    assert agent.handle(ev.TimerFired(at(120), Timer.WRAP_UP)) == [do.GapInRecord("a1")]
    assert agent.wrap_up_until is None


def test_a_plan_that_was_shortened_meanwhile_takes_nothing_away() -> None:
    agent = an_agent(*in_talk(), unbridged(60), ev.WrapUpExtended(at(61), 30, longest_s=5))
    assert agent.wrap_up_until == at(80)


def test_a_pause_stands_against_a_call_but_not_against_the_agents_own_wish() -> None:
    agent = an_agent(*ready(), ev.PauseAsked(at(5), "tea"), ev.Reserved(at(6), "a2", 1.0, even_paused=True))
    assert (agent.state, agent.attempt_id) == (AgentState.RESERVED, "a2")
    agent.handle(ev.TimerFired(at(7), Timer.RESERVED))
    assert agent.state is AgentState.PAUSED


def test_an_agent_of_a_former_run_whose_customer_is_on_hold_talks_still() -> None:
    agent = an_agent(ev.AgentAdopted(at(50), AgentState.TALKING, "a1", held=True))
    agent.handle(holding(50))
    assert (agent.state, agent.held_since) == (AgentState.TALKING, at(50))


_SECONDS = st.floats(0, 60).map(at)
_ANY_EVENT = st.one_of(
    st.builds(ev.LoginAsked, _SECONDS),
    st.builds(ev.LogoutAsked, _SECONDS),
    st.builds(ev.PauseAsked, _SECONDS, st.just("tea")),
    st.builds(ev.ReadyAsked, _SECONDS),
    st.builds(ev.Reserved, _SECONDS, st.sampled_from(["a1", "a2"]), st.just(1.0)),
    st.builds(ev.Released, _SECONDS, st.sampled_from(["a1", "a2"])),
    st.builds(ev.LegBridged, _SECONDS, st.just(LEG), st.just("b"), st.booleans()),
    st.builds(ev.LegUnbridged, _SECONDS, st.just(LEG), st.just("b"), st.booleans()),
    st.builds(ev.LegEnded, _SECONDS, st.just(LEG), st.just(16), st.just(""), st.none()),
    st.builds(ev.LegVanished, _SECONDS, st.just(LEG)),
    st.builds(ev.DispositionGiven, _SECONDS, st.sampled_from(["a1", "a2"]), st.sampled_from(Disposition)),
    st.builds(ev.CustomerHeld, _SECONDS, st.sampled_from(["a1", "a2"])),
    st.builds(ev.TalkLeft, _SECONDS, st.sampled_from(["a1", "a2"])),
    st.builds(ev.Muted, _SECONDS, st.booleans()),
    st.builds(ev.WrapUpExtended, _SECONDS, st.floats(15, 300), st.floats(1, 600)),
    st.builds(ev.CommandFailed, _SECONDS, st.sampled_from(["Unmute", "CallAgent"]), st.just("away")),
    st.builds(ev.TimerFired, _SECONDS, st.sampled_from(Timer)),
)
_IN_A_CALL = {AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP}


@given(st.lists(_ANY_EVENT, max_size=60))
def test_an_agent_is_in_at_most_one_call_and_only_changes_it_when_free(events: list[ev.Event]) -> None:
    agent = an_agent()
    for event in events:
        before_state, before_attempt = agent.state, agent.attempt_id
        agent.handle(event)
        assert (agent.attempt_id is not None) == (agent.state in _IN_A_CALL)
        if before_state in _IN_A_CALL and agent.state in _IN_A_CALL:
            assert agent.attempt_id == before_attempt
        if agent.state is AgentState.READY:
            assert agent.waiting_since is not None
        assert agent.state is AgentState.TALKING or not (agent.muted or agent.held_since)
        assert (agent.wrap_up_until is not None) == (agent.state is AgentState.WRAP_UP)


@given(st.lists(_ANY_EVENT, max_size=60))
def test_whoever_was_muted_is_unmuted_or_has_another_leg_before_the_next_call(events: list[ev.Event]) -> None:
    agent, silent = an_agent(), False
    for event in events:
        commands = agent.handle(event)
        if isinstance(event, ev.Muted):
            silent = event.on and agent.muted
        if do.Unmute() in commands or agent.state in {AgentState.CALLING_IN, AgentState.OFFLINE}:
            silent = False
        assert silent == agent.muted


@given(st.lists(_ANY_EVENT, max_size=60))
def test_whatever_was_lost_the_timers_and_the_legs_end_set_an_agent_free(events: list[ev.Event]) -> None:
    agent = an_agent(*events)
    for event in (
        ev.LegVanished(at(100), LEG),
        *(ev.TimerFired(at(101), Timer.CALL_IN) for _ in range(CALL_IN_TRIES)),
        ev.TimerFired(at(102), Timer.RESERVED),
        ev.TimerFired(at(103), Timer.WRAP_UP),
    ):
        agent.handle(event)
    assert agent.state not in _IN_A_CALL


@given(st.lists(_ANY_EVENT, max_size=60))
def test_every_talk_is_recorded_or_leaves_a_gap_at_most_once(events: list[ev.Event]) -> None:
    agent = an_agent()
    for event in events:
        talked = agent.attempt_id if agent.state in {AgentState.TALKING, AgentState.WRAP_UP} else None
        disposed = agent.disposed
        gaps = [command for command in agent.handle(event) if isinstance(command, do.GapInRecord)]
        assert len(gaps) <= 1
        if gaps:
            assert not disposed
            assert gaps[0].attempt_id == talked
