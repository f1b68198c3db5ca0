"""Webhooks and what is on its way to them: who wants to be told, what is due, and what became of each post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from dialer.core.errors import ConflictError, NotFoundError
from dialer.core.hooks import TRIED_FOR, DeliveryState, HookEvent
from dialer.record.attempts import AttemptRow, load_rows
from dialer.record.audit import AuditLine, add_line
from dialer.record.database import serialise
from dialer.record.hook_tables import webhook, webhook_delivery
from dialer.record.schema import attempt, campaign, lead
from dialer.record.types import Utc

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database

MOST_HOOKS = 20
"""Each is served on its own, with requests and metrics of its own."""
_KEPT = timedelta(days=7)
"""After that it is forgotten that an event was delivered, or given up."""
_W, _D = webhook.c, webhook_delivery.c
_WAITS = _D.state == DeliveryState.WAITING


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook, and how it has been since the last post that was taken."""

    hook_id: int
    name: str
    url: str
    secret: str
    events: tuple[HookEvent, ...]
    full_numbers: bool
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    failures: int
    failing_since: datetime | None
    held_until: datetime | None
    last_error: str | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewHook:
    """A webhook to be."""

    name: str
    url: str
    secret: str
    events: tuple[HookEvent, ...]
    full_numbers: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook."""

    delivery_id: int
    attempt_id: str
    event: HookEvent
    at: datetime
    state: DeliveryState
    tries: int
    first_tried_at: datetime | None
    next_at: datetime | None
    status: int | None
    error: str | None
    done_at: datetime | None


class Told(NamedTuple):
    """What is told of an attempt besides its row."""

    row: AttemptRow
    campaign: str
    lead_key: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one post: taken where `error` is None; given up where there is no `next_at` either."""

    delivery_id: int
    status: int | None
    error: str | None
    next_at: datetime | None = None


_HOOK = (_W.id, _W.name, _W.url, _W.secret, _W.events, _W.full_numbers, _W.created_at, _W.created_by, _W.disabled_at)
_HEALTH = (_W.failures, _W.failing_since, _W.held_until, _W.last_error, _W.delivered_at)
_DELIVERY = (_D.id, _D.attempt_id, _D.event, _D.at, _D.state, _D.tries, _D.first_tried_at, _D.next_at)
_CAME = (_D.status, _D.error, _D.done_at)


class Hooks:
    """All webhooks. What an admin changes leaves an audit line in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- who wants to be told -----------------------------------------------------------------------

    async def all(self) -> list[Hook]:
        """All of them, by name."""
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(*_HOOK, *_HEALTH).order_by(_W.name))
            return [_hook(row) for row in rows]

    async def get(self, name: str) -> Hook:
        """One of them; NotFoundError for an unknown name."""
        async with self._database.read() as connection:
            return await _named(connection, name)

    async def add(self, new: NewHook, *, who: str, now: datetime) -> None:
        """Make one; ConflictError for a name that is taken, or one too many."""
        values: dict[str, Any] = {
            "name": new.name,
            "url": new.url,
            "secret": new.secret,
            "events": [one.value for one in new.events],
        }
        values |= {"full_numbers": new.full_numbers, "created_at": now, "created_by": who, "failures": 0}
        async with self._database.write() as connection:
            await serialise(connection, "webhooks")
            names = list(await connection.scalars(sa.select(_W.name)))
            if new.name in names:
                raise ConflictError(f"name: there is a webhook {new.name} already")
            if len(names) >= MOST_HOOKS:
                raise ConflictError(f"there are {len(names)} webhooks, and there may be {MOST_HOOKS}: remove one")
            await connection.execute(sa.insert(webhook).values(values))
            numbers = "full numbers" if new.full_numbers else "numbers masked"
            await add_line(connection, AuditLine(now, who, "webhook made", new.name, numbers))

    async def change(self, name: str, values: dict[str, Any], *, who: str, now: datetime, shown: str) -> Hook:
        """Change url, secret, events, `full_numbers` or `disabled_at`; it is tried anew at once."""
        fresh = {"failures": 0, "failing_since": None, "held_until": None, "last_error": None}
        async with self._database.write() as connection:
            hook = await _named(connection, name)
            await connection.execute(sa.update(webhook).where(_W.id == hook.hook_id).values(values | fresh))
            await add_line(connection, AuditLine(now, who, "webhook changed", name, shown))
            return await _named(connection, name)

    async def remove(self, name: str, *, who: str, now: datetime) -> None:
        """It is told nothing any more, and what it was to be told is forgotten."""
        async with self._database.write() as connection:
            hook = await _named(connection, name)
            await connection.execute(sa.delete(webhook_delivery).where(_D.webhook_id == hook.hook_id))
            await connection.execute(sa.delete(webhook).where(_W.id == hook.hook_id))
            await add_line(connection, AuditLine(now, who, "webhook removed", name))

    # --- what is on its way -------------------------------------------------------------------------

    async def waiting(self) -> dict[int, int]:
        """How many events wait, by webhook; those with none are left out."""
        query = sa.select(_D.webhook_id, sa.func.count()).where(_WAITS).group_by(_D.webhook_id)
        async with self._database.read() as connection:
            return {hook_id: count for hook_id, count in await connection.execute(query)}  # noqa: C416 - no pairs

    async def due(self, now: datetime) -> list[Hook]:
        """The webhooks that have something to be told now and are not left alone."""
        may = _W.disabled_at.is_(None) & (_W.held_until.is_(None) | (_W.held_until <= now))
        ready = _D.next_at.is_(None) | (_D.next_at <= now)
        something = sa.exists().where(_D.webhook_id == _W.id, _WAITS, ready)
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(*_HOOK, *_HEALTH).where(may, something).order_by(_W.id))
            return [_hook(row) for row in rows]

    async def claim(self, hook_id: int, now: datetime, *, limit: int, lost_after: timedelta) -> list[Delivery]:
        """Take the oldest that are due, one of each attempt at most: the next one of it waits until this is done.

        Nobody else takes them until `lost_after` has passed: whoever dies with them has not lost them.
        """
        earlier = webhook_delivery.alias("earlier")
        first = ~sa.exists().where(
            earlier.c.webhook_id == _D.webhook_id,
            earlier.c.attempt_id == _D.attempt_id,
            earlier.c.id < _D.id,
            earlier.c.state == DeliveryState.WAITING,
        )
        ready = _D.next_at.is_(None) | (_D.next_at <= now)
        query = sa.select(*_DELIVERY, *_CAME).where(_D.webhook_id == hook_id, _WAITS, ready, first)
        async with self._database.write() as connection:
            await serialise(connection, f"webhook {hook_id}")
            rows = await connection.execute(query.order_by(_D.id).limit(limit))
            found = [Delivery(*row) for row in rows]
            taken = _D.id.in_([one.delivery_id for one in found])
            values = {
                "next_at": now + lost_after,
                "first_tried_at": sa.func.coalesce(_D.first_tried_at, sa.literal(now, Utc)),
            }
            if found:
                await connection.execute(sa.update(webhook_delivery).where(taken).values(values))
        return found

    async def told(self, attempt_ids: Collection[str]) -> dict[str, Told]:
        """What is told of these attempts; those that are gone are left out."""
        names = (
            sa.select(attempt.c.id, campaign.c.name, lead.c.key)
            .join(campaign, campaign.c.id == attempt.c.campaign_id)
            .join(lead, lead.c.id == attempt.c.lead_id)
            .where(attempt.c.id.in_(attempt_ids))
        )
        async with self._database.read() as connection:
            rows = {row.attempt_id: row for row in await load_rows(connection, attempt.c.id.in_(attempt_ids))}
            found = await connection.execute(names)
            return {key: Told(rows[key], name, lead_key) for key, name, lead_key in found if key in rows}

    async def posted(self, hook_id: int, came: Sequence[Posted], *, held_until: datetime | None, now: datetime) -> None:
        """Write what became of posts; where none was taken, the webhook is left alone until `held_until`."""
        taken = any(one.error is None for one in came)
        error = next((one.error for one in came if one.error is not None), None)
        if taken:
            health: dict[str, Any] = {"failures": 0, "failing_since": None, "held_until": None, "delivered_at": now}
        else:
            since = sa.func.coalesce(_W.failing_since, sa.literal(now, Utc))
            health = {"failures": _W.failures + 1, "failing_since": since, "held_until": held_until}
            health["last_error"] = error
        async with self._database.write() as connection:
            for one in came:
                values = _outcome(one, now)
                mine = (_D.id == one.delivery_id) & _WAITS
                await connection.execute(sa.update(webhook_delivery).where(mine).values(values))
            await connection.execute(sa.update(webhook).where(_W.id == hook_id).values(health))

    async def tidy(self, now: datetime) -> None:
        """Give up what waited for a day behind a webhook that takes nothing, and forget what is long done."""
        dead = sa.select(_W.id).where(_W.failing_since < now - TRIED_FOR)
        stale = (
            _WAITS & _D.webhook_id.in_(dead) & (_D.at < now - TRIED_FOR) & (_D.next_at.is_(None) | (_D.next_at <= now))
        )
        given_up = {"state": DeliveryState.GIVEN_UP, "done_at": now, "next_at": None}
        given_up["error"] = sa.func.coalesce(_D.error, "the webhook took nothing for a day")
        async with self._database.write() as connection:
            await connection.execute(sa.update(webhook_delivery).where(stale).values(given_up))
            await connection.execute(sa.delete(webhook_delivery).where(_D.done_at < now - _KEPT))

    async def deliveries(self, name: str, *, limit: int, state: DeliveryState | None = None) -> list[Delivery]:
        """The newest of one webhook, newest first."""
        of_state = sa.true() if state is None else _D.state == state
        async with self._database.read() as connection:
            hook = await _named(connection, name)
            query = sa.select(*_DELIVERY, *_CAME).where(_D.webhook_id == hook.hook_id, of_state)
            rows = await connection.execute(query.order_by(_D.id.desc()).limit(limit))
            return [Delivery(*row) for row in rows]

    async def redeliver(self, name: str, delivery_id: int | None, *, who: str, now: datetime) -> int:
        """Tell again what was given up, or this one event whatever became of it: how many will be."""
        anew = {"state": DeliveryState.WAITING, "tries": 0, "first_tried_at": None, "next_at": None, "done_at": None}
        async with self._database.write() as connection:
            hook = await _named(connection, name)
            which = _D.state == DeliveryState.GIVEN_UP if delivery_id is None else _D.id == delivery_id
            mine = (_D.webhook_id == hook.hook_id) & ~_WAITS & which
            count = (await connection.execute(sa.update(webhook_delivery).where(mine).values(anew))).rowcount
            if delivery_id is not None and not count:
                raise NotFoundError(f"delivery_id: {name} has no delivery {delivery_id} that is done")
            await connection.execute(sa.update(webhook).where(_W.id == hook.hook_id).values(held_until=None))
            await add_line(connection, AuditLine(now, who, "webhook redelivered", name, f"{count} events"))
            return count


async def _named(connection: AsyncConnection, name: str) -> Hook:
    row = (await connection.execute(sa.select(*_HOOK, *_HEALTH).where(_W.name == name))).one_or_none()
    if row is None:
        raise NotFoundError(f"no webhook {name}")
    return _hook(row)


def _hook(row: Iterable[Any]) -> Hook:
    values = list(row)
    values[4] = tuple(HookEvent(one) for one in values[4] if one in HookEvent.__members__)
    return Hook(*values)


def _outcome(one: Posted, now: datetime) -> dict[str, Any]:
    came: dict[str, Any] = {"tries": _D.tries + 1, "status": one.status, "error": one.error, "next_at": one.next_at}
    if one.error is None:
        return came | {"state": DeliveryState.DELIVERED, "done_at": now}
    return came if one.next_at else came | {"state": DeliveryState.GIVEN_UP, "done_at": now}
