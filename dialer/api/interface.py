"""What the HTTP groups may use of the service, who asks, and what they may do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Path, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from dialer.books import Books
from dialer.campaigns import Campaigns
from dialer.core.access import Caller, Right
from dialer.doorkeeper import Doorkeeper, caller_of
from dialer.health import PartHealth
from dialer.messages import Messages
from dialer.metrics import Metrics
from dialer.news.push import Push
from dialer.record.record import Record
from dialer.roster import Roster
from dialer.settings import Settings
from dialer.shelf import Shelf
from dialer.supervision import Supervision
from dialer.switchboard import Switchboard
from dialer.webhooks import Webhooks

COOKIE = "ringpace_session"
CampaignName = Annotated[str, Path(max_length=200, pattern=r"^[^\x00]*$")]
"""A campaign in a path: its name or its id."""
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""The id of a row in a path."""
CSV_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
"""For the documentation: what answers is a CSV file."""
_READS = {"GET", "HEAD", "OPTIONS"}


class Refusal(BaseModel):
    """Why a request is not done, in words; what is wrong in the request is named."""

    detail: str


_MEANINGS = {
    400: "the body cannot be read at all",
    401: "whoever asks is not known",
    403: "whoever asks may not do this",
    404: "what was asked for does not exist",
    409: "not in the present state",
    422: "something in the request cannot be used",
    503: "a part that this needs is away",
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": meaning} for status, meaning in _MEANINGS.items()
}
"""For the documentation: how every group refuses."""


@dataclass(frozen=True, slots=True)
class Interface:
    """What the HTTP interface may use of the service."""

    settings: Settings
    record: Record
    books: Books
    roster: Roster
    supervision: Supervision
    messages: Messages
    switchboard: Switchboard
    campaigns: Campaigns
    metrics: Metrics
    doorkeeper: Doorkeeper
    push: Push
    webhooks: Webhooks
    health: Callable[[], list[PartHealth]]
    shelf: Shelf


def interface(request: Request) -> Interface:
    """The interface of the service that this application belongs to."""
    found: Interface = request.app.state.interface
    return found


Service = Annotated[Interface, Depends(interface)]
_bearer = HTTPBearer(auto_error=False)
_cookie = APIKeyCookie(name=COOKIE, auto_error=False)


async def caller(
    request: Request,
    service: Service,
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    secret: Annotated[str | None, Depends(_cookie)],
) -> Caller:
    """Whoever asks: another system with a bearer token, or a user in a session; 401 for anybody else."""
    if token is not None:
        found = await service.doorkeeper.caller_of_token(token.credentials)
    elif secret is not None:
        _refuse_foreign_pages(request)
        user = await service.doorkeeper.user_of(secret)
        found = caller_of(user) if user else None
    else:
        found = None
    if found is None:
        raise HTTPException(401, "log in first, or send a bearer token", headers={"www-authenticate": "Bearer"})
    return found


Asking = Annotated[Caller, Depends(caller)]


def needs(*rights: Right) -> Callable[[Caller], Caller]:
    """A dependency that lets in whoever has one of these rights; 403 for others, and it names what is missing."""

    def check(asking: Asking) -> Caller:
        if not any(map(asking.may, rights)):
            raise HTTPException(403, f"{asking.name} may not do this: it needs {' or '.join(rights)}")
        return asking

    return check


def _refuse_foreign_pages(request: Request) -> None:
    """The browser sends the cookie by itself: what changes something must come from a page of ours."""
    if request.method not in _READS and "origin" in request.headers and not is_own_page(request):
        raise HTTPException(403, "the request comes from a page of another site")


def is_own_page(asked: HTTPConnection) -> bool:
    """Whether the browser names a page of ours as the one that asks."""
    return _host_of(asked.headers.get("origin", "")) == asked.headers.get("host", "none")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # brackets that hold no address
        return ""
