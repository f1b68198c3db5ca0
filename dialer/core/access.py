"""Who may do what: roles, the rights that each has, and whoever asks with them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import auto

from dialer.core.model import Word

USERNAME = r"^[A-Za-z0-9_.-]{1,40}$"
"""What a name to log in with looks like."""


class Role(Word):
    """What somebody does here; it decides what they may do and see."""

    AGENT = auto()
    """Takes calls, and sees only their own."""
    TEAM_LEADER = auto()
    """Watches and helps the agents of one team."""
    OPERATOR = auto()
    """Runs campaigns and lists."""
    REVIEWER = auto()
    """Finds, hears and judges calls."""
    ADMIN = auto()
    """Looks after users and their rights, and may do everything else."""


class Right(Word):
    """One thing that somebody may or may not do."""

    TAKE_CALLS = auto()
    """Work as the agent one is: log in, pause, hang up, record what came of a talk."""
    SEE_FLOOR = auto()
    """Watch agents, calls and campaigns as they are now."""
    STEER_AGENTS = auto()
    """Log others in and out, pause them, end their calls."""
    LISTEN_IN = auto()
    """Hear an agent's talks as they go on, whisper, and join them; each time is in the audit trail."""
    STEER_CAMPAIGNS = auto()
    """Start, pause and stop campaigns, change their pacing."""
    LOAD_LEADS = auto()
    """Hand in leads and numbers that are never to be called."""
    SEE_ATTEMPTS = auto()
    """Look attempts up, numbers masked."""
    SEE_NUMBERS = auto()
    """See telephone numbers in full; each look is in the audit trail."""
    HEAR_RECORDINGS = auto()
    """Hear what was said; each look is in the audit trail."""
    HOLD_RECORDINGS = auto()
    """Put a call under legal hold, and lift it: then its sound may be deleted again."""
    REVIEW = auto()
    """Judge talks by a scorecard, draw samples of them, see the results."""
    SEE_AUDIT = auto()
    """Read the audit trail."""
    MANAGE_USERS = auto()
    """Make users and tokens, change their roles, end their sessions."""


_HEARS = {Right.LISTEN_IN, Right.HEAR_RECORDINGS, Right.REVIEW}
_LEADS_TEAM = {Right.SEE_FLOOR, Right.STEER_AGENTS, Right.SEE_ATTEMPTS, *_HEARS}
_RUNS_CAMPAIGNS = {*_LEADS_TEAM, Right.STEER_CAMPAIGNS, Right.LOAD_LEADS, Right.SEE_NUMBERS} - _HEARS
_TAKES_OVER = {*_LEADS_TEAM, Right.TAKE_CALLS}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AGENT: frozenset({Right.TAKE_CALLS}),
    Role.TEAM_LEADER: frozenset(_TAKES_OVER),
    Role.OPERATOR: frozenset(_RUNS_CAMPAIGNS),
    Role.REVIEWER: frozenset({Right.SEE_ATTEMPTS, Right.HEAR_RECORDINGS, Right.REVIEW}),
    Role.ADMIN: frozenset(Right),
}
"""Every role's rights; who needs those of two roles has two users."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks the interface for something: a user in a session, or another system with a token."""

    name: str
    """As it stands in the audit trail: `user:ada`, `token:crm`."""
    rights: frozenset[Right]
    agent_id: str | None = None
    """The agent that a user works as."""
    team: str | None = None
    """Whose agents, calls and recordings alone are seen; None for all of them."""

    def may(self, right: Right) -> bool:
        """Whether the caller has this right."""
        return right in self.rights

    def is_agent(self, agent_id: str) -> bool:
        """Whether the caller works as this agent."""
        return self.may(Right.TAKE_CALLS) and self.agent_id == agent_id
