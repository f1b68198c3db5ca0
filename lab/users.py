"""Users of the lab's own service, each with a password of their own choosing."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from lab.controller import Controller


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody types to get in."""

    username: str
    password: str


async def make_user(controller: Controller, username: str, role: str, *more: str) -> Login:
    """Make a user as an admin does, log in with the password that was given, and choose another."""
    made = await controller.must("users", "add", username, "--role", role, "--json", *more)
    given = json.loads(made)["password"]
    chosen = secrets.token_urlsafe(9)
    async with httpx.AsyncClient(base_url=controller.url, timeout=30) as browser:
        entered = await browser.post("/api/session", json={"username": username, "password": given})
        entered.raise_for_status()
        changed = await browser.post("/api/session/password", json={"old": given, "new": chosen})
        changed.raise_for_status()
    return Login(username, chosen)
