"""Messages from supervisors to agents: shown on the agent's page at once, and until the agent has read them.

They are of the moment, like what is called across a room: a restart of the controller forgets them. That one was sent,
and that it was read, stays in the audit trail.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.core.errors import ConflictError, NotFoundError
from dialer.core.model import AgentState
from dialer.record.audit import AuditLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dialer.ports import Clock, NewsPort
    from dialer.record.record import Record
    from dialer.roster import Roster

LONGEST = 500
"""Characters of a message."""
MOST_UNREAD = 10
READ_SHOWN_S = 60.0
"""So long whoever sent a message can see that it was read."""


@dataclass(slots=True)
class Message:
    """What somebody told an agent."""

    message_id: str
    text: str
    who: str
    at: datetime
    read_at: datetime | None = None

    def shown(self) -> dict[str, object]:
        """As the news has it; moments in seconds since 1970."""
        return {
            "message_id": self.message_id,
            "text": self.text,
            "who": self.who,
            "at": self.at.timestamp(),
            "read_at": None if self.read_at is None else self.read_at.timestamp(),
        }


class Messages:
    """The messages of this node's agents that are unread, or were read just now."""

    def __init__(
        self, *, roster: Roster, record: Record, news: NewsPort, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._roster = roster
        self._record = record
        self._news = news
        self._clock = clock
        self._new_id = new_id
        self._of: defaultdict[str, list[Message]] = defaultdict(list)

    def of(self, agent_id: str) -> list[Message]:
        """An agent's messages, the oldest first."""
        return list(self._of.get(agent_id, ()))

    async def send(self, who: str, agent_id: str, text: str) -> Message:
        """Tell an agent something; ConflictError if they are not logged in, or have too much to read already."""
        if self._roster.agent(agent_id).state is AgentState.OFFLINE:
            raise ConflictError(f"agent {agent_id} is not logged in, and would not see it")
        if sum(one.read_at is None for one in self._of[agent_id]) >= MOST_UNREAD:
            raise ConflictError(f"agent {agent_id} has {MOST_UNREAD} messages to read already")
        message = Message(self._new_id(), text, who, self._clock())
        await self._record.audit.add(AuditLine(message.at, who, "message sent", agent_id, text))
        self._of[agent_id].append(message)
        self._tell(agent_id)
        return message

    async def read(self, who: str, agent_id: str, message_id: str) -> Message:
        """The agent has read it; NotFoundError for a message that is not there (any more)."""
        message = next((one for one in self._of.get(agent_id, ()) if one.message_id == message_id), None)
        if message is None:
            raise NotFoundError(f"there is no message {message_id} for agent {agent_id}")
        if message.read_at is None:
            at = self._clock()
            await self._record.audit.add(AuditLine(at, who, "message read", agent_id, message_id))
            message.read_at = at
            self._tell(agent_id)
            # A timer, not a task: it must not keep the service from ending.
            asyncio.get_running_loop().call_later(READ_SHOWN_S, self._drop, agent_id, message)
        return message

    def agent_moved(self, agent_id: str) -> None:
        """Whoever has left reads nothing any more."""
        if self._of.get(agent_id) and self._roster.agent(agent_id).state is AgentState.OFFLINE:
            del self._of[agent_id]
            self._tell(agent_id)

    def _drop(self, agent_id: str, message: Message) -> None:
        if message in self._of.get(agent_id, ()):
            self._of[agent_id].remove(message)
            self._tell(agent_id)

    def _tell(self, agent_id: str) -> None:
        messages = [one.shown() for one in self._of.get(agent_id, ())]
        self._news.tell(f"agents/{agent_id}/message", {"messages": messages} if messages else None, retain=True)
