"""What the books know when a call has ended: the campaign's hours, the lead's calls, and which hours are full."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event

from dialer.books import DispositionEntry
from dialer.core.chances import Chances
from dialer.core.eligibility import Facts
from dialer.core.features import Past, features_of
from dialer.core.model import Disposition, Outcome

from .fakes.virtual_time import MIDMORNING, virtual_now

if TYPE_CHECKING:
    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign

    from .fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING = MIDMORNING.astimezone(SHANGHAI).replace(hour=19, minute=0, second=0, microsecond=0).astimezone(UTC)


async def teach(centre: Centre, campaign: Campaign, lead: Lead, good: int = 19) -> None:
    """The campaign has learned that people answer in this hour."""
    model, facts = Chances(), Facts(lead, in_flight=False, listed=frozenset(), sent=())
    day = MIDMORNING.astimezone(SHANGHAI)
    for call in range(440):
        at = day.replace(hour=9 + call % 11)
        model.learn(features_of(facts, lead.numbers[0], Past(), campaign.plan, at), at.hour == good)
    await centre.record.chances.save(campaign.campaign_id, model, virtual_now())


async def unanswered(centre: Centre, campaign: Campaign, lead: Lead) -> Lead:
    """The lead after a call that was declined."""
    attempt_id = await centre.place(campaign, lead)
    centre.switch.leave(attempt_id, 21, 603)
    assert (await centre.over(attempt_id)).outcome is Outcome.REJECTED
    return await centre.lead(lead.lead_id)


async def test_a_call_that_ends_is_due_again_in_the_best_hour_and_it_is_told_why(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await teach(centre, campaign, lead)
    after = await unanswered(centre, campaign, lead)
    assert after.due_at == EVENING
    because = await centre.record.leads.due_because(lead.lead_id)
    assert because is not None
    assert because.startswith("REJECTED: Mon 19-20 h is ")


async def test_while_nothing_is_known_the_plain_rule_stands(centre: Centre, campaign: Campaign, lead: Lead) -> None:
    after = await unanswered(centre, campaign, lead)
    assert after.due_at is not None
    assert after.due_at >= MIDMORNING + timedelta(hours=24)
    assert await centre.record.leads.due_because(lead.lead_id) == "REJECTED: try another part of the day"


async def test_an_hour_in_which_many_sleep_already_is_left_to_them(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    others = await centre.leads(campaign, 3)
    for other in others:
        await centre.record.leads.reschedule(other.lead_id, EVENING)
    await teach(centre, campaign, lead)
    assert (await unanswered(centre, campaign, lead)).due_at != EVENING


async def test_what_an_agent_records_later_goes_by_the_same_knowledge(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await teach(centre, campaign, lead)
    await centre.log_in("agent1")
    attempt_id = await centre.answered(campaign, lead)
    await asyncio.sleep(5)
    centre.switch.leave(attempt_id)
    await centre.over(attempt_id)
    await centre.books.dispose(attempt_id, DispositionEntry(Disposition.MACHINE), campaign.plan)
    assert (await centre.lead(lead.lead_id)).due_at == EVENING


async def test_many_calls_that_end_together_cost_one_question_more(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    """Not one for each: the other questions are asked once in minutes."""
    others = await centre.leads(campaign, 12)
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    async def questions(some: list[Lead]) -> int:
        ids = [await centre.place(campaign, one) for one in some]
        asked.clear()
        for attempt_id in ids:
            centre.switch.leave(attempt_id, 21, 603)
        await asyncio.sleep(1)
        return len(asked)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        plain = await questions([lead])
        await teach(centre, campaign, lead)
        await asyncio.sleep(301)
        await questions(others[:4])
        assert 0 < await questions(others[4:]) <= plain + 1
    finally:
        event.remove(Engine, "before_cursor_execute", note)
