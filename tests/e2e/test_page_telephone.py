"""The telephone in the agent's page: a real Chromium with a voice for a microphone, and the real switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from dialer.core.model import HungUpBy, Outcome
from dialer.core.telephone import page_password
from lab.installation import PROMPTS
from lab.plan import LabPlan
from lab.process import until
from tests.e2e.browser import People
from tests.e2e.scene import patient
from tests.e2e.sound import likeness, read, voice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Dialog, Locator, Page

    from tests.e2e.browser import Window
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

AGENT = "agent1"
VOICE = "agents/agent2"
HEARD, RELOADED, CUT, PRESSED, RESTARTED, TWO_TABS = map(patient, range(1, 7))
SOCKETS = """
const Real = WebSocket, open = []
window.WebSocket = class extends Real { constructor(...asked) { super(...asked); open.push(this) } }
window.__cut = () => open.forEach((one) => one.close())
"""
"""Lets a test cut the page's connections, as a network that changes does."""
LOUD = 0.4
"""On the bars' scale: 36 dB below the loudest there is."""


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=1, drain_s=3)


@pytest.fixture(scope="module")
def phones() -> tuple[str, ...]:
    """There is no telephone on the desk."""
    return ()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(scene: Scene) -> AsyncIterator[People]:
    async with People(scene, voice=PROMPTS / f"{VOICE}.wav") as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(scene: Scene, people: People) -> AsyncIterator[Window]:
    """An agent who has chosen the telephone in the page, and works with it from test to test."""
    del scene
    async with people.user("ada", "agent", "--agent", AGENT) as window:
        await window.context.add_init_script(SOCKETS)
        await window.page.reload()
        await window.page.get_by_text("In this page").click()
        yield window


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def campaign(scene: Scene) -> int:
    made = await scene.campaign("in the page")
    await scene.start(made)
    return made


def big_state(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


async def hears(page: Page, who: str) -> None:
    """Wait until the bar of a side moves."""
    bar = page.get_by_role("meter", name=who)
    await expect(bar).to_be_visible()

    async def loud() -> bool:
        return bool(await bar.evaluate(f"bar => bar.value > {LOUD}"))

    await until(loud)


async def log_in(page: Page) -> None:
    await page.get_by_role("button", name="Log in", exact=True).click()
    await expect(big_state(page)).to_have_text("Ready")
    await expect(page.get_by_text("On the line")).to_be_visible()


async def log_out(page: Page) -> None:
    await page.get_by_role("region", name="Agent").get_by_role("button", name="Log out").click()
    await expect(big_state(page)).to_have_text("Logged out")
    await expect(page.get_by_text("On the line")).to_be_hidden()


async def back_in_line(page: Page) -> None:
    await page.keyboard.press("2")
    await page.keyboard.press("Enter")
    await expect(big_state(page)).to_have_text("Ready")


async def test_an_agent_hears_and_is_heard(scene: Scene, ada: Window, campaign: int) -> None:
    page = ada.page
    await page.get_by_role("button", name="Check the microphone").click()
    await hears(page, "You")
    assert await ada.barriers() == []
    await page.get_by_role("button", name="End the check").click()
    await log_in(page)
    await scene.leads(campaign, HEARD)
    await expect(big_state(page)).to_have_text("Talking")
    await hears(page, "Customer")
    await scene.recorded(await scene.bridged(HEARD), seconds=8)
    assert await ada.barriers() == []
    await page.get_by_role("button", name="Hang up").click()
    await expect(big_state(page)).to_have_text("Wrap-up")
    row = await scene.attempt(HEARD)
    assert (row.outcome, row.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
    stored = await scene.stored(row)
    _customer, agent = read(scene.store.whole(scene.store.inside(stored.path)))
    assert likeness(agent, voice(VOICE)) > 0.5
    await back_in_line(page)


async def test_a_page_that_is_loaded_anew_in_mid_talk_is_called_in_again(
    scene: Scene, ada: Window, campaign: int
) -> None:
    page = ada.page
    asked: list[str] = []

    async def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    page.on("dialog", leave)
    await scene.leads(campaign, RELOADED)
    await expect(big_state(page)).to_have_text("Talking")
    await scene.recorded(await scene.bridged(RELOADED), seconds=3)
    await page.reload()
    assert asked == ["beforeunload"]
    # The customer is let go at once and not left in silence; what was said is kept, and can still be recorded.
    row = await scene.attempt(RELOADED)
    assert row.outcome is Outcome.ANSWERED
    assert row.bridged_at is not None
    assert (await scene.stored(row)).duration_s
    await expect(big_state(page)).to_have_text("Ready")
    await expect(page.get_by_text("On the line")).to_be_visible()
    page.remove_listener("dialog", leave)


async def test_a_talk_outlives_the_loss_of_the_connection(scene: Scene, ada: Window, campaign: int) -> None:
    page = ada.page
    await scene.leads(campaign, CUT)
    await expect(big_state(page)).to_have_text("Talking")
    row = await scene.bridged(CUT)
    await scene.recorded(row, seconds=2)
    await page.evaluate("window.__cut()")
    await expect(page.get_by_text("is being made again")).to_be_visible()
    await expect(page.get_by_text("On the line")).to_be_visible()
    await hears(page, "Customer")
    assert (await scene.bridged(CUT)).ended_at is None
    await page.get_by_role("button", name="Hang up").click()
    await back_in_line(page)
    await log_out(page)


async def test_keys_reach_the_customer_and_who_is_muted_is_not_heard(scene: Scene, ada: Window, campaign: int) -> None:
    page = ada.page
    keys = await scene.parts.hear_keys()
    await log_in(page)
    await scene.leads(campaign, PRESSED)
    await expect(big_state(page)).to_have_text("Talking")
    await page.get_by_role("button", name="Mute").click()
    await expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    row = await scene.bridged(PRESSED)
    await scene.recorded(row, seconds=1)
    await page.get_by_role("button", name="Keypad").click()
    await page.get_by_role("button", name="Key 7").click()

    async def pressed() -> bool:
        return "DTMF end '7'" in keys.read_text(encoding="utf-8", errors="replace")

    await until(pressed)
    await scene.recorded(row, seconds=5)
    await page.get_by_role("button", name="Hang up").click()
    _customer, agent = read(scene.store.whole(scene.store.inside((await scene.stored(row)).path)))
    assert likeness(agent[8000:32000], voice(VOICE)) < 0.3
    await back_in_line(page)


async def test_a_talk_outlives_the_controller(scene: Scene, ada: Window, campaign: int) -> None:
    page = ada.page
    await scene.leads(campaign, RESTARTED)
    await expect(big_state(page)).to_have_text("Talking")
    await scene.recorded(await scene.bridged(RESTARTED), seconds=2)
    await scene.controller.service.kill()
    await expect(page.get_by_text("is being made again")).to_be_visible()
    await scene.controller.service.start()
    await scene.until_healthy()
    await expect(page.get_by_text("On the line")).to_be_visible()
    await expect(big_state(page)).to_have_text("Talking")
    await hears(page, "Customer")
    await page.get_by_role("button", name="Hang up").click()
    row = await scene.attempt(RESTARTED)
    assert (row.outcome, row.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
    await back_in_line(page)
    await log_out(page)
    ada.troubles.clear()  # the browser tells of each time that nobody answered


async def test_of_two_tabs_one_has_the_telephone(scene: Scene, ada: Window, campaign: int) -> None:
    page = ada.page
    await log_in(page)
    other = await ada.context.new_page()
    await other.goto("/")
    await expect(other.get_by_text("in use in another tab")).to_be_visible()
    await expect(page.get_by_text("On the line")).to_be_visible()
    await other.get_by_role("button", name="Use it here").click()
    await other.get_by_role("tooltip").get_by_role("button", name="Use it here").click()
    await expect(page.get_by_text("in use in another tab")).to_be_visible()
    await expect(other.get_by_text("On the line")).to_be_visible()
    await scene.leads(campaign, TWO_TABS)
    await expect(big_state(other)).to_have_text("Talking")
    await hears(other, "Customer")
    await other.get_by_role("button", name="Hang up").click()
    await back_in_line(other)
    # The tab that waits has it again once the other is closed.
    await other.close()
    await expect(page.get_by_text("On the line")).to_be_visible()
    await expect(big_state(page)).to_have_text("Ready")


async def test_the_pages_password_stands_in_no_log(scene: Scene) -> None:
    password = page_password(AGENT, scene.parts.secrets.agents[AGENT])
    logs = [file for folder in ("log", "asterisk/state/log") for file in (scene.parts.root / folder).rglob("*.log")]
    said = {file.name: file.read_text(encoding="utf-8", errors="replace") for file in logs}
    assert {"dialer.log", "asterisk.log"} <= said.keys()
    assert [name for name, text in said.items() if password in text] == []


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []
