"""Users of each role, logged in over HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from dialer.doorkeeper import Passwords
from dialer.record.users import NewUser
from tests.fakes.virtual_time import virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dialer.core.access import Role
    from dialer.record.record import Record

PASSWORD = "correct horse battery"  # noqa: S105 - of users that live as long as a test


async def add_user(
    record: Record, username: str, role: Role, *, team: str | None = None, agent_id: str | None = None
) -> None:
    """A user who has chosen a password."""
    password_hash = await Passwords().hash(PASSWORD)
    await record.users.add(
        NewUser(username, username.title(), role, password_hash, team, agent_id), who="test", now=virtual_now()
    )
    await record.users.set_password(username, password_hash, is_new=False, who="test", now=virtual_now())


@asynccontextmanager
async def logged_in(stranger: httpx.AsyncClient, username: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of their own, with a session in it."""
    async with httpx.AsyncClient(transport=stranger._transport, base_url="http://ringpace") as browser:  # noqa: SLF001 - the same application
        answer = await browser.post("/api/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        yield browser
