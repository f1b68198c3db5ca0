"""The end of a service in order: no new calls, talks end within their time, the rest is ended, all of it is written."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from dialer.core.errors import RecordError
from dialer.core.model import HungUpBy

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.books import Books
    from dialer.campaigns import Campaigns
    from dialer.news.broker import News
    from dialer.roster import Roster
    from dialer.switchboard import Switchboard
    from recordings.keeper import Keeper

log = logging.getLogger(__name__)

_LEGS_GONE_S = 2.0
"""How long the agents' legs may take to end, for what they tell belongs into the record."""
_WRITE_AGAIN_S = 0.5
_LEAST_S = 2.0
"""However short the time for talks is, the books get this long."""


async def drain(
    within_s: float,
    *,
    campaigns: Campaigns,
    switchboard: Switchboard,
    roster: Roster,
    keeper: Keeper,
    books: Books,
    news: News,
) -> None:
    """End everything; talks may go on for `within_s`."""
    log.info("draining")
    await campaigns.stop_placing()
    for attempt in switchboard.live_attempts():
        call = switchboard.call(attempt.attempt_id)
        if call is not None and call.in_flight:
            switchboard.hang_up(attempt.attempt_id, HungUpBy.SYSTEM)
    if not await _until(lambda: not switchboard.live_attempts(), within_s=within_s):
        for attempt in switchboard.live_attempts():
            switchboard.hang_up(attempt.attempt_id, HungUpBy.SYSTEM)
        await _until(lambda: not switchboard.live_attempts(), within_s=within_s)
    for agent in roster.agents():
        roster.dismiss(agent.agent_id)
    await _until(lambda: not roster.legs(), within_s=_LEGS_GONE_S)
    await keeper.drain()
    await close(books, max(within_s, _LEAST_S))
    await news.say_goodbye()
    log.info("drained")


async def close(books: Books, within_s: float) -> None:
    """Write what is unwritten, for as long as talks may take; the rest is named, for the next run to find out."""
    try:
        async with asyncio.timeout(within_s):
            while True:
                try:
                    await books.flush()
                except RecordError as error:
                    log.warning("books not written yet", extra={"why": str(error)})
                    await asyncio.sleep(_WRITE_AGAIN_S)
                else:
                    return
    except TimeoutError:
        log.critical("ended with books unwritten", extra={"why": books.trouble, **books.unwritten()})


async def _until(reached: Callable[[], bool], *, within_s: float) -> bool:
    """Wait until something is so; False if it was not so in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not reached():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True
