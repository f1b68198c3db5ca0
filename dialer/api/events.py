"""For the consoles: what happens on the floor, as it happens, in one stream of server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from functools import partial
from typing import Annotated, cast

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPBearer
from starlette.types import Send

from dialer.api.interface import COOKIE, Interface, Service, caller, needs
from dialer.api.teams import team_of
from dialer.core.access import Caller, Right
from dialer.core.errors import RecordError
from dialer.news.push import Item

router = APIRouter(tags=["everybody"])

PING_S = 15.0
"""How often a line on which nothing happens is kept open, and whoever reads is asked for anew."""
_PING = b": nothing new\n\n"
_FLOOR = {"service", "agents", "campaigns", "calls", "supervision"}
_AGENTS = {"agents", "supervision"}
"""Below these stands an agent's id."""
_OWN = {"", "screen", "message", "supervised"}
"""What lies below an agent and is the agent's own to see."""
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_bearer = HTTPBearer(auto_error=False)


def may_see(who: Caller, topic: str, team: Collection[str] | None = None) -> bool:
    """Whether a caller may see what is told under this topic; of agents only those of `team`, where it is given. Pure.

    Calls are nobody's before they are answered, and their numbers are masked: whoever leads a team sees them all.
    """
    kind, _, rest = topic.partition("/")
    if who.may(Right.SEE_FLOOR):
        return kind in _FLOOR and (team is None or kind not in _AGENTS or rest.partition("/")[0] in team)
    if kind == "campaigns":
        # What lies below a campaign is not for agents: its quality names those of them who do badly.
        return who.may(Right.TAKE_CALLS) and "/" not in rest
    agent_id, _, below = rest.partition("/")
    return kind == "agents" and below in _OWN and not rest.endswith("/") and who.is_agent(agent_id)


class _Stream(StreamingResponse):
    """Leaves the reader's place as soon as it ends, however it ends."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        """Send until there is no more, or nobody to send to."""
        async with aclosing(cast("AsyncGenerator[bytes]", self.body_iterator)):
            await super().stream_response(send)


@router.get("/events", response_class=_Stream)
async def events(
    request: Request,
    service: Service,
    who: Annotated[Caller, Depends(needs(Right.SEE_FLOOR, Right.TAKE_CALLS))],
) -> _Stream:
    """A `snapshot` of all that is retained, `{topic: payload}`, then each piece of `news`: `{"topic", "payload"}`.

    Another snapshot replaces the first: whoever sends it could not wait until all the news was taken.
    """
    return _Stream(_frames(request, service, who), headers=_HEADERS)


async def _frames(request: Request, service: Interface, who: Caller) -> AsyncGenerator[bytes]:
    """The stream, until the service ends or the caller may not read it any more."""
    loop = asyncio.get_running_loop()
    team = await team_of(service, who)
    async with service.push.reader(partial(may_see, who, team=team)) as reader:
        ping_at = loop.time() + PING_S
        while True:
            if loop.time() >= ping_at:
                if not await _is_still(who, request, service):
                    return
                ping_at = loop.time() + PING_S
                yield _PING
            try:
                async with asyncio.timeout_at(ping_at):
                    item = await anext(reader, None)
            except TimeoutError:
                continue
            if item is None:
                return
            yield _frame(item)


async def _is_still(who: Caller, request: Request, service: Interface) -> bool:
    """Whether the session or the token still lets in the same caller, with the same rights."""
    try:
        return await caller(request, service, await _bearer(request), request.cookies.get(COOKIE)) == who
    except HTTPException:
        return False
    except RecordError:
        return True  # nobody can be logged out while the record is away, and the floor is to be seen just then


def _frame(item: Item) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (item.kind.encode(), item.data)
