from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dialer.appraisal import NO_ORDERS, Ratios, appraise, asked_of, ratios
from dialer.core.band import AnswerBand
from dialer.core.cube import By, Calls
from dialer.core.model import CampaignStatus, Disposition, Outcome
from dialer.core.plan import CampaignPlan
from dialer.record.campaigns import Campaign
from tests.record.bulk import Made, call, import_list

if TYPE_CHECKING:
    from tests.fakes.centre import Centre

AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
UNTIL = datetime(2026, 11, 24, tzinfo=UTC)


def test_ratios_are_of_those_who_answered_and_what_is_not_measured_is_none() -> None:
    calls = Calls(attempts=200, answered=50, talks=48, long_talks=30, agreed=5)
    assert ratios(calls) == Ratios(0.25, 0.6, 0.1, None)
    assert ratios(calls, of_agent=True).answer_rate is None
    assert ratios(Calls()) == Ratios(None, None, None, None)


@pytest.mark.parametrize(
    ("caller_id", "zone", "code"),
    [("+862155550000", "Asia/Shanghai", "86"), ("+12025550123", "America/New_York", "1"), ("anonymous", "UTC", "")],
)
def test_a_campaign_is_at_home_where_its_caller_id_is(caller_id: str, zone: str, code: str) -> None:
    plan = CampaignPlan(name="autumn", trunk="carrier", caller_id=caller_id)
    asked = asked_of(Campaign(1, plan, CampaignStatus.RUNNING), "CN", None, UNTIL)
    assert (asked.zone.key, asked.country_code) == (zone, code)


async def test_an_appraisal_tells_all_that_is_asked_of_it(centre: Centre) -> None:
    campaign = await centre.campaign(answer_band=AnswerBand(lower=0.3, upper=0.5))
    leads = await import_list(centre.record, campaign, "autumn", [f"+861380000{n:04}" for n in range(150)], AT)
    calls = [(each, Made(AT, Outcome.INVALID, rang_s=1.0)) for each in leads[:100]]
    agreed = Made(AT, Outcome.ANSWERED, 40.0, disposition=Disposition.AGREED, agent_id="agent1")
    calls += [(each, agreed) for each in leads[100:]]
    await call(centre.record, campaign, calls)
    database = centre.record.database
    made = await appraise(database, campaign, asked_of(campaign, "CN", None, UNTIL))
    values = json.loads(json.dumps(made.values()))
    assert values["ratios"] == {
        "answer_rate": pytest.approx(1 / 3),
        "long_talks": 1.0,
        "conversion": 1.0,
        "order_success": None,
    }
    assert values["order_success"] == NO_ORDERS
    assert (values["position"], values["band"]) == ("WITHIN", [0.3, 0.5])
    assert values["outcomes"] == {"ANSWERED": 50, "INVALID": 100}
    (group,) = values["groups"]
    assert (group["name"], group["attempts"], group["dead"]) == ("list 'autumn' (1)", 150, 100)
    (agent,) = made.values(By.AGENT)["groups"]
    assert (agent["key"], agent["ratios"]["answer_rate"], agent["ratios"]["conversion"]) == ("agent1", None, 1.0)
    for by, key in ((By.DAY, "2026-11-23"), (By.HOUR, "10"), (By.PREFIX, "+86138"), (By.SEGMENT, "+861380000")):
        assert list(made.groups(by)) == [key]
    assert list(made.groups(By.TRUNK)) == ["carrier"]


async def test_lists_stand_in_the_order_of_their_import(centre: Centre) -> None:
    campaign = await centre.campaign()
    for place in range(11):
        leads = await import_list(centre.record, campaign, f"part {place}", [f"+861380000{place:04}"], AT)
        await call(centre.record, campaign, [(leads[0], Made(AT, Outcome.BUSY))], prefix=f"{place}-")
    made = await appraise(centre.record.database, campaign, asked_of(campaign, "CN", None, UNTIL))
    assert list(made.groups(By.LIST)) == [str(list_id) for list_id in range(1, 12)]
