"""`dialer leads why` and `dialer leads import` as an operator types them, on records that need no call to be made."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from dialer.__main__ import main
from dialer.core.model import Attempt, CampaignStatus, Hold, Outcome
from dialer.core.plan import EVERY_DAY, CampaignPlan
from dialer.intake import Accepted
from dialer.record.record import Record
from dialer.settings import load_settings
from lab.carrier import population, write_csv
from lab.plan import CALLER_IDS, LabPlan, Ports, Secrets, write_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from dialer.core.model import Lead

ZONE_HOURS = 8
"""Of Shanghai, where the leads are, before UTC."""
ALL_DAY = [{"days": EVERY_DAY, "opens": "00:00", "closes": "00:00"}]
NEVER = [{"days": ["HOLIDAY"]}]
"""Without a holiday calendar there are no holidays."""
NOW = datetime.now(UTC)


def an_hour_ago_and_closed() -> dict[str, Any]:
    """An hour of the local day that is over."""
    opens = (NOW + timedelta(hours=ZONE_HOURS - 3)).hour
    return {"opens": f"{opens:02}:00", "closes": f"{(opens + 1) % 24:02}:00"}


@dataclass(frozen=True)
class Office:
    """An installation without any part running but its record."""

    settings: Path
    record: Record

    async def lead(self, *, campaign: str = "C", person: str = "P1", digits: str = "1", **plan: Any) -> Lead:
        """The one lead of a running campaign that may call at any hour."""
        rules = {"windows": ALL_DAY, "calendar": "none", "caller_id": CALLER_IDS[0]} | plan
        made = await self.record.campaigns.create(CampaignPlan(name=campaign, trunk="carrier", **rules), NOW)
        await self.record.campaigns.set_status(made.campaign_id, CampaignStatus.RUNNING, NOW, "operator")
        row = Accepted(1, f"K{person}", person, "王小明", ((f"+861391234567{digits}", ("Asia/Shanghai",)),))
        await self.record.leads.add(made.campaign_id, "list", "leads.csv", [row], NOW)
        (facts,) = [one async for one in self.record.leads.waiting_facts(made.campaign_id, NOW, 1)]
        return facts.lead

    async def call(self, lead: Lead, outcome: Outcome = Outcome.BUSY) -> None:
        """The lead was called just now, and is due again."""
        (number,) = lead.numbers
        attempt = Attempt(
            attempt_id=f"a{lead.lead_id}",
            campaign_id=lead.campaign_id,
            lead_id=lead.lead_id,
            number_id=number.number_id,
            e164=number.e164,
            person=lead.person,
            name=lead.name,
            trunk="carrier",
            caller_id=CALLER_IDS[0],
            queued_at=NOW,
        )
        await self.record.attempts.claim([attempt], "node1")
        await self.record.attempts.update(attempt.attempt_id, sent_at=NOW, ended_at=NOW, outcome=outcome)
        await self.record.leads.reschedule(lead.lead_id, NOW)

    async def say(self, *words: str) -> str:
        """What `dialer WORDS` prints."""
        words = ("--settings", str(self.settings), *words)
        result = await asyncio.to_thread(CliRunner().invoke, main, words)
        assert result.exit_code == 0, result.output
        return result.stdout

    async def why(self, lead: Lead) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(await self.say("leads", "why", str(lead.lead_id), "--json"))
        return said


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    ports = Ports(*range(1001, 1001 + len(Ports.__slots__)))
    settings = tmp_path / "ringpace.toml"
    (tmp_path / "data").mkdir()
    write_settings(settings, LabPlan(agents=0), ports, Secrets())
    async with Record(load_settings(settings).database_url.get_secret_value()) as record:
        yield Office(settings, record)


# --- each situation: made, and what it is called --------------------------------------------------


async def nothing(office: Office) -> Lead:
    return await office.lead()


async def outside_its_window(office: Office) -> Lead:
    return await office.lead(windows=[{"days": EVERY_DAY, **an_hour_ago_and_closed()}])


async def in_windows_that_never_open(office: Office) -> Lead:
    return await office.lead(windows=NEVER)


async def outside_legal_hours(office: Office) -> Lead:
    hours = an_hour_ago_and_closed()
    with office.settings.open("a", encoding="utf-8") as more:
        more.write(f'[law.legal_hours_by_country.86]\nopens = "{hours["opens"]}"\ncloses = "{hours["closes"]}"\n')
    return await office.lead()


async def capped_by_number(office: Office) -> Lead:
    lead = await office.lead(caps={"per_number": 1, "per_days": 31})
    await office.call(lead)
    return lead


async def capped_as_a_lead(office: Office) -> Lead:
    lead = await office.lead(caps={"per_lead": 1, "per_days": 31})
    await office.call(lead)
    return lead


async def capped_as_a_person(office: Office) -> Lead:
    await office.call(await office.lead(campaign="another", digits="2"))
    return await office.lead(caps={"per_person": 1, "per_days": 31})


async def capped_for_life(office: Office) -> Lead:
    lead = await office.lead(caps={"lead_lifetime": 1})
    await office.call(lead)
    return lead


async def on_the_do_not_call_list(office: Office) -> Lead:
    lead = await office.lead()
    await office.say("do-not-call", "add", lead.numbers[0].e164, "--reason", "asked in the shop")
    return lead


async def waiting_for_a_retry(office: Office) -> Lead:
    lead = await office.lead()
    await office.call(lead)
    await office.record.leads.reschedule(lead.lead_id, NOW + timedelta(hours=4))
    return lead


async def finished(office: Office) -> Lead:
    lead = await office.lead()
    await office.record.leads.finish(lead.lead_id, "AGREED")
    return lead


async def of_a_paused_campaign(office: Office) -> Lead:
    lead = await office.lead()
    await office.say("campaign", "pause", "C")
    return lead


async def of_a_campaign_to_come(office: Office) -> Lead:
    return await office.lead(starts_on=NOW.date() + timedelta(days=2))


async def of_a_campaign_that_ended(office: Office) -> Lead:
    return await office.lead(ends_on=NOW.date() - timedelta(days=2))


async def without_a_number_left(office: Office) -> Lead:
    lead = await office.lead()
    await office.record.leads.kill_number(lead.numbers[0].number_id)
    return lead


async def without_a_caller_id(office: Office) -> Lead:
    return await office.lead(caller_id="+861012345678")


SITUATIONS: dict[Callable[[Office], Awaitable[Lead]], tuple[Hold, str, bool]] = {
    nothing: (Hold.NONE, "may be called now", True),
    outside_its_window: (Hold.OUTSIDE_WINDOW, "window closed; opens ", True),
    in_windows_that_never_open: (Hold.OUTSIDE_WINDOW, "never opens again", False),
    outside_legal_hours: (Hold.OUTSIDE_LEGAL_HOURS, "outside legal hours: it is ", True),
    capped_by_number: (Hold.CAP_NUMBER, "this number was called 1 times in 31 days; the cap is 1", True),
    capped_as_a_lead: (Hold.CAP_LEAD, "this lead was called 1 times in 31 days; the cap is 1", True),
    capped_as_a_person: (Hold.CAP_PERSON, "this person was called 1 times in 31 days; the cap is 1", True),
    capped_for_life: (Hold.CAP_LEAD, "called 1 times in all", False),
    on_the_do_not_call_list: (Hold.DO_NOT_CALL, "every number left is on a do-not-call list", False),
    waiting_for_a_retry: (Hold.RETRY_NOT_DUE, "retry due ", True),
    finished: (Hold.FINISHED, "finished: AGREED", False),
    of_a_paused_campaign: (Hold.CAMPAIGN_PAUSED, "the campaign is paused", False),
    of_a_campaign_to_come: (Hold.CAMPAIGN_NOT_STARTED, "the campaign starts on ", True),
    of_a_campaign_that_ended: (Hold.CAMPAIGN_ENDED, "the campaign ended on ", False),
    without_a_number_left: (Hold.NO_NUMBER, "none of its numbers can be dialled any more", False),
    without_a_caller_id: (Hold.NO_CALLER_ID, "the trunk may not show ", False),
}
"""What it is called, a part of its words, and whether it is known from when the lead may be called."""


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
async def test_the_reason_is_right(office: Office, situation: Callable[[Office], Awaitable[Lead]]) -> None:
    hold, words, until = SITUATIONS[situation]
    said = await office.why(await situation(office))
    assert said["hold"] == hold
    assert words in said["detail"]
    assert (said["until"] is not None) == until
    if until and hold is not Hold.NONE:
        assert datetime.fromisoformat(said["until"]) > NOW


async def test_people_get_one_line_with_a_masked_number(office: Office) -> None:
    lead = await outside_its_window(office)
    line = await office.say("leads", "why", lead.numbers[0].e164)
    assert line.startswith(f"lead {lead.lead_id} (王小明, 139****5671) in 'C': OUTSIDE_WINDOW: window closed; opens ")
    assert "; may be called from " in line
    assert line.count("\n") == 1


async def test_a_broken_list_loses_nothing_but_its_broken_rows(office: Office, tmp_path: Path) -> None:
    await office.lead()
    customers = population(30, Random(1))
    bad = write_csv(tmp_path / "leads.csv", customers, Random(2))
    said = json.loads(await office.say("leads", "import", str(tmp_path / "leads.csv"), "--campaign", "C", "--json"))
    assert (said["accepted"], said["rejected_count"]) == (len(customers), bad)
    assert len(said["rejected"]) == bad
    assert all(refused["row"] and refused["reason"] for refused in said["rejected"])
    waiting = [facts.lead async for facts in office.record.leads.waiting_facts(1, NOW, 1000)]
    assert {customer.key for customer in customers} <= {lead.key for lead in waiting}
    again = json.loads(await office.say("leads", "import", str(tmp_path / "leads.csv"), "--campaign", "C", "--json"))
    assert again["accepted"] == 0
