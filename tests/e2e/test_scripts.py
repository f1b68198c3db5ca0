"""Scripts in talks through the real switch, walked in a real browser; and the page where they are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from dialer.core.model import Disposition, Outcome
from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from lab.process import until
from tests.core.scripts import BOOKING
from tests.e2e.browser import People
from tests.e2e.test_consoles import HOSTILE, big_state, push

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

OFFER = Path("deploy/scripts/offer.yaml").read_text("utf-8")
SECOND = OFFER.replace(
    "end: {disposition: agreed}", "end: {disposition: agreed, confirm: {campaign: to confirm, at: visit_at}}"
)
EVIL = "<script>alert(2)</script>门店"


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=2, skills={"agent1": ("one",), "agent2": ("two",)}, drain_s=3)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(scene: Scene) -> AsyncIterator[People]:
    async with People(scene) as opened:
        yield opened


async def save(scene: Scene, name: str, text: str) -> None:
    answer = await scene.controller.ask("PUT", f"/api/scripts/{name}", {"text": text})
    assert answer.is_success, answer.text


async def call(scene: Scene, page: Page, campaign: int, serial: int, **attributes: str) -> str:
    """Log in by hand, and be connected with a patient customer; their number."""
    await page.get_by_role("button", name="Log in", exact=True).click()
    await expect(big_state(page)).to_have_text("Ready")
    await scene.start(campaign)
    callee = number(FarEnd.PATIENT_PERSON, 1, serial=serial)
    lead = {"key": f"script-{serial}", "name": HOSTILE, "numbers": [callee], "attributes": attributes}
    await push(scene, campaign, lead)
    await expect(big_state(page)).to_have_text("Talking")
    return callee


async def test_an_agent_walks_to_a_booking_through_a_reload_and_it_is_confirmed_by_a_second_call(
    scene: Scene, people: People
) -> None:
    second = await scene.campaign("to confirm", skills=["two"])
    await save(scene, "offer", SECOND)
    first = await scene.campaign("to offer", skills=["one"], wrap_up_s=120, script_flow="offer", script="plain")
    async with people.user("ann", "agent", "--agent", "agent1") as ann:
        page = ann.page
        callee = await call(scene, page, first, 1, persona="warm", segment="premium", plan="<i>5G</i>")
        script = page.get_by_role("region", name="Script")
        await script.get_by_text("English", exact=True).click()
        # Worded for this customer, and whatever their name is, it is text.
        await expect(
            script.get_by_text(f"I hope I am not disturbing you! This is to offer. Is this {HOSTILE}?")
        ).to_be_visible()
        await page.keyboard.press("Alt+1")
        await expect(script.get_by_text("you have <i>5G</i> and a new telephone set aside")).to_be_visible()
        await page.keyboard.press("Alt+1")
        await page.get_by_label("Name *").fill(HOSTILE)
        await page.get_by_label("Time of the visit *").fill("2036-11-24T10:30")
        await page.get_by_label("Shop *").fill(EVIL)
        await expect(script.get_by_text("Kept so far")).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("Shop *")).to_have_value(EVIL)
        await expect(page.get_by_label("Time of the visit *")).to_have_value("2036-11-24T10:30")
        await page.get_by_label("Contact number *").fill("110 110")
        await page.get_by_label("Item *").select_option("tablet")
        await page.keyboard.press("Alt+Enter")
        await expect(script.get_by_role("alert")).to_contain_text("too short")
        ann.troubles.clear()  # the browser tells of the answer that was refused
        await page.get_by_label("Contact number *").fill("13800000007")
        await page.get_by_label("Contact number *").press("Enter")
        await script.get_by_text("English", exact=True).click()
        await expect(
            script.get_by_text(f"{HOSTILE}, 2036-11-24 10:30 at {EVIL}, reached on 13800000007")
        ).to_be_visible()
        await page.keyboard.press("Alt+1")
        await expect(page.get_by_role("radio", name="1 Agreed", exact=True)).to_be_checked()
        await page.get_by_role("button", name="Hang up").click()
        await expect(big_state(page)).to_have_text("Wrap-up")
        await page.keyboard.press("Enter")
        await expect(big_state(page)).to_have_text("Ready")
        assert await page.locator("script:not([src]), img[src=x]").count() == 0
        await page.get_by_role("region", name="Agent").get_by_role("button", name="Log out").click()
        await expect(big_state(page)).to_have_text("Logged out")
    await scene.pause(first)
    row = await scene.attempt(callee)
    assert (row.outcome, row.disposition, row.reason) == (Outcome.ANSWERED, Disposition.AGREED, None)
    kept = await scene.record.scripts.walk(row.attempt_id)
    assert kept is not None
    assert [move.step for move in kept.walk.path] == ["identity", "offer", "booking", "read_back", "agreed"]
    assert kept.walk.answers == {
        "contact_name": HOSTILE,
        "visit_at": "2036-11-24T10:30:00+08:00",
        "place": EVIL,
        "contact": "+8613800000007",
        "item": "tablet",
    }
    (lead_id,) = await scene.record.leads.find(f"confirm:{row.attempt_id}")
    lead = (await scene.record.leads.facts(lead_id, row.queued_at)).lead
    assert lead.due_at is not None
    assert (lead.campaign_id, lead.due_at.isoformat()) == (second, "2036-11-24T02:30:00+00:00")


async def test_a_refusal_has_its_code_and_its_words(scene: Scene, people: People) -> None:
    await save(scene, "offer", OFFER)
    campaign = await scene.campaign("to refuse", skills=["two"], wrap_up_s=120, script_flow="offer")
    async with people.user("bea", "agent", "--agent", "agent2") as bea:
        page = bea.page
        callee = await call(scene, page, campaign, 2)
        for key in ("Alt+1", "Alt+2", "Alt+2", "Alt+7"):
            await page.keyboard.press(key)
        await expect(page.get_by_role("radio", name="G Other")).to_be_checked()
        await expect(page.get_by_role("radio", name="2 Refused", exact=True)).not_to_be_checked()
        await page.get_by_label("What is it? *").fill(EVIL)
        await expect(page.get_by_role("radio", name="2 Refused", exact=True)).to_be_checked()
        assert await bea.barriers() == []
        await page.get_by_role("button", name="Hang up").click()
        await expect(big_state(page)).to_have_text("Wrap-up")
        await page.keyboard.press("Enter")
        await expect(big_state(page)).to_have_text("Ready")
        await page.get_by_role("region", name="Agent").get_by_role("button", name="Log out").click()
    await scene.pause(campaign)
    row = await scene.attempt(callee)
    assert (row.disposition, row.reason) == (Disposition.REFUSED, "G")
    kept = await scene.record.scripts.walk(row.attempt_id)
    assert kept is not None
    assert [move.step for move in kept.walk.path] == ["identity", "offer", "retention", "refused"]
    assert (kept.walk.reason, kept.walk.reason_text) == ("G", EVIL)


async def test_an_operator_writes_a_script_and_is_told_what_is_wrong(scene: Scene, people: People) -> None:
    async with people.user("opal", "operator") as opal:
        page = opal.page
        await page.get_by_role("link", name="Scripts").click()
        await page.get_by_role("button", name="New script").click()
        text = page.get_by_label("The script, as YAML")
        await expect(page.get_by_text("All in order")).to_be_visible()
        await text.fill(BOOKING.replace("next: agreed", "next: nowhere"))
        await expect(page.get_by_text("step book · next · there is no step nowhere")).to_be_visible()
        await expect(page.get_by_role("button", name="Save as a new version")).to_be_disabled()
        await text.fill(BOOKING)
        await expect(page.get_by_text("All in order")).to_be_visible()
        await page.get_by_label("Name of a customer to try").fill(HOSTILE)
        await expect(page.get_by_text(f"Is this {HOSTILE}?")).to_be_visible()
        await page.get_by_role("button", name="Alt 2 No").click()
        await expect(page.get_by_text("Why not?", exact=True)).to_be_visible()
        await page.get_by_role("button", name="Save as a new version").click()
        await expect(page.get_by_role("heading", name="booking", level=1)).to_be_visible()
        await text.fill(BOOKING.replace("Why not?", "May I ask why?"))
        await page.get_by_role("button", name="Save as a new version").click()
        await expect(page.get_by_text("Version 2 · user:opal")).to_be_visible()
        assert await opal.barriers() == []
        await page.get_by_role("button", name="Back to the list").click()
        await expect(page.get_by_role("row").filter(has_text="booking")).to_contain_text("2")
        assert await opal.barriers() == []

    async def saved() -> bool:
        return [one.version for one in await scene.record.scripts.versions("booking")] == [2, 1]

    await until(saved)
