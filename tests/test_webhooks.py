"""Webhooks over a real record and real HTTP servers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from contextlib import AsyncExitStack
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.hooks import HookEvent
from dialer.core.model import Disposition, Outcome
from dialer.metrics import Metrics
from dialer.record.hooks import NewHook
from dialer.record.record import Record
from dialer.settings import WebhookSettings
from dialer.webhooks import AT_ONCE, Webhooks
from tests.fakes.receiver import BROKEN, Receiver, receiver
from tests.record.world import NOW, SECOND, World, a_row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

BOTH = (HookEvent.ATTEMPT_ENDED, HookEvent.ATTEMPT_DISPOSED)
ENDED: dict[str, Any] = {"ended_at": NOW + SECOND, "outcome": Outcome.ANSWERED}
AGREED: dict[str, Any] = {"disposition": Disposition.AGREED, "reason": "价格", "wrapped_up_at": NOW}
HOUR_S = 3600


class Site:
    """A record, a webhook called crm, and the one that tells it, on a clock of the test's own."""

    def __init__(self, record: Record, crm: Receiver) -> None:
        self.record, self.crm, self.world = record, crm, World(record)
        self.now = NOW
        self.metrics = Metrics()
        self.webhooks = self.another()

    def clock(self) -> datetime:
        return self.now

    def another(self, deadline_s: float = 5) -> Webhooks:
        """One that tells, as after a restart."""
        settings = WebhookSettings(private_addresses=True, deadline_s=deadline_s)
        return Webhooks(self.record, settings, metrics=self.metrics, clock=self.clock, rng=Random(1))

    async def hook(self, name: str = "crm", url: str | None = None, **more: Any) -> None:
        new = NewHook(name, url or self.crm.url, "whsec_known", BOTH, **more)
        await self.record.hooks.add(new, who="test", now=NOW)

    async def attempts(self, count: int = 1, **changes: Any) -> list[str]:
        """So many attempts, with these changes."""
        campaign = await self.world.campaign()
        made = [self.world.attempt(lead) for lead in await self.world.leads(campaign, *map(a_row, range(1, count + 1)))]
        await self.record.attempts.claim(made, "node1")
        if changes:
            await self.record.attempts.update_many({one.attempt_id: changes for one in made})
        return [one.attempt_id for one in made]

    async def all_told(self) -> None:
        """Until nothing is due any more at this time."""
        while await self.webhooks.once():
            pass

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with Record(f"sqlite:///{tmp_path / 'record.db'}") as record, receiver() as crm:
        yield Site(record, crm)


async def test_what_became_of_an_attempt_is_told_signed_and_with_its_number_masked(site: Site) -> None:
    await site.hook()
    (attempt_id,) = await site.attempts(**ENDED)
    await site.record.attempts.update(attempt_id, **AGREED)
    await site.all_told()
    ended, disposed = site.crm.got
    assert (ended.told["event"], disposed.told["event"]) == BOTH
    assert ended.told["id"] != disposed.told["id"]
    told = disposed.told["attempt"]
    assert (told["attempt_id"], told["outcome"], told["disposition"]) == (attempt_id, "ANSWERED", "AGREED")
    assert (told["reason"], told["lead_key"], told["number"]) == ("价格", "K1", "138****0001")
    assert b"13800000001" not in disposed.body
    assert disposed.headers["ringpace-event-id"] == disposed.told["id"]
    stamp = disposed.headers["ringpace-timestamp"]
    expected = hmac.new(b"whsec_known", f"{stamp}.".encode() + disposed.body, hashlib.sha256).hexdigest()
    assert disposed.headers["ringpace-signature"] == f"v1={expected}"
    assert abs(int(stamp) - NOW.timestamp()) < 1


async def test_whoever_may_see_numbers_gets_them_in_full(site: Site) -> None:
    await site.hook(full_numbers=True)
    await site.attempts(**ENDED)
    await site.all_told()
    assert site.crm.got[0].told["attempt"]["number"] == "+8613800000001"


async def test_a_key_that_is_a_number_is_masked_like_one(site: Site) -> None:
    await site.hook()
    (lead,) = await site.world.leads(await site.world.campaign(), a_row(7, key="+8613800000007"))
    attempt = site.world.attempt(lead)
    await site.record.attempts.claim([attempt], "node1")
    await site.record.attempts.update(attempt.attempt_id, **ENDED)
    await site.all_told()
    assert site.crm.got[0].told["attempt"]["lead_key"] == "138****0007"


async def test_what_was_not_taken_is_told_again_later_with_the_same_id_and_in_order(site: Site) -> None:
    await site.hook()
    (attempt_id,) = await site.attempts(**ENDED)
    await site.record.attempts.update(attempt_id, **AGREED)
    site.crm.answers = [BROKEN, None, BROKEN]
    for _ in range(3):
        await site.all_told()
        site.later(60)
    await site.all_told()
    assert [one.told["event"] for one in site.crm.got] == ["ATTEMPT_ENDED"] * 4 + ["ATTEMPT_DISPOSED"]
    assert len({one.told["id"] for one in site.crm.got[:4]}) == 1
    assert await site.record.hooks.waiting() == {}
    assert (await site.record.hooks.get("crm")).failures == 0


async def test_what_waits_is_told_after_a_restart(site: Site) -> None:
    await site.hook()
    await site.attempts(3, **ENDED)
    site.crm.otherwise = BROKEN
    await site.all_told()
    site.crm.otherwise, site.webhooks = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", site.another()
    site.later(HOUR_S)
    await site.all_told()
    assert len({one.told["id"] for one in site.crm.got}) == 3


async def test_a_dead_receiver_is_asked_ever_more_seldom_spoken_of_and_given_up_after_a_day(site: Site) -> None:
    await site.hook()
    await site.attempts(5, **ENDED)
    site.crm.otherwise = BROKEN
    for _ in range(60):
        await site.all_told()
        site.later(60)
    in_an_hour = len(site.crm.got)
    assert in_an_hour < 12
    assert site.webhooks.warning.startswith("crm: HTTP 500: refused (since")
    shown = site.metrics.exposition().decode()
    assert 'ringpace_webhook_failing{webhook="crm"} 1.0' in shown
    assert 'ringpace_webhook_waiting{webhook="crm"} 5.0' in shown
    for _ in range(30):
        site.later(HOUR_S)
        await site.all_told()
    assert len(site.crm.got) - in_an_hour <= 30
    assert await site.record.hooks.waiting() == {}
    assert await site.record.hooks.redeliver("crm", None, who="test", now=site.now) == 5
    site.crm.otherwise = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
    await site.all_told()
    await site.webhooks.once()
    assert site.webhooks.warning == ""


async def test_no_more_than_so_many_posts_are_on_their_way_to_one_webhook(site: Site) -> None:
    await site.hook()
    await site.attempts(20, **ENDED)
    await site.all_told()
    assert len(site.crm.got) == 20
    assert site.crm.most_live <= AT_ONCE


async def test_a_receiver_that_hangs_holds_up_no_other(site: Site) -> None:
    async with AsyncExitStack() as stack:
        hanging = await stack.enter_async_context(receiver())
        hanging.silent = True
        await site.hook("hanging", hanging.url)
        await site.hook()
        await site.attempts(10, **ENDED)
        running = asyncio.create_task(site.another(deadline_s=60).run())
        stack.callback(running.cancel)
        async with asyncio.timeout(20):
            while len(site.crm.got) < 10:  # noqa: ASYNC110 - a real server tells nobody
                await asyncio.sleep(0.02)
        assert 1 <= hanging.live <= AT_ONCE


async def test_a_test_tells_what_came_of_it_and_waits_for_nothing(site: Site) -> None:
    await site.hook()
    site.crm.answers = [BROKEN]
    assert (await site.webhooks.test("crm")).status == 500
    assert (await site.webhooks.test("crm")).error is None
    assert [one.told["event"] for one in site.crm.got] == ["TEST", "TEST"]
    assert await site.record.hooks.deliveries("crm", limit=5) == []


async def test_a_webhook_that_is_removed_leaves_no_metric_behind(site: Site) -> None:
    await site.hook()
    await site.attempts(**ENDED)
    await site.all_told()
    await site.record.hooks.remove("crm", who="test", now=NOW)
    await site.webhooks.once()
    assert 'webhook="crm"' not in site.metrics.exposition().decode()
