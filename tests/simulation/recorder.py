"""Writes a simulated shift into a record as if it had been dialled: what was put in is what must be learned again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.call import WITHDRAWN
from dialer.core.model import AgentState, Disposition, Outcome
from dialer.record.schema import agent_log, attempt
from tests.record.world import NOW, World, a_row

from .pacers import Scripted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dialer.record.campaigns import Campaign
    from dialer.record.record import Record
    from dialer.simulation.pacer import Floor, Move


class Recorder(Scripted):
    """Decides by a rule, and keeps the columns of each call's row and what each agent did from when on."""

    def __init__(self, rule: Callable[[Floor, float], Move], delay_s: float = 0.0, began: datetime = NOW) -> None:
        super().__init__(rule)
        self._delay_s, self._began = delay_s, began
        self.rows: dict[int, dict[str, Any]] = {}
        self.states: dict[int, list[tuple[AgentState, datetime, str | None]]] = {}
        self._served: dict[int, int] = {}

    def _at(self, now_s: float) -> datetime:
        return self._began + timedelta(seconds=now_s)

    def placed(self, call: int, chance: float, now_s: float) -> None:
        super().placed(call, chance, now_s)
        self.rows[call] = {"sent_at": self._at(now_s)}

    def answered(self, call: int, now_s: float) -> None:
        self._rang(call)
        self.rows[call]["answered_at"] = self._at(now_s)

    def ended(self, call: int, now_s: float) -> None:
        lasted = self._at(now_s) - self.rows[call]["sent_at"]
        if lasted > timedelta(seconds=24):
            self._rang(call)
            self._over(call, now_s, Outcome.NO_ANSWER)
        else:
            self._over(call, now_s, Outcome.BUSY)

    def dropped(self, call: int, now_s: float) -> None:
        self._rang(call)
        self._over(call, now_s, Outcome.NO_ANSWER)
        self.rows[call]["detail"] = WITHDRAWN

    def machine(self, call: int, now_s: float) -> None:
        if call in self._served.values():
            self.rows[call]["disposition"] = Disposition.MACHINE
        else:
            self._over(call, now_s, Outcome.MACHINE)

    def connected(self, call: int, agent: int, waited_s: float, now_s: float) -> None:
        super().connected(call, agent, waited_s, now_s)
        self._served[agent] = call
        self.rows[call] |= {"bridged_at": self._at(now_s), "agent_id": f"agent{agent}"}
        self._does(agent, AgentState.TALKING, now_s, call)

    def abandoned(self, call: int, now_s: float) -> None:
        self._over(call, now_s, Outcome.ABANDONED)

    def talk_over(self, agent: int, now_s: float) -> None:
        call = self._served[agent]
        self.rows[call]["unbridged_at"] = self._at(now_s)
        self._over(call, now_s, Outcome.ANSWERED)
        self._does(agent, AgentState.WRAP_UP, now_s, call)

    def wrapped_up(self, agent: int, now_s: float) -> None:
        call = self._served.pop(agent)
        self.rows[call]["wrapped_up_at"] = self._at(now_s)
        self._does(agent, AgentState.READY, now_s, None)

    def _rang(self, call: int) -> None:
        self.rows[call]["ringing_at"] = self.rows[call]["sent_at"] + timedelta(seconds=self._delay_s)

    def _over(self, call: int, now_s: float, outcome: Outcome) -> None:
        self.rows[call] |= {"ended_at": self._at(now_s), "outcome": outcome}

    def _does(self, agent: int, state: AgentState, now_s: float, call: int | None) -> None:
        states = self.states.setdefault(agent, [(AgentState.READY, self._began, None)])
        states.append((state, self._at(now_s), None if call is None else f"c{call}"))

    async def write(self, record: Record, campaign: Campaign, end_s: float) -> None:
        """The calls that are over, all of one lead's, and the agents' states until the end of the shift."""
        (lead,) = await World(record).leads(campaign, a_row(1))
        placed = World(record).attempt(lead)
        fixed = {name: getattr(placed, name) for name in ("campaign_id", "lead_id", "number_id", "e164", "person")}
        fixed |= {"trunk": placed.trunk, "caller_id": placed.caller_id, "node": "node1", "opted_out": False}
        columns = {column.name: None for column in attempt.c}
        calls = [
            columns | fixed | {"id": f"c{call}", "queued_at": row["sent_at"]} | row
            for call, row in self.rows.items()
            if "ended_at" in row
        ]
        over = {call["id"] for call in calls}
        logs = []
        for agent, states in self.states.items():
            ends = [*(since for _, since, _ in states[1:]), self._at(end_s)]
            logs += [
                {"agent_id": f"agent{agent}", "state": state, "attempt_id": about if about in over else None}
                | {"since": since, "until": until}
                for (state, since, about), until in zip(states, ends, strict=True)
            ]
        async with record.database.write() as connection:
            await connection.execute(sa.insert(attempt), calls)
            await connection.execute(sa.insert(agent_log), logs)
