from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from dialer import report
from dialer.core import events as ev
from dialer.core.call import WITHDRAWN, CallState
from dialer.core.errors import RecordError, SwitchError, SwitchTimeoutError
from dialer.core.model import (
    AgentState,
    Attempt,
    Disposition,
    HungUpBy,
    LeadState,
    NumberState,
    Outcome,
    RecordingState,
)
from dialer.core.plan import Law
from dialer.core.sampling import Sampled

from .fakes.centre import Centre
from .fakes.early_media import answered_by_a_beep, busy_tone, noise
from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign
    from dialer.traffic import Seen

pytestmark = pytest.mark.virtual_time

SECOND = timedelta(seconds=1)


async def test_an_answered_call_is_bridged_recorded_and_described(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1", "agent2")
    attempt_id = await centre.talking(campaign, lead)
    assert centre.roster.agent("agent1").state is AgentState.TALKING
    assert centre.switch.verbs(attempt_id) == ["place", "record", "bridge"]
    assert centre.news.retained["agents/agent1/screen"]["attempt_id"] == attempt_id
    await asyncio.sleep(60)
    centre.switch.leave(attempt_id)
    row = await centre.over(attempt_id)
    assert (row.outcome, row.agent_id, row.hung_up_by) == (Outcome.ANSWERED, "agent1", HungUpBy.CUSTOMER)
    assert None not in (row.sent_at, row.ringing_at, row.answered_at, row.bridged_at, row.unbridged_at, row.ended_at)
    assert centre.news.states(attempt_id) == [
        *("PLACED", "RINGING", "WAITING", "CONNECTING", "TALKING", "ENDING", "ENDED")
    ]
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    await centre.keeper.drain()
    await centre.books.flush()
    assert (await centre.record.recordings.get(attempt_id)).state is RecordingState.STORED
    assert centre.floor.shared.calls["carrier"] == set()


async def test_a_number_on_the_screen_and_in_the_news_is_masked(centre: Centre, campaign: Campaign, lead: Lead) -> None:
    await centre.log_in("agent1")
    await centre.talking(campaign, lead)
    assert lead.numbers[0].e164 not in repr(centre.news.told)


async def test_without_an_agent_the_message_is_played_at_the_limit_and_the_call_is_abandoned(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    attempt_id = await centre.answered(campaign, lead)
    await asyncio.sleep(1.99)
    assert "play_flow" not in centre.switch.verbs(attempt_id)
    await asyncio.sleep(0.02)
    assert centre.switch.verbs(attempt_id) == ["place", "play_flow"]
    # An agent who comes free now is not for this customer any more.
    await centre.log_in("agent1")
    await asyncio.sleep(5)
    assert centre.roster.agent("agent1").state is AgentState.READY
    centre.switchboard.hear(ev.FlowEnded(virtual_now(), attempt_id, "abandoned", opted_out=False))
    centre.switch.leave(attempt_id)
    row = await centre.over(attempt_id)
    assert (row.outcome, row.agent_id) == (Outcome.ABANDONED, None)
    assert row.answered_at
    assert row.message_at
    assert row.message_at - row.answered_at <= 2 * SECOND + timedelta(milliseconds=20)


async def test_a_wish_not_to_be_called_again_is_kept_even_if_the_hangup_is_heard_first(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    attempt_id = await centre.answered(campaign, lead)
    await asyncio.sleep(3)
    centre.switch.leave(attempt_id)
    await centre.over(attempt_id)
    # The flow server hears of the key and of the end on a connection of its own, later.
    centre.books.opted_out(attempt_id, None, "pressed 9")
    row = await centre.row(attempt_id)
    assert row.opted_out
    assert await centre.record.do_not_call.listed([lead.numbers[0].e164]) == {lead.numbers[0].e164}


async def test_an_objection_at_the_last_moment_cancels_the_attempt_and_nothing_is_dialled(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    attempt = await centre.claim(campaign, lead)

    async def object_to(_attempt: Attempt) -> str | None:
        return "OUTSIDE_WINDOW: window closed"

    await centre.switchboard.place(attempt, campaign.plan, object_to)
    row = await centre.over(attempt.attempt_id)
    assert (row.outcome, row.sent_at) == (Outcome.CANCELLED, None)
    assert "window closed" in str(row.detail)
    assert centre.switch.orders == []


@pytest.mark.parametrize("error", [RecordError("the database is away"), KeyError("a fault of ours")])
async def test_rules_that_cannot_be_checked_are_an_objection(
    centre: Centre, campaign: Campaign, lead: Lead, error: Exception
) -> None:
    attempt = await centre.claim(campaign, lead)

    async def fail(_attempt: Attempt) -> str | None:
        raise error

    await centre.switchboard.place(attempt, campaign.plan, fail)
    assert (await centre.over(attempt.attempt_id)).outcome is Outcome.CANCELLED
    assert centre.switch.orders == []


@pytest.mark.parametrize(("rings", "outcome"), [(True, Outcome.NO_ANSWER), (False, Outcome.UNREACHABLE)])
async def test_a_call_that_pacing_withdraws_ends_as_one_that_rang_out_and_says_so(
    centre: Centre, campaign: Campaign, lead: Lead, outcome: Outcome, *, rings: bool
) -> None:
    attempt_id = await centre.place(campaign, lead)
    if rings:
        centre.switch.ring(attempt_id)
    await asyncio.sleep(16)
    assert centre.switchboard.withdraw(attempt_id)
    row = await centre.over(attempt_id)
    assert (row.outcome, row.hung_up_by, row.detail) == (outcome, HungUpBy.SYSTEM, WITHDRAWN)
    assert centre.switch.verbs(attempt_id) == ["place", "hang_up"]
    assert not centre.switchboard.withdraw(attempt_id)
    assert not centre.switchboard.withdraw("ghost")


async def test_an_answer_that_crosses_the_withdrawal_is_counted_as_abandoned(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1")
    attempt_id = await centre.place(campaign, lead)
    centre.switch.answer(attempt_id)  # on its way to us
    assert centre.switchboard.withdraw(attempt_id)
    row = await centre.over(attempt_id)
    assert row.outcome is Outcome.ABANDONED
    assert row.answered_at
    counted = centre.metrics.registry.get_sample_value("ringpace_abandoned_total", {"campaign": "autumn"})
    assert counted == 1


async def test_whoever_is_answered_already_is_not_withdrawn(centre: Centre, campaign: Campaign, lead: Lead) -> None:
    await centre.log_in("agent1")
    attempt_id = await centre.talking(campaign, lead)
    assert not centre.switchboard.withdraw(attempt_id)
    assert centre.is_talking(attempt_id)


async def test_a_call_withdrawn_while_the_rules_are_checked_is_never_sent(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    attempt = await centre.claim(campaign, lead)

    async def hang_up_meanwhile(one: Attempt) -> str | None:
        assert centre.switchboard.hang_up(one.attempt_id, HungUpBy.SYSTEM)
        await asyncio.sleep(1)
        return None

    await centre.switchboard.place(attempt, campaign.plan, hang_up_meanwhile)
    assert (await centre.over(attempt.attempt_id)).outcome is Outcome.CANCELLED
    assert centre.switch.orders == []


async def test_an_order_whose_reply_is_lost_is_hung_up_for_it_may_ring(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    centre.switch.refuse("place", SwitchTimeoutError("no answer within 5 s"), done=True)
    attempt_id = await centre.place(campaign, lead)
    row = await centre.over(attempt_id)
    assert (row.outcome, row.hung_up_by) == (Outcome.FAILED, HungUpBy.SYSTEM)
    assert centre.switch.verbs(attempt_id) == ["place", "hang_up"]
    assert centre.switch.legs == {}


async def test_an_order_that_never_reached_the_switch_ends_once_the_switch_says_so(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    centre.switch.refuse("place", SwitchError("the connection is down"))
    centre.switch.refuse("hang_up", SwitchError("the connection is down"))
    centre.switch.refuse("channels", SwitchError("the connection is down"))
    row = await centre.over(await centre.place(campaign, lead))
    assert row.outcome is Outcome.FAILED
    assert (await centre.lead(lead.lead_id)).attempts == 0  # our own fault uses up none of its lifetime


async def test_an_agent_whose_leg_turns_out_to_be_gone_is_passed_over(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1", "agent2")
    centre.switch.dead_phones.add("agent1")
    centre.switch.lose(centre.roster.legs()[0])
    attempt_id = await centre.talking(campaign, lead)
    assert (await centre.row(attempt_id)).agent_id == "agent2"
    assert centre.roster.agent("agent1").state is AgentState.CALLING_IN
    # One leg, one recording: a second MixMonitor would write into the file of the first.
    assert centre.switch.verbs(attempt_id).count("record") == 1


async def test_a_bridge_refused_for_the_customers_leg_frees_the_agent(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1")
    attempt_id = await centre.answered(campaign, lead)
    centre.switch.lose(attempt_id)
    centre.switchboard.hear(ev.LegVanished(virtual_now(), attempt_id))
    await centre.over(attempt_id)
    await centre.agent_is("agent1", AgentState.READY)
    assert "agents/agent1/screen" not in centre.news.retained


async def test_a_call_that_is_never_bridged_leaves_no_recording_behind(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1")
    centre.switch.dead_phones.add("agent1")
    centre.switch.lose(centre.roster.legs()[0])
    attempt_id = await centre.answered(campaign, lead)
    await asyncio.sleep(3)
    assert "record" in centre.switch.verbs(attempt_id)
    centre.switch.leave(attempt_id)
    assert (await centre.over(attempt_id)).outcome is Outcome.ABANDONED
    await centre.books.flush()
    assert await centre.record.recordings.latest() == []
    assert list(centre.settings.spool_dir.iterdir()) == []


async def test_a_talk_goes_on_without_its_recording_and_the_gap_is_shown(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1")
    centre.switch.refuse("record", SwitchError("MixMonitor is not loaded"))
    attempt_id = await centre.talking(campaign, lead)
    await asyncio.sleep(10)
    centre.switch.leave(attempt_id)
    assert (await centre.over(attempt_id)).outcome is Outcome.ANSWERED
    await centre.keeper.drain()
    await centre.books.flush()
    assert (await centre.record.recordings.get(attempt_id)).state is RecordingState.MISSING


async def test_an_agent_whose_telephone_vanishes_ends_the_call_and_is_called_in_again(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1")
    attempt_id = await centre.talking(campaign, lead)
    (before,) = centre.roster.legs()
    centre.switch.leave(before)
    row = await centre.over(attempt_id)
    assert (row.outcome, row.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
    assert attempt_id not in centre.switch.legs
    await centre.agent_is("agent1", AgentState.READY)
    assert centre.roster.legs() != [before]


async def test_a_fault_in_one_calls_command_stays_in_that_call(centre: Centre, campaign: Campaign, lead: Lead) -> None:
    await centre.log_in("agent1", "agent2")
    (neighbour,) = await centre.leads(campaign)
    unharmed = await centre.talking(campaign, neighbour)
    centre.switch.refuse("bridge", ZeroDivisionError("a fault of ours"))
    broken = await centre.talking(campaign, lead)  # after another try
    assert centre.is_talking(unharmed)
    centre.switch.leave(broken)
    assert (await centre.over(broken)).outcome is Outcome.ANSWERED


async def test_a_leg_that_vanished_unheard_is_ended_by_reconciling(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    attempt_id = await centre.place(campaign, lead)
    await asyncio.sleep(0)
    centre.switch.lose(attempt_id)
    assert attempt_id in centre.switchboard.legs()
    assert centre.switchboard.hear(ev.LegVanished(virtual_now(), attempt_id))
    assert (await centre.over(attempt_id)).outcome is Outcome.FAILED
    assert (await centre.lead(lead.lead_id)).state is LeadState.WAITING


async def test_ringing_that_nobody_ends_is_ended_by_us(centre: Centre, campaign: Campaign, lead: Lead) -> None:
    attempt_id = await centre.place(campaign, lead)
    centre.switch.ring(attempt_id)
    row = await centre.over(attempt_id)
    assert (row.outcome, row.hung_up_by) == (Outcome.NO_ANSWER, HungUpBy.SYSTEM)


async def test_legs_of_others_are_left_to_others(centre: Centre) -> None:
    assert not centre.switchboard.hear(ev.LegAnswered(virtual_now(), "agent-agent1-1"))
    assert not centre.switchboard.hang_up("unknown", HungUpBy.AGENT)


# --- what is heard before an answer ---------------------------------------------------------------


@pytest.fixture
async def hearing(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": ()}, hears=True) as opened:
        yield opened


async def lets_be_heard(centre: Centre, early_media: bytes) -> str:
    """An attempt whose early media these are."""
    campaign = await centre.campaign()
    (lead,) = await centre.leads(campaign)
    attempt_id = await centre.place(campaign, lead)
    centre.switch.early_media = early_media
    centre.switch.progress(attempt_id)
    return attempt_id


async def test_a_line_on_which_nobody_will_answer_is_given_up_and_the_row_says_why(hearing: Centre) -> None:
    attempt_id = await lets_be_heard(hearing, busy_tone(4))
    row = await hearing.over(attempt_id)
    assert (row.outcome, row.hung_up_by, row.answered_at) == (Outcome.BUSY, HungUpBy.SYSTEM, None)
    assert (row.number_state, row.heard) == (NumberState.BUSY, "busy tone")
    assert row.state_confidence
    assert row.line_saved_s
    assert row.line_saved_s > 20
    assert "heard that" in str(row.detail)
    assert hearing.switch.verbs(attempt_id) == ["place", "listen", "hang_up"]
    counted = hearing.metrics.registry.get_sample_value
    assert counted("ringpace_number_states_total", {"state": "BUSY"}) == 1
    assert counted("ringpace_line_seconds_saved_total") == row.line_saved_s
    assert hearing.floor.shared.calls["carrier"] == set()


async def test_what_is_heard_with_the_networks_end_beats_its_code(hearing: Centre) -> None:
    attempt_id = await lets_be_heard(hearing, busy_tone(4))
    await asyncio.sleep(0.1)  # Asterisk is listening, and nobody has looked yet
    hearing.switch.leave(attempt_id, 19, 480)
    row = await hearing.over(attempt_id)
    assert (row.outcome, row.sip_code, row.hung_up_by) == (Outcome.BUSY, 480, HungUpBy.NETWORK)
    assert row.line_saved_s is None


async def test_what_nobody_knows_leaves_the_word_to_the_code(hearing: Centre) -> None:
    attempt_id = await lets_be_heard(hearing, noise(3))
    await asyncio.sleep(2)
    hearing.switch.leave(attempt_id, 34, 503)
    row = await hearing.over(attempt_id)
    assert (row.outcome, row.number_state, row.heard) == (Outcome.CONGESTION, NumberState.UNKNOWN, None)


async def test_whoever_answers_behind_a_ring_back_of_their_own_is_bridged_and_recorded(hearing: Centre) -> None:
    await hearing.log_in("agent1")
    attempt_id = await lets_be_heard(hearing, noise(3))
    await asyncio.sleep(2)
    hearing.switch.answer(attempt_id)
    await until(lambda: hearing.is_talking(attempt_id))
    await asyncio.sleep(1)
    verbs = hearing.switch.verbs(attempt_id)
    assert sorted(verbs) == ["bridge", "listen", "place", "record", "stop_listening"]
    # By its own id: the recording goes on.
    assert [order.what for order in hearing.switch.orders if order.verb == "stop_listening"] == ["0x7f0000000001"]
    hearing.switch.leave(attempt_id)
    row = await hearing.over(attempt_id)
    assert (row.outcome, row.number_state) == (Outcome.ANSWERED, NumberState.UNKNOWN)


async def test_pacing_sees_a_call_that_was_given_up_as_ended_unanswered(hearing: Centre) -> None:
    moves = []

    class Pacer:
        def call_moved(self, seen: Seen, before: CallState, _event: ev.Event) -> None:
            moves.append((before, seen.calling.call.state, seen.calling.call.answered, seen.calling.call.in_flight))

    hearing.switchboard.traffic.pacers[1] = cast("Any", Pacer())
    await hearing.over(await lets_be_heard(hearing, busy_tone(4)))
    assert moves[1:] == [
        (CallState.PLACED, CallState.ENDING, False, False),
        (CallState.ENDING, CallState.ENDED, False, False),
    ]


# --- what is heard after it -----------------------------------------------------------------------


async def answers_with(centre: Centre, sound: bytes, **plan: Any) -> str:
    """An attempt of a campaign that detects machines itself, answered with this sound."""
    campaign = await centre.campaign(answering_machines="own", **plan)
    (lead,) = await centre.leads(campaign)
    attempt_id = await centre.place(campaign, lead)
    centre.switch.early_media = sound
    centre.switch.answer(attempt_id)
    return attempt_id


async def test_a_machine_that_we_heard_is_hung_up_and_the_row_says_why(hearing: Centre) -> None:
    attempt_id = await answers_with(hearing, answered_by_a_beep())
    row = await hearing.over(attempt_id)
    assert (row.outcome, row.hung_up_by, row.machine_sampled) == (Outcome.MACHINE, HungUpBy.SYSTEM, None)
    assert row.detail == "answering-machine detection: a beep of 1000 Hz"
    assert hearing.switch.orders[0].what.endswith(":answered")  # not Asterisk's own detection


async def test_a_sampled_machine_is_bridged_and_the_row_and_the_report_tell(hearing: Centre) -> None:
    await hearing.log_in("agent1")
    attempt_id = await answers_with(hearing, answered_by_a_beep(), machine_sampling=1)
    await until(lambda: hearing.is_talking(attempt_id))
    hearing.switch.leave(attempt_id)
    row = await hearing.over(attempt_id)
    assert (row.outcome, row.machine_sampled) == (Outcome.ANSWERED, True)
    await hearing.record.attempts.update(attempt_id, disposition=Disposition.REFUSED)
    made = await report.build(hearing.record, campaign_id=None, law=Law(), recordings=hearing.settings.recordings_dir)
    assert made.sampled == Sampled(told=1, persons=1, unsaid=0)
    assert "1 of 1 sampled were persons" in dict(report.lines(made))["machines sampled"]


async def test_a_person_who_says_nothing_is_bridged_within_the_limit(hearing: Centre) -> None:
    await hearing.log_in("agent1")
    attempt_id = await answers_with(hearing, b"")
    await until(lambda: hearing.is_talking(attempt_id))
    hearing.switch.leave(attempt_id)
    row = await hearing.over(attempt_id)
    assert row.bridged_at
    assert row.answered_at
    assert (row.bridged_at - row.answered_at).total_seconds() <= 2


async def test_where_nobody_can_hear_everybody_is_a_person(centre: Centre) -> None:
    await centre.log_in("agent1")
    attempt_id = await answers_with(centre, answered_by_a_beep())
    await until(lambda: centre.is_talking(attempt_id))
    centre.switch.leave(attempt_id)
    row = await centre.over(attempt_id)
    assert row.bridged_at
    assert row.answered_at
    assert (row.bridged_at - row.answered_at).total_seconds() < 0.5
