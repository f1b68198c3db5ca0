"""For agents in a talk: mute, hold, press keys, hand the customer over, take longer to record what came of it."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.agents import Self
from dialer.api.interface import Asking, Interface, Service
from dialer.cards import in_hand
from dialer.core.agent import Agent
from dialer.core.errors import ConflictError
from dialer.core.events import WrapUpExtended
from dialer.core.model import AgentState
from dialer.record.audit import AuditLine

router = APIRouter(prefix="/agents", tags=["agents"])


class SwitchedBody(BaseModel):
    """On, or off again."""

    model_config = ConfigDict(extra="forbid")
    on: bool


class KeysBody(BaseModel):
    """What is pressed, in order."""

    model_config = ConfigDict(extra="forbid")
    keys: Annotated[str, Field(pattern=r"^[0-9*#]{1,20}$")]


class TransferBody(BaseModel):
    """Who is to have the customer."""

    model_config = ConfigDict(extra="forbid")
    to_agent: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class WrapUpBody(BaseModel):
    """How much longer the wrap-up is to last."""

    model_config = ConfigDict(extra="forbid")
    seconds: Annotated[int, Field(ge=15, le=300)]


@router.post("/{agent_id}/mute")
async def mute(service: Service, agent_id: Self, body: SwitchedBody) -> dict[str, Any]:
    """Keep what the agent says from the customer until the talk ends, or let it through again."""
    await service.switchboard.handling.mute(agent_id, on=body.on)
    return _in_hand(service.roster.agent(agent_id))


@router.post("/{agent_id}/hold")
async def hold(service: Service, agent_id: Self, body: SwitchedBody) -> dict[str, Any]:
    """Let the customer hear the hold tone instead of the agent, or bring them back."""
    handling = service.switchboard.handling
    if body.on:
        handling.hold(agent_id)
    else:
        handling.resume(agent_id)
    return _in_hand(service.roster.agent(agent_id))


@router.post("/{agent_id}/keys")
async def press(service: Service, agent_id: Self, body: KeysBody) -> dict[str, Any]:
    """Press keys of a telephone for whatever is at the customer's side; answered once all have sounded."""
    await service.switchboard.handling.press(agent_id, body.keys)
    return _in_hand(service.roster.agent(agent_id))


@router.get("/{agent_id}/transfer")
async def takers(service: Service, agent_id: Self) -> list[dict[str, str]]:
    """The agents to whom the customer may be handed over now."""
    ready = service.switchboard.handling.takers(agent_id)
    return [{"agent_id": one.agent_id, "name": service.settings.agents[one.agent_id].name} for one in ready]


@router.post("/{agent_id}/transfer", status_code=202)
async def transfer(service: Service, agent_id: Self, body: TransferBody, asking: Asking) -> dict[str, Any]:
    """Hand the customer over to another agent, who must be ready; or take them over oneself, even in a pause.

    The first agent wraps up once the other one has the customer, and keeps them where that fails.
    """
    service.roster.agent(agent_id)
    service.roster.agent(body.to_agent)
    own = asking.agent_id == body.to_agent
    handling = service.switchboard.handling
    attempt_id = await handling.hand_over(agent_id, body.to_agent, asking.name, even_paused=own)
    line = AuditLine(datetime.now(UTC), asking.name, "transfer", attempt_id, f"{agent_id} -> {body.to_agent}")
    await service.record.audit.add(line)
    return {"attempt_id": attempt_id, "to_agent": body.to_agent}


@router.post("/{agent_id}/wrap-up")
async def extend_wrap_up(service: Service, agent_id: Self, body: WrapUpBody) -> dict[str, Any]:
    """Let the running wrap-up end so much later, up to the campaign's `wrap_up_longest_s` from its beginning."""
    agent = service.roster.agent(agent_id)
    longest_s = await _longest_s(service, _wrapping_up(agent))
    _wrapping_up(agent)  # the record was asked meanwhile
    before = agent.wrap_up_until
    service.roster.tell(agent_id, WrapUpExtended(datetime.now(UTC), body.seconds, longest_s))
    if agent.wrap_up_until == before:
        raise ConflictError(f"the wrap-up lasts {longest_s:g} s already: no longer is allowed (wrap_up_longest_s)")
    return _in_hand(agent)


def _wrapping_up(agent: Agent) -> str:
    if agent.state is not AgentState.WRAP_UP or agent.attempt_id is None:
        raise ConflictError(f"agent {agent.agent_id} is in no wrap-up ({agent.state})")
    return agent.attempt_id


async def _longest_s(service: Interface, attempt_id: str) -> float:
    row = await service.record.attempts.get(attempt_id)
    return (await service.record.campaigns.get(row.campaign_id)).plan.wrap_up_longest_s


def _in_hand(agent: Agent) -> dict[str, Any]:
    return {"agent_id": agent.agent_id, "state": agent.state.value, "attempt_id": agent.attempt_id, **in_hand(agent)}
