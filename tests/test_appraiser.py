from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.appraiser import Appraiser
from dialer.core.band import AnswerBand
from dialer.core.errors import RecordError
from dialer.core.model import Outcome
from dialer.record.quality import Quality
from tests.fakes.virtual_time import until, virtual_now
from tests.record.bulk import Made, call, import_list

if TYPE_CHECKING:
    from dialer.record.campaigns import Campaign
    from tests.fakes.centre import Centre

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
JUST_NOW = NOW - timedelta(minutes=5)
Leads = list[tuple[int, int, str]]
ACTING = AnswerBand(lower=0.3, upper=0.5, act=True)


def appraiser(centre: Centre, *running: Campaign, at: datetime = NOW) -> Appraiser:
    return Appraiser(
        settings=centre.settings,
        record=centre.record,
        metrics=centre.metrics,
        news=centre.news,
        clock=lambda: at,
        running=lambda: frozenset(campaign.campaign_id for campaign in running),
    )


async def list_of(centre: Centre, campaign: Campaign, name: str, first: int, dead: int, answered: int) -> Leads:
    """A list of 120 that was called once: so many dead, so many answered, the others not."""
    leads = await import_list(centre.record, campaign, name, [f"+86138{first + n:08}" for n in range(120)], JUST_NOW)
    made = [Made(JUST_NOW, Outcome.INVALID, rang_s=1.0, sip_code=404)] * dead
    made += [Made(JUST_NOW, Outcome.ANSWERED, 40.0)] * answered
    made += [Made(JUST_NOW, Outcome.NO_ANSWER)] * (120 - dead - answered)
    await call(centre.record, campaign, list(zip(leads, made, strict=True)), prefix=name)
    return leads


async def lines(centre: Centre) -> list[str]:
    return [line.what for line in await centre.record.audit.latest() if line.who == "ringpace"]


def told(centre: Centre) -> list[Any]:
    return [payload for topic, payload in centre.news.told if topic == "campaigns/1/quality"]


def shown(centre: Centre, name: str, **labels: str) -> float | None:
    return centre.metrics.registry.get_sample_value(name, labels)


async def test_a_bad_list_is_told_once_noted_and_written_back_once_a_day(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    campaign = await centre.campaign(answer_band=ACTING)
    await list_of(centre, campaign, "good", 0, dead=6, answered=40)
    await list_of(centre, campaign, "bad", 200, dead=90, answered=8)
    watching = appraiser(centre, campaign)
    with caplog.at_level(logging.INFO, "dialer.appraiser"):
        await watching.look()
        await watching.look()
    (payload,) = told(centre)
    assert payload["position"] == "BELOW"
    assert [cause["cause"] for cause in payload["causes"]] == ["BAD_LIST"]
    assert "list 'bad'" in payload["causes"][0]["evidence"]
    assert sorted(await lines(centre)) == ["feedback file", "quality finding"]
    assert [record.message for record in caplog.records] == ["quality finding", "feedback file written"]
    (file,) = (centre.settings.data_dir / "feedback").iterdir()
    assert len(file.read_text("utf-8-sig").splitlines()) == 97
    assert shown(centre, "ringpace_quality_ratio", campaign="autumn", ratio="answer_rate") == 48 / 240
    assert shown(centre, "ringpace_quality_ratio", campaign="autumn", ratio="order_success") is None
    assert shown(centre, "ringpace_answer_band_position", campaign="autumn") == -1


async def test_after_a_restart_a_finding_is_not_noted_again(centre: Centre) -> None:
    campaign = await centre.campaign(answer_band=AnswerBand(lower=0.3, upper=0.5))
    await list_of(centre, campaign, "bad", 0, dead=90, answered=8)
    await appraiser(centre, campaign).look()
    await appraiser(centre, campaign).look()
    assert await lines(centre) == ["quality finding"]
    assert len(told(centre)) == 2  # the broker may have forgotten it
    assert not (centre.settings.data_dir / "feedback").exists()  # nobody said that it may act


async def test_a_prime_list_is_marked_until_it_falls_back(centre: Centre) -> None:
    campaign, quality = await centre.campaign(answer_band=ACTING), Quality(centre.record.database)
    leads = await list_of(centre, campaign, "fine", 0, dead=0, answered=100)
    await appraiser(centre, campaign).look()
    (row,) = await quality.lists(campaign.campaign_id)
    assert row.prime_since == NOW
    assert told(centre)[-1]["prime_lists"] == ["fine"]
    assert shown(centre, "ringpace_answer_band_position", campaign="autumn") == 1
    tomorrow = NOW + timedelta(hours=25)
    await appraiser(centre, campaign, at=tomorrow).look()
    assert (await quality.lists(campaign.campaign_id))[0].prime_since == NOW  # it was not called since
    assert shown(centre, "ringpace_answer_band_position", campaign="autumn") is None
    again = [(one, Made(tomorrow - timedelta(minutes=5), Outcome.BUSY)) for one in leads]
    await call(centre.record, campaign, again, prefix="again")
    await appraiser(centre, campaign, at=tomorrow).look()
    assert (await quality.lists(campaign.campaign_id))[0].prime_since is None
    assert (await lines(centre)).count("list no longer prime") == 1


async def test_equal_lists_without_a_band_are_shown_and_not_told_of(centre: Centre) -> None:
    campaign = await centre.campaign()
    for place in range(2):
        await list_of(centre, campaign, f"part{place}", 200 * place, dead=5, answered=40)
    await appraiser(centre, campaign).look()
    assert await lines(centre) == []
    assert shown(centre, "ringpace_quality_ratio", campaign="autumn", ratio="answer_rate") == 1 / 3
    centre.metrics.forget("autumn")
    assert shown(centre, "ringpace_quality_ratio", campaign="autumn", ratio="answer_rate") is None


@pytest.mark.virtual_time
async def test_only_what_runs_here_is_looked_at_and_a_record_that_is_away_is_waited_for(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await centre.campaign()
    await appraiser(centre).look()
    assert told(centre) == []
    looked = []
    watching = appraiser(centre, campaign)

    async def away() -> None:
        looked.append(virtual_now())
        raise RecordError("away")

    monkeypatch.setattr(watching, "look", away)
    centre.spawn(watching.run(), name="appraiser")
    await until(lambda: len(looked) == 3, within_s=300)
    assert (looked[2] - looked[1]).total_seconds() >= 60
