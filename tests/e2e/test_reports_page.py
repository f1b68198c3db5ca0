"""Reports, the agent's day, numbers, tokens and webhooks as people see them, after a call through the real switch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from lab.plan import CALLER_IDS, LabPlan
from tests.e2e.browser import People
from tests.e2e.scene import patient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.e2e.browser import Window
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=2, drain_s=3)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(scene: Scene) -> AsyncIterator[People]:
    async with People(scene) as opened:
        yield opened


def text_of(file: Path) -> str:
    return file.read_text("utf-8")


async def settled(window: Window) -> None:
    """Nothing on the page is being loaded, and nothing on it keeps anybody out."""
    await window.page.mouse.move(0, 0)  # what was just pressed is not to be seen as it is under the mouse
    await expect(window.page.locator(".ant-btn-loading, .ant-spin-spinning")).to_have_count(0)
    assert await window.barriers() == []


async def test_an_agent_sees_the_day_change_when_a_talk_is_recorded(scene: Scene, people: People) -> None:
    callee = patient(1)
    campaign = await scene.campaign("to be counted", callee, wrap_up_s=60)
    async with people.user("ada", "agent", "--agent", "agent1") as ada:
        page = ada.page
        day = page.get_by_role("region", name="My day")
        await expect(day.get_by_text("1 of 2")).to_be_visible()
        await page.get_by_role("button", name="Log in", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Ready")
        await scene.start(campaign)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Talking")
        await scene.recorded(await scene.bridged(callee), seconds=2)
        await page.get_by_role("button", name="Hang up").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Wrap-up")
        await page.keyboard.press("1")
        await page.keyboard.press("Enter")
        await expect(day.locator("div").filter(has_text="Conversions").get_by_text("1", exact=True)).to_be_visible()
        await settled(ada)
        await page.get_by_role("region", name="Agent").get_by_role("button", name="Log out").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Logged out")
    await scene.pause(campaign)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-US", ("Reports", "By", "Agent", "Show", "Save as CSV")),
        ("zh-CN", ("报表", "分组", "坐席", "查看", "导出 CSV")),
    ],
)
async def test_an_operator_reads_a_report_and_saves_it(
    people: People, locale: str, words: tuple[str, str, str, str, str]
) -> None:
    link, by, agent, show, save = words
    async with people.user(f"olga-{locale}", "operator", locale=locale) as olga:
        page = olga.page
        await page.get_by_role("link", name=link).click()
        await expect(page.locator("canvas")).to_have_count(2)
        await page.get_by_label(by).first.click()
        await page.get_by_title(agent, exact=True).click()
        await page.get_by_role("button", name=show).click()
        row = page.get_by_role("row").filter(has_text="agent1")
        await expect(row.get_by_role("cell").nth(5)).to_have_text("1")  # agreed
        await settled(olga)
        async with page.expect_download() as saving:
            await page.get_by_role("link", name=save).click()
        assert re.search(r"^agent1,[^,]*,1,1,1,", text_of(await (await saving.value).path()), re.MULTILINE)


async def test_an_operator_looks_at_a_number_and_that_is_written_down(scene: Scene, people: People) -> None:
    async with people.user("omar", "operator") as omar:
        page = omar.page
        await page.goto("/calls")
        await page.get_by_role("row").filter(has_text="王小明1").get_by_role("button").first.click()
        await expect(page.get_by_text("Each look goes into the audit trail.")).to_be_visible()
        assert patient(1) not in await page.content()
        await page.get_by_role("button", name="Show the number").click()
        await expect(page.get_by_text(patient(1))).to_be_visible()
        await settled(omar)
    seen = [line for line in await scene.record.audit.latest() if line.what == "number seen"]
    assert [line.who for line in seen] == ["user:omar"]


async def test_an_operator_sees_the_leads_behind_a_reason_to_wait(scene: Scene, people: People) -> None:
    campaign = await scene.campaign("with leads that wait", *(patient(serial) for serial in range(10, 70)))
    await scene.start(campaign)
    async with people.user("oleg", "operator") as oleg:
        page = oleg.page
        card = page.get_by_role("article", name="with leads that wait")
        await card.get_by_role("button", name=": 60 leads, show them").click()
        drawer = page.get_by_role("dialog")
        rows = drawer.locator("tbody tr[data-row-key]")
        await expect(rows).to_have_count(50)
        await drawer.get_by_role("button", name="More").click()
        await expect(rows).to_have_count(60)
        assert patient(10) not in await page.content()
        await settled(oleg)
    await scene.pause(campaign)


async def test_an_operator_paints_the_week_of_a_campaign(scene: Scene, people: People) -> None:
    async with people.user("otto", "operator") as otto:
        page = otto.page
        await page.goto("/campaigns")
        await page.get_by_role("button", name="New campaign").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name", exact=True).fill("painted")
        await dialog.get_by_label("Trunk").fill("carrier")
        await dialog.get_by_label("Caller id").fill(CALLER_IDS[0])
        week = dialog.get_by_role("table", name="When to call, on a week")
        await expect(week.get_by_role("button", name="Mon 09:00–09:30: open", exact=True)).to_have_count(1)
        # Saturday and Sunday from ten to noon, by dragging; Monday's first half hour off, by keyboard.
        await week.locator('[data-day="5"][data-slot="20"]').hover()
        await page.mouse.down()
        await week.locator('[data-day="6"][data-slot="23"]').hover()
        await page.mouse.up()
        await week.locator('[data-day="0"][data-slot="19"]').click()
        await expect(week.get_by_role("button", name="Mon 09:30–10:00: closed", exact=True)).to_be_focused()
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.press(" ")
        await expect(week.get_by_role("button", name="Mon 09:00–09:30: closed", exact=True)).to_be_focused()
        await expect(week.locator('[data-day="6"][data-slot="23"]')).to_have_class("rp-week-all")
        await settled(otto)
        await dialog.get_by_role("button", name="New campaign").click()
        await expect(dialog).to_have_count(0)
    plan = (await scene.record.campaigns.get("painted")).plan
    hours = {(day.value, f"{one.opens:%H:%M}", f"{one.closes:%H:%M}") for one in plan.windows for day in one.days}
    assert {("SAT", "10:00", "12:00"), ("SUN", "10:00", "12:00"), ("MON", "10:00", "20:00")} <= hours


async def test_an_admin_makes_and_revokes_a_token(scene: Scene, people: People) -> None:
    async with people.user("root", "admin") as root:
        page = root.page
        await page.goto("/users")
        await page.get_by_role("tab", name="API tokens").click()
        await page.get_by_role("button", name="Make a token").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name").fill("wallboard")
        await dialog.get_by_label("See the floor").check()
        await dialog.get_by_role("button", name="Make a token").click()
        shown = page.get_by_role("dialog", name="Token of wallboard")
        secret = await shown.locator("code").inner_text()
        await shown.get_by_role("button", name="Close").last.click()
        row = page.get_by_role("row").filter(has_text="wallboard")
        await expect(row.get_by_text("Valid")).to_be_visible()
        assert secret not in await page.content()
        await settled(root)
        await row.get_by_role("button", name="Revoke").click()
        await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        await expect(row.get_by_text("Revoked")).to_be_visible()
    (token,) = await scene.record.users.tokens()
    assert token.revoked_at is not None


async def test_an_admin_adds_a_webhook_which_is_shown_and_removed(scene: Scene, people: People) -> None:
    async with people.user("rosa", "admin", locale="zh-CN") as rosa:
        page = rosa.page
        await page.goto("/users")
        await page.get_by_role("tab", name="Webhook 推送").click()
        await page.get_by_role("button", name="新增 Webhook").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("名称").fill("crm")
        await dialog.get_by_label("地址").fill("http://127.0.0.1:1/inside")
        await dialog.get_by_role("button", name="新增 Webhook").click()
        await expect(dialog.get_by_text("webhooks.private_addresses")).to_be_visible()
        rosa.troubles.clear()  # the browser tells of each refusal
        await dialog.get_by_label("地址").fill("https://crm.example/ringpace")
        await dialog.get_by_role("button", name="新增 Webhook").click()
        shown = page.get_by_role("dialog", name="crm 的密钥")
        assert (await shown.locator("code").inner_text()).startswith("whsec_")
        await shown.get_by_role("button", name="关闭").last.click()
        row = page.get_by_role("row").filter(has_text="crm.example")
        await expect(row.get_by_text("正常")).to_be_visible()
        await settled(rosa)
        await row.get_by_role("button", name="删除").click()
        await page.get_by_role("dialog").get_by_role("button", name="删除").click()
        await expect(row).to_have_count(0)
    assert await scene.record.hooks.all() == []
