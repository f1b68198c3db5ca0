"""The quality console as people use it: a talk through the real switch is found, heard, judged, and replied to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import expect

from lab.plan import LabPlan
from lab.process import until
from tests.e2e.browser import People
from tests.e2e.scene import patient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

NOTE = "talks over the customer"


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=2, skills={"agent1": ("one",), "agent2": ("two",)}, drain_s=3)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(scene: Scene) -> AsyncIterator[People]:
    async with People(scene) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(scene: Scene) -> str:
    """A talk of six seconds or more with agent1, and its recording; the attempt's id."""
    callee = patient(7)
    campaign = await scene.campaign("to be judged", callee, skills=["one"])
    await scene.log_in("agent1")
    await scene.start(campaign)
    await scene.recorded(await scene.bridged(callee), seconds=6)
    row = await scene.end_talk(callee)
    await scene.stored(row)
    await scene.pause(campaign)
    return row.attempt_id


async def position_s(page: Page) -> float:
    return float(await page.locator("audio").evaluate("audio => audio.currentTime"))


async def open_the_talk(page: Page) -> None:
    await page.get_by_role("link", name="Quality").click()
    await page.get_by_role("region", name="Talks").get_by_role("button").filter(has_text="王小明1").click()
    await expect(page.locator(".rq-wave-box > div")).to_be_visible()


async def test_a_reviewer_hears_notes_and_judges_a_talk_and_the_agent_replies(
    scene: Scene, people: People, talk: str
) -> None:
    async with people.user("rita", "reviewer") as rita:
        page = rita.page
        await page.get_by_role("link", name="Quality").click()
        await page.get_by_role("tab", name="Scorecards").click()
        await page.get_by_role("button", name="Check and use it").click()
        await expect(page.get_by_text("Sales, version 1, is in use")).to_be_visible()
        await page.get_by_role("tab", name="Talks").click()
        await open_the_talk(page)
        assert await heard(scene) == []  # what is drawn is no sound

        await page.keyboard.press("Space")

        async def plays() -> bool:
            return await position_s(page) > 0.5

        await until(plays)
        await page.get_by_role("button", name="Pause").click()
        wave = page.locator(".rq-wave-box")
        box = await wave.bounding_box()
        assert box is not None
        await wave.click(position={"x": box["width"] / 2, "y": 30})
        length_s = float(await page.locator("audio").evaluate("audio => audio.duration"))

        async def is_half_way() -> bool:
            return abs(await position_s(page) - length_s / 2) < 0.2

        await until(is_half_way)
        await page.get_by_role("button", name="Note here").click()
        await page.get_by_label("Note", exact=True).fill(NOTE)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("list", name="Notes at moments").get_by_text(NOTE)).to_be_visible()
        await expect(page.locator(".rq-marker")).to_have_count(1)

        # By keys alone from the first question on.
        await page.get_by_role("radio", name="Greets and says who is calling: Yes").focus()
        for key in ("y", "4", "y"):
            await page.keyboard.press(key)
        await page.keyboard.type("well done")
        await expect(page.get_by_text("Score 90.0")).to_be_visible()
        await page.get_by_role("button", name="Give the review").click()
        await page.get_by_role("dialog").get_by_role("button", name="Give the review").click()
        await expect(page.get_by_role("heading", name="Review by rita")).to_be_visible()

        await page.get_by_role("tab", name="Results").click()
        await expect(page.get_by_role("row").filter(has_text="agent1")).to_contain_text("90.0")
        assert await rita.barriers() == []
    assert await heard(scene) == ["user:rita"]

    async with people.user("ada", "agent", "--agent", "agent1") as ada:
        page = ada.page
        await page.get_by_role("link", name="My reviews").click()
        await expect(page.get_by_text("well done")).to_be_visible()
        await expect(page.get_by_text(NOTE)).to_be_visible()
        await page.get_by_label("Your reply (once)").fill("谢谢，我会注意")
        await page.get_by_role("button", name="Send the reply").click()
        await expect(page.get_by_text("The agent's reply")).to_be_visible()
        assert await ada.barriers() == []
    (row,) = await scene.record.reviews.of_attempt(talk)
    assert (row.score, row.agent_id, row.reply) == (90.0, "agent1", "谢谢，我会注意")
    (note,) = await scene.record.sound_notes.of([talk])
    assert note.text == NOTE
    assert note.at_s == pytest.approx(length_s / 2, abs=0.3)


async def test_a_sample_is_drawn_and_walked_through_by_one_key(scene: Scene, people: People, talk: str) -> None:
    assert talk
    async with people.user("rolf", "reviewer", locale="zh-CN") as rolf:
        page = rolf.page
        await page.get_by_role("link", name="质检").click()
        await page.get_by_role("button", name="按当前筛选抽检").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("名称").fill("周五")
        await dialog.get_by_role("button", name="抽检").click()
        await expect(page.get_by_text(" / 1 已质检")).to_be_visible()
        await page.keyboard.press("j")
        await expect(page.get_by_role("heading", name="王小明1")).to_be_visible()
        await expect(page.locator(".rq-wave-box > div")).to_be_visible()
    (sample,) = await scene.record.samples.all(None)
    assert (sample.name, sample.size) == ("周五", 1)


async def test_two_calibrate_a_talk_and_see_each_other_only_when_both_have_spoken(
    scene: Scene, people: People, talk: str
) -> None:
    content = "{name: Both, groups: [{name: g, questions: [{id: tone, text: Tone, points: 5}]}]}"
    made = await scene.controller.ask("POST", "/api/scorecards", {"content": content})
    card = {"scorecard_id": made.json()["scorecard_id"]}
    begun = await scene.controller.ask("PUT", f"/api/attempts/{talk}/calibration", card)
    assert begun.is_success, begun.text
    for username, points, seen in (("first", "5", "0.0 points apart"), ("second", "3", "40.0 points apart")):
        async with people.user(username, "reviewer") as reviewer:
            page = reviewer.page
            await open_the_talk(page)
            await expect(page.get_by_text("judge it by yourself first")).to_be_visible()
            await expect(page.get_by_text("points apart")).to_have_count(0)
            await page.get_by_role("radio", name="Tone: 0").focus()
            await page.keyboard.press(points)
            await page.get_by_role("button", name="Give the review").click()
            await page.get_by_role("dialog").get_by_role("button", name="Give the review").click()
            await expect(page.get_by_text(seen)).to_be_visible()
            assert await reviewer.barriers() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_console_keeps_nobody_out(people: People, talk: str, scheme: Literal["light", "dark"]) -> None:
    assert talk
    async with people.user(f"judge-{scheme}", "reviewer") as window:
        await window.page.emulate_media(color_scheme=scheme)
        await open_the_talk(window.page)
        await expect(window.page.locator(".ant-btn-loading, .ant-spin-spinning")).to_have_count(0)
        assert await window.barriers() == []
        await window.page.get_by_role("tab", name="Scorecards").click()
        await expect(window.page.locator(".ant-btn-loading, .ant-spin-spinning")).to_have_count(0)
        assert await window.barriers() == []


async def heard(scene: Scene) -> list[str]:
    lines: list[Any] = await scene.record.audit.latest()
    return [line.who for line in lines if line.what == "recording heard"]
