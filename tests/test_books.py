from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.adoption import closed
from dialer.books import Closing, DispositionEntry
from dialer.core import events as ev
from dialer.core.errors import NotFoundError, RecordError
from dialer.core.model import AgentState, Disposition, LeadState, Outcome
from dialer.core.plan import DEFAULT_RETRIES

from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign

    from .fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


class Failing:
    """Puts a failure before a method of the record, for so many calls."""

    def __init__(self, subject: object, method: str, times: int = 1) -> None:
        self._real: Callable[..., Awaitable[Any]] = getattr(subject, method)
        self.left = times
        setattr(subject, method, self)

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.left:
            self.left -= 1
            raise RecordError("the database is away")
        return await self._real(*args, **kwargs)


async def talked(centre: Centre, campaign: Campaign, lead: Lead, *, over: bool = True) -> str:
    """An attempt with a talk of ten seconds, which is over or goes on."""
    if centre.roster.agent("agent1").state is AgentState.OFFLINE:
        await centre.log_in("agent1")
    attempt_id = await centre.place(campaign, lead)
    centre.switch.answer(attempt_id)
    await centre.agent_is("agent1", AgentState.TALKING)
    await asyncio.sleep(10)
    if over:
        centre.switch.leave(attempt_id)
        await centre.over(attempt_id)
    return attempt_id


async def test_a_busy_number_is_due_again_after_its_rules_delay(centre: Centre, campaign: Campaign, lead: Lead) -> None:
    attempt_id = await centre.place(campaign, lead)
    centre.switch.leave(attempt_id, 17, 486)
    row = await centre.over(attempt_id)
    assert (row.outcome, row.cause, row.sip_code) == (Outcome.BUSY, 17, 486)
    after = await centre.lead(lead.lead_id)
    assert row.ended_at
    assert after.due_at == row.ended_at + timedelta(seconds=DEFAULT_RETRIES[Outcome.BUSY].delay_s)
    assert (after.state, after.due_number_id, after.attempts) == (LeadState.WAITING, row.number_id, 1)


async def test_an_invalid_number_dies_and_the_lead_with_it_or_goes_on_with_another(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    (two_numbers,) = await centre.leads(campaign, numbers=("+8613900000001", "+8613900000002"))
    for one in (lead, two_numbers):
        attempt_id = await centre.place(campaign, one)
        centre.switch.leave(attempt_id, 1, 404)
        assert (await centre.over(attempt_id)).outcome is Outcome.INVALID
    finished, waiting = await centre.lead(lead.lead_id), await centre.lead(two_numbers.lead_id)
    assert (finished.state, finished.numbers[0].dead) == (LeadState.FINISHED, True)
    assert [number.dead for number in waiting.numbers] == [True, False]
    assert waiting.due_number_id == waiting.numbers[1].number_id


async def test_an_end_and_what_is_due_after_it_are_written_at_once(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    """At no moment may the lead look as if it could be claimed anew."""
    attempt_id = await centre.place(campaign, lead)
    centre.switch.leave(attempt_id, 17, 486)

    async def over() -> bool:
        assert await centre.record.leads.candidates(campaign.campaign_id, virtual_now(), 10) == []
        return (await centre.record.attempts.get(attempt_id)).ended_at is not None

    while not await over():  # noqa: ASYNC110 - it is looked at on purpose, again and again
        await asyncio.sleep(0.01)
    assert await over()


@pytest.mark.parametrize("disposition", [Disposition.AGREED, Disposition.REFUSED, Disposition.DO_NOT_CALL])
@pytest.mark.parametrize("when", ["in the talk", "in wrap-up", "late"])
async def test_a_final_disposition_finishes_the_lead_whenever_it_is_given(
    centre: Centre, campaign: Campaign, lead: Lead, disposition: Disposition, when: str
) -> None:
    attempt_id = await talked(centre, campaign, lead, over=when != "in the talk")
    if when == "late":
        await centre.agent_is("agent1", AgentState.READY)
        assert (await centre.row(attempt_id)).disposition is Disposition.NOT_RECORDED
    await centre.books.dispose(attempt_id, DispositionEntry(disposition, "code", "好的"), campaign.plan)
    centre.roster.disposed("agent1", ev.DispositionGiven(virtual_now(), attempt_id, disposition))
    if when == "in the talk":
        centre.switch.leave(attempt_id)
    row = await centre.over(attempt_id)
    assert (row.outcome, row.disposition, row.reason, row.note) == (Outcome.ANSWERED, disposition, "code", "好的")
    assert (await centre.lead(lead.lead_id)).state is LeadState.FINISHED
    await centre.agent_is("agent1", AgentState.READY, within_s=0.5)  # nothing is left to wrap up
    listed = await centre.record.do_not_call.listed([lead.numbers[0].e164])
    assert bool(listed) == (disposition is Disposition.DO_NOT_CALL)


async def test_a_call_back_is_due_at_the_time_that_was_asked_for(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    attempt_id = await talked(centre, campaign, lead, over=False)
    wanted = virtual_now() + timedelta(days=1)
    entry = DispositionEntry(Disposition.CALL_BACK, call_back_at=wanted)
    await centre.books.dispose(attempt_id, entry, campaign.plan)
    centre.switch.leave(attempt_id)
    await centre.over(attempt_id)
    assert (await centre.lead(lead.lead_id)).due_at == wanted


async def test_the_end_of_the_wrap_up_never_overwrites_what_the_agent_has_just_recorded(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    attempt_id = await talked(centre, campaign, lead)
    disposing = asyncio.create_task(
        centre.books.dispose(attempt_id, DispositionEntry(Disposition.AGREED), campaign.plan)
    )
    await asyncio.sleep(0)
    centre.books.gap(attempt_id, virtual_now())  # the wrap-up's time is over while the disposition is being written
    await disposing
    assert (await centre.row(attempt_id)).disposition is Disposition.AGREED
    assert (await centre.lead(lead.lead_id)).state is LeadState.FINISHED


@pytest.mark.parametrize("method", ["known", "write"])
async def test_a_database_that_fails_in_between_loses_nothing_and_does_nothing_twice(
    centre: Centre, campaign: Campaign, lead: Lead, method: str
) -> None:
    attempt_id = await centre.place(campaign, lead)
    failing = Failing(centre.record.closings, method, times=3)
    centre.switch.lose(attempt_id)
    centre.switchboard.hear(ev.LegVanished(virtual_now(), attempt_id))
    await until(lambda: centre.books.trouble is not None)
    assert centre.books.trouble == "the database is away"
    await until(lambda: failing.left == 0 and centre.books.trouble is None)
    row = await centre.record.attempts.get(attempt_id)
    assert (row.outcome, row.sent_at is not None) == (Outcome.FAILED, True)
    after = await centre.lead(lead.lead_id)
    assert (after.state, after.attempts) == (LeadState.WAITING, 0)


async def test_an_own_fault_takes_one_attempt_off_the_count_and_no_more(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    for _ in range(2):
        busy = await centre.place(campaign, lead)
        centre.switch.leave(busy, 17, 486)
        await centre.over(busy)
    failed = await centre.place(campaign, lead)
    Failing(centre.record.closings, "write", times=2)
    centre.switch.lose(failed)
    centre.switchboard.hear(ev.LegVanished(virtual_now(), failed))
    await until(lambda: centre.books.trouble is not None)
    await until(lambda: centre.books.trouble is None)
    assert (await centre.lead(lead.lead_id)).attempts == 2


async def test_an_end_that_is_reported_twice_counts_once(centre: Centre, campaign: Campaign, lead: Lead) -> None:
    busy = await centre.place(campaign, lead)
    centre.switch.leave(busy, 17, 486)
    await centre.over(busy)
    row = await centre.record.attempts.get(await centre.place(campaign, lead))
    for _ in range(2):
        centre.books.closed(Closing(row.placed, campaign.plan, closed(row, None, virtual_now())))
        await centre.books.flush()
    assert (await centre.lead(lead.lead_id)).attempts == 1


async def test_an_opt_out_stands_though_the_call_ends_without_knowing_of_it(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    attempt_id = await centre.place(campaign, lead)
    centre.books.opted_out(attempt_id, None, "pressed 9")
    centre.switch.leave(attempt_id)
    row = await centre.over(attempt_id)
    assert row.opted_out
    assert await centre.record.do_not_call.listed([row.e164]) == {row.e164}


async def test_somebody_who_calls_back_is_listed_by_their_own_number(centre: Centre) -> None:
    centre.books.opted_out("inbound", "+8613912345678", "pressed 9")
    await centre.books.flush()
    assert await centre.record.do_not_call.count() == 1


async def test_changes_are_written_many_at_a_time(centre: Centre, campaign: Campaign) -> None:
    writes: list[int] = []
    write = centre.record.closings.write

    async def count(changes: dict[str, Any], settled: list[Any]) -> list[str]:
        writes.append(len(changes))
        return await write(changes, settled)

    centre.record.closings.write = count  # type: ignore[method-assign,assignment]
    for lead in await centre.leads(campaign, 20):
        centre.switch.ring(await centre.place(campaign, lead))
    await asyncio.sleep(1)
    assert sum(writes) >= 20
    assert len(writes) <= 3


async def test_a_disposition_of_an_unknown_attempt_is_refused(centre: Centre, campaign: Campaign) -> None:
    with pytest.raises(NotFoundError, match="ghost"):
        await centre.books.dispose("ghost", DispositionEntry(Disposition.AGREED), campaign.plan)


async def test_a_wish_on_a_leg_that_we_never_heard_of_lists_the_attempts_own_number(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    attempt = await centre.claim(campaign, lead)  # another node's: no call of ours
    centre.books.opted_out(attempt.attempt_id, attempt.caller_id, "pressed 9")
    row = await centre.row(attempt.attempt_id)
    assert row.opted_out
    assert await centre.record.do_not_call.listed([row.e164, attempt.caller_id]) == {row.e164}


async def test_what_is_unwritten_can_be_named(centre: Centre, campaign: Campaign, lead: Lead) -> None:
    Failing(centre.record.do_not_call, "add", times=100)
    attempt_id = await centre.place(campaign, lead)
    centre.books.opted_out(attempt_id, None, "pressed 9")
    centre.switch.leave(attempt_id, 17, 486)
    await until(lambda: centre.books.unwritten() == {"closed": [attempt_id], "opted_out": [attempt_id]})
