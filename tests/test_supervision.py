from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import ConflictError, NotFoundError, SwitchError, SwitchTimeoutError
from dialer.core.model import AgentState, SupervisionMode
from dialer.supervision import BEGUN, CHANGED, ENDED, Supervisor

from .fakes.centre import Centre
from .fakes.virtual_time import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time

ADA = "user:ada"
LISTEN, WHISPER, BARGE = SupervisionMode


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": (), "agent2": (), "ada": (), "bob": ()}) as opened:
        await opened.log_in("agent1")
        yield opened


async def listening(centre: Centre, mode: SupervisionMode = LISTEN) -> Supervisor:
    """Ada on agent1's line, with her telephone answered."""
    supervisor = await centre.supervision.listen(ADA, "ada", "agent1", mode)
    await until(lambda: supervisor.up)
    return supervisor


async def talk(centre: Centre) -> str:
    campaign = await centre.campaign()
    (lead,) = await centre.leads(campaign)
    return await centre.talking(campaign, lead)


async def trail(centre: Centre) -> list[tuple[str, str, str]]:
    """Who did what to whom, as the audit trail has it, the oldest first."""
    await centre.books.flush()
    lines = reversed(await centre.record.audit.latest())
    return [(line.who, line.what, line.subject) for line in lines if line.what in {BEGUN, CHANGED, ENDED}]


def is_over(centre: Centre, leg_id: str) -> bool:
    return leg_id not in centre.switch.legs and centre.supervision.supervisors() == []


async def test_whoever_listens_is_called_told_and_written_down(centre: Centre) -> None:
    supervisor = await listening(centre)
    leg = centre.switch.legs[supervisor.leg_id]
    assert (leg.supervises, leg.mode) == (centre.roster.standing_leg("agent1"), "LISTEN")
    assert centre.news.retained["supervision/agent1"]["up"] is True
    assert centre.news.retained["agents/agent1/supervised"] == {
        "mode": "LISTEN",
        "since": supervisor.since.timestamp(),
    }
    assert await trail(centre) == [(ADA, BEGUN, "agent1")]

    await centre.supervision.listen(ADA, "ada", "agent1", WHISPER)
    assert leg.mode == "WHISPER"
    assert centre.news.retained["supervision/agent1"]["mode"] == "WHISPER"

    await centre.supervision.end(ADA, "agent1")
    await centre.supervision.end(ADA, "agent1")
    await until(lambda: is_over(centre, supervisor.leg_id))
    assert {"supervision/agent1", "agents/agent1/supervised"}.isdisjoint(centre.news.retained)
    assert await trail(centre) == [(ADA, word, "agent1") for word in (BEGUN, CHANGED, ENDED)]


async def test_it_goes_on_through_talks_but_joining_is_for_one(centre: Centre) -> None:
    supervisor = await listening(centre)
    with pytest.raises(ConflictError, match="in no talk"):
        await centre.supervision.listen(ADA, "ada", "agent1", BARGE)
    attempt_id = await talk(centre)
    await centre.supervision.listen(ADA, "ada", "agent1", BARGE)
    leg = centre.switch.legs[supervisor.leg_id]
    assert leg.mode == "BARGE"
    # The voice of who has joined belongs into the recording of that talk.
    await until(lambda: "listen" in centre.switch.verbs(supervisor.leg_id))
    voice = next(order.what for order in centre.switch.orders if order.verb == "listen")
    assert voice.startswith(f"{attempt_id}@")
    assert voice.endswith(".sln32")
    centre.switch.leave(attempt_id)
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    await until(lambda: supervisor.mode is LISTEN)
    assert leg.mode == "LISTEN"
    await until(lambda: "stop_listening" in centre.switch.verbs(supervisor.leg_id))
    await centre.agent_is("agent1", AgentState.READY, within_s=60)
    assert centre.supervision.of("agent1") is supervisor
    assert [line[0] for line in await trail(centre)] == [ADA, ADA, "ringpace"]


async def test_a_talk_that_ends_while_somebody_joins_it_leaves_nobody_joined(centre: Centre) -> None:
    supervisor = await listening(centre)
    attempt_id = await talk(centre)
    centre.switch.leave(attempt_id)
    await centre.supervision.listen(ADA, "ada", "agent1", BARGE)
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    await until(lambda: supervisor.mode is LISTEN and centre.switch.legs[supervisor.leg_id].mode == "LISTEN")


async def test_where_joining_cannot_be_ended_the_supervisors_leg_is(centre: Centre) -> None:
    supervisor = await listening(centre)
    attempt_id = await talk(centre)
    await centre.supervision.listen(ADA, "ada", "agent1", BARGE)
    centre.switch.refuse("supervise", SwitchError("refused"))
    centre.switch.leave(attempt_id)
    await until(lambda: is_over(centre, supervisor.leg_id))


async def test_it_ends_with_either_telephone_and_with_the_supervisors_own_login(centre: Centre) -> None:
    supervisor = await listening(centre)
    centre.switch.leave(supervisor.leg_id)
    await until(lambda: is_over(centre, supervisor.leg_id))

    assert len(await trail(centre)) == 2  # what ends is written down in its own time
    supervisor = await listening(centre)
    centre.roster.logout("agent1")
    await until(lambda: is_over(centre, supervisor.leg_id))
    await until(lambda: "agents/agent1/supervised" not in centre.news.retained)

    assert len(await trail(centre)) == 4
    await centre.log_in("agent1")
    supervisor = await listening(centre)
    centre.roster.login("ada")
    await until(lambda: is_over(centre, supervisor.leg_id))
    assert [word for _, word, _ in await trail(centre)] == [BEGUN, ENDED] * 3


async def test_a_telephone_that_does_not_answer_leaves_nobody_on_the_line(centre: Centre) -> None:
    centre.switch.dead_phones.add("ada")
    supervisor = await centre.supervision.listen(ADA, "ada", "agent1", LISTEN)
    with pytest.raises(ConflictError, match="not been answered"):
        await centre.supervision.listen(ADA, "ada", "agent1", WHISPER)
    assert "agents/agent1/supervised" not in centre.news.retained  # nobody hears anything yet
    await until(lambda: supervisor.leg_id in centre.switch.legs)
    centre.switch.time_out(supervisor.leg_id)
    await until(lambda: is_over(centre, supervisor.leg_id))


async def test_one_supervisor_to_an_agent_and_one_line_to_a_supervisor(centre: Centre) -> None:
    await centre.log_in("agent2")
    await listening(centre)
    ask = centre.supervision.listen
    with pytest.raises(ConflictError, match="user:ada listens"):
        await ask("user:bob", "bob", "agent1", LISTEN)
    with pytest.raises(ConflictError, match="on the line of agent agent1"):
        await ask(ADA, "ada", "agent2", LISTEN)
    with pytest.raises(ConflictError, match="no agent"):
        await ask("user:eve", None, "agent2", LISTEN)
    with pytest.raises(ConflictError, match="themselves"):
        await ask("user:x", "agent2", "agent2", LISTEN)
    with pytest.raises(ConflictError, match="not logged in"):
        await ask("user:bob", "bob", "ada", LISTEN)
    with pytest.raises(NotFoundError):
        await ask("user:bob", "nobody", "agent2", LISTEN)
    await centre.log_in("bob")
    with pytest.raises(ConflictError, match="log out first"):
        await ask("user:bob", "bob", "agent2", LISTEN)


@pytest.mark.parametrize("done", [False, True])
async def test_an_order_that_failed_leaves_no_leg_and_no_trace_of_listening(centre: Centre, *, done: bool) -> None:
    centre.switch.refuse("call_supervisor", SwitchTimeoutError("no answer"), done=done)
    with pytest.raises(SwitchTimeoutError):
        await centre.supervision.listen(ADA, "ada", "agent1", LISTEN)
    await until(lambda: not [leg for leg in centre.switch.legs if leg.startswith("supervisor-")])
    assert centre.supervision.supervisors() == []
    assert "supervision/agent1" not in centre.news.retained
    assert [word for _, word, _ in await trail(centre)] == [BEGUN, ENDED]


async def test_a_mode_that_was_refused_is_not_shown(centre: Centre) -> None:
    supervisor = await listening(centre)
    centre.switch.refuse("supervise", SwitchError("refused"))
    with pytest.raises(SwitchError):
        await centre.supervision.listen(ADA, "ada", "agent1", WHISPER)
    assert (supervisor.mode, centre.news.retained["supervision/agent1"]["mode"]) == (LISTEN, "LISTEN")


async def test_agents_are_not_told_where_the_settings_say_so(tmp_path: Path) -> None:
    async with Centre(tmp_path, {"agent1": (), "ada": ()}, supervision={"announced": False}) as centre:
        await centre.log_in("agent1")
        await listening(centre)
        assert "supervision/agent1" in centre.news.retained
        assert not [topic for topic in centre.news.retained if topic.endswith("/supervised")]


async def test_a_supervisors_leg_of_a_former_run_is_hung_up(centre: Centre) -> None:
    known = await listening(centre)
    agent_leg = centre.roster.standing_leg("agent1")
    for leg_id in ("supervisor-bob-id9", "supervisor-somebody-elses-1"):
        await centre.switch.call_supervisor(leg_id, "bob", agent_leg, LISTEN, 10)
    await centre.recovery().hang_up_strays(await centre.switch.channels())
    await until(lambda: "supervisor-bob-id9" not in centre.switch.legs)
    assert {known.leg_id, "supervisor-somebody-elses-1"} <= centre.switch.legs.keys()
    assert ("ringpace", ENDED, "supervisor-bob-id9") in await trail(centre)
