"""The consoles as people use them: a real browser on the real service, with calls through the real switch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import expect

from dialer.core.model import Disposition, Outcome
from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from lab.process import until
from lab.users import Login
from tests.e2e.browser import People

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Locator, Page

    from tests.e2e.browser import Window
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

HOSTILE = "<img src=x onerror=alert(1)>王小明"
SCRIPT = "您好，我是客户经理。<b>请问现在方便吗？</b>"


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=2, skills={"agent1": ("one",), "agent2": ("two",)}, drain_s=3)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(scene: Scene) -> AsyncIterator[People]:
    async with People(scene) as opened:
        yield opened


async def push(scene: Scene, campaign_id: int, *leads: dict[str, Any]) -> list[dict[str, Any]]:
    """Hand leads in as another system does."""
    answer = await scene.controller.ask("POST", f"/api/campaigns/{campaign_id}/leads", list(leads))
    assert answer.is_success, answer.text
    said: list[dict[str, Any]] = answer.json()["leads"]
    return said


def big_state(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


async def test_an_agent_takes_a_call_and_records_it_by_keyboard_alone(scene: Scene, people: People) -> None:
    campaign = await scene.campaign("with a script", skills=["one"], wrap_up_s=60, script=SCRIPT)
    async with people.user("ada", "agent", "--agent", "agent1") as ada:
        page = ada.page
        await expect(big_state(page)).to_have_text("Logged out")
        await page.get_by_role("button", name="Log in", exact=True).click()
        await expect(big_state(page)).to_have_text("Ready")
        await scene.start(campaign)
        callee = number(FarEnd.PATIENT_PERSON, 1, serial=1)
        (told,) = await push(
            scene, campaign, {"key": "web-1", "name": HOSTILE, "numbers": [callee], "attributes": {"city": "上海"}}
        )
        assert told["state"] == "accepted"
        await expect(big_state(page)).to_have_text("Talking")
        # What a list brought in is text, whatever it looks like.
        await expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
        await expect(page.get_by_text(SCRIPT)).to_be_visible()
        assert callee not in await page.content()
        await scene.recorded(await scene.bridged(callee), seconds=2)
        await page.get_by_role("button", name="Hang up").click()
        await expect(big_state(page)).to_have_text("Wrap-up")
        await page.keyboard.press("2")
        await page.get_by_label("Note").fill("太贵了")
        await page.reload()
        await expect(page.get_by_label("Note")).to_have_value("太贵了")
        await expect(page.get_by_role("radio", name="Refused")).to_be_checked()
        await page.keyboard.press("Enter")
        await expect(big_state(page)).to_have_text("Ready")
        await page.get_by_role("region", name="Agent").get_by_role("button", name="Log out").click()
        await expect(big_state(page)).to_have_text("Logged out")
    row = await scene.attempt(callee)
    assert (row.outcome, row.disposition, row.note) == (Outcome.ANSWERED, Disposition.REFUSED, "太贵了")
    await scene.pause(campaign)


LIST = "姓名,手机,城市\n王小明,13900000001,上海\n李华,110,北京\n=HYPERLINK(1),13900000002,广州\n"


async def test_an_operator_loads_a_list_and_sees_which_rows_were_refused(
    scene: Scene, people: People, tmp_path: Path
) -> None:
    campaign = await scene.campaign("to be loaded")
    file = tmp_path / "十一月.csv"
    file.write_text(LIST, "utf-8")
    async with people.user("oleg", "operator") as oleg:
        page = oleg.page
        await page.get_by_role("link", name="Campaigns").click()
        row = page.get_by_role("row").filter(has_text="to be loaded")
        await row.get_by_role("button", name="Load a list").click()
        dialog = page.get_by_role("dialog")
        await dialog.locator("input[type=file]").set_input_files(file)
        await dialog.get_by_role("button", name="Load a list").click()
        await expect(dialog.get_by_text("1 of 3 rows taken in")).to_be_visible()
        await expect(dialog.get_by_text("2 rows refused")).to_be_visible()
        await expect(dialog.get_by_text("looks like a spreadsheet formula")).to_be_visible()
        await expect(dialog.get_by_role("row").filter(has_text="手机")).to_contain_text("3")
    (made,) = [one for one in await scene.record.lists.of(campaign) if one.source == file.name]
    assert (made.name, made.accepted, made.rejected) == ("十一月", 1, 2)


async def test_an_operator_watches_and_steers_the_floor(scene: Scene, people: People) -> None:
    campaign = await scene.campaign("to be steered", skills=["two"])
    await scene.start(campaign)
    async with people.user("olga", "operator") as olga:
        page = olga.page
        card = page.get_by_role("article", name="to be steered")
        await expect(card.get_by_text("Running")).to_be_visible()
        await scene.tell_agent("agent2", "login")
        agent = page.get_by_role("listitem").filter(has_text="agent2")
        await expect(agent.get_by_text("Ready")).to_be_visible()
        await card.get_by_role("button", name="Pacing").click()
        await page.get_by_label("Mode").click()
        await page.get_by_title("Ratio", exact=True).click()
        await page.get_by_label("Calls per free agent (1–5)").fill("2.5")
        await page.get_by_role("button", name="Apply").click()
        await expect(card.get_by_text("Ratio")).to_be_visible()
        pacing = (await scene.record.campaigns.get("to be steered")).plan.pacing
        assert (pacing.mode.value, pacing.ratio) == ("RATIO", 2.5)
        await card.get_by_role("button", name="Pause").click()
        await page.get_by_role("dialog").get_by_role("button", name="Pause").click()
        await expect(card.get_by_text("Paused")).to_be_visible()
        await scene.tell_agent("agent2", "logout")
        await expect(agent.get_by_text("Logged out")).to_be_visible()
    who = {line.who for line in await scene.record.audit.latest() if line.subject == "to be steered"}
    assert "user:olga" in who


async def test_the_screen_is_right_at_once_after_the_service_was_away(scene: Scene, people: People) -> None:
    async with people.user("omar", "operator") as omar:
        page = omar.page
        row = page.get_by_role("listitem").filter(has_text="agent2")
        await expect(row).to_be_visible()
        await omar.context.set_offline(True)
        await page.evaluate("window.dispatchEvent(new Event('offline'))")
        await scene.controller.service.stop()
        await expect(page.get_by_text("Connection lost")).to_be_visible()
        await scene.controller.service.start()
        await omar.context.set_offline(False)
        await scene.tell_agent("agent2", "login")
        await expect(row.get_by_text("Ready")).to_be_visible()
        await expect(page.get_by_text("Connection lost")).to_be_hidden()
        await scene.tell_agent("agent2", "logout")
        omar.troubles.clear()  # the browser tells of each time that nobody answered


async def test_a_reviewer_finds_a_call_and_hears_it(scene: Scene, people: People) -> None:
    async with people.user("rita", "reviewer", locale="zh-CN") as rita:
        page = rita.page
        await expect(page.get_by_role("heading", name="通话")).to_be_visible()
        row = page.get_by_role("row").filter(has_text="王小明").first
        await expect(row.get_by_text("拒绝")).to_be_visible()
        await row.get_by_role("button").first.click()
        player = page.locator("audio")
        await expect(player).to_be_visible()
        await player.evaluate("audio => audio.play()")

        async def plays() -> bool:
            return bool(await player.evaluate("audio => audio.currentTime > 0.5 && audio.duration > 1"))

        await until(plays)
    heard = [line for line in await scene.record.audit.latest() if line.what == "recording heard"]
    assert [line.who for line in heard] == ["user:rita"]


async def test_an_admin_lets_somebody_in_who_chooses_a_password(people: People) -> None:
    async with people.user("root", "admin") as root, people.window() as fresh:
        page = root.page
        await page.get_by_role("link", name="Users").click()
        await page.get_by_role("button", name="Add a user").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("User name").fill("nina")
        await dialog.get_by_label("Name", exact=True).fill("倪娜")
        await dialog.get_by_label("Role").click()
        await page.get_by_role("option", name="Reviewer").or_(page.get_by_text("Reviewer", exact=True)).last.click()
        await dialog.get_by_role("button", name="Add a user").click()
        shown = page.get_by_role("dialog", name="Password of 倪娜")
        password = await shown.locator("code").inner_text()
        await fresh.log_in(Login("nina", password))
        await choose_password(fresh, password)
        await page.reload()
        await expect(page.get_by_role("row").filter(has_text="倪娜")).to_be_visible()


async def choose_password(window: Window, given: str) -> None:
    page = window.page
    await page.get_by_label("Present password").fill(given)
    await page.get_by_label("New password (10 characters at least)").fill("a password of my own")
    await page.get_by_label("New password once more").fill("a password of my own")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_text("The password is changed")).to_be_visible()


PAGES = {"operator": ("/floor", "/calls", "/campaigns", "/reports"), "admin": ("/users",), "agent": ("/agent",)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("role", PAGES)
async def test_no_page_keeps_anybody_out(people: People, role: str, scheme: Literal["light", "dark"]) -> None:
    more = ("--agent", "agent2") if (role, scheme) == ("agent", "light") else ()
    async with people.user(f"{role}-{scheme}", role, *more) as window:
        await window.page.emulate_media(color_scheme=scheme)
        for path in PAGES[role]:
            await window.page.goto(path)
            await expect(window.page.get_by_role("main")).not_to_be_empty()
            # What cannot be pressed for the moment may be pale: WCAG 2.2, 1.4.3 says nothing of it.
            await expect(window.page.locator(".ant-btn-loading, .ant-spin-spinning")).to_have_count(0)
            assert await window.barriers() == [], path


async def test_a_page_carries_the_headers_that_keep_others_out(scene: Scene) -> None:
    answer = await scene.controller.ask("GET", "/")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert json.dumps(answer.headers["x-content-type-options"]) == '"nosniff"'
