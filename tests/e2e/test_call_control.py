"""An agent has a call in hand with the keyboard alone, in a real browser, while the customer is on the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from tests.e2e.browser import People

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

CALLEE = number(FarEnd.PATIENT_PERSON, 0, serial=1)


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=2, skills={"agent1": ("one",), "agent2": ("two",)}, drain_s=3)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(scene: Scene) -> AsyncIterator[People]:
    async with People(scene) as opened:
        yield opened


async def test_mute_hold_keys_transfer_and_a_longer_wrap_up_by_keyboard(
    scene: Scene, people: People, tmp_path: Path
) -> None:
    campaign = await scene.campaign("by keyboard", CALLEE, skills=["one"], wrap_up_s=60, hold_reminder_s=5)
    await scene.log_in("agent1", "agent2")
    async with people.user("ada", "agent", "--agent", "agent1") as ada:
        page = ada.page
        await scene.start(campaign)
        await scene.bridged(CALLEE)
        keys = page.get_by_role("region", name="This call")
        await page.keyboard.press("m")
        await expect(page.get_by_text("The customer does not hear you")).to_be_visible()
        await page.keyboard.press("k")
        await expect(page.get_by_role("button", name="Key 1", exact=True)).to_be_focused()
        await page.keyboard.press("5")
        await page.keyboard.press("#")
        await expect(page.get_by_text("Pressed: 5#")).to_be_visible()
        await expect(page.locator("[data-choice][aria-checked=true]")).to_have_count(0)
        assert await ada.barriers() == []
        await page.screenshot(path=tmp_path / "keypad.png")
        await page.keyboard.press("h")
        await expect(keys.get_by_text("Customer on hold")).to_be_visible()
        await expect(keys.get_by_text("The customer has waited long")).to_be_visible()
        assert await ada.barriers() == []
        await page.keyboard.press("h")
        await expect(keys.get_by_text("Customer on hold")).to_be_hidden()
        await page.keyboard.press("t")
        await expect(page.get_by_role("button", name="agent2")).to_be_focused()
        await page.screenshot(path=tmp_path / "transfer.png")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Wrap-up")
        await scene.news.until_agent("agent2", "TALKING")
        before = scene.news.agent("agent1")["wrap_up_until"]
        await page.keyboard.press("w")
        await scene.news.until(lambda: scene.news.agent("agent1")["wrap_up_until"] == before + 30)
        assert await ada.barriers() == []
        await page.screenshot(path=tmp_path / "wrap-up.png")
        await page.keyboard.press("7")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Ready")
    await scene.tell_agent("agent2", "hangup")
    await scene.attempt(CALLEE)
