"""For everybody: log in, who am I, change the password, log out."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from dialer.api.interface import COOKIE, Refusal, Service
from dialer.core.access import RIGHTS, USERNAME
from dialer.doorkeeper import IDLE, LEAST_PASSWORD, Visitor
from dialer.record.users import User

router = APIRouter(prefix="/session", tags=["everybody"])

Username = Annotated[str, Field(pattern=USERNAME)]
_GUESSING: dict[int | str, dict[str, Any]] = {429: {"model": Refusal, "description": "too many wrong passwords"}}


class LogInBody(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid")
    username: Username
    password: SecretStr


class PasswordBody(BaseModel):
    """One's own password, old and new."""

    model_config = ConfigDict(extra="forbid")
    old: SecretStr
    new: Annotated[SecretStr, Field(min_length=LEAST_PASSWORD, max_length=1024)]


async def _user(request: Request, service: Service) -> User:
    secret = request.cookies.get(COOKIE)
    user = await service.doorkeeper.user_of(secret) if secret else None
    if user is None:
        raise HTTPException(401, "nobody is logged in here")
    return user


Oneself = Annotated[User, Depends(_user)]


@router.post("", responses=_GUESSING)
async def log_in(service: Service, request: Request, response: Response, body: LogInBody) -> dict[str, Any]:
    """Begin a session, held in a cookie that no script can read; 401 for a wrong name or password, 429 for guessing."""
    address = request.client.host if request.client else ""
    visitor = Visitor(address, request.headers.get("user-agent", ""))
    user, secret = await service.doorkeeper.log_in(body.username, body.password.get_secret_value(), visitor)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(IDLE.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return _shown(user)


@router.get("")
async def who_am_i(user: Oneself) -> dict[str, Any]:
    """The user of this session and what they may do."""
    return _shown(user)


@router.post("/password", status_code=204, responses=_GUESSING)
async def change_password(service: Service, user: Oneself, body: PasswordBody, response: Response) -> None:
    """Choose a new password; all sessions of the user end, this one too."""
    await service.doorkeeper.change_password(user, body.old.get_secret_value(), body.new.get_secret_value())
    response.delete_cookie(COOKIE)


@router.delete("", status_code=204)
async def log_out(service: Service, request: Request, response: Response) -> None:
    """End this session; without one nothing is to be done."""
    if secret := request.cookies.get(COOKIE):
        await service.doorkeeper.log_out(secret)
    response.delete_cookie(COOKIE)


def _shown(user: User) -> dict[str, Any]:
    rights = [] if user.password_is_new else sorted(RIGHTS[user.role])
    return {
        "username": user.username,
        "name": user.name,
        "role": user.role.value,
        "rights": rights,
        "team": user.team,
        "agent_id": user.agent_id,
        "password_is_new": user.password_is_new,
    }
