from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from dialer.allowance import NOT_READ, Allowance
from dialer.core.abandonment import LEGAL_WINDOWS, Fate, LegalWindow, Per, Tally, WindowKind
from dialer.core.call import CallState
from dialer.core.model import Disposition, Outcome
from dialer.core.plan import Law
from dialer.record.schema import attempt

from .fakes.centre import Centre
from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from dialer.core import events as ev
    from dialer.record.campaigns import Campaign
    from dialer.traffic import Seen

pytestmark = pytest.mark.virtual_time

HOUR = timedelta(hours=1)
ALL = LegalWindow(name="all", kind=WindowKind.ROLLING, hours=24, per=Per.ALL, limit=0.05)


class Counting:
    """A pacer that only counts."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self.fates: list[Fate] = []

    def call_moved(self, seen: Seen, before: CallState, event: ev.Event) -> None:
        del before, event
        if fate := self.allowance.heard(seen.calling):
            self.fates.append(fate)

    def disposed(self, before: Disposition | None, now: Disposition) -> None:
        raise AssertionError((before, now))

    def lost_count(self, why: str) -> None:
        raise AssertionError(why)

    def foretell(self, now_s: float) -> Any:
        raise AssertionError(now_s)


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": (), "agent2": ()}) as opened:
        yield opened


@pytest.fixture
async def campaign(centre: Centre) -> Campaign:
    return await centre.campaign(record=False)


def counting(centre: Centre, campaign: Campaign, law: Law | None = None) -> Counting:
    """An allowance that hears of the campaign's calls; nothing is read yet."""
    allowance = Allowance(centre.record, campaign.campaign_id, campaign.plan.abandon_limit_s, law or Law())
    made = centre.switchboard.traffic.pacers[campaign.campaign_id] = Counting(allowance)
    return made


async def in_the_record(
    centre: Centre, campaign: Campaign, at: datetime, *, answers: int, abandoned: int = 0
) -> list[str]:
    """Calls that were answered then, and are over; their ids."""
    leads = await centre.leads(campaign, answers)
    rows = []
    for number, lead in enumerate(leads):
        one = await centre.claim(campaign, lead)
        lost = number < abandoned
        rows.append(one.attempt_id)
        await centre.record.attempts.update(
            one.attempt_id,
            sent_at=at,
            answered_at=at,
            ended_at=at + timedelta(minutes=1),
            outcome=Outcome.ABANDONED if lost else Outcome.ANSWERED,
            **({"message_at": at + timedelta(seconds=2)} if lost else {"bridged_at": at + timedelta(seconds=0.1)}),
        )
    return rows


def counts(allowance: Allowance) -> dict[str, tuple[float, float]]:
    return {one.window.name: (one.share.answers, one.share.abandoned) for one in allowance.standings(virtual_now())}


async def abandon(centre: Centre, campaign: Campaign) -> None:
    """Somebody answers, and nobody comes."""
    (lead,) = await centre.leads(campaign)
    attempt_id = await centre.answered(campaign, lead)
    await asyncio.sleep(3)
    centre.switch.leave(attempt_id)
    await centre.over(attempt_id)


async def test_what_was_before_and_what_happens_now_are_counted_once(centre: Centre, campaign: Campaign) -> None:
    await in_the_record(centre, campaign, virtual_now() - HOUR, answers=4, abandoned=1)
    await in_the_record(centre, campaign, virtual_now() - 24.5 * HOUR, answers=2, abandoned=2)
    made = counting(centre, campaign)
    await abandon(centre, campaign)  # before it is read: in the record, and told as well
    assert made.allowance.doubt(virtual_now()) == NOT_READ
    await made.allowance.read(virtual_now())
    assert counts(made.allowance) == {"24h": (5, 2), "30d": (7, 4)}
    await abandon(centre, campaign)
    assert counts(made.allowance) == {"24h": (6, 3), "30d": (8, 5)}
    assert made.fates == [Fate.NOBODY_CAME, Fate.NOBODY_CAME]
    await made.allowance.read(virtual_now())
    assert counts(made.allowance) == {"24h": (6, 3), "30d": (8, 5)}


async def test_an_agent_who_came_too_late_is_one_who_did_not_come(centre: Centre, campaign: Campaign) -> None:
    made = counting(centre, campaign)
    await made.allowance.read(virtual_now())
    (lead,) = await centre.leads(campaign)
    attempt_id = await centre.answered(campaign, lead)
    await asyncio.sleep(1.99)
    centre.roster.login("agent1")  # the bridge is on its way as the limit runs out
    await until(lambda: centre.is_talking(attempt_id))
    calling = centre.switchboard._calls[attempt_id]  # noqa: SLF001 - the switch of the tests is never late by itself
    assert calling.call.timeline.answered_at
    assert made.fates == [Fate.IN_TIME]
    calling.call.timeline.answered_at -= timedelta(seconds=1)
    made.fates.clear()
    made.allowance = Allowance(centre.record, campaign.campaign_id, 2.0, Law())
    assert made.allowance.heard(calling) is Fate.TOO_LATE
    assert made.allowance.quarter().abandoned == 1


async def test_the_last_quarter_of_an_hour_outlives_a_restart_and_passes(centre: Centre, campaign: Campaign) -> None:
    await in_the_record(centre, campaign, virtual_now() - HOUR / 6, answers=5, abandoned=1)
    made = counting(centre, campaign)
    await made.allowance.read(virtual_now())
    assert (made.allowance.quarter().answers, made.allowance.quarter().abandoned) == (5, 1)
    await asyncio.sleep(901)
    assert made.allowance.quarter().answers == 0
    await made.allowance.read(virtual_now())  # once is enough
    assert made.allowance.quarter().answers == 0


async def test_the_window_that_can_bear_least_is_the_one_to_go_by(centre: Centre, campaign: Campaign) -> None:
    await in_the_record(centre, campaign, virtual_now() - HOUR, answers=10)
    await in_the_record(centre, campaign, virtual_now() - 30 * HOUR, answers=10, abandoned=1)
    made = counting(centre, campaign)
    assert made.allowance.tightest(0.03, virtual_now()) is None
    assert made.allowance.tally(0.03, virtual_now()).live_answers == 0
    await made.allowance.read(virtual_now())
    tightest = made.allowance.tightest(0.03, virtual_now())
    assert tightest
    assert tightest.window.name == "30d"
    assert made.allowance.tally(0.03, virtual_now()).abandoned == 1


async def test_a_window_of_all_campaigns_counts_the_others_too(centre: Centre, campaign: Campaign) -> None:
    other = await centre.campaign("other", record=False)
    await in_the_record(centre, other, virtual_now() - HOUR, answers=3, abandoned=2)
    made = counting(centre, campaign, Law(abandonment=(*LEGAL_WINDOWS, ALL)))
    await made.allowance.read(virtual_now())
    await abandon(centre, campaign)
    assert counts(made.allowance) == {"24h": (1, 1), "30d": (1, 1), "all": (4, 3)}
    await in_the_record(centre, other, virtual_now(), answers=1, abandoned=1)
    await made.allowance.compare(virtual_now())
    assert counts(made.allowance)["all"] == (5, 4)


async def test_a_ledger_that_contradicts_the_record_is_doubted_until_they_agree(
    centre: Centre, campaign: Campaign, caplog: pytest.LogCaptureFixture
) -> None:
    made = counting(centre, campaign)
    await made.allowance.read(virtual_now())
    await in_the_record(centre, campaign, virtual_now() - HOUR, answers=5, abandoned=3)  # nobody told the ledger
    assert not made.allowance.wants_comparing()
    await asyncio.sleep(61)
    assert made.allowance.wants_comparing()
    await made.allowance.compare(virtual_now())
    assert "the record 3 of 5" in str(made.allowance.doubt(virtual_now()))
    assert "contradicts the record" in caplog.text
    assert counts(made.allowance)["24h"] == (5, 3)
    assert not made.allowance.wants_comparing()
    await asyncio.sleep(61)
    await made.allowance.compare(virtual_now())
    assert made.allowance.doubt(virtual_now()) is None


async def test_a_call_that_is_being_written_is_no_contradiction(centre: Centre, campaign: Campaign) -> None:
    made = counting(centre, campaign)
    await made.allowance.read(virtual_now())
    for _ in range(4):
        await abandon(centre, campaign)
    async with centre.record.database.write() as connection:
        await connection.execute(sa.update(attempt).values(outcome=None, ended_at=None, message_at=None))
    await made.allowance.compare(virtual_now())
    assert made.allowance.doubt(virtual_now()) is None
    await asyncio.sleep(200)  # by then it must have been written
    await made.allowance.compare(virtual_now())
    assert "the ledger has 4 abandoned" in str(made.allowance.doubt(virtual_now()))


async def test_a_record_that_is_away_is_no_contradiction(centre: Centre, campaign: Campaign) -> None:
    made = counting(centre, campaign)
    await made.allowance.read(virtual_now())
    await centre.record.close()
    await made.allowance.compare(virtual_now())
    assert made.allowance.doubt(virtual_now()) is None
    await centre.record.open()


@pytest.mark.parametrize(("abandoned", "doubted"), [(12, False), (13, True)])
async def test_a_window_that_cannot_recover_within_hours_is_doubted(
    centre: Centre, campaign: Campaign, abandoned: int, *, doubted: bool
) -> None:
    """At three per cent, four hundred answers to come make good twelve abandonments."""
    await in_the_record(centre, campaign, virtual_now() - HOUR, answers=abandoned, abandoned=abandoned)
    made = counting(centre, campaign)
    await made.allowance.read(virtual_now())
    doubt = made.allowance.doubt(virtual_now())
    assert (doubt is not None) is doubted
    assert doubt is None or "13 of 13 live answers abandoned, 100.0%: too far over 3.0%" in doubt


async def test_what_is_told_while_windows_of_all_campaigns_are_read_is_not_lost(
    centre: Centre, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = counting(centre, campaign, Law(abandonment=(*LEGAL_WINDOWS, ALL)))
    all_campaigns = centre.record.campaigns.all

    async def meanwhile() -> list[Campaign]:
        found = await all_campaigns()
        await abandon(centre, campaign)
        async with centre.record.database.write() as connection:  # it is not written yet
            await connection.execute(sa.update(attempt).values(outcome=None, ended_at=None, message_at=None))
        return found

    monkeypatch.setattr(centre.record.campaigns, "all", meanwhile)
    await made.allowance.read(virtual_now())
    assert counts(made.allowance) == {"24h": (1, 1), "30d": (1, 1), "all": (1, 1)}


async def test_an_answer_that_is_bridged_too_late_and_hung_up_is_one_answer(centre: Centre, campaign: Campaign) -> None:
    made = counting(centre, campaign)
    await made.allowance.read(virtual_now())
    (lead,) = await centre.leads(campaign)
    attempt_id = await centre.answered(campaign, lead)
    await until(lambda: centre.switchboard.states(campaign.campaign_id)[CallState.WAITING] == 1)
    calling = centre.switchboard._calls[attempt_id]  # noqa: SLF001 - the switch of the tests is never late by itself
    assert calling.call.timeline.answered_at
    calling.call.timeline.answered_at -= timedelta(seconds=1)
    await asyncio.sleep(1.5)
    centre.roster.login("agent1")
    await until(lambda: centre.is_talking(attempt_id))
    centre.switch.leave(attempt_id)
    await centre.over(attempt_id)
    assert made.fates == [Fate.TOO_LATE]
    assert counts(made.allowance)["24h"] == (1, 1)
    assert (made.allowance.quarter().answers, made.allowance.quarter().abandoned) == (1, 1)
    judged = centre.metrics.registry.get_sample_value
    assert judged("ringpace_live_answers_total", {"campaign": "autumn"}) == 1
    assert judged("ringpace_abandoned_total", {"campaign": "autumn"}) == 1


async def test_without_any_window_the_last_day_by_the_record_counts(centre: Centre, campaign: Campaign) -> None:
    await in_the_record(centre, campaign, virtual_now() - HOUR, answers=4, abandoned=1)
    made = counting(centre, campaign, Law(abandonment=()))
    await made.allowance.read_last_day(virtual_now())
    assert made.allowance.tally(0.03, virtual_now()) == Tally(4, 1)
