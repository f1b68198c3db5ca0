"""Which agents a caller may see and steer: those of their own team where they lead one, else all."""

from fastapi import HTTPException

from dialer.api.interface import Interface
from dialer.core.access import Caller


async def team_of(service: Interface, who: Caller) -> frozenset[str] | None:
    """The agents of the caller's team; None where the caller is bound to none."""
    if who.team is None:
        return None
    return frozenset(one.agent_id for one in await service.record.users.all() if one.agent_id and one.team == who.team)


async def must_be_of_team(service: Interface, who: Caller, agent_id: str) -> None:
    """Refuse whoever leads another team: 403."""
    team = await team_of(service, who)
    if team is not None and agent_id not in team:
        raise HTTPException(403, f"agent {agent_id} is not in team {who.team}")
