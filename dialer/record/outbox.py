"""What webhooks are still to tell: written in one transaction with what it tells of, so that neither is alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.hooks import DeliveryState, HookEvent
from dialer.record.hook_tables import webhook, webhook_delivery
from dialer.record.schema import attempt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

_CHUNK = 500


async def tell_hooks(connection: AsyncConnection, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Note for each webhook that wants it what these changes of attempts mean; call it before they are written.

    An attempt ends once: its end is told only where it is open still.
    """
    ended = {key: values["ended_at"] for key, values in changes.items() if values.get("ended_at") is not None}
    disposed = {
        key: values.get("wrapped_up_at") or values.get("ended_at")
        for key, values in changes.items()
        if values.get("disposition") is not None
    }
    if not (ended or disposed):
        return
    hooks = await _wanting(connection)
    if not hooks:
        return
    still_open = await _which(connection, ended, attempt.c.ended_at.is_(None))
    known = await _which(connection, disposed, sa.true())
    told = [(key, HookEvent.ATTEMPT_ENDED, at) for key, at in ended.items() if key in still_open]
    told += [(key, HookEvent.ATTEMPT_DISPOSED, at) for key, at in disposed.items() if key in known]
    rows = [
        {"webhook_id": hook_id, "attempt_id": key, "event": event, "at": at, **_FRESH}
        for hook_id, wanted in hooks
        for key, event, at in told
        if event.value in wanted and at is not None
    ]
    if rows:
        await connection.execute(sa.insert(webhook_delivery), rows)


_FRESH = {"state": DeliveryState.WAITING, "tries": 0}


async def _wanting(connection: AsyncConnection) -> list[tuple[int, list[str]]]:
    query = sa.select(webhook.c.id, webhook.c.events).where(webhook.c.disabled_at.is_(None))
    return [(hook_id, events) for hook_id, events in await connection.execute(query)]


async def _which(connection: AsyncConnection, ids: Iterable[str], condition: sa.ColumnElement[bool]) -> frozenset[str]:
    """Those of these attempts that are in the record and of which it is true."""
    found: set[str] = set()
    asked = sorted(ids)
    for start in range(0, len(asked), _CHUNK):
        some = attempt.c.id.in_(asked[start : start + _CHUNK])
        found.update(await connection.scalars(sa.select(attempt.c.id).where(some, condition)))
    return frozenset(found)


async def tell_gap(connection: AsyncConnection, attempt_id: str, at: datetime) -> None:
    """A wrap-up ran out with nothing recorded, which is a disposition too."""
    await tell_hooks(connection, {attempt_id: {"disposition": True, "wrapped_up_at": at}})
