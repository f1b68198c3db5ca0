"""For admins: users, who is logged in, tokens of other systems, and the audit trail."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.interface import Interface, RowId, Service, needs
from dialer.api.sessions import Username
from dialer.core.access import Caller, Right, Role
from dialer.core.errors import ConflictError, InputError, NotFoundError
from dialer.record.users import NewUser, User

router = APIRouter(tags=["admins"])

Admin = Annotated[Caller, Depends(needs(Right.MANAGE_USERS))]
_Text = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
_Short = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
_MOST_LINES = 1000


class UserBody(BaseModel):
    """A user to be; `agent_id` is one of the settings' agents."""

    model_config = ConfigDict(extra="forbid")
    username: Username
    name: _Text
    role: Role
    team: _Text | None = None
    agent_id: _Short | None = None


class ChangeBody(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    name: _Text = ""
    role: Role = Role.AGENT
    team: _Text | None = None
    agent_id: _Short | None = None
    disabled: bool = False


class TokenBody(BaseModel):
    """Another system, with the rights that it needs."""

    model_config = ConfigDict(extra="forbid")
    name: _Short
    rights: Annotated[frozenset[Right], Field(min_length=1, json_schema_extra={"uniqueItems": False})]


@router.get("/users")
async def users(service: Service, _admin: Admin) -> list[dict[str, Any]]:
    """Everybody, by name."""
    return [_shown(user) for user in await service.record.users.all()]


@router.post("/users", status_code=201)
async def add_user(service: Service, admin: Admin, body: UserBody) -> dict[str, Any]:
    """Make a user; the password in the answer is shown once, and has to be changed at the first log-in."""
    _must_be_known(service, body.agent_id)
    password, password_hash = await service.doorkeeper.new_password()
    new = NewUser(body.username, body.name, body.role, password_hash, body.team, body.agent_id)
    await service.record.users.add(new, who=admin.name, now=datetime.now(UTC))
    return _shown(await service.record.users.get(body.username)) | {"password": password}


@router.patch("/users/{username}")
async def change_user(service: Service, admin: Admin, username: Username, body: ChangeBody) -> dict[str, Any]:
    """Change a user; whoever is disabled, or gets another role, is logged out everywhere."""
    values = body.model_dump(include=body.model_fields_set)
    now = datetime.now(UTC)
    if "disabled" in values:
        values["disabled_at"] = now if values.pop("disabled") else None
    if not values:
        raise InputError("nothing to change")
    if admin.name == f"user:{username}" and {"role", "disabled_at"} & values.keys():
        raise ConflictError("nobody takes their own rights away: ask another admin")
    _must_be_known(service, body.agent_id)
    return _shown(await service.record.users.change(username, values, who=admin.name, now=now))


@router.post("/users/{username}/password")
async def new_password(service: Service, admin: Admin, username: Username) -> dict[str, Any]:
    """Give a user a new password, shown once; all sessions of the user end."""
    password, password_hash = await service.doorkeeper.new_password()
    now = datetime.now(UTC)
    await service.record.users.set_password(username, password_hash, is_new=True, who=admin.name, now=now)
    return {"username": username, "password": password}


@router.get("/sessions")
async def sessions(service: Service, _admin: Admin) -> list[dict[str, Any]]:
    """Who is logged in, and from where."""
    return [
        {
            "session_id": one.session_id,
            "username": one.username,
            "began_at": one.began_at,
            "seen_at": one.seen_at,
            "address": one.address,
            "browser": one.browser,
        }
        for one in await service.record.users.sessions(datetime.now(UTC))
    ]


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(service: Service, _admin: Admin, session_id: RowId) -> None:
    """End somebody's session; a talk that goes on is not touched."""
    if not await service.record.users.end(session_id=session_id):
        raise NotFoundError(f"no session {session_id}")


@router.get("/tokens")
async def tokens(service: Service, _admin: Admin) -> list[dict[str, Any]]:
    """The other systems that are let in, or were."""
    return [
        {
            "name": one.name,
            "rights": sorted(one.rights),
            "created_at": one.created_at,
            "created_by": one.created_by,
            "revoked_at": one.revoked_at,
        }
        for one in await service.record.users.tokens()
    ]


@router.post("/tokens", status_code=201)
async def add_token(service: Service, admin: Admin, body: TokenBody) -> dict[str, Any]:
    """Let another system in; the token in the answer is shown once."""
    secret = await service.doorkeeper.new_token(body.name, body.rights, who=admin.name)
    return {"name": body.name, "rights": sorted(body.rights), "token": secret}


@router.delete("/tokens/{name}", status_code=204)
async def revoke_token(service: Service, admin: Admin, name: _Short) -> None:
    """The token opens nothing any more."""
    await service.record.users.revoke(name, who=admin.name, now=datetime.now(UTC))


@router.get("/audit")
async def audit(
    service: Service,
    _who: Annotated[Caller, Depends(needs(Right.SEE_AUDIT))],
    limit: Annotated[int, Query(ge=1, le=_MOST_LINES)] = 100,
) -> list[dict[str, Any]]:
    """Who did what, newest first."""
    lines = await service.record.audit.latest(limit)
    return [
        {"at": line.at, "who": line.who, "what": line.what, "subject": line.subject, "detail": line.detail}
        for line in lines
    ]


def _must_be_known(service: Interface, agent_id: str | None) -> None:
    if agent_id is not None and agent_id not in service.settings.agents:
        raise InputError(f"agent_id: the settings have no agent {agent_id}")


def _shown(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "name": user.name,
        "role": user.role.value,
        "team": user.team,
        "agent_id": user.agent_id,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
    }
