"""For admins: webhooks, by which other systems are told what became of attempts."""

from dataclasses import asdict
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.interface import Interface, Service, needs
from dialer.core.access import Caller, Right
from dialer.core.errors import InputError
from dialer.core.hooks import DeliveryState, HookEvent
from dialer.posting import checked_url
from dialer.record.hooks import Hook, NewHook

router = APIRouter(prefix="/webhooks", tags=["admins"])

Admin = Annotated[Caller, Depends(needs(Right.MANAGE_USERS))]
HookName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
_Url = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
_NOT_STORED = "private, no-store"


def _told_of(events: frozenset[HookEvent]) -> tuple[HookEvent, ...]:
    if HookEvent.TEST in events:
        raise InputError("events: TEST is told to everybody who is tested")
    return tuple(sorted(events))


_Events = Annotated[frozenset[HookEvent], Field(min_length=1, json_schema_extra={"uniqueItems": False})]


class HookBody(BaseModel):
    """A webhook to be; numbers are masked unless `full_numbers`, which needs the right to see them."""

    model_config = ConfigDict(extra="forbid")
    name: HookName
    url: _Url
    events: _Events
    full_numbers: bool = False


class HookChange(BaseModel):
    """What is to change; what is left out stays. Whoever is disabled is told nothing of what happens meanwhile."""

    model_config = ConfigDict(extra="forbid")
    url: _Url = ""
    events: _Events = frozenset()
    full_numbers: bool = False
    disabled: bool = False


class AgainBody(BaseModel):
    """Which delivery to make again; None for all that were given up."""

    model_config = ConfigDict(extra="forbid")
    delivery_id: Annotated[int | None, Field(ge=1, le=2**63 - 1)] = None


@router.get("")
async def webhooks(service: Service, _admin: Admin) -> list[dict[str, Any]]:
    """All of them, with how many events wait and since when one takes nothing."""
    waiting = await service.record.hooks.waiting()
    return [_shown(hook, waiting.get(hook.hook_id, 0)) for hook in await service.record.hooks.all()]


@router.post("", status_code=201)
async def add_webhook(service: Service, admin: Admin, body: HookBody, response: Response) -> dict[str, Any]:
    """Make one; the secret in the answer, with which every post is signed, is shown once."""
    events = _told_of(body.events)
    _may_send(service, admin, body.url, full_numbers=body.full_numbers)
    secret = _new_secret()
    new = NewHook(body.name, body.url, secret, events, body.full_numbers)
    await service.record.hooks.add(new, who=admin.name, now=datetime.now(UTC))
    response.headers["cache-control"] = _NOT_STORED
    return _shown(await service.record.hooks.get(body.name), 0) | {"secret": secret}


@router.patch("/{name}")
async def change_webhook(service: Service, admin: Admin, name: HookName, body: HookChange) -> dict[str, Any]:
    """Change one; it is tried anew at once."""
    values = body.model_dump(include=body.model_fields_set)
    if not values:
        raise InputError("nothing to change")
    hook, now = await service.record.hooks.get(name), datetime.now(UTC)
    full_numbers = values.get("full_numbers", hook.full_numbers)
    if {"url", "full_numbers"} & values.keys():
        _may_send(service, admin, values.get("url", hook.url), full_numbers=full_numbers)
    if "events" in values:
        values["events"] = [one.value for one in _told_of(body.events)]
    if "disabled" in values:
        values["disabled_at"] = now if values.pop("disabled") else None
    what = ", ".join(sorted(values))
    changed = await service.record.hooks.change(name, values, who=admin.name, now=now, shown=what)
    return _shown(changed, (await service.record.hooks.waiting()).get(changed.hook_id, 0))


@router.delete("/{name}", status_code=204)
async def remove_webhook(service: Service, admin: Admin, name: HookName) -> None:
    """It is told nothing any more, nor what waits for it."""
    await service.record.hooks.remove(name, who=admin.name, now=datetime.now(UTC))


@router.post("/{name}/secret")
async def new_secret(service: Service, admin: Admin, name: HookName, response: Response) -> dict[str, str]:
    """Sign with another secret from now on, shown once; the former is of no use any more."""
    secret = _new_secret()
    changed = {"secret": secret}
    await service.record.hooks.change(name, changed, who=admin.name, now=datetime.now(UTC), shown="new secret")
    response.headers["cache-control"] = _NOT_STORED
    return {"name": name, "secret": secret}


@router.post("/{name}/test")
async def try_webhook(service: Service, _admin: Admin, name: HookName) -> dict[str, Any]:
    """Post a TEST event now, of no attempt, and tell what came of it."""
    answer = await service.webhooks.test(name)
    return {"taken": answer.error is None, "status": answer.status, "error": answer.error}


@router.get("/{name}/deliveries")
async def deliveries(
    service: Service,
    _admin: Admin,
    name: HookName,
    state: DeliveryState | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[dict[str, Any]]:
    """What was told, or is to be told, newest first; what is done is forgotten after a week."""
    return [asdict(one) for one in await service.record.hooks.deliveries(name, limit=limit, state=state)]


@router.post("/{name}/redeliver")
async def redeliver(service: Service, admin: Admin, name: HookName, body: AgainBody) -> dict[str, int]:
    """Tell again what was given up, or one event whatever became of it; its id stays the same."""
    now = datetime.now(UTC)
    return {"events": await service.record.hooks.redeliver(name, body.delivery_id, who=admin.name, now=now)}


def _may_send(service: Interface, admin: Caller, url: str, *, full_numbers: bool) -> None:
    if full_numbers and not admin.may(Right.SEE_NUMBERS):
        raise HTTPException(403, f"{admin.name} may not do this: full numbers need {Right.SEE_NUMBERS}")
    settings = service.settings
    inner, trusted = settings.webhooks.private_addresses, settings.trusted_network
    checked_url(url, inner=inner, full_numbers=full_numbers, trusted=trusted)


def _new_secret() -> str:
    return "whsec_" + token_urlsafe(32)


def _shown(hook: Hook, waiting: int) -> dict[str, Any]:
    kept = {key: value for key, value in asdict(hook).items() if key not in {"hook_id", "secret"}}
    return kept | {"waiting": waiting}
