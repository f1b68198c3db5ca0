"""What befalls agents: they ask for a call, their phone is not there, or it vanishes in mid-talk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from dialer.core.model import Disposition, HungUpBy, Outcome, PacingMode
from lab.carrier import FarEnd, number
from lab.plan import LabPlan

if TYPE_CHECKING:
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

LOOKS_FIRST, HAS_NO_PHONE, VANISHES = "agent1", "agent4", "agent3"
CUSTOMER_OF_THE_VANISHED = number(FarEnd.PATIENT_PERSON, 0, serial=1)
NEXT_CUSTOMER = number(FarEnd.PATIENT_PERSON, 0, serial=2)
SEEN_FIRST = number(FarEnd.PATIENT_PERSON, 1, serial=3)


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=4, skills={LOOKS_FIRST: ("looks",), VANISHES: ("vanishes",)}, drain_s=3)


@pytest.fixture(scope="module")
def phones() -> tuple[str, ...]:
    # Two phones share a process: the third is alone in its own, and vanishes alone.
    return ("agent1", "agent2", "agent3")


async def test_a_phone_that_was_never_there_is_told_and_leaves_the_agent_out(scene: Scene) -> None:
    await scene.tell_agent(HAS_NO_PHONE, "login")
    await scene.news.until(lambda: scene.news.agent(HAS_NO_PHONE).get("reason"))
    await scene.news.until_agent(HAS_NO_PHONE, "OFFLINE")
    assert (await card(scene, HAS_NO_PHONE))["trouble"] == "the telephone does not answer"


async def test_a_phone_vanishes_in_mid_talk_and_comes_back(scene: Scene) -> None:
    campaign = await scene.campaign("vanishes", CUSTOMER_OF_THE_VANISHED, skills=["vanishes"])
    await scene.log_in(VANISHES)
    await scene.start(campaign)
    await scene.bridged(CUSTOMER_OF_THE_VANISHED)
    assert await scene.phones.vanish(VANISHES) == (VANISHES,)
    # Asterisk notices by the silence; the customer is not left in it.
    row = await scene.attempt(CUSTOMER_OF_THE_VANISHED, lambda row: row.outcome and row.wrapped_up_at)
    assert (row.outcome, row.agent_id) == (Outcome.ANSWERED, VANISHES)
    assert row.hung_up_by in {HungUpBy.SYSTEM, HungUpBy.AGENT}
    assert row.disposition is Disposition.NOT_RECORDED
    await scene.news.until_agent(VANISHES, "CALLING_IN")
    assert (await card(scene, VANISHES))["trouble"]
    await scene.phones.come_back(VANISHES)
    await scene.news.until_agent(VANISHES, "READY")
    await scene.leads(campaign, NEXT_CUSTOMER)
    await scene.bridged(NEXT_CUSTOMER)
    assert (await card(scene, VANISHES))["trouble"] is None


async def test_an_agent_hangs_up_with_the_phone_itself(scene: Scene) -> None:
    # Not by the console: the standing leg goes with it, and is called in again.
    await scene.phones.hang_up(VANISHES)
    row = await scene.attempt(NEXT_CUSTOMER, lambda row: row.outcome and row.disposition)
    assert (row.outcome, row.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
    assert row.disposition is Disposition.NOT_RECORDED
    await scene.news.until_agent(VANISHES, "READY")
    await scene.phones.until(VANISHES, up=True)


async def test_a_previewed_lead_is_seen_then_dialled_then_bridged(scene: Scene) -> None:
    preview = {"mode": PacingMode.PREVIEW}
    campaign = await scene.campaign("looks", SEEN_FIRST, skills=["looks"], pacing=preview)
    await scene.start(campaign)
    await scene.log_in(LOOKS_FIRST)
    await scene.news.until(lambda: scene.news.campaign(campaign).get("status") == "RUNNING")
    shown = await scene.tell_agent(LOOKS_FIRST, "preview", {"campaign": "looks"})
    assert shown["name"].startswith("王小明")
    assert not [row for row in await scene.rows() if row.e164 == SEEN_FIRST]
    asked = {"campaign": "looks", "lead_id": shown["lead_id"]}
    placed = await scene.tell_agent(LOOKS_FIRST, "preview", asked)
    row = await scene.bridged(SEEN_FIRST)
    assert (row.attempt_id, row.agent_id) == (placed["attempt_id"], LOOKS_FIRST)
    # Nobody else could have had the agent while it rang.
    spans = await scene.record.agents.spans(row.queued_at, LOOKS_FIRST)
    assert "RESERVED" in {span.state for span in spans if span.attempt_id == row.attempt_id}
    # The lead is in a call now: nobody can ask for it again.
    again = await scene.controller.ask("POST", f"/api/agents/{LOOKS_FIRST}/preview", asked)
    assert again.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    await scene.tell_agent(LOOKS_FIRST, "hangup")
    assert (await scene.attempt(SEEN_FIRST)).outcome is Outcome.ANSWERED


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []


async def card(scene: Scene, name: str) -> dict[str, object]:
    """The agent as the HTTP interface tells it."""
    cards = (await scene.controller.ask("GET", "/api/agents")).json()
    (found,) = [one for one in cards if one["agent_id"] == name]
    return dict(found)
