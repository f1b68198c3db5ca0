"""For supervisors: listen to an agent, whisper, join the talk, send a message; for agents: say that it was read."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dialer.api.agents import AgentId, Self
from dialer.api.interface import Asking, Service, needs
from dialer.api.teams import must_be_of_team, team_of
from dialer.core.access import Caller, Right
from dialer.core.model import SupervisionMode
from dialer.messages import LONGEST

router = APIRouter(tags=["supervisors"])


class ListenBody(BaseModel):
    """How to be on the line."""

    model_config = ConfigDict(extra="forbid")
    mode: SupervisionMode = SupervisionMode.LISTEN


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("says nothing")
    return text


class MessageBody(BaseModel):
    """What to tell the agent: plain text."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$"), AfterValidator(_said)]


Hearer = Annotated[Caller, Depends(needs(Right.LISTEN_IN))]
Teller = Annotated[Caller, Depends(needs(Right.STEER_AGENTS))]


@router.get("/supervision")
async def supervision(service: Service, who: Hearer) -> list[dict[str, Any]]:
    """Who listens to whom now; of one's own team where one leads a team."""
    shown = [one.shown() for one in service.supervision.supervisors()]
    team = await team_of(service, who)
    return [one for one in shown if team is None or one["agent_id"] in team]


@router.post("/agents/{agent_id}/listen", status_code=202)
async def listen(service: Service, who: Hearer, agent_id: AgentId, body: ListenBody) -> dict[str, Any]:
    """Be on the agent's line: one's own telephone is called. Asked again with another mode, that is changed."""
    service.roster.agent(agent_id)
    await must_be_of_team(service, who, agent_id)
    return (await service.supervision.listen(who.name, who.agent_id, agent_id, body.mode)).shown()


@router.delete("/agents/{agent_id}/listen", status_code=204)
async def end_listening(service: Service, who: Hearer, agent_id: AgentId) -> None:
    """Leave the agent's line; where nobody is on it, it is as it was asked to be."""
    service.roster.agent(agent_id)
    await must_be_of_team(service, who, agent_id)
    await service.supervision.end(who.name, agent_id)


@router.post("/agents/{agent_id}/message", status_code=201)
async def send(service: Service, who: Teller, agent_id: AgentId, body: MessageBody) -> dict[str, Any]:
    """Tell the agent something; it is on the agent's page at once."""
    service.roster.agent(agent_id)
    await must_be_of_team(service, who, agent_id)
    return (await service.messages.send(who.name, agent_id, body.text)).shown()


@router.post("/agents/{agent_id}/message/{message_id}/read")
async def read(service: Service, who: Asking, agent_id: Self, message_id: AgentId) -> dict[str, Any]:
    """The agent has read it; whoever sent it sees so."""
    if not who.is_agent(agent_id):
        raise HTTPException(403, f"{who.name} does not work as agent {agent_id}, and cannot have read it")
    return (await service.messages.read(who.name, agent_id, message_id)).shown()
