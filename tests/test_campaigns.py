from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from dialer.campaign import CampaignLoop
from dialer.core.errors import FloorError, InputError, NotFoundError, RecordError
from dialer.core.model import CampaignStatus, Outcome, PacingMode

from .fakes.centre import Centre
from .fakes.floor import SharedFloor
from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.core.model import Attempt
    from dialer.record.decisions import DecisionRow

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": (), "agent2": ()}) as opened:
        opened.spawn(opened.campaigns.run(), name="campaigns")
        yield opened


def names(centre: Centre) -> list[object]:
    return [summary["name"] for summary in centre.campaigns.summaries()]


async def test_a_campaign_runs_from_its_start_to_its_pause(centre: Centre) -> None:
    campaign = await centre.campaign(running=False)
    await centre.leads(campaign, 10)
    await centre.log_in("agent1")
    await asyncio.sleep(5)
    assert names(centre) == []
    await centre.campaigns.command("autumn", {"do": "resume"}, "the test")
    assert names(centre) == ["autumn"]
    await until(lambda: len(centre.switch.placed()) == 1)
    changed = await centre.campaigns.command("autumn", {"do": "pause"}, "the test")
    assert changed.status is CampaignStatus.PAUSED
    assert names(centre) == []
    centre.switch.leave(centre.switch.placed()[0], 17, 486)
    await asyncio.sleep(60)
    assert len(centre.switch.placed()) == 1


async def test_what_another_process_changes_in_the_record_is_followed_within_a_second(centre: Centre) -> None:
    campaign = await centre.campaign()
    await until(lambda: names(centre) == ["autumn"], within_s=1.1)
    status = centre.record.campaigns.set_status
    await status(campaign.campaign_id, CampaignStatus.STOPPED, centre.parts.clock(), "cli")
    await until(lambda: names(centre) == [], within_s=1.1)


@pytest.mark.parametrize("command", ["pause", "stop"])
async def test_what_is_claimed_while_the_campaign_is_paused_is_closed_and_not_dialled(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    campaign = await centre.campaign()
    await centre.leads(campaign, 10)
    await centre.log_in("agent1", "agent2")
    claim, claiming = centre.record.attempts.claim, asyncio.Event()

    async def slowly(attempts: list[Attempt], node: str, because: DecisionRow) -> list[Attempt]:
        claiming.set()
        won = await claim(attempts, node, because)
        await asyncio.sleep(0.2)  # the rows are on disk, the answer is on its way
        return won

    monkeypatch.setattr(centre.record.attempts, "claim", slowly)
    await claiming.wait()
    await centre.campaigns.command("autumn", {"do": command}, "the test")
    await asyncio.sleep(5)
    await centre.books.flush()
    rows = await centre.record.attempts.of_campaign(campaign.campaign_id)
    assert [row.outcome for row in rows] == [Outcome.CANCELLED] * 2
    assert centre.switch.placed() == []
    assert centre.floor.shared.calls["carrier"] == set()


async def test_commands_that_cross_begin_one_loop_and_no_more(centre: Centre) -> None:
    await centre.campaign(running=False)
    begun: list[CampaignLoop] = []
    begin = centre.campaigns._begin  # noqa: SLF001 - how many loops there are is told nowhere else

    def count(campaign: Any) -> None:
        begin(campaign)
        begun.append(centre.campaigns.loop("autumn"))

    centre.campaigns._begin = count  # type: ignore[method-assign]  # noqa: SLF001
    await asyncio.gather(*(centre.campaigns.command("autumn", {"do": "resume"}, "the test") for _ in range(5)))
    assert len(begun) == 1


async def test_a_loop_that_breaks_pauses_its_own_campaign_and_no_other(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = CampaignLoop._refresh  # noqa: SLF001 - any line of the loop may be the one that breaks

    async def break_one(loop: CampaignLoop) -> None:
        if loop.plan.name == "broken":
            raise ZeroDivisionError("a fault of ours")
        await refresh(loop)

    monkeypatch.setattr(CampaignLoop, "_refresh", break_one)
    await centre.campaign("broken")
    await centre.campaign("whole")
    await until(lambda: names(centre) == ["whole"])
    await asyncio.sleep(10)
    assert names(centre) == ["whole"]
    assert (await centre.record.campaigns.get("broken")).status is CampaignStatus.PAUSED
    lines = await centre.record.audit.latest()
    assert any("fault: ZeroDivisionError" in line.who for line in lines)


async def test_pacing_is_changed_live_and_what_is_not_named_stays(centre: Centre) -> None:
    await centre.campaign()
    await until(lambda: names(centre) == ["autumn"])
    command = {"do": "pacing", "mode": "ratio", "ratio": 2.5}
    changed = await centre.campaigns.command("autumn", command, "the test")
    assert (changed.plan.pacing.mode, changed.plan.pacing.ratio) == (PacingMode.RATIO, 2.5)
    assert changed.plan.pacing.max_in_flight == 100
    assert centre.campaigns.loop("autumn").plan.pacing.ratio == 2.5


@pytest.mark.parametrize(
    ("command", "key"),
    [
        ({}, "do: "),
        ({"do": "explode"}, "do: "),
        ({"do": ["pause"]}, "do: "),
        ({"do": "pacing", "ratio": 99}, "ratio: "),
        ({"do": "pacing", "ratio": "fast"}, "ratio: "),
        ({"do": "pacing", "mode": "reckless"}, "mode: "),
        ({"do": "pacing", "speed": 3}, "speed: "),
        ({"do": "pacing", "max_in_flight": 0}, "max_in_flight: "),
    ],
)
async def test_a_bad_command_is_refused_by_the_name_of_its_key(
    centre: Centre, command: dict[str, Any], key: str
) -> None:
    before = await centre.campaign()
    with pytest.raises(InputError, match=f"^{key}"):
        await centre.campaigns.command("autumn", command, "the test")
    assert await centre.record.campaigns.get("autumn") == before


async def test_an_unknown_campaign_is_not_found(centre: Centre) -> None:
    with pytest.raises(NotFoundError, match="ghost"):
        await centre.campaigns.command("ghost", {"do": "pause"}, "the test")
    with pytest.raises(NotFoundError, match="ghost"):
        centre.campaigns.loop("ghost")


async def test_a_record_or_a_floor_that_is_away_stops_no_loop_for_good(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise RecordError("the database is away")

    with monkeypatch.context() as away:
        away.setattr(centre.record.campaigns, "running", fail)
        await asyncio.sleep(5)
    centre.floor.shared.down = True
    await centre.campaign()
    await asyncio.sleep(5)
    assert names(centre) == []
    centre.floor.shared.down = False
    await until(lambda: names(centre) == ["autumn"], within_s=2)


async def test_a_node_that_dies_loses_its_campaign_to_another_within_seconds(tmp_path: Path) -> None:
    shared = SharedFloor()
    async with Centre(tmp_path, shared=shared) as dying, Centre(tmp_path, shared=shared, node="node2") as other:
        at_work = asyncio.create_task(dying.campaigns.run())
        await dying.campaign()
        await until(lambda: names(dying) == ["autumn"])
        other.spawn(other.campaigns.run(), name="campaigns")
        await asyncio.sleep(20)
        assert names(other) == []
        at_work.cancel()
        await until(lambda: names(other) == ["autumn"], within_s=7)
        # It was not dead after all: it finds its lease gone, and gives way.
        dying.spawn(dying.campaigns.run(), name="campaigns")
        await until(lambda: names(dying) == [], within_s=2)
        assert names(other) == ["autumn"]


async def test_a_drain_places_no_more_and_hands_the_leases_on(centre: Centre) -> None:
    await centre.campaign()
    await until(lambda: names(centre) == ["autumn"])
    await centre.campaigns.stop_placing()
    assert names(centre) == []
    assert centre.floor.shared.leases == {}
    await asyncio.sleep(10)
    assert names(centre) == []


async def test_what_was_learned_of_who_answers_is_written_before_another_node_may_take_over(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await centre.campaign()
    await centre.leads(campaign)
    await until(lambda: names(centre) == ["autumn"])
    await asyncio.sleep(3)
    await centre.log_in("agent1")
    await until(lambda: bool(centre.switch.placed()))
    (attempt_id,) = centre.switch.placed()
    centre.switch.leave(attempt_id, 17, 486)
    await centre.over(attempt_id)
    drop_lease, written = centre.floor.drop_lease, []

    async def looking(name: str) -> None:
        written.append((await centre.record.chances.load(campaign.campaign_id, virtual_now())).outcomes)
        await drop_lease(name)

    monkeypatch.setattr(centre.floor, "drop_lease", looking)
    await centre.campaigns.stop_placing()
    assert written == [1]


async def test_a_loop_that_was_about_to_begin_does_not_outlive_a_drain(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_lease, asked = centre.floor.hold_lease, asyncio.Event()

    async def slowly(name: str, ttl_s: float) -> bool:
        asked.set()
        await asyncio.sleep(0.5)
        return await hold_lease(name, ttl_s)

    monkeypatch.setattr(centre.floor, "hold_lease", slowly)
    await centre.campaign()
    await asked.wait()
    await centre.campaigns.stop_placing()
    await asyncio.sleep(5)
    assert names(centre) == []


async def test_a_drain_is_not_held_up_by_a_floor_that_is_away(centre: Centre) -> None:
    await centre.campaign()
    await until(lambda: names(centre) == ["autumn"])
    centre.floor.shared.down = True
    with pytest.raises(FloorError):
        await centre.floor.ping()
    await centre.campaigns.stop_placing()
    assert names(centre) == []
