"""A supervisor on an agent's line, on the real switch: who hears whom in each mode, and how it ends.

Each telephone speaks a tone of its own, which is found in whatever a telephone, the customer or the recording hears.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect

from lab.carrier import FarEnd, number
from lab.phones import Phones
from lab.plan import LabPlan
from lab.process import until
from lab.users import Login, make_user
from tests.e2e.browser import People
from tests.e2e.scene import Scene
from tests.e2e.sound import hears_tone, likeness, read, voice, without_tones, write_tone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Page

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

AGENT, SECOND, SUPERVISOR = "agent1", "agent2", "agent3"
TONES = {AGENT: 500, SECOND: 700, SUPERVISOR: 1100}
CUSTOMER = "customer"
CALLEES = [number(FarEnd.PATIENT_PERSON, 0, serial=serial) for serial in range(4)]
LISTENED_S = 4.0
ALIKE = 0.45
"""Of a voice under tones that were taken out: 0.7 and more where it is, 0.25 and less where it is not."""


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    # Two phones share a process; the supervisor's is alone in its own.
    return LabPlan(agents=3, skills={AGENT: ("one",), SECOND: ("two",)}, drain_s=3)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(plan: LabPlan, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("e2e")
    (folder / "voices").mkdir()
    for name, hz in TONES.items():
        write_tone(folder / f"voices/{name}.wav", hz)
    scene = Scene(folder / "lab", plan)
    parts = scene.parts
    scene.phones = Phones(parts.sip_server, parts.secrets.agents, parts.root / "log/phones.log", folder / "voices")
    async with scene as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(scene: Scene) -> Login:
    """A team leader whose telephone is that of the third agent."""
    return await make_user(scene.controller, "ada", "team_leader", "--agent", SUPERVISOR, "--team", "north")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def li(scene: Scene) -> Login:
    """The agent of her team."""
    return await make_user(scene.controller, "li", "agent", "--agent", AGENT, "--team", "north")


@asynccontextmanager
async def browsing(scene: Scene, login: Login) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=scene.controller.url, timeout=30) as browser:
        body = {"username": login.username, "password": login.password}
        (await browser.post("/api/session", json=body)).raise_for_status()
        yield browser


async def be(browser: httpx.AsyncClient, mode: str) -> dict[str, Any]:
    """Be on the agent's line in this mode, with the telephone answered."""
    answer = await browser.post(f"/api/agents/{AGENT}/listen", json={"mode": mode})
    assert answer.is_success, answer.text

    async def answered() -> bool:
        return any(one["up"] for one in (await browser.get("/api/supervision")).json())

    await until(answered)
    said: dict[str, Any] = answer.json()
    return said


async def who_hears_whom(scene: Scene, callee: str, folder: Path) -> dict[str, set[str]]:
    """The voices that each of the three hears for a few seconds."""
    folder.mkdir()  # noqa: ASYNC240 - microseconds
    assert await scene.parts.customer_hears(callee, folder / "customer.wav")
    heard = {}
    for phone in (AGENT, SUPERVISOR):
        heard[phone] = read(await scene.phones.hears(phone, folder / f"{phone}.wav", seconds=LISTENED_S))[0]
    assert await scene.parts.customer_has_heard(callee)
    await until(partial(_is_written, folder / "customer.wav"))
    heard[CUSTOMER] = read(folder / "customer.wav")[0]
    customers = voice("far-end/person1")
    found = {who: {name for name, hz in TONES.items() if hears_tone(side, hz)} for who, side in heard.items()}
    for who, side in heard.items():
        if who != CUSTOMER and likeness(without_tones(side, *TONES.values()), customers) > ALIKE:
            found[who].add(CUSTOMER)
    return found


async def _is_written(file: Path) -> bool:
    return file.exists() and file.read_bytes()[40:44] != bytes(4)  # noqa: ASYNC240 - microseconds


async def test_who_hears_whom_in_each_mode(scene: Scene, ada: Login, tmp_path: Path) -> None:
    (callee, *_) = CALLEES
    campaign = await scene.campaign("heard", callee, skills=["one"])
    await scene.log_in(AGENT)
    async with browsing(scene, ada) as browser:
        await be(browser, "LISTEN")  # before the talk: it is heard from its first word on
        await scene.start(campaign)
        row = await scene.bridged(callee)
        await scene.news.until_agent(AGENT, "TALKING")
        both = {AGENT, CUSTOMER}
        listen = await who_hears_whom(scene, callee, tmp_path / "listen")
        assert listen == {AGENT: {CUSTOMER}, SUPERVISOR: both, CUSTOMER: {AGENT}}
        await be(browser, "WHISPER")
        whisper = await who_hears_whom(scene, callee, tmp_path / "whisper")
        assert whisper == {AGENT: {CUSTOMER, SUPERVISOR}, SUPERVISOR: both, CUSTOMER: {AGENT}}
        await be(browser, "BARGE")
        barge = await who_hears_whom(scene, callee, tmp_path / "barge")
        assert barge == {AGENT: {CUSTOMER, SUPERVISOR}, SUPERVISOR: both, CUSTOMER: {AGENT, SUPERVISOR}}
        await scene.end_talk(callee)
        # Still on the line, but joined to no talk any more.
        await until(partial(_mode_is, browser, "LISTEN"))
        assert (await browser.delete(f"/api/agents/{AGENT}/listen")).status_code == httpx.codes.NO_CONTENT
        await scene.phones.until(SUPERVISOR, up=False)
    customers, agents = read(scene.store.whole(scene.store.inside((await scene.stored(row)).path)))
    assert not any(hears_tone(customers, hz) for hz in TONES.values())
    assert hears_tone(agents, TONES[AGENT])
    # Of the supervisor's voice the recording has what the customer heard, and when.
    third = len(agents) // 3
    assert not hears_tone(agents[:third], TONES[SUPERVISOR])
    assert hears_tone(agents[-third:], TONES[SUPERVISOR])
    trail = [line.what for line in reversed(await scene.record.audit.latest()) if line.subject == AGENT]
    assert [what for what in trail if what.startswith("listening")] == [
        "listening begun",
        "listening changed",
        "listening changed",
        "listening changed",
        "listening ended",
    ]


async def _mode_is(browser: httpx.AsyncClient, mode: str) -> bool:
    return [one["mode"] for one in (await browser.get("/api/supervision")).json()] == [mode]


async def _nobody_listens(browser: httpx.AsyncClient) -> bool:
    return not (await browser.get("/api/supervision")).json()


async def test_it_ends_with_either_telephone(scene: Scene, ada: Login) -> None:
    async with browsing(scene, ada) as browser:
        await scene.news.until_agent(AGENT, "READY")
        await be(browser, "LISTEN")
        await scene.phones.hang_up(SUPERVISOR)
        await until(partial(_nobody_listens, browser))
        await be(browser, "WHISPER")
        await scene.tell_agent(AGENT, "logout")
        await until(partial(_nobody_listens, browser))
        await scene.phones.until(SUPERVISOR, up=False)


async def test_nobody_listens_on_after_the_controller_was_killed(scene: Scene, ada: Login) -> None:
    await scene.log_in(AGENT)
    async with browsing(scene, ada) as browser:
        await be(browser, "LISTEN")
    await scene.controller.service.kill()
    await scene.controller.service.start()
    await scene.until_healthy()
    await scene.phones.until(SUPERVISOR, up=False)
    await scene.phones.until(AGENT, up=True)
    async with browsing(scene, ada) as browser:
        assert await _nobody_listens(browser)
        await be(browser, "LISTEN")  # and the line is free for whoever may
        await browser.delete(f"/api/agents/{AGENT}/listen")
    await scene.phones.until(SUPERVISOR, up=False)


def row_of(page: Page, name: str) -> Any:
    return page.get_by_role("listitem").filter(has_text=name)


async def test_a_team_leader_listens_whispers_and_sends_a_message_from_the_floor(
    scene: Scene, ada: Login, li: Login
) -> None:
    callee = CALLEES[1]
    campaign = await scene.campaign("helped", callee, skills=["one"], wrap_up_s=60)
    await scene.news.until_agent(AGENT, "READY")
    await scene.start(campaign)
    await scene.bridged(callee)
    async with People(scene) as people, people.window() as leader, people.window() as agent:
        await agent.log_in(li)
        await leader.log_in(ada)
        floor, desk = leader.page, agent.page
        row = row_of(floor, AGENT)
        await expect(row.get_by_text("Talking")).to_be_visible()
        menu = row.get_by_role("button", name=f"What to do about {AGENT}")
        await menu.focus()
        await floor.keyboard.press("Enter")
        await floor.get_by_role("menuitem", name="Listen").click()
        await expect(row.get_by_role("button", name="Listen")).to_have_attribute("aria-pressed", "true")
        await expect(desk.get_by_text("Somebody is listening")).to_be_visible()
        await row.get_by_role("button", name="Whisper").click()
        await expect(desk.get_by_text("Somebody whispers to you")).to_be_visible()
        await menu.click()
        await floor.get_by_role("menuitem", name="Message").click()
        await floor.get_by_label("Text").fill("<b>问他地址</b>")
        await floor.get_by_role("button", name="Send").click()
        await expect(desk.get_by_text("<b>问他地址</b>")).to_be_visible()
        await expect(row.get_by_text("1 unread")).to_be_visible()
        assert await leader.barriers() == []
        assert await agent.barriers() == []
        await desk.get_by_role("button", name="Understood").click()
        await expect(row.get_by_text("Read")).to_be_visible()
        await row.get_by_role("button", name="End").click()
        await expect(desk.get_by_text("Somebody")).to_be_hidden()
        await menu.click()
        await floor.get_by_role("menuitem", name="End the call").click()
        await floor.get_by_role("dialog").get_by_role("button", name="End the call").click()
        await expect(row.get_by_text("Wrap-up")).to_be_visible()


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []
