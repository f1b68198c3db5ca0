"""The floor in Redis: agents, the line of free ones, trunk room and leases; atomic where two could take one thing.

Keys (all under `ringpace:`): `agents` is a hash of agent id to card (JSON); `ready` a sorted set of agent ids by the
time they have waited since; `trunk:NAME:calls` a sorted set of attempt ids by the time their claim lapses;
`trunk:NAME:tokens` the calls-a-second bucket; `lease:NAME` the node that holds it; `lease:node:NODE` the run of the
controller that works under this name, and `seen:NODE` that one did of late. Nothing here is the only copy: it is
rebuilt from the machines of calls and agents when Redis comes back empty.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import auto
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from dialer.core.errors import FloorError
from dialer.core.model import AgentState, Word
from dialer.core.telephone import Telephone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

_AGENTS = "ringpace:agents"
_READY = "ringpace:ready"
_CALL_CLAIM_S = 60
"""A trunk channel whose call nobody keeps alive lapses after this long: its controller is gone, or never placed it."""
SEEN_S = 600
"""A controller that was away for longer than this left its agents to themselves."""
_REDIS_DEADLINE_S = 2.0


class Hold(Word):
    """What became of asking for a node's name."""

    NEW = auto()
    """Ours, and it was nobody's: the floor has forgotten it, or it had lapsed; what else it forgot is not known."""
    RENEWED = auto()
    """Ours, as it was."""
    ANOTHERS = auto()
    """Another run holds it."""


@dataclass(frozen=True, slots=True)
class AgentCard:
    """What the floor knows of an agent. `waiting_since` is set while the agent waits for a call."""

    agent_id: str
    node: str
    state: AgentState
    since: datetime
    skills: frozenset[str] = frozenset()
    waiting_since: datetime | None = None
    attempt_id: str | None = None
    reason: str | None = None
    telephone: Telephone = Telephone.DESK

    def to_values(self) -> dict[str, Any]:
        """The card as plain values, times in seconds since 1970: what stands in Redis and goes out as news."""
        return {
            "agent_id": self.agent_id,
            "node": self.node,
            "state": self.state.value,
            "since": self.since.timestamp(),
            "skills": sorted(self.skills),
            "waiting_since": self.waiting_since.timestamp() if self.waiting_since else None,
            "attempt_id": self.attempt_id,
            "reason": self.reason,
            "telephone": self.telephone.value,
        }

    @classmethod
    def from_json(cls, text: str | bytes) -> AgentCard:
        """The card of the values that stand in Redis."""
        values: dict[str, Any] = json.loads(text)
        waiting = values["waiting_since"]
        return cls(
            agent_id=values["agent_id"],
            node=values["node"],
            state=AgentState[values["state"]],
            since=datetime.fromtimestamp(values["since"], UTC),
            # Lua's cjson writes an empty list as an object.
            skills=frozenset(values["skills"] or ()),
            waiting_since=datetime.fromtimestamp(waiting, UTC) if waiting else None,
            attempt_id=values.get("attempt_id"),
            reason=values.get("reason"),
            # A card of before there were two has none.
            telephone=Telephone[values.get("telephone", Telephone.DESK)],
        )


class Floor:
    """The floor as one node sees it. Every method raises FloorError when Redis does not answer in time."""

    def __init__(self, url: str, node: str) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=_REDIS_DEADLINE_S, socket_connect_timeout=_REDIS_DEADLINE_S, health_check_interval=15
        )
        self._node = node
        self._take = self._redis.register_script(_script("take_agent"))
        self._acquire = self._redis.register_script(_script("acquire_trunk"))
        self._keep = self._redis.register_script(_script("keep_trunk"))
        self._lease = self._redis.register_script(_script("hold_lease"))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def ping(self) -> None:
        """Make sure Redis is there."""
        async with _floor_errors():
            await self._redis.ping()

    # --- agents -----------------------------------------------------------------------------------

    async def put_agent(self, card: AgentCard) -> None:
        """Show an agent as it is now; READY puts it in line, any other state takes it out."""
        async with _floor_errors(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(_AGENTS, card.agent_id, json.dumps(card.to_values()))
            if card.state is AgentState.READY and card.waiting_since:
                pipe.zadd(_READY, {card.agent_id: card.waiting_since.timestamp()})
            else:
                pipe.zrem(_READY, card.agent_id)
            await pipe.execute()

    async def agents(self) -> list[AgentCard]:
        """All agents that the floor knows, of every node, by id."""
        async with _floor_errors():
            cards = await self._redis.hvals(_AGENTS)
        return sorted((AgentCard.from_json(card) for card in cards), key=lambda card: card.agent_id)

    async def take_agent(
        self, attempt_id: str, skills: Iterable[str], *, only: str | None = None, owner: str | None = None
    ) -> str | None:
        """Take a free agent of this node for an attempt and mark it RESERVED, in one step.

        `only` names the one agent that will do; else the owner is preferred; else the longest waiting whose skills
        cover `skills` is taken. None where nobody is free.
        """
        async with _floor_errors():
            taken = await self._take(
                keys=[_AGENTS, _READY],
                args=[attempt_id, self._node, only or "", owner or "", json.dumps(sorted(skills))],
            )
        return taken.decode() if taken else None

    # --- trunks -----------------------------------------------------------------------------------

    async def acquire_trunk(
        self, trunk: str, attempt_ids: Sequence[str], *, channels: int, calls_per_second: float
    ) -> int:
        """Claim channels of a trunk for these attempts, in order: how many of them may be placed now.

        The bucket holds at most one second's worth of calls (at least one).
        """
        async with _floor_errors():
            granted = await self._acquire(
                keys=[f"ringpace:trunk:{trunk}:calls", f"ringpace:trunk:{trunk}:tokens"],
                args=[channels, calls_per_second, _CALL_CLAIM_S, *attempt_ids],
            )
        return int(granted)

    async def keep_trunk(self, trunk: str, attempt_ids: Sequence[str]) -> None:
        """These attempts use their channels still, whatever the floor knew of them; an unkept claim lapses."""
        if attempt_ids:
            async with _floor_errors():
                await self._keep(keys=[f"ringpace:trunk:{trunk}:calls"], args=[_CALL_CLAIM_S, *attempt_ids])

    async def release_trunk(self, trunk: str, attempt_ids: Sequence[str]) -> None:
        """Give channels back."""
        if attempt_ids:
            async with _floor_errors():
                await self._redis.zrem(f"ringpace:trunk:{trunk}:calls", *attempt_ids)

    async def channels_in_use(self, trunk: str) -> int:
        """How many channels of a trunk are claimed."""
        async with _floor_errors():
            return int(await self._redis.zcard(f"ringpace:trunk:{trunk}:calls"))

    # --- leases -----------------------------------------------------------------------------------

    async def hold_lease(self, name: str, ttl_s: float) -> bool:
        """Take or renew a lease for this node: whether it is ours now."""
        async with _floor_errors():
            return bool(await self._lease(keys=[f"ringpace:lease:{name}"], args=[self._node, int(ttl_s * 1000)]))

    async def hold_node(self, run: str, ttl_s: float) -> Hold:
        """Take or renew this node's name for one run of its controller."""
        async with _floor_errors():
            hold = await self._lease(keys=[f"ringpace:lease:node:{self._node}"], args=[run, int(ttl_s * 1000)])
            if hold:
                await self._redis.set(f"ringpace:seen:{self._node}", run, ex=SEEN_S)
        return (Hold.ANOTHERS, Hold.RENEWED, Hold.NEW)[hold]

    async def drop_node(self, run: str) -> None:
        """Give the name back: this run has left nothing behind."""
        async with _floor_errors():
            await self._lease(keys=[f"ringpace:lease:node:{self._node}"], args=[run, 0])

    async def seen_lately(self) -> bool:
        """Whether a controller worked under this node's name within the last SEEN_S."""
        async with _floor_errors():
            return bool(await self._redis.exists(f"ringpace:seen:{self._node}"))

    async def drop_lease(self, name: str) -> None:
        """Give a lease back, if it is ours."""
        async with _floor_errors():
            await self._lease(keys=[f"ringpace:lease:{name}"], args=[self._node, 0])


@asynccontextmanager
async def _floor_errors() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise FloorError(f"Redis does not answer: {error}") from error


def _script(name: str) -> str:
    return files(__package__).joinpath(f"{name}.lua").read_text(encoding="utf-8")
