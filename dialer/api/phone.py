"""The door for the telephone in an agent's page: who may use it, with what, and the way through to Asterisk."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, HTTPException, Response, WebSocket
from starlette.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect, WebSocketState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from dialer.api.agents import AgentId
from dialer.api.interface import COOKIE, Asking, Interface, Service, is_own_page
from dialer.core.access import Caller
from dialer.core.errors import NotFoundError, RecordError, RingpaceError
from dialer.core.telephone import Telephone, endpoint_of, page_password
from dialer.doorkeeper import caller_of
from dialer.settings import TelephoneSettings

log = logging.getLogger(__name__)
router = APIRouter(tags=["agents"])

DOMAIN = "ringpace"
"""The realm of asterisk-conf/pjsip.conf: what stands behind the @ reaches nobody, for only Asterisk is at the end."""
SIP = "sip"
"""The subprotocol of RFC 7118, section 3."""
MOST_BYTES = 65_536
"""Of one message: SIP with a session description of many candidates has some thousand."""
ELSEWHERE, FAR_END_GONE, NOT_ALLOWED, NOT_TEXT = 4000, 1001, 1008, 1003
"""Why a page is let go: another page of the same agent has come, Asterisk is gone, nobody is logged in any more."""
LOOK_S = 15.0
"""How often it is looked whether the session still holds."""
_OPENED_WITHIN_S = 5.0
_SENT_WITHIN_S = 10.0
_SILENT_S = 90.0
"""Asterisk asks the page every three seconds whether it is there: a page that says nothing for so long is not."""


@dataclass(slots=True)
class Doors:
    """The page that has each agent's telephone now: the last that came."""

    pages: dict[str, WebSocket] = field(default_factory=dict)


@router.get("/agents/{agent_id}/phone")
async def telephone(service: Service, agent_id: AgentId, asking: Asking, response: Response) -> dict[str, Any]:
    """What the telephone in this agent's own page registers with; for nobody else, whatever their rights."""
    if not asking.is_agent(agent_id):
        raise HTTPException(403, f"{asking.name} does not work as agent {agent_id}")
    settings = service.settings.agents.get(agent_id)
    if settings is None:
        raise NotFoundError(f"no agent {agent_id!r} in the settings of node {service.settings.node}")
    response.headers["cache-control"] = "private, no-store"
    user = endpoint_of(agent_id, Telephone.PAGE)
    return {
        "uri": f"sip:{user}@{DOMAIN}",
        "user": user,
        "password": page_password(agent_id, settings.sip_secret.get_secret_value()),
    }


@router.websocket("/phone")
async def door(page: WebSocket) -> None:
    """Join the page of an agent to Asterisk: their session, from our own page, SIP over WebSocket, one page each."""
    service: Interface = page.app.state.interface
    try:
        who = await _who(page, service)
    except RecordError as error:
        await _refuse(page, 503, str(error))
        return
    agent_id = who.agent_id if who is not None else None
    if agent_id is None or not is_own_page(page) or agent_id not in service.settings.agents:
        await _refuse(page, 403, "only an agent's own page has a telephone")
    elif SIP not in page.scope.get("subprotocols", ()):
        await _refuse(page, 400, "the telephone speaks the subprotocol sip")
    else:
        await _join(page, service, agent_id)


async def _who(page: WebSocket, service: Interface) -> Caller | None:
    secret = page.cookies.get(COOKIE)
    user = await service.doorkeeper.user_of(secret) if secret else None
    found = caller_of(user) if user is not None else None
    return found if found is not None and found.agent_id is not None and found.is_agent(found.agent_id) else None


async def _refuse(page: WebSocket, status: int, why: str) -> None:
    async with asyncio.timeout(_SENT_WITHIN_S):
        await page.send_denial_response(JSONResponse({"detail": why}, status_code=status))


async def _join(page: WebSocket, service: Interface, agent_id: str) -> None:
    try:
        asterisk = await _asterisk(service.settings.telephone)
    except (OSError, WebSocketException, RingpaceError) as error:
        log.warning("no telephone for a page", extra={"agent": agent_id, "why": str(error)})
        await _refuse(page, 503, "Asterisk's WebSocket cannot be reached")
        return
    doors: Doors = page.app.state.doors
    async with asterisk:
        await page.accept(subprotocol=SIP)
        before, doors.pages[agent_id] = doors.pages.get(agent_id), page
        log.info("telephone in a page", extra={"agent": agent_id})
        try:
            if before is not None:
                await _close(before, ELSEWHERE)
            await _close(page, await _relay(page, asterisk, lambda: _holds(page, service, agent_id)))
        finally:
            if doors.pages.get(agent_id) is page:
                del doors.pages[agent_id]
            log.info("telephone in a page is gone", extra={"agent": agent_id})


async def _asterisk(settings: TelephoneSettings) -> ClientConnection:
    return await connect(
        settings.url,
        # In a thread: the certificates of a machine are a file of half a megabyte.
        ssl=await asyncio.to_thread(settings.tls_context),
        subprotocols=[Subprotocol(SIP)],
        proxy=None,
        compression=None,
        max_size=MOST_BYTES,
        open_timeout=_OPENED_WITHIN_S,
        close_timeout=1,
        user_agent_header=None,
    )


async def _relay(page: WebSocket, asterisk: ClientConnection, holds: Callable[[], Awaitable[bool]]) -> int:
    """Carry messages both ways until one side or the session ends; why the page is to be let go."""
    ways = [
        asyncio.create_task(work, name="telephone in a page")
        for work in (_to_asterisk(page, asterisk), _to_page(asterisk, page), _watch(holds))
    ]
    try:
        done, _running = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    return next(iter(done)).result()


async def _to_asterisk(page: WebSocket, asterisk: ClientConnection) -> int:
    try:
        while True:
            async with asyncio.timeout(_SILENT_S):
                message = await page.receive()
            if message["type"] != "websocket.receive":
                return FAR_END_GONE
            text = message.get("text")
            if text is None:
                return NOT_TEXT
            async with asyncio.timeout(_SENT_WITHIN_S):
                await asterisk.send(text)
    except (TimeoutError, ConnectionClosed):
        return FAR_END_GONE


async def _to_page(asterisk: ClientConnection, page: WebSocket) -> int:
    try:
        async for message in asterisk:
            text = message if isinstance(message, str) else message.decode("utf-8", "replace")
            async with asyncio.timeout(_SENT_WITHIN_S):
                await page.send_text(text)
    except (TimeoutError, ConnectionClosed, WebSocketDisconnect, RuntimeError):
        pass  # RuntimeError: the page was closed from our side in the meantime
    return FAR_END_GONE


async def _watch(holds: Callable[[], Awaitable[bool]]) -> int:
    while True:
        await asyncio.sleep(LOOK_S)
        if not await holds():
            return NOT_ALLOWED


async def _holds(page: WebSocket, service: Interface, agent_id: str) -> bool:
    """Whether whoever opened the page is still logged in as that agent."""
    try:
        who = await _who(page, service)
    except RecordError:
        return True  # nobody can be logged out while the record is away, and talks go on
    return who is not None and who.agent_id == agent_id


async def _close(page: WebSocket, code: int) -> None:
    """Let a page go; one that is gone already is as it should be."""
    if WebSocketState.DISCONNECTED in {page.client_state, page.application_state}:
        return
    try:
        async with asyncio.timeout(_SENT_WITHIN_S):
            await page.close(code)
    except (TimeoutError, RuntimeError, WebSocketDisconnect):
        log.info("page not told that its telephone is gone", extra={"code": code})
