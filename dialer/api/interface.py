"""What the HTTP groups may use of the service, who asks, and what they may do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from dialer.books import Books
from dialer.campaigns import Campaigns
from dialer.core.access import Caller, Right
from dialer.doorkeeper import Doorkeeper, caller_of
from dialer.health import PartHealth
from dialer.metrics import Metrics
from dialer.news.push import Push
from dialer.record.record import Record
from dialer.roster import Roster
from dialer.settings import Settings
from dialer.switchboard import Switchboard

COOKIE = "ringpace_session"
_READS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Interface:
    """What the HTTP interface may use of the service."""

    settings: Settings
    record: Record
    books: Books
    roster: Roster
    switchboard: Switchboard
    campaigns: Campaigns
    metrics: Metrics
    doorkeeper: Doorkeeper
    push: Push
    health: Callable[[], list[PartHealth]]


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
    origin = request.headers.get("origin")
    if request.method not in _READS and origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "the request comes from a page of another site")
