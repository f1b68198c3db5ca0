"""Tells other systems what became of attempts: takes what is due from the outbox, posts it, and writes what came of it.

Nothing here is waited for by a call. Each webhook is served on its own, a few posts at a time, and one that takes
nothing is left alone for longer and longer, so that it holds up no other.
"""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dialer.core.errors import NotFoundError, RecordError
from dialer.core.hooks import HookEvent, next_try, pause_s, signature
from dialer.core.numbers import mask
from dialer.posting import Answer, Post
from dialer.record.hooks import Posted

if TYPE_CHECKING:
    from random import Random

    from dialer.metrics import Metrics
    from dialer.ports import Clock
    from dialer.record.hooks import Delivery, Hook, Told
    from dialer.record.record import Record
    from dialer.settings import WebhookSettings

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Posts to one webhook at a time."""
_LOOK_EVERY_S = 1.0
_TIDY_EVERY = timedelta(hours=1)
_LOST_AFTER = timedelta(minutes=2)
_DEAD_AFTER = 3
"""Failures in a row, after which /health speaks of it."""
_MOMENTS = (
    *("queued_at", "sent_at", "ringing_at", "answered_at", "bridged_at", "unbridged_at"),
    *("ended_at", "wrapped_up_at", "call_back_at"),
)
_WORDS = ("outcome", "disposition", "reason", "note", "number_state", "hung_up_by", "cause", "sip_code", "opted_out")


class Webhooks:
    """The one that tells."""

    def __init__(
        self, record: Record, settings: WebhookSettings, *, metrics: Metrics, clock: Clock, rng: Random
    ) -> None:
        self._record = record
        self._post = Post(settings)
        self._metrics = metrics
        self._clock = clock
        self._rng = rng
        self._busy: set[int] = set()
        self._known: set[str] = set()
        self._tidied_at = clock() - _TIDY_EVERY
        self.warning = ""
        """Which webhooks take nothing, and why; empty while all is well. Calls never wait for them."""

    async def run(self) -> None:
        """Tell, for ever."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    for hook in await self._look():
                        if hook.hook_id not in self._busy:
                            self._busy.add(hook.hook_id)
                            tasks.create_task(self._serve(hook), name=f"webhook {hook.name}")
                except RecordError as error:
                    log.warning("webhooks not looked after", extra={"why": str(error)})
                await asyncio.sleep(_LOOK_EVERY_S)

    async def once(self) -> int:
        """Tell what is due now, of each webhook so much as is posted at a time: how many posts that were."""
        return sum([await self._deliver(hook) for hook in await self._look()])

    async def test(self, name: str) -> Answer:
        """Post an event of no attempt to this webhook, now; NotFoundError for an unknown name."""
        hook = await self._record.hooks.get(name)
        told = {"id": f"test.{self._rng.getrandbits(48):012x}", "event": HookEvent.TEST.value}
        return await self._send(hook, told | {"at": self._clock().isoformat(), "attempt": None})

    # --- inside -------------------------------------------------------------------------------------

    async def _look(self) -> list[Hook]:
        """Which webhooks have something to be told; what is shown of all of them is brought up to date."""
        now, hooks = self._clock(), await self._record.hooks.all()
        self._show(hooks, await self._record.hooks.waiting() if hooks else {})
        if not hooks:
            return []
        if now - self._tidied_at >= _TIDY_EVERY:
            self._tidied_at = now
            await self._record.hooks.tidy(now)
        return await self._record.hooks.due(now)

    def _show(self, hooks: list[Hook], waiting: dict[int, int]) -> None:
        for hook in hooks:
            self._metrics.webhook_waiting.labels(webhook=hook.name).set(waiting.get(hook.hook_id, 0))
            self._metrics.webhook_failing.labels(webhook=hook.name).set(_is_dead(hook))
        for gone in self._known - {hook.name for hook in hooks}:
            for metric in (self._metrics.webhook_waiting, self._metrics.webhook_failing, self._metrics.webhook_posts):
                metric.remove_by_labels({"webhook": gone})
        self._known = {hook.name for hook in hooks}
        dead = [
            f"{one.name}: {one.last_error} (since {one.failing_since:%m-%d %H:%M} UTC)"
            for one in filter(_is_dead, hooks)
        ]
        self.warning = "; ".join(dead)

    async def _serve(self, hook: Hook) -> None:
        """Tell one webhook all that is due; a fault stays its own."""
        try:
            while await self._deliver(hook):
                hook = await self._record.hooks.get(hook.name)
                if hook.disabled_at or (hook.held_until and hook.held_until > self._clock()):
                    return
        except NotFoundError:
            pass  # removed meanwhile
        except RecordError as error:
            log.warning("webhook not served", extra={"webhook": hook.name, "why": str(error)})
        except Exception:  # one webhook's fault must end neither the others nor the service
            log.exception("fault in a webhook", extra={"webhook": hook.name})
        finally:
            self._busy.discard(hook.hook_id)

    async def _deliver(self, hook: Hook) -> int:
        """Post the next events of a webhook, one of those alone that takes nothing: how many."""
        limit = 1 if hook.failures else AT_ONCE
        now = self._clock()
        found = await self._record.hooks.claim(hook.hook_id, now, limit=limit, lost_after=_LOST_AFTER)
        if not found:
            return 0
        told = await self._record.hooks.told([one.attempt_id for one in found])
        async with asyncio.TaskGroup() as posts:
            tasks = [posts.create_task(self._tell(hook, one, told.get(one.attempt_id))) for one in found]
        held_until = now + timedelta(seconds=pause_s(hook.failures + 1, self._rng.random()))
        await self._record.hooks.posted(
            hook.hook_id, [task.result() for task in tasks], held_until=held_until, now=self._clock()
        )
        return len(found)

    async def _tell(self, hook: Hook, delivery: Delivery, told: Told | None) -> Posted:
        if told is None:
            return Posted(delivery.delivery_id, None, "the attempt is not in the record any more")
        event_id = f"{delivery.attempt_id}.{delivery.delivery_id}"
        head = {"id": event_id, "event": delivery.event.value, "at": delivery.at.isoformat()}
        answer = await self._send(hook, head | {"attempt": shown(told, full_numbers=hook.full_numbers)})
        self._metrics.webhook_posts.labels(webhook=hook.name, taken="no" if answer.error else "yes").inc()
        if answer.error is None:
            return Posted(delivery.delivery_id, answer.status, None)
        now = self._clock()
        again = next_try(delivery.tries + 1, delivery.first_tried_at or now, now, self._rng.random())
        return Posted(delivery.delivery_id, answer.status, answer.error, again)

    async def _send(self, hook: Hook, told: dict[str, Any]) -> Answer:
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        at_s = int(self._clock().timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "Ringpace",
            "ringpace-event-id": told["id"],
            "ringpace-timestamp": str(at_s),
            "ringpace-signature": signature(hook.secret, at_s, body),
        }
        return await self._post(hook.url, headers, body)


def shown(told: Told, *, full_numbers: bool) -> dict[str, Any]:
    """An attempt as a webhook tells it, as it stands when it is sent."""
    row = told.row
    over = row.unbridged_at or row.ended_at
    talk_s = (over - row.bridged_at).total_seconds() if row.bridged_at and over else None
    hide = str if full_numbers else _masked
    return {
        "attempt_id": row.attempt_id,
        "campaign": {"campaign_id": row.campaign_id, "name": told.campaign},
        "lead_id": row.lead_id,
        "lead_key": hide(told.lead_key),
        "name": row.name,
        "number": row.e164 if full_numbers else mask(row.e164),
        "agent_id": row.agent_id,
        "talk_s": talk_s,
        **{word: getattr(row, word) for word in _WORDS},
        **{name: moment.isoformat() if (moment := getattr(row, name)) else None for name in _MOMENTS},
    }


def _masked(key: str) -> str:
    """A lead's key, which for lists without one may be its number."""
    return mask(key) if key.startswith("+") and key[1:].isdigit() else key


def _is_dead(hook: Hook) -> bool:
    return hook.disabled_at is None and hook.failures >= _DEAD_AFTER
