"""The call machine: the ways a call can go, and that no way leaves it without exactly one outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.call import Call, CallRules, CallState, Timeline
from dialer.core.events import Timer
from dialer.core.model import HungUpBy, NumberState, Outcome
from dialer.core.outcome import BY_STATE, Heard

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LEG = "a1"


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def a_call(**rules: object) -> Call:
    return Call(LEG, CallRules(**rules), Timeline(queued_at=T0))  # type: ignore[arg-type]


def play(call: Call, *events: ev.Event) -> list[do.Command]:
    return [command for event in events for command in call.handle(event)]


def placed() -> tuple[ev.Event, ...]:
    return ev.Sent(at(0)), ev.LegCreated(at(0.1), LEG, "PJSIP/x")


def answered() -> tuple[ev.Event, ...]:
    return *placed(), ev.LegRinging(at(1), LEG), ev.LegAnswered(at(5), LEG)


def talking() -> tuple[ev.Event, ...]:
    return *answered(), ev.AgentTaken(at(5.001), "anna"), ev.LegBridged(at(5.01), LEG, "b1", holding=False)


def gone(seconds: float, cause: int = 16, sip_code: int | None = None) -> ev.LegEnded:
    return ev.LegEnded(at(seconds), LEG, cause, "", sip_code)


def test_a_talk_ends_answered_and_by_the_customer() -> None:
    call = a_call()
    commands = play(
        call, *talking(), ev.LegHangupAsked(at(30), LEG), ev.LegUnbridged(at(30), LEG, "b1", holding=False), gone(30)
    )
    assert call.outcome is Outcome.ANSWERED
    assert call.hung_up_by is HungUpBy.CUSTOMER
    assert do.TakeAgent(None) in commands
    assert do.Connect("anna") in commands
    assert commands[-1] == do.Finish(Outcome.ANSWERED, HungUpBy.CUSTOMER)
    assert call.timeline.unbridged_at == at(30)


def test_the_agent_ends_the_talk() -> None:
    call = a_call()
    commands = play(call, *talking(), ev.HangUpAsked(at(20), HungUpBy.AGENT), gone(20.1))
    assert do.HangUp() in commands
    assert (call.outcome, call.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)


@pytest.mark.parametrize(
    ("cause", "sip_code", "outcome"),
    [
        (17, 486, Outcome.BUSY),
        (21, 603, Outcome.REJECTED),
        (21, 403, Outcome.REJECTED),
        (1, 404, Outcome.INVALID),
        (19, 480, Outcome.UNREACHABLE),
        (34, 503, Outcome.CONGESTION),
    ],
)
def test_what_the_network_says_is_the_outcome(cause: int, sip_code: int, outcome: Outcome) -> None:
    call = a_call()
    play(call, *placed(), ev.LegHangupAsked(at(3), LEG), ev.OriginateFailed(at(3), LEG, "0"), gone(3, cause, sip_code))
    assert (call.outcome, call.hung_up_by) == (outcome, HungUpBy.NETWORK)
    assert call.sip_code == sip_code


def test_the_failed_order_may_be_told_before_the_network_hangs_up() -> None:
    call = a_call()
    reply = ev.OriginateFailed(at(3), LEG, "0")
    play(call, *placed(), ev.LegRinging(at(1), LEG), reply, ev.LegHangupAsked(at(3), LEG), gone(3, 19, 480))
    assert (call.outcome, call.hung_up_by) == (Outcome.UNREACHABLE, HungUpBy.NETWORK)


@pytest.mark.parametrize("rang", [True, False])
@pytest.mark.parametrize("told", [True, False])
def test_our_own_ring_timeout_is_no_480_of_the_network(*, rang: bool, told: bool) -> None:
    call = a_call()
    ringing = [ev.LegRinging(at(1), LEG)] if rang else []
    reply = [ev.OriginateFailed(at(25), LEG, "3")] if told else []
    play(call, *placed(), *ringing, *reply, gone(25, 19, 480))
    assert call.outcome is (Outcome.NO_ANSWER if rang else Outcome.UNREACHABLE)
    assert call.hung_up_by is HungUpBy.SYSTEM


def test_a_call_that_the_switch_cut_off_did_not_ring_out() -> None:
    call = a_call()
    play(call, *placed(), ev.LegRinging(at(1), LEG), gone(2, 0))
    assert (call.outcome, call.hung_up_by) == (Outcome.FAILED, HungUpBy.SYSTEM)


def test_nobody_is_free_within_the_limit() -> None:
    call = a_call(abandoned_flow="sorry")
    commands = play(call, *answered(), ev.TimerFired(at(7), Timer.ABANDON))
    assert do.PlayFlow("sorry") in commands
    assert do.StopWaiting() in commands
    play(call, ev.FlowEnded(at(15), LEG, "sorry", opted_out=True), gone(15))
    assert call.outcome is Outcome.ABANDONED
    assert call.opted_out
    assert call.timeline.message_at == at(7)


def test_whoever_hangs_up_while_nobody_is_free_was_abandoned() -> None:
    call = a_call()
    play(call, *answered(), ev.LegHangupAsked(at(6), LEG), gone(6))
    assert (call.outcome, call.hung_up_by) == (Outcome.ABANDONED, HungUpBy.CUSTOMER)


def test_whoever_hangs_up_while_an_agent_is_on_the_way_was_answered() -> None:
    call = a_call()
    commands = play(call, *answered(), ev.AgentTaken(at(5), "anna"), ev.LegHangupAsked(at(5.1), LEG), gone(5.1))
    assert call.outcome is Outcome.ANSWERED
    assert do.ReleaseAgent("anna") in commands


def test_a_bridge_that_does_not_come_about_costs_the_agent_not_the_customer() -> None:
    call = a_call()
    commands = play(
        call, *answered(), ev.AgentTaken(at(5), "anna"), ev.TimerFired(at(6), Timer.CONNECT), ev.AgentTaken(at(6), "bo")
    )
    assert do.ReleaseAgent("anna") in commands
    assert commands.count(do.TakeAgent(None)) == 2
    assert call.agent_id == "bo"


def test_a_bridge_that_is_on_its_way_at_the_limit_is_waited_for() -> None:
    comes, fails = a_call(), a_call()
    for call in (comes, fails):
        assert play(call, *answered(), ev.AgentTaken(at(6.99), "anna"))
        assert call.handle(ev.TimerFired(at(7), Timer.ABANDON)) == []
    comes.handle(ev.LegBridged(at(7.01), LEG, "b1", holding=False))
    assert comes.state is CallState.TALKING
    commands = fails.handle(ev.TimerFired(at(7.99), Timer.CONNECT))
    assert do.ReleaseAgent("anna") in commands
    assert do.PlayFlow("abandoned") in commands


def test_an_agent_found_too_late_is_given_back() -> None:
    call = a_call()
    play(call, *answered(), ev.TimerFired(at(7), Timer.ABANDON))
    assert call.handle(ev.AgentTaken(at(7.1), "anna")) == [do.ReleaseAgent("anna")]


def test_a_machine_is_hung_up_and_a_person_is_not_kept_longer_than_the_limit() -> None:
    machine, person = a_call(detect_machines=True), a_call(detect_machines=True)
    commands = play(machine, *answered(), ev.Detected(at(6.5), LEG, machine=True, cause="MAXWORDS"), gone(6.6))
    assert do.HangUp() in commands
    assert machine.outcome is Outcome.MACHINE
    commands = play(person, *answered(), ev.TimerFired(at(6.8), Timer.DETECT))
    assert do.TakeAgent(None) in commands
    assert [c.after_s for c in commands if isinstance(c, do.StartTimer) and c.timer is Timer.DETECT] == [1.8]


def test_an_agentless_call_hears_its_flow_and_asks_for_nobody() -> None:
    call = a_call(agentless_flow="survey")
    commands = play(call, *answered())
    assert commands[-2] == do.PlayFlow("survey")
    assert not any(isinstance(command, do.TakeAgent) for command in commands)
    heard = ev.FlowEnded(at(20), LEG, "survey", opted_out=False, answers=(("satisfaction", "2"),))
    play(call, ev.FlowStarted(at(5.1), LEG, "survey"), heard, gone(20))
    assert (call.outcome, call.answers) == (Outcome.ANSWERED, {"satisfaction": "2"})
    assert (call.timeline.flow_at, call.timeline.message_at) == (at(5.1), None)


def test_an_agentless_call_whose_flow_cannot_be_played_met_silence() -> None:
    call = a_call(agentless_flow="survey")
    commands = play(call, *answered(), ev.CommandFailed(at(5.1), "PlayFlow", "no such flow"), gone(5.2))
    assert do.HangUp() in commands
    assert call.outcome is Outcome.ABANDONED


def test_an_agentless_call_hangs_up_on_machines_only() -> None:
    machine, person = (a_call(agentless_flow="survey", detect_machines=True) for _ in range(2))
    play(machine, *answered(), ev.Detected(at(6), LEG, machine=True, cause="x"), gone(6))
    assert machine.outcome is Outcome.MACHINE
    assert do.PlayFlow("survey") in play(person, *answered(), ev.Detected(at(6), LEG, machine=False, cause="x"))


def test_what_was_forbidden_at_the_last_moment_never_rang() -> None:
    call = a_call()
    commands = play(call, ev.Forbidden(at(0), "DO_NOT_CALL: listed"))
    assert commands == [do.Finish(Outcome.CANCELLED, HungUpBy.SYSTEM)]
    assert call.timeline.sent_at is None
    assert call.detail == "DO_NOT_CALL: listed"


def test_a_lost_reply_to_originate_is_hung_up_for_it_may_ring() -> None:
    call = a_call()
    commands = play(call, ev.Sent(at(0)), ev.CommandFailed(at(5), "Place", "no answer"))
    assert do.HangUp() in commands
    play(call, ev.LegVanished(at(10), LEG))
    assert call.outcome is Outcome.FAILED


def test_a_lost_reply_to_originate_ends_no_talk() -> None:
    call = a_call()
    play(call, *talking())
    assert play(call, ev.CommandFailed(at(6), "Place", "no answer")) == []
    assert call.state is CallState.TALKING
    play(call, ev.LegHangupAsked(at(60), LEG), gone(60))
    assert (call.outcome, call.hung_up_by) == (Outcome.ANSWERED, HungUpBy.CUSTOMER)


def test_an_answer_that_crosses_our_hang_up_is_counted_as_abandoned() -> None:
    call = a_call()
    play(call, *placed(), ev.HangUpAsked(at(4), HungUpBy.SYSTEM), ev.LegAnswered(at(4.01), LEG), gone(4.1))
    assert call.outcome is Outcome.ABANDONED


def test_a_refused_order_without_a_leg_is_over_at_once() -> None:
    call = a_call()
    play(call, ev.Sent(at(0)), ev.OriginateFailed(at(0.1), LEG, "0"))
    assert call.outcome is Outcome.FAILED


def adopted(call: Call, seconds: float) -> list[do.Command]:
    """What is left to do for a call whose controller was lost at 5 s and is back after so many seconds."""
    restored = Call(LEG, call.rules, call.timeline, state=call.state, verdict=call.verdict)
    commands = restored.handle(ev.Adopted(at(seconds)))
    call.state, call.verdict = restored.state, restored.verdict
    return commands


def test_an_adopted_call_rings_for_what_is_left_of_its_time() -> None:
    call = a_call(ring_timeout_s=25)
    play(call, *placed())
    assert adopted(call, 10) == [do.StartTimer(Timer.RING, 20)]
    assert adopted(call, 100) == [do.StartTimer(Timer.RING, 0)]


def test_an_adopted_customer_waits_on_within_the_limit_and_hears_the_message_beyond_it() -> None:
    soon, late = a_call(), a_call()
    for call in (soon, late):
        play(call, *answered())
    assert adopted(soon, 6) == [do.StartTimer(Timer.ABANDON, 1), do.TakeAgent(None)]
    assert do.PlayFlow("abandoned") in adopted(late, 8)
    assert (late.state, late.verdict) == (CallState.MESSAGE, Outcome.ABANDONED)


def test_an_adopted_flow_is_told_again_for_its_teller_is_gone() -> None:
    abandoned, survey = a_call(abandoned_flow="sorry"), a_call(agentless_flow="survey")
    play(abandoned, *answered(), ev.TimerFired(at(7), Timer.ABANDON))
    play(survey, *answered())
    assert adopted(abandoned, 10)[0] == do.PlayFlow("sorry")
    assert adopted(survey, 10)[0] == do.PlayFlow("survey")


def test_an_adopted_talk_goes_on() -> None:
    call = a_call()
    play(call, *talking())
    assert adopted(call, 60) == []
    assert call.state is CallState.TALKING


def test_whom_the_switch_had_to_play_the_message_to_was_abandoned() -> None:
    unheard, waiting = a_call(), a_call()
    play(unheard, *placed(), ev.LegUnattended(at(9), LEG), gone(15))
    commands = play(waiting, *answered(), ev.LegUnattended(at(9), LEG))
    assert do.StopWaiting() in commands
    assert not any(isinstance(command, do.PlayFlow) for command in commands)  # it is heard already
    assert (unheard.outcome, unheard.timeline.answered_at) == (Outcome.ABANDONED, at(9))
    assert (waiting.state, waiting.timeline.answered_at) == (CallState.MESSAGE, at(5))


# --- what is heard before an answer ---------------------------------------------------------------


def said(seconds: float, state: NumberState, confidence: float = 0.95) -> ev.StateHeard:
    return ev.StateHeard(at(seconds), LEG, Heard(state, confidence, "it"))


def listened() -> tuple[ev.Event, ...]:
    return *placed(), ev.LegProgress(at(0.5), LEG)


def kinds(commands: list[do.Command]) -> list[type[do.Command]]:
    return [type(command) for command in commands]


def test_early_media_are_listened_to_once_and_only_where_the_plan_says_so() -> None:
    assert play(a_call(listen=True), *listened(), ev.LegProgress(at(1), LEG)).count(do.Listen()) == 1
    assert do.Listen() not in play(a_call(), *listened())


@pytest.mark.parametrize(("state", "outcome"), BY_STATE.items())
def test_a_dead_state_ends_the_call_at_once_and_is_its_outcome_whatever_code_follows(
    state: NumberState, outcome: Outcome
) -> None:
    call = a_call(listen=True, ring_timeout_s=25)
    play(call, *listened())
    commands = call.handle(said(3, state))
    assert do.HangUp() in commands
    assert do.StopListening() in commands
    assert not call.in_flight
    play(call, gone(3.1, 19, 480))
    assert (call.outcome, call.hung_up_by, call.sip_code) == (outcome, HungUpBy.SYSTEM, 480)
    assert call.line_saved_s == 22
    assert call.heard
    assert call.heard.state is state
    assert "heard that" in (call.detail or "")


@pytest.mark.parametrize(
    "heard", [said(3, NumberState.OFF, 0.89), said(3, NumberState.RINGING), said(3, NumberState.UNKNOWN)]
)
def test_what_is_not_sure_or_not_dead_ends_no_call(heard: ev.StateHeard) -> None:
    call = a_call(listen=True)
    play(call, *listened())
    assert call.handle(heard) == []
    assert call.state is CallState.PLACED
    assert call.heard is heard.heard


def test_nothing_that_is_heard_changes_an_answered_call() -> None:
    call = a_call(listen=True)
    commands = play(call, *listened(), ev.LegAnswered(at(5), LEG))
    assert kinds(commands).index(do.TakeAgent) < kinds(commands).index(do.StopListening)  # the customer comes first
    assert play(call, said(5.1, NumberState.OFF)) == []
    assert (call.state, call.heard) == (CallState.WAITING, Heard(NumberState.OFF, 0.95, "it"))


def test_a_leg_that_the_network_ends_has_its_last_words_and_they_beat_the_code() -> None:
    call = a_call(listen=True)
    play(call, *listened())
    commands = play(call, ev.LegHangupAsked(at(4), LEG), gone(4, 19, 480))
    assert do.StopListening() in commands
    assert (call.state, call.outcome, call.in_flight) == (CallState.LAST_WORDS, None, False)
    commands = play(call, said(4.2, NumberState.SUSPENDED))
    assert commands == [do.Finish(Outcome.SUSPENDED, HungUpBy.NETWORK)]
    assert (call.timeline.ended_at, call.line_saved_s) == (at(4), None)


@pytest.mark.parametrize(
    "last",
    [said(4.2, NumberState.SUSPENDED, 0.5), ev.NothingHeard(at(4.2), LEG), ev.TimerFired(at(5), Timer.LAST_WORDS)],
)
def test_without_a_sure_last_word_the_code_decides(last: ev.Event) -> None:
    call = a_call(listen=True)
    play(call, *listened(), ev.LegHangupAsked(at(4), LEG), gone(4, 34, 503), last)
    assert (call.outcome, call.timeline.ended_at) == (Outcome.CONGESTION, at(4))
    assert "503" in (call.detail or "")


def test_a_leg_that_was_not_listened_to_is_over_at_once() -> None:
    call = a_call(listen=True)
    play(call, *placed(), ev.LegHangupAsked(at(4), LEG), gone(4, 17, 486))
    assert call.outcome is Outcome.BUSY


@pytest.mark.parametrize(("rings", "outcome"), [(True, Outcome.NO_ANSWER), (False, Outcome.UNREACHABLE)])
def test_that_it_rang_may_be_heard_where_the_network_does_not_say_so(*, rings: bool, outcome: Outcome) -> None:
    call = a_call(listen=True)
    heard = said(6, NumberState.RINGING if rings else NumberState.UNKNOWN)
    play(call, *listened(), heard, ev.TimerFired(at(30), Timer.RING), gone(30, 16, 480), ev.NothingHeard(at(30), LEG))
    assert (call.outcome, call.hung_up_by) == (outcome, HungUpBy.SYSTEM)


def test_an_operators_end_is_no_word_of_the_network() -> None:
    call = a_call(listen=True)
    commands = play(call, *listened(), ev.HangUpAsked(at(2), HungUpBy.SYSTEM), gone(2.1))
    assert (call.outcome, do.StopListening() in commands) == (Outcome.CANCELLED, True)


def test_an_answer_that_crosses_the_end_we_made_of_it_is_counted() -> None:
    call = a_call(listen=True)
    play(call, *listened(), said(3, NumberState.BUSY), ev.LegAnswered(at(3), LEG), gone(3.1))
    assert (call.outcome, call.line_saved_s) == (Outcome.ABANDONED, None)


def test_hearing_that_fails_is_no_part_of_the_calls_story() -> None:
    call = a_call(listen=True)
    play(call, *listened(), ev.CommandFailed(at(1), "Listen", "no module"), ev.LegRinging(at(2), LEG))
    assert (call.state, call.detail) == (CallState.RINGING, None)


# --- on hold, and to another agent ----------------------------------------------------------------


def bridged(seconds: float) -> ev.LegBridged:
    return ev.LegBridged(at(seconds), LEG, "b2", holding=False)


def unbridged(seconds: float) -> ev.LegUnbridged:
    return ev.LegUnbridged(at(seconds), LEG, "b1", holding=False)


def held() -> tuple[ev.Event, ...]:
    return *talking(), ev.HoldAsked(at(20)), unbridged(20.01)


def handing_over() -> tuple[ev.Event, ...]:
    return *talking(), ev.HandOverAsked(at(20), "bo", "user:anna"), unbridged(20.01)


def test_a_customer_on_hold_is_bridged_back_when_the_agent_wants_it() -> None:
    call = a_call(hold_longest_s=60)
    commands = play(call, *held())
    assert commands[-2:] == [do.HoldCustomer(), do.StartTimer(Timer.HOLD, 60)]
    assert (call.state, call.agent_id) == (CallState.HELD, "anna")
    assert do.Resume("anna") in play(call, ev.ResumeAsked(at(30)))
    play(call, bridged(30.5))
    assert (call.state, call.held_at, call.held_s) == (CallState.TALKING, None, 10.5)
    assert call.timeline.bridged_at == at(5.01)


def test_a_hold_that_is_forgotten_ends_by_itself_and_is_asked_for_again_until_it_has_ended() -> None:
    call = a_call()
    play(call, *held())
    for turn in range(3):
        commands = play(call, ev.TimerFired(at(200 + turn), Timer.HOLD), ev.CommandFailed(at(201), "Resume", "away"))
        assert commands == [do.Resume("anna"), do.StartTimer(Timer.HOLD, 3)]
    assert (call.state, call.detail) == (CallState.HELD, None)


def test_a_hold_of_which_the_switch_tells_nothing_is_asked_for_again_and_then_ended() -> None:
    call = a_call()
    play(call, *talking(), ev.HoldAsked(at(20)))
    assert play(call, ev.CommandFailed(at(20.1), "HoldCustomer", "away")) == [do.StartTimer(Timer.HOLD, 3)]
    # Only who has left the talk is bridged again.
    assert do.HoldCustomer() in play(call, ev.TimerFired(at(23), Timer.HOLD))
    assert do.Resume("anna") in play(call, unbridged(23.1))


def test_an_agent_who_wants_the_customer_back_at_once_has_them_once_they_have_left_the_talk() -> None:
    call = a_call()
    play(call, *talking(), ev.HoldAsked(at(20)))
    assert do.Resume("anna") not in play(call, ev.ResumeAsked(at(20)))
    assert do.Resume("anna") in play(call, unbridged(20.01))
    play(call, bridged(20.1))
    assert (call.state, call.apart, call.wanted_back) == (CallState.TALKING, False, False)


def test_a_customer_who_hangs_up_on_hold_has_ended_the_talk() -> None:
    call = a_call()
    commands = play(call, *held(), ev.LegHangupAsked(at(50), LEG), gone(50))
    assert (call.outcome, call.hung_up_by) == (Outcome.ANSWERED, HungUpBy.CUSTOMER)
    assert commands[-2:] == [do.LeaveTalk("anna"), do.Finish(Outcome.ANSWERED, HungUpBy.CUSTOMER)]
    assert (call.held_s, call.timeline.unbridged_at) == (30, at(50))


def test_an_agent_who_hangs_up_on_hold_ends_the_call() -> None:
    call = a_call()
    assert do.HangUp() in play(call, *held(), ev.HangUpAsked(at(30), HungUpBy.AGENT))
    assert do.LeaveTalk("anna") in play(call, gone(30.1))
    assert (call.outcome, call.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)


def test_a_customer_who_was_handed_over_is_the_other_agents() -> None:
    call = a_call()
    play(call, *handing_over()[:-1])
    assert play(call, bridged(20)) == []  # told late of the former talk
    assert play(call, unbridged(20.01)) == [do.HandOver("bo")]
    assert call.agent_id == "anna"
    commands = play(call, bridged(20.1))
    assert commands == [do.LeaveTalk("anna"), do.HandedOver(at(20.1), "anna", "bo", "user:anna")]
    assert (call.state, call.agent_id) == (CallState.TALKING, "bo")
    play(call, ev.LegHangupAsked(at(60), LEG), unbridged(60), gone(60))
    assert (call.outcome, call.agent_id) == (Outcome.ANSWERED, "bo")


@pytest.mark.parametrize("fault", [ev.CommandFailed(at(20.5), "HandOver", "no"), ev.TimerFired(at(21), Timer.CONNECT)])
def test_a_handover_that_fails_gives_the_customer_back_to_the_first_agent(fault: ev.Event) -> None:
    call = a_call()
    play(call, *handing_over())
    commands = play(call, fault)
    assert commands[:2] == [do.ReleaseAgent("bo"), do.Resume("anna")]
    play(call, bridged(21.5))
    assert (call.state, call.agent_id, call.handing_to) == (CallState.TALKING, "anna", None)


def test_a_customer_who_leaves_between_two_agents_frees_both() -> None:
    call = a_call()
    play(call, *handing_over())
    commands = play(call, ev.LegHangupAsked(at(20.1), LEG), gone(20.1))
    assert do.ReleaseAgent("bo") in commands
    assert do.LeaveTalk("anna") in commands
    assert call.agent_id == "anna"


def test_a_customer_on_hold_can_be_handed_over_too_but_not_to_the_same_agent() -> None:
    call = a_call()
    play(call, *held())
    assert play(call, ev.HandOverAsked(at(30), "anna", "user:anna")) == []
    assert do.HandOver("bo") in play(call, ev.HandOverAsked(at(30), "bo", "user:anna"))
    play(call, bridged(30.1))
    assert call.agent_id == "bo"
    assert call.held_s == pytest.approx(10.1)


def test_a_customer_whom_the_controllers_end_left_on_hold_is_given_back_at_once() -> None:
    call = a_call()
    play(call, *talking())
    restored = Call(LEG, call.rules, call.timeline, state=CallState.HELD, agent_id="anna")
    assert restored.handle(ev.Adopted(at(90)))[0] == do.Resume("anna")


_SECONDS = st.floats(0, 60).map(at)
_COMMANDS = ["Place", "Connect", "PlayFlow", "HangUp", "HoldCustomer", "Resume", "HandOver"]
_ANY_EVENT = st.one_of(
    st.builds(ev.Sent, _SECONDS),
    st.builds(ev.Forbidden, _SECONDS, st.just("no")),
    st.builds(ev.LegCreated, _SECONDS, st.just(LEG), st.just("PJSIP/x")),
    st.builds(ev.LegProgress, _SECONDS, st.just(LEG)),
    st.builds(ev.LegRinging, _SECONDS, st.just(LEG)),
    st.builds(ev.LegAnswered, _SECONDS, st.just(LEG)),
    st.builds(ev.LegBridged, _SECONDS, st.just(LEG), st.just("b"), st.booleans()),
    st.builds(ev.LegUnbridged, _SECONDS, st.just(LEG), st.just("b"), st.booleans()),
    st.builds(ev.LegHangupAsked, _SECONDS, st.just(LEG)),
    st.builds(ev.LegEnded, _SECONDS, st.just(LEG), st.integers(0, 127), st.just(""), st.none() | st.integers(400, 699)),
    st.builds(ev.LegVanished, _SECONDS, st.just(LEG)),
    st.builds(ev.LegUnattended, _SECONDS, st.just(LEG)),
    st.builds(ev.Adopted, _SECONDS),
    st.builds(ev.OriginateFailed, _SECONDS, st.just(LEG), st.sampled_from("03")),
    st.builds(ev.Detected, _SECONDS, st.just(LEG), st.booleans(), st.just("x")),
    st.builds(
        ev.StateHeard,
        _SECONDS,
        st.just(LEG),
        st.builds(Heard, st.sampled_from(NumberState), st.floats(0, 1), st.just("it")),
    ),
    st.builds(ev.NothingHeard, _SECONDS, st.just(LEG)),
    st.builds(ev.FlowStarted, _SECONDS, st.just(LEG), st.just("abandoned")),
    st.builds(ev.FlowEnded, _SECONDS, st.just(LEG), st.just("abandoned"), st.booleans()),
    st.builds(ev.AgentTaken, _SECONDS, st.sampled_from(["anna", "bo"])),
    st.builds(ev.HangUpAsked, _SECONDS, st.sampled_from(HungUpBy)),
    st.builds(ev.HoldAsked, _SECONDS),
    st.builds(ev.ResumeAsked, _SECONDS),
    st.builds(ev.HandOverAsked, _SECONDS, st.sampled_from(["bo", "cy"]), st.just("user:anna")),
    st.builds(ev.TimerFired, _SECONDS, st.sampled_from(Timer)),
    st.builds(ev.CommandFailed, _SECONDS, st.sampled_from(_COMMANDS), st.just("x")),
)


@given(st.lists(_ANY_EVENT, max_size=40), st.booleans())
def test_any_order_loss_or_doubling_ends_in_exactly_one_outcome(events: list[ev.Event], detect: bool) -> None:  # noqa: FBT001
    call = a_call(detect_machines=detect, listen=True)
    # Reconciling makes up the end that was lost; what was never sent is withdrawn when the service drains.
    last = (ev.LegVanished(at(100), LEG), ev.HangUpAsked(at(101), HungUpBy.SYSTEM))
    commands = play(call, *events, *last, *events)
    finishes = [command for command in commands if isinstance(command, do.Finish)]
    assert len(finishes) == 1
    assert call.state is CallState.ENDED
    assert finishes[0] == do.Finish(call.outcome or Outcome.FAILED, call.hung_up_by or HungUpBy.SYSTEM)


@given(st.lists(_ANY_EVENT, max_size=40))
def test_what_is_listened_to_is_always_stopped_and_only_what_was_answered_is_answered(events: list[ev.Event]) -> None:
    call = a_call(listen=True)
    last = (ev.LegVanished(at(100), LEG), ev.HangUpAsked(at(101), HungUpBy.SYSTEM))
    commands = play(call, *events, *last)
    assert commands.count(do.Listen()) == commands.count(do.StopListening()) <= 1
    if call.answered:
        assert call.outcome not in {Outcome.SUSPENDED, Outcome.INVALID, Outcome.POWERED_OFF}


@given(st.lists(_ANY_EVENT, max_size=40))
def test_every_agent_taken_is_bridged_or_given_back(events: list[ev.Event]) -> None:
    call = a_call()
    taken = given_back = 0
    before: str | None = None
    for event in (*events, ev.LegVanished(at(100), LEG), ev.HangUpAsked(at(101), HungUpBy.SYSTEM)):
        commands = call.handle(event)
        taken += isinstance(event, ev.AgentTaken) and event.agent_id != before
        given_back += sum(isinstance(command, do.ReleaseAgent) for command in commands)
        before = call.agent_id
    # Before the order is sent nobody is taken: the floor is only asked after an answer.
    if call.timeline.sent_at is not None and not any(isinstance(e, ev.AgentTaken) for e in _before_sent(events)):
        kept = 1 if call.timeline.bridged_at else 0
        unasked = _taken_unasked(events)
        assert given_back >= taken - kept - unasked


_IN_TALK = st.one_of(
    st.builds(ev.LegBridged, _SECONDS, st.just(LEG), st.just("b"), st.booleans()),
    st.builds(ev.LegHangupAsked, _SECONDS, st.just(LEG)),
    st.builds(ev.HoldAsked, _SECONDS),
    st.builds(ev.ResumeAsked, _SECONDS),
    st.builds(ev.HandOverAsked, _SECONDS, st.sampled_from(["bo", "cy"]), st.just("user:anna")),
    st.builds(ev.TimerFired, _SECONDS, st.sampled_from(Timer)),
    st.builds(ev.CommandFailed, _SECONDS, st.sampled_from(_COMMANDS), st.just("x")),
    _ANY_EVENT,
)


@given(st.lists(_IN_TALK, max_size=30))
def test_in_a_talk_every_agent_but_the_last_has_left_it_and_whoever_waited_is_told_of_its_end(
    events: list[ev.Event],
) -> None:
    call = a_call()
    play(call, *talking())
    for event in (*events, ev.LegVanished(at(100), LEG)):
        was_held, had, coming = call.held_at is not None, call.agent_id, call.handing_to
        commands = call.handle(event)
        left = [one.agent_id for one in commands if isinstance(one, do.LeaveTalk)]
        let_go = [one.agent_id for one in commands if isinstance(one, do.ReleaseAgent)]
        if call.agent_id != had:
            assert (left, coming and coming.agent_id) == ([had], call.agent_id)
        elif coming is not None and call.handing_to is None:
            assert coming.agent_id in let_go
        if call.state is CallState.ENDED and was_held:
            assert left == [had]
        if call.state in {CallState.HELD, CallState.HANDING_OVER}:
            assert call.held_at is not None
        # Whatever held state it is in, a timer runs: each step into it or within it that ends one starts one.
        if call.state is CallState.HELD and isinstance(event, ev.TimerFired) and event.timer is Timer.HOLD:
            assert any(isinstance(one, do.StartTimer) and one.timer is Timer.HOLD for one in commands)
    assert call.held_at is None
    assert call.state is CallState.ENDED


def _before_sent(events: list[ev.Event]) -> list[ev.Event]:
    sent = next((i for i, event in enumerate(events) if isinstance(event, ev.Sent)), len(events))
    return events[:sent]


def _taken_unasked(events: list[ev.Event]) -> int:
    """Agents handed over while the call is unanswered or being detected: the shell never does that."""
    call, unasked = a_call(), 0
    for event in events:
        unasked += isinstance(event, ev.AgentTaken) and call.state in {
            CallState.QUEUED,
            CallState.PLACED,
            CallState.RINGING,
            CallState.DETECTING,
        }
        call.handle(event)
    return unasked


@given(st.lists(_ANY_EVENT, max_size=40))
def test_the_timeline_never_forgets_and_the_end_is_final(events: list[ev.Event]) -> None:
    call = a_call()
    for event in events:
        over, timeline = call.state is CallState.ENDED, call.timeline
        ended_at, outcome = timeline.ended_at, call.outcome
        call.handle(event)
        if over:
            assert (timeline.ended_at, call.outcome) == (ended_at, outcome)


def test_we_hear_the_greeting_ourselves_where_the_plan_says_so() -> None:
    call = a_call(detect_machines=True, hear_greeting=True)
    commands = play(call, *answered())
    assert commands[-1] == do.HearGreeting(call.rules.abandon_limit_s)
    assert call.state is CallState.DETECTING
    assert do.TakeAgent(None) in play(call, ev.Detected(at(6), LEG, machine=False, cause="a word"))


def test_a_greeting_that_cannot_be_heard_is_a_person() -> None:
    call = a_call(detect_machines=True, hear_greeting=True)
    commands = play(call, *answered(), ev.CommandFailed(at(5.1), "HearGreeting", "no ears"))
    assert commands[-1] == do.TakeAgent(None)
    assert call.state is CallState.WAITING
    assert play(call, ev.CommandFailed(at(5.2), "HearGreeting", "told late")) == []


def test_a_sampled_machine_goes_to_an_agent_and_no_other_does() -> None:
    machine = ev.Detected(at(6), LEG, machine=True, cause="a beep")
    call, other, agentless = (
        a_call(detect_machines=True, **rules)
        for rules in ({"sample_machine": True}, {}, {"sample_machine": True, "agentless_flow": "survey"})
    )
    assert do.TakeAgent(None) in play(call, *answered(), machine)
    assert (call.machine_sampled, call.state) == (True, CallState.WAITING)
    assert "a beep" in str(call.detail)
    for hung_up in (other, agentless):
        assert do.HangUp() in play(hung_up, *answered(), machine)
        assert (hung_up.machine_sampled, hung_up.verdict) == (False, Outcome.MACHINE)


def test_a_sampled_person_is_told_as_a_person() -> None:
    call = a_call(detect_machines=True, sample_machine=True)
    play(call, *answered(), ev.Detected(at(6), LEG, machine=False, cause="a word"))
    assert not call.machine_sampled
