"""What the HTTP groups may use of the service, and who may use them."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from dialer.books import Books
from dialer.campaigns import Campaigns
from dialer.health import PartHealth
from dialer.metrics import Metrics
from dialer.record.record import Record
from dialer.roster import Roster
from dialer.settings import Settings
from dialer.switchboard import Switchboard


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
    health: Callable[[], list[PartHealth]]


def interface(request: Request) -> Interface:
    """The interface of the service that this application belongs to."""
    found: Interface = request.app.state.interface
    return found


Service = Annotated[Interface, Depends(interface)]
_bearer = HTTPBearer(auto_error=False)


def authorised(service: Service, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
    """Let in whoever knows the token of the settings; the comparison takes the same time for every wrong one."""
    expected = service.settings.http.token.get_secret_value()
    if given is None or not secrets.compare_digest(given.credentials.encode(), expected.encode()):
        raise HTTPException(401, "a bearer token is needed: the one of [http] in the settings")
