"""What every floor promises, asked of the one in Redis and of the fake that the tests of the shells use."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import pytest

from dialer.core.errors import FloorError
from dialer.core.model import AgentState
from dialer.floor.floor import AgentCard, Floor, Hold
from tests.fakes.floor import FakeFloor, SharedFloor
from tests.fakes.servers import RedisServer, redis_server
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECOND = timedelta(seconds=1)


class House(Protocol):
    """Something that nodes share floors of, and that can be taken away."""

    def floor(self, node: str = "node1") -> Floor | FakeFloor: ...

    async def kill(self) -> None: ...

    async def start(self) -> None: ...


class FakeHouse:
    def __init__(self) -> None:
        self._shared = SharedFloor()

    def floor(self, node: str = "node1") -> FakeFloor:
        return FakeFloor(node, self._shared)

    async def kill(self) -> None:
        self._shared.down = True

    async def start(self) -> None:
        self._shared.restart()


class RedisHouse:
    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self.floors: list[Floor] = []

    def floor(self, node: str = "node1") -> Floor:
        self.floors.append(Floor(self._server.url, node))
        return self.floors[-1]

    async def kill(self) -> None:
        await self._server.part.kill()

    async def start(self) -> None:
        await self._server.part.start()


@pytest.fixture(params=["fake", "redis"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    if request.param == "fake":
        yield FakeHouse()
        return
    async with redis_server(tmp_path) as server:
        opened = RedisHouse(server)
        yield opened
        for floor in opened.floors:
            await floor.close()


def ready(agent_id: str, waiting_s: float = 0, *skills: str, node: str = "node1") -> AgentCard:
    """An agent who has waited for so long."""
    since = MIDMORNING - waiting_s * SECOND
    return AgentCard(agent_id, node, AgentState.READY, since, frozenset(skills), since)


async def test_the_longest_waiting_is_taken_first_and_nobody_twice(house: House) -> None:
    floor = house.floor()
    for card in (ready("b", 10), ready("a", 5), ready("c", 20)):
        await floor.put_agent(card)
    assert [await floor.take_agent(f"call{n}", ()) for n in range(4)] == ["c", "b", "a", None]
    assert {card.agent_id: (card.state, card.attempt_id) for card in await floor.agents()} == {
        "a": (AgentState.RESERVED, "call2"),
        "b": (AgentState.RESERVED, "call1"),
        "c": (AgentState.RESERVED, "call0"),
    }


async def test_fifty_calls_at_once_get_each_agent_once(house: House) -> None:
    one, other = house.floor(), house.floor()
    agents = {f"agent{n}" for n in range(20)}
    for agent_id in agents:
        await one.put_agent(ready(agent_id))
    takes = [(one, other)[n % 2].take_agent(f"call{n}", ()) for n in range(50)]
    taken = [agent_id for agent_id in await asyncio.gather(*takes) if agent_id]
    assert len(taken) == len(agents)
    assert set(taken) == agents


async def test_skills_must_be_covered(house: House) -> None:
    floor = house.floor()
    await floor.put_agent(ready("plain", 30))
    await floor.put_agent(ready("wine", 20, "wine"))
    await floor.put_agent(ready("both", 10, "wine", "cheese"))
    assert await floor.take_agent("call1", ["cheese", "wine"]) == "both"
    assert await floor.take_agent("call2", ["cheese"]) is None
    assert await floor.take_agent("call3", ["wine"]) == "wine"
    assert await floor.take_agent("call4", []) == "plain"
    assert {card.agent_id: card.skills for card in await floor.agents()} == {
        "plain": frozenset(),
        "wine": frozenset({"wine"}),
        "both": frozenset({"wine", "cheese"}),
    }


async def test_the_owner_comes_first_and_anybody_else_after(house: House) -> None:
    floor = house.floor()
    await floor.put_agent(ready("longest", 60))
    await floor.put_agent(ready("owner", 1))
    assert await floor.take_agent("call1", (), owner="owner") == "owner"
    assert await floor.take_agent("call2", (), owner="owner") == "longest"
    await floor.put_agent(ready("owner", 1))
    assert await floor.take_agent("call3", ["wine"], owner="owner") is None  # not even the owner without the skill


async def test_only_one_agent_will_do_for_a_preview(house: House) -> None:
    floor = house.floor()
    await floor.put_agent(ready("longest", 60))
    await floor.put_agent(ready("asked", 1))
    assert await floor.take_agent("call1", (), only="asked") == "asked"
    assert await floor.take_agent("call2", (), only="asked") is None
    assert await floor.take_agent("call3", (), only="ghost") is None


async def test_agents_of_another_node_are_seen_and_not_taken(house: House) -> None:
    one, other = house.floor("node1"), house.floor("node2")
    await other.put_agent(ready("theirs", 60, node="node2"))
    await one.put_agent(ready("ours", 1))
    assert [card.node for card in await one.agents()] == ["node1", "node2"]
    assert await one.take_agent("call1", ()) == "ours"
    assert await one.take_agent("call2", (), owner="theirs") is None
    assert await one.take_agent("call2", (), only="theirs") is None
    assert await other.take_agent("call3", ()) == "theirs"


@pytest.mark.parametrize("state", [state for state in AgentState if state is not AgentState.READY])
async def test_an_agent_who_is_not_ready_is_out_of_the_line(house: House, state: AgentState) -> None:
    floor = house.floor()
    await floor.put_agent(ready("agent1", 60))
    gone = replace(ready("agent1", 60), state=state, waiting_since=None, reason="午休")
    await floor.put_agent(gone)
    assert await floor.agents() == [gone]
    assert await floor.take_agent("call1", ()) is None
    back = ready("agent1", 60)
    await floor.put_agent(back)
    assert await floor.agents() == [back]
    assert await floor.take_agent("call2", ()) == "agent1"


async def test_a_trunk_has_so_many_channels_for_all_nodes(house: House) -> None:
    one, other = house.floor("node1"), house.floor("node2")
    room = {"channels": 5, "calls_per_second": 100}
    assert await one.acquire_trunk("carrier", ["a1", "a2", "a3"], **room) == 3
    assert await other.acquire_trunk("carrier", ["a4", "a5", "a6"], **room) == 2
    assert await one.acquire_trunk("carrier", ["a7"], **room) == 0
    assert await one.acquire_trunk("another", ["b1"], **room) == 1
    await other.release_trunk("carrier", ["a1", "a4", "never claimed"])
    assert await one.channels_in_use("carrier") == 3
    assert await one.acquire_trunk("carrier", ["a8", "a9", "a10"], **room) == 2
    await one.release_trunk("carrier", [])
    assert await one.channels_in_use("carrier") == 5


async def test_a_trunk_takes_no_more_than_a_seconds_worth_of_calls_at_once(house: House) -> None:
    floor = house.floor()
    ids = [f"a{n}" for n in range(10)]
    assert await floor.acquire_trunk("carrier", ids, channels=100, calls_per_second=3) == 3
    assert await floor.acquire_trunk("slow", ids, channels=100, calls_per_second=0.01) == 1
    assert await floor.acquire_trunk("slow", ids[1:], channels=100, calls_per_second=0.01) == 0


async def test_nobody_gets_more_channels_than_there_are_however_many_ask_at_once(house: House) -> None:
    floors = [house.floor("node1"), house.floor("node2")]
    asks = [
        floors[n % 2].acquire_trunk("carrier", [f"a{n}", f"b{n}"], channels=15, calls_per_second=1000)
        for n in range(20)
    ]
    assert sum(await asyncio.gather(*asks)) == 15
    assert await floors[0].channels_in_use("carrier") == 15


async def test_a_channel_in_use_is_kept_whatever_the_floor_knew_of_it(house: House) -> None:
    floor = house.floor()
    assert await floor.acquire_trunk("carrier", ["a1"], channels=2, calls_per_second=100) == 1
    await floor.keep_trunk("carrier", ["a1", "a2", "a3"])
    await floor.keep_trunk("carrier", [])
    assert await floor.channels_in_use("carrier") == 3
    assert await floor.acquire_trunk("carrier", ["a4"], channels=3, calls_per_second=100) == 0


async def test_a_nodes_name_is_one_runs_until_it_gives_it_up(house: House) -> None:
    one, same_name, other = house.floor("node1"), house.floor("node1"), house.floor("node2")
    assert not await one.seen_lately()
    assert await one.hold_node("run 1", 60) is Hold.NEW
    assert await same_name.hold_node("run 2", 60) is Hold.ANOTHERS
    assert await one.hold_node("run 1", 60) is Hold.RENEWED
    assert await other.hold_node("run 2", 60) is Hold.NEW
    await same_name.drop_node("run 2")  # not theirs to give up
    assert await same_name.hold_node("run 2", 60) is Hold.ANOTHERS
    await one.drop_node("run 1")
    assert await same_name.hold_node("run 2", 60) is Hold.NEW
    assert await one.seen_lately()


async def test_a_lease_is_one_nodes_until_it_is_dropped_or_lapses(house: House) -> None:
    one, other = house.floor("node1"), house.floor("node2")
    assert await one.hold_lease("campaign:1", 60)
    assert not await other.hold_lease("campaign:1", 60)
    assert await one.hold_lease("campaign:1", 60)
    assert await other.hold_lease("campaign:2", 60)
    await other.drop_lease("campaign:1")  # not theirs to drop
    assert not await other.hold_lease("campaign:1", 60)
    await one.drop_lease("campaign:1")
    await one.drop_lease("campaign:1")
    assert await other.hold_lease("campaign:1", 0.05)
    async with asyncio.timeout(10):
        while True:
            if await one.hold_lease("campaign:1", 60):  # it has lapsed
                break
            await asyncio.sleep(0.01)


async def test_who_asks_a_floor_that_is_gone_is_told_so(house: House) -> None:
    floor = house.floor()
    await floor.put_agent(ready("agent1"))
    await house.kill()
    asks = (
        floor.ping(),
        floor.put_agent(ready("agent1")),
        floor.agents(),
        floor.take_agent("call1", ()),
        floor.acquire_trunk("carrier", ["a1"], channels=1, calls_per_second=1),
        floor.release_trunk("carrier", ["a1"]),
        floor.hold_lease("campaign:1", 5),
        floor.drop_lease("campaign:1"),
        floor.keep_trunk("carrier", ["a1"]),
        floor.hold_node("run 1", 5),
        floor.drop_node("run 1"),
        floor.seen_lately(),
    )
    told = await asyncio.gather(*asks, return_exceptions=True)
    assert [type(answer) for answer in told] == [FloorError] * len(asks)


async def test_a_floor_that_restarts_is_empty_and_usable_and_knows_no_name(house: House) -> None:
    floor = house.floor()
    await floor.put_agent(ready("agent1"))
    assert await floor.hold_node("run 1", 60) is Hold.NEW
    assert await floor.hold_node("run 1", 60) is Hold.RENEWED
    await house.kill()
    await house.start()
    for _stale_connection in range(10):
        with suppress(FloorError):
            await floor.ping()
    assert await floor.hold_node("run 1", 60) is Hold.NEW
    assert await floor.agents() == []
    await floor.put_agent(ready("agent1"))
    assert await floor.take_agent("call1", ()) == "agent1"
