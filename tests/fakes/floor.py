"""A floor in memory that keeps the promises of the one in Redis: tests/floor/test_contract.py runs on both."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dialer.core.errors import FloorError
from dialer.core.model import AgentState
from dialer.floor.floor import Hold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dialer.floor.floor import AgentCard


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


@dataclass(slots=True)
class SharedFloor:
    """What one Redis would hold for all nodes.

    `down`: nobody answers; `stuck`: whoever asks waits until it is set; `mute`: agents are taken, the answer is lost.
    """

    down: bool = False
    mute: bool = False
    stuck: asyncio.Event | None = None
    cards: dict[str, AgentCard] = field(default_factory=dict)
    ready: dict[str, datetime] = field(default_factory=dict)
    calls: dict[str, set[str]] = field(default_factory=dict)
    buckets: dict[str, _Bucket] = field(default_factory=dict)
    leases: dict[str, tuple[str, float]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def restart(self) -> None:
        """Come back empty, as another run."""
        self.down, self.mute, self.stuck = False, False, None
        for held in (self.cards, self.ready, self.calls, self.buckets, self.leases, self.seen):
            held.clear()


class FakeFloor:
    """The floor as one node sees it."""

    def __init__(self, node: str = "node1", shared: SharedFloor | None = None) -> None:
        self.shared = shared or SharedFloor()
        self._node = node

    async def close(self) -> None:
        pass

    async def ping(self) -> None:
        await self._reach()

    async def put_agent(self, card: AgentCard) -> None:
        await self._reach()
        self.shared.cards[card.agent_id] = card
        self.shared.ready.pop(card.agent_id, None)
        if card.state is AgentState.READY and card.waiting_since:
            self.shared.ready[card.agent_id] = card.waiting_since

    async def agents(self) -> list[AgentCard]:
        await self._reach()
        return [card for _agent_id, card in sorted(self.shared.cards.items())]

    async def take_agent(
        self, attempt_id: str, skills: Iterable[str], *, only: str | None = None, owner: str | None = None
    ) -> str | None:
        await self._reach()
        in_line = sorted(self.shared.ready, key=lambda agent_id: (self.shared.ready[agent_id], agent_id))
        wanted = [only] if only else [*([owner] if owner else []), *in_line]
        needed = frozenset(skills)
        for agent_id in wanted:
            card = self.shared.cards.get(agent_id)
            if (
                card is None
                or agent_id not in self.shared.ready
                or card.node != self._node
                or not card.skills >= needed
            ):
                continue
            self.shared.cards[agent_id] = replace(card, state=AgentState.RESERVED, attempt_id=attempt_id)
            del self.shared.ready[agent_id]
            if self.shared.mute:
                raise FloorError("Redis does not answer: the answer is lost")
            return agent_id
        return None

    async def acquire_trunk(
        self, trunk: str, attempt_ids: Sequence[str], *, channels: int, calls_per_second: float
    ) -> int:
        await self._reach()
        now, burst = asyncio.get_running_loop().time(), max(1.0, calls_per_second)
        bucket = self.shared.buckets.setdefault(trunk, _Bucket(burst, now))
        left = min(burst, bucket.left + (now - bucket.at) * calls_per_second)
        calls = self.shared.calls.setdefault(trunk, set())
        granted = max(0, min(len(attempt_ids), channels - len(calls), int(left)))
        calls.update(attempt_ids[:granted])
        self.shared.buckets[trunk] = _Bucket(left - granted, now)
        return granted

    async def keep_trunk(self, trunk: str, attempt_ids: Sequence[str]) -> None:
        if attempt_ids:
            await self._reach()
            self.shared.calls.setdefault(trunk, set()).update(attempt_ids)

    async def release_trunk(self, trunk: str, attempt_ids: Sequence[str]) -> None:
        if attempt_ids:
            await self._reach()
            self.shared.calls.setdefault(trunk, set()).difference_update(attempt_ids)

    async def channels_in_use(self, trunk: str) -> int:
        await self._reach()
        return len(self.shared.calls.get(trunk, ()))

    async def hold_lease(self, name: str, ttl_s: float) -> bool:
        await self._reach()
        return self._hold(name, self._node, ttl_s)

    async def drop_lease(self, name: str) -> None:
        await self._reach()
        self._drop(name, self._node)

    async def hold_node(self, run: str, ttl_s: float) -> Hold:
        await self._reach()
        before, until = self.shared.leases.get(f"node:{self._node}", ("", 0.0))
        if not self._hold(f"node:{self._node}", run, ttl_s):
            return Hold.ANOTHERS
        self.shared.seen.add(self._node)
        return Hold.RENEWED if before == run and until > asyncio.get_running_loop().time() else Hold.NEW

    async def drop_node(self, run: str) -> None:
        await self._reach()
        self._drop(f"node:{self._node}", run)

    async def seen_lately(self) -> bool:
        await self._reach()
        return self._node in self.shared.seen

    def _hold(self, name: str, holder: str, ttl_s: float) -> bool:
        now = asyncio.get_running_loop().time()
        held_by, until = self.shared.leases.get(name, (holder, now))
        if held_by != holder and until > now:
            return False
        self.shared.leases[name] = (holder, now + ttl_s)
        return True

    def _drop(self, name: str, holder: str) -> None:
        if self.shared.leases.get(name, ("", 0.0))[0] == holder:
            del self.shared.leases[name]

    async def _reach(self) -> None:
        await asyncio.sleep(0)  # others may run meanwhile, as they do while Redis is asked
        if self.shared.stuck is not None:
            await self.shared.stuck.wait()
        if self.shared.down:
            raise FloorError("Redis does not answer: the test took it away")
