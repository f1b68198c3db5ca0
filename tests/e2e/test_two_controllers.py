"""Two controllers on one record, one floor and one Asterisk: a stand-in of the same name, and a second node."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_asyncio

from dialer.core.model import HungUpBy, Outcome
from lab.carrier import FarEnd, number
from lab.controller import Controller
from lab.plan import LabPlan, write_settings
from lab.process import port_answers, until
from tests.e2e.scene import Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

HERE, THERE = LabPlan(agents=2, drain_s=3), LabPlan(agents=2, first_agent=3, node="node2", drain_s=3)


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    """Asterisk knows the telephones of both."""
    return LabPlan(agents=4, drain_s=3)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(
    plan: LabPlan, phones: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """The scene's own controller has the first two agents."""
    stage = Scene(tmp_path_factory.mktemp("e2e") / "lab", plan, phones)
    write_settings(stage.parts.settings_file, HERE, stage.parts.ports, stage.parts.secrets)
    async with stage as running:
        yield running


async def health_of(controller: Controller) -> dict[str, str]:
    """What each ill part says; empty before the controller answers."""
    try:
        parts = (await controller.ask("GET", "/health")).json()["parts"]
    except httpx.HTTPError:
        return {}
    return {part["part"]: part["detail"] for part in parts if not part["ok"]}


async def test_a_second_one_of_the_same_name_stands_by_and_takes_over(scene: Scene) -> None:
    talks, later = number(FarEnd.PATIENT_PERSON, 0, serial=1), number(FarEnd.PATIENT_PERSON, 0, serial=2)
    campaign = await scene.campaign("stand-in", talks)
    await scene.log_in("agent1", "agent2")
    await scene.start(campaign)
    talk = await scene.bridged(talks)
    stand_in = Controller(scene.parts, scene.parts.settings_beside("stand-in", HERE, scene.parts.settings.data_dir))
    stand_in.service.is_ready = partial(port_answers, stand_in.port)  # it is not well until its turn has come
    async with stand_in:

        async def stands_by() -> bool:
            return "another controller" in (await health_of(stand_in)).get("node", "")

        await until(stands_by)
        refused = await stand_in.ask("POST", "/api/agents/agent2/login")
        assert refused.status_code == httpx.codes.CONFLICT
        said = await stand_in.command("doctor")
        assert (said.code, "another controller works under the name node1" in said.out) == (1, True)
        assert (await scene.attempt(talks, lambda row: row.bridged_at)).ended_at is None

        await scene.controller.service.kill()
        await scene.leads(campaign, later)
        row = await scene.bridged(later)
        assert row.agent_id not in {None, talk.agent_id}
        for one in (talk, row):
            answer = await stand_in.ask("POST", f"/api/agents/{one.agent_id}/hangup")
            assert answer.is_success, answer.text
            ended = await scene.attempt(one.e164)
            assert (ended.outcome, ended.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
    await scene.controller.service.start()


async def test_of_two_nodes_one_runs_the_campaign_and_the_other_goes_on_with_it(scene: Scene) -> None:
    numbers = [number(FarEnd.PERSON, 1, talk_s=3, serial=serial) for serial in range(10, 30)]
    campaign = await scene.campaign("shared", *numbers, pacing={"mode": "ratio", "ratio": 1.5})
    there = Controller(scene.parts, scene.parts.settings_beside("there", THERE))

    async def dialled_by() -> list[str]:
        return [row.node for row in await scene.rows() if row.campaign_id == campaign]

    async with there:
        await scene.log_in("agent1", "agent2")
        for name in THERE.agent_names:
            assert (await there.ask("POST", f"/api/agents/{name}/login")).is_success
            await scene.news.until_agent(name, "READY")
        await scene.start(campaign)
        await until(lambda: _at_least(4, dialled_by))
        holder = (await dialled_by())[0]
        assert set(await dialled_by()) == {holder}
        killed = scene.controller if holder == "node1" else there
        await killed.service.kill()

        async def the_other_goes_on() -> bool:
            return len(set(await dialled_by())) == len({"node1", "node2"})

        await until(the_other_goes_on)
        await killed.service.start()
        for one in numbers:
            row = await scene.attempt(one, lambda row: row.outcome, within_s=60)
            assert row.outcome in {Outcome.ANSWERED, Outcome.ABANDONED, Outcome.FAILED}
        await scene.pause(campaign)
        await scene.until_quiet()


async def _at_least(count: int, found: Callable[[], Awaitable[list[str]]]) -> bool:
    return len(await found()) >= count


async def test_no_promise_was_broken(scene: Scene) -> None:
    assert await scene.broken_promises() == []
