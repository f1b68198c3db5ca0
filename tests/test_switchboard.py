from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core import events as ev
from dialer.core.call import WITHDRAWN
from dialer.core.errors import RecordError, SwitchError, SwitchTimeoutError
from dialer.core.model import AgentState, Attempt, HungUpBy, LeadState, Outcome, RecordingState

from .fakes.virtual_time import virtual_now

if TYPE_CHECKING:
    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign

    from .fakes.centre import Centre

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
