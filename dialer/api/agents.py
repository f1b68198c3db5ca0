"""For agents: log in, take calls, record what came of them, pause, leave."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dialer.api.bodies import Moment
from dialer.api.interface import Asking, Interface, Service, needs
from dialer.api.teams import must_be_of_team, team_of
from dialer.books import DispositionEntry
from dialer.confirming import Concluded, concluded
from dialer.core.access import Caller, Right
from dialer.core.agent import Agent
from dialer.core.errors import ConflictError, InputError
from dialer.core.events import DispositionGiven
from dialer.core.model import Disposition, HungUpBy
from dialer.core.telephone import Telephone
from dialer.record.attempts import AttemptRow
from dialer.record.audit import AuditLine

router = APIRouter(prefix="/agents", tags=["agents"])

_LATEST_CALL_BACK = timedelta(days=36_525)
"""Later is a slip of the pen; and the last days of all cannot be told in every time zone."""

AgentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


def _capital(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class LoginBody(BaseModel):
    """With which telephone the agent works."""

    model_config = ConfigDict(extra="forbid")
    telephone: Annotated[Telephone, BeforeValidator(_capital)] = Telephone.DESK


class PauseBody(BaseModel):
    """Why the agent pauses."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=80)] = "break"


class DispositionBody(BaseModel):
    """What came of the talk; `attempt_id` defaults to the call the agent is in or wraps up."""

    model_config = ConfigDict(extra="forbid")
    disposition: Disposition
    attempt_id: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = None
    reason: Annotated[str | None, Field(max_length=40, pattern=r"^[^\x00]*$")] = None
    note: Annotated[str | None, Field(max_length=2000, pattern=r"^[^\x00]*$")] = None
    call_back_at: Moment | None = None


class PreviewBody(BaseModel):
    """Which campaign's next lead, or the lead to call."""

    model_config = ConfigDict(extra="forbid")
    campaign: str
    lead_id: int | None = None


async def _works_as(service: Service, agent_id: AgentId, asking: Asking) -> str:
    """The agent who is asked for, by whoever works as that agent or may steer the agents of that team."""
    if asking.is_agent(agent_id):
        return agent_id
    if not asking.may(Right.STEER_AGENTS):
        raise HTTPException(403, f"{asking.name} does not work as agent {agent_id}")
    await must_be_of_team(service, asking, agent_id)
    return agent_id


Self = Annotated[str, Depends(_works_as)]


@router.get("")
async def agents(service: Service, who: Annotated[Caller, Depends(needs(Right.SEE_FLOOR))]) -> list[dict[str, Any]]:
    """The agents of this node; whoever leads a team sees only theirs."""
    teams = {one.agent_id: one.team for one in await service.record.users.all()}
    seen = await team_of(service, who)
    found = (agent for agent in service.roster.agents() if seen is None or agent.agent_id in seen)
    return [_card(service, agent) | {"team": teams.get(agent.agent_id)} for agent in found]


@router.post("/{agent_id}/login", status_code=202)
async def login(service: Service, asking: Asking, agent_id: Self, body: LoginBody | None = None) -> dict[str, Any]:
    """Call the agent's telephone, the one on the desk where none is named; READY once it has answered."""
    service.roster.login(agent_id, body.telephone if body else Telephone.DESK)
    _note(service, asking, "agent logged in", agent_id)
    return _card(service, service.roster.agent(agent_id))


@router.post("/{agent_id}/logout")
async def logout(service: Service, asking: Asking, agent_id: Self) -> dict[str, Any]:
    """Leave, after the present call and its wrap-up."""
    service.roster.logout(agent_id)
    _note(service, asking, "agent logged out", agent_id)
    return _card(service, service.roster.agent(agent_id))


@router.post("/{agent_id}/pause")
async def pause(service: Service, asking: Asking, agent_id: Self, body: PauseBody) -> dict[str, Any]:
    """No calls for a while, after the present call and its wrap-up."""
    service.roster.pause(agent_id, body.reason)
    _note(service, asking, "agent paused", agent_id, body.reason)
    return _card(service, service.roster.agent(agent_id))


@router.post("/{agent_id}/ready")
async def ready(service: Service, asking: Asking, agent_id: Self) -> dict[str, Any]:
    """Calls again."""
    service.roster.ready(agent_id)
    _note(service, asking, "agent made ready", agent_id)
    return _card(service, service.roster.agent(agent_id))


@router.post("/{agent_id}/hangup")
async def hang_up(service: Service, asking: Asking, agent_id: Self) -> dict[str, Any]:
    """End the customer's call; the agent's own leg stays up."""
    attempt_id = _present_attempt(service, agent_id)
    call = service.switchboard.call(attempt_id)
    if call is not None and call.agent_id not in {None, agent_id}:
        raise ConflictError(f"agent {agent_id} has handed this call over to agent {call.agent_id}")
    if not service.switchboard.hang_up(attempt_id, HungUpBy.AGENT):
        raise ConflictError(f"the call of agent {agent_id} is over already")
    _note(service, asking, "agent's call ended", agent_id, attempt_id)
    return {"attempt_id": attempt_id}


@router.post("/{agent_id}/disposition")
async def disposition(service: Service, agent_id: Self, body: DispositionBody) -> dict[str, Any]:
    """Record what came of the talk, during it, in wrap-up, or later; the last word counts."""
    service.roster.agent(agent_id)  # before anything is written, whoever speaks must be known
    attempt_id = body.attempt_id or _present_attempt(service, agent_id)
    now = datetime.now(UTC)
    if body.call_back_at is not None and body.call_back_at <= now:
        raise InputError("call_back_at: lies in the past")
    if body.call_back_at is not None and body.call_back_at > now + _LATEST_CALL_BACK:
        raise InputError("call_back_at: lies more than a century ahead")
    if body.disposition is Disposition.CALL_BACK and body.call_back_at is None:
        raise InputError("call_back_at: a call-back needs a time")
    row = await service.record.attempts.get(attempt_id)
    handed = any(one.from_agent == agent_id for one in await service.record.handovers.of(attempt_id))
    if not handed and row.agent_id != agent_id and service.roster.agent(agent_id).attempt_id != attempt_id:
        raise ConflictError(f"attempt {attempt_id} was not agent {agent_id}'s")
    campaign = await service.record.campaigns.get(row.campaign_id)
    entry = DispositionEntry(body.disposition, body.reason, body.note, body.call_back_at)
    if handed and row.agent_id != agent_id:
        # What the script asks for is for whoever ends with the customer.
        await service.books.dispose_handed(attempt_id, agent_id, entry, campaign.plan)
    else:
        told = await _told(service, row, entry, agent_id, now)
        await service.books.dispose(attempt_id, told.entry, campaign.plan, told.confirmations)
        service.switchboard.traffic.disposed(row.campaign_id, row.disposition, body.disposition)
    service.roster.disposed(agent_id, DispositionGiven(now, attempt_id, body.disposition))
    return {"attempt_id": attempt_id, "disposition": body.disposition.value}


@router.post("/{agent_id}/preview")
async def preview(service: Service, agent_id: Self, body: PreviewBody) -> dict[str, Any]:
    """In preview mode: without `lead_id` the next lead to look at, with it the call to that lead."""
    loop = service.campaigns.loop(body.campaign)
    if body.lead_id is not None:
        return {"attempt_id": await loop.dial_preview(agent_id, body.lead_id)}
    lead = await loop.preview(agent_id)
    return {"lead_id": lead.lead_id, "name": lead.name, "attributes": lead.attributes, "attempts": lead.attempts}


async def _told(service: Interface, row: AttemptRow, entry: DispositionEntry, who: str, now: datetime) -> Concluded:
    """The disposition with what the walk through the script adds to it."""
    kept = await service.record.scripts.walk(row.attempt_id)
    if kept is None:
        return Concluded(entry)
    script = await service.shelf.get(kept.script, kept.version)
    return concluded(script, kept, row.lead_id, entry, who, now)


def _note(service: Interface, asking: Caller, what: str, agent_id: str, detail: str = "") -> None:
    """What somebody else did to an agent is in the audit trail."""
    if not asking.is_agent(agent_id):
        service.books.audited(AuditLine(datetime.now(UTC), asking.name, what, agent_id, detail))


def _present_attempt(service: Interface, agent_id: str) -> str:
    attempt_id = service.roster.agent(agent_id).attempt_id
    if attempt_id is None:
        raise ConflictError(f"agent {agent_id} is in no call")
    return attempt_id


def _card(service: Interface, agent: Agent) -> dict[str, Any]:
    return {
        "agent_id": agent.agent_id,
        "name": service.settings.agents[agent.agent_id].name,
        "state": agent.state.value,
        "since": agent.since.isoformat(),
        "attempt_id": agent.attempt_id,
        "reason": agent.pause_reason,
        "trouble": agent.trouble,
    }
