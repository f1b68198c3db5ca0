"""Webhooks and their outbox, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.errors import ConflictError, NotFoundError, RecordError
from dialer.core.hooks import DeliveryState, HookEvent
from dialer.core.model import Disposition, Outcome
from dialer.core.retry import Finish
from dialer.record.closings import Settled
from dialer.record.hooks import MOST_HOOKS, Delivery, NewHook, Posted

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from dialer.core.model import Lead
    from dialer.record.record import Record

    from .world import World

BOTH = (HookEvent.ATTEMPT_ENDED, HookEvent.ATTEMPT_DISPOSED)
ENDED: dict[str, Any] = {"ended_at": NOW + SECOND, "outcome": Outcome.BUSY}
AGREED: dict[str, Any] = {"disposition": Disposition.AGREED, "wrapped_up_at": NOW + 2 * SECOND}
LOST_AFTER = timedelta(minutes=2)


async def hook(record: Record, name: str = "crm", events: tuple[HookEvent, ...] = BOTH) -> int:
    await record.hooks.add(NewHook(name, "https://crm.example/", "secret", events), who="test", now=NOW)
    return (await record.hooks.get(name)).hook_id


async def claim(record: Record, hook_id: int, at: float = 0, limit: int = 10) -> list[Delivery]:
    return await record.hooks.claim(hook_id, NOW + at * SECOND, limit=limit, lost_after=LOST_AFTER)


async def placed(world: World, count: int = 1) -> list[tuple[Lead, str]]:
    leads = await world.leads(await world.campaign(), *(a_row(row) for row in range(1, count + 1)))
    attempts = [world.attempt(lead) for lead in leads]
    await world.record.attempts.claim(attempts, "node1")
    return [(lead, one.attempt_id) for lead, one in zip(leads, attempts, strict=True)]


async def test_an_end_and_each_disposition_are_told_once_and_in_their_order(world: World) -> None:
    hook_id, ends_alone = await hook(world.record), await hook(world.record, "bi", (HookEvent.ATTEMPT_ENDED,))
    ((_, attempt_id),) = await placed(world)
    await world.record.attempts.update(attempt_id, ringing_at=NOW)
    for change in (ENDED, ENDED, AGREED, AGREED | {"disposition": Disposition.REFUSED}):
        await world.record.attempts.update(attempt_id, **change)
    told = await world.record.hooks.deliveries("crm", limit=10)
    assert [one.event for one in told[::-1]] == [BOTH[0], BOTH[1], BOTH[1]]
    assert (await world.record.hooks.waiting()) == {hook_id: 3, ends_alone: 1}


async def test_a_wrap_up_that_ran_out_is_told_but_not_over_what_was_recorded(world: World) -> None:
    await hook(world.record)
    (_, silent), (_, spoken) = await placed(world, 2)
    await world.record.attempts.update(spoken, **AGREED)
    for attempt_id in (silent, spoken):
        await world.record.attempts.gap(attempt_id, NOW)
    told = [one.attempt_id for one in await world.record.hooks.deliveries("crm", limit=10)]
    assert sorted(told) == sorted([silent, spoken])


async def test_what_is_not_written_is_not_told(world: World) -> None:
    await hook(world.record)
    ((lead, attempt_id),) = await placed(world)
    broken = Settled(attempt_id, {"ended_at": NOW}, lead.lead_id, 1, Finish("over"))  # an end without an outcome
    with pytest.raises(RecordError):
        await world.record.closings.write({}, [broken])
    assert await world.record.hooks.waiting() == {}


async def test_whoever_came_later_or_is_disabled_is_told_nothing(world: World) -> None:
    ((_, attempt_id),) = await placed(world)
    await world.record.attempts.update(attempt_id, **ENDED)
    await hook(world.record)
    await world.record.hooks.change("crm", {"disabled_at": NOW}, who="test", now=NOW, shown="disabled_at")
    await world.record.attempts.update(attempt_id, **AGREED)
    assert await world.record.hooks.waiting() == {}


async def test_the_next_event_of_an_attempt_waits_for_the_one_before(world: World) -> None:
    hook_id = await hook(world.record)
    (_, one), (_, other) = await placed(world, 2)
    await world.record.attempts.update(one, **ENDED)
    await world.record.attempts.update(one, **AGREED)
    await world.record.attempts.update(other, **ENDED)
    first = await claim(world.record, hook_id)
    assert [(d.attempt_id, d.event) for d in first] == [(one, BOTH[0]), (other, BOTH[0])]
    assert await claim(world.record, hook_id) == []  # another controller takes none of them
    failed = Posted(first[0].delivery_id, 500, "HTTP 500", NOW + 5 * SECOND)
    came = [failed, Posted(first[1].delivery_id, 204, None)]
    await world.record.hooks.posted(hook_id, came, held_until=NOW, now=NOW)
    assert await claim(world.record, hook_id, 4) == []
    (again,) = await claim(world.record, hook_id, 5)
    assert (again.delivery_id, again.tries, again.first_tried_at) == (first[0].delivery_id, 1, NOW)
    await world.record.hooks.posted(hook_id, [Posted(again.delivery_id, 204, None)], held_until=None, now=NOW)
    (last,) = await claim(world.record, hook_id, 5)
    assert (last.attempt_id, last.event) == (one, BOTH[1])


async def test_what_was_taken_by_somebody_who_died_is_told_by_the_next(world: World) -> None:
    hook_id = await hook(world.record)
    ((_, attempt_id),) = await placed(world)
    await world.record.attempts.update(attempt_id, **ENDED)
    (taken,) = await claim(world.record, hook_id)
    assert await claim(world.record, hook_id, 119) == []
    (again,) = await claim(world.record, hook_id, 120)
    assert again.delivery_id == taken.delivery_id


async def test_a_webhook_that_takes_nothing_is_left_alone_until_its_time_and_given_up_after_a_day(world: World) -> None:
    hook_id = await hook(world.record)
    placed_now = await placed(world, 2)
    for _, attempt_id in placed_now:
        await world.record.attempts.update(attempt_id, **ENDED)
    (taken,) = await claim(world.record, hook_id, limit=1)
    failed = Posted(taken.delivery_id, None, "refused", NOW + SECOND)
    await world.record.hooks.posted(hook_id, [failed], held_until=NOW + 60 * SECOND, now=NOW)
    found = await world.record.hooks.get("crm")
    assert (found.failures, found.failing_since, found.last_error) == (1, NOW, "refused")
    assert await world.record.hooks.due(NOW + 59 * SECOND) == []
    assert [one.hook_id for one in await world.record.hooks.due(NOW + 60 * SECOND)] == [hook_id]
    tomorrow = NOW + timedelta(days=1, minutes=5)
    await world.record.hooks.tidy(tomorrow)
    told = await world.record.hooks.deliveries("crm", limit=10, state=DeliveryState.GIVEN_UP)
    assert [one.error for one in told] == ["the webhook took nothing for a day", "refused"]
    assert await world.record.hooks.redeliver("crm", None, who="test", now=tomorrow) == 2
    assert await world.record.hooks.waiting() == {hook_id: 2}
    assert len(await claim(world.record, hook_id, 100_000)) == 2


async def test_what_is_done_is_forgotten_after_a_week_and_what_waits_is_not(world: World) -> None:
    hook_id = await hook(world.record)
    (_, one), (_, other) = await placed(world, 2)
    for attempt_id in (one, other):
        await world.record.attempts.update(attempt_id, **ENDED)
    (taken,) = await claim(world.record, hook_id, limit=1)
    await world.record.hooks.posted(hook_id, [Posted(taken.delivery_id, 200, None)], held_until=None, now=NOW)
    await world.record.hooks.tidy(NOW + timedelta(days=8))
    assert [d.attempt_id for d in await world.record.hooks.deliveries("crm", limit=10)] == [other]
    with pytest.raises(NotFoundError, match="delivery_id"):
        await world.record.hooks.redeliver("crm", taken.delivery_id, who="test", now=NOW)


async def test_names_are_unique_there_are_not_too_many_and_one_that_is_removed_is_gone(world: World) -> None:
    await hook(world.record)
    with pytest.raises(ConflictError, match="crm"):
        await hook(world.record)
    for count in range(1, MOST_HOOKS):
        await hook(world.record, f"h{count}")
    with pytest.raises(ConflictError, match="remove one"):
        await hook(world.record, "one-too-many")
    ((_, attempt_id),) = await placed(world)
    await world.record.attempts.update(attempt_id, **ENDED)
    await world.record.hooks.remove("crm", who="test", now=NOW)
    with pytest.raises(NotFoundError, match="crm"):
        await world.record.hooks.get("crm")
    assert len(await world.record.hooks.waiting()) == MOST_HOOKS - 1


async def test_what_is_told_is_the_row_its_campaign_and_its_key(world: World) -> None:
    ((lead, attempt_id),) = await placed(world)
    told = await world.record.hooks.told([attempt_id, "nobody's"])
    assert told.keys() == {attempt_id}
    assert (told[attempt_id].row.lead_id, told[attempt_id].lead_key) == (lead.lead_id, lead.key)
