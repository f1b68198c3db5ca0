"""What the law's limits still allow a campaign: its abandonments in memory, held against the record from time to time.

Every answered call is judged by its times (`fate_of`) and counted once, by its id: in the ledger of the legal windows,
and in the last quarter of an hour. What was before this run is read from the record. Where the two contradict each
other nothing is dialled ahead until they agree again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dialer.core.abandonment import Fate, Per, Tally
from dialer.core.budget import Recent
from dialer.core.errors import RecordError
from dialer.core.ledger import Entry
from dialer.record.abandonment import Abandonment
from dialer.traffic import judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dialer.core.abandonment import LegalWindow
    from dialer.core.budget import Quarter
    from dialer.core.ledger import Ledger
    from dialer.core.plan import Law
    from dialer.core.standing import Standing
    from dialer.line import Calling
    from dialer.record.record import Record

log = logging.getLogger(__name__)

NOT_READ = "what was abandoned before is not read yet"
_DAY = timedelta(days=1)
_COMPARE_EVERY_S = 60.0
_LONG_S = 2 * 24 * 3600
"""Windows longer than this take long to read: they are compared on one look of so many."""
_LONG_LOOKS = 60
_MOST_TOLD = 5000
"""Of what was told last: more than is told while the record is read."""
_RECOVERS_IN_QUARTERS = 16
"""A window that needs longer than these quarters of an hour to be within its limit again is past help for today."""
_LEAST_TO_COME = 400.0
"""Answers that are to be expected at least, so that a few unlucky calls of a small team are not past help."""
_ABANDONED = frozenset({Fate.TOO_LATE, Fate.NOBODY_CAME})


class Allowance:
    """One campaign's answers and abandonments, by legal window. `limit_s`: how long an answer may wait for an agent.

    In windows that all campaigns share, what others did is as old as the last look at the record.
    """

    def __init__(self, record: Record, campaign_id: int, limit_s: float, law: Law) -> None:
        self._record = record
        self._abandonment = Abandonment(record.database)
        self._limits_s = {campaign_id: limit_s}
        self._windows = tuple(window for window in law.abandonment if window.per is Per.CAMPAIGN)
        self._shared_windows = tuple(window for window in law.abandonment if window.per is Per.ALL)
        self._false_share = law.machine_false_share
        self._ledger: Ledger | None = None
        self._shared: Ledger | None = None
        self._told: deque[Entry] = deque(maxlen=_MOST_TOLD)
        """What was told last: it may not be in the record yet when that is read."""
        self._quarter = Recent()
        self._counted: set[str] = set()
        """Calls that are on, and counted."""
        self.expected: dict[str, float] = {}
        """What the decisions expected to be abandoned of the answers in each of the campaign's own windows, by name."""
        self._contradiction: str | None = None
        self._compare_at_s = float("inf")
        self._looks = 0
        self.by_record = Tally(0, 0)
        """The last day by the record alone: what there is to go by before the windows are read."""

    # --- what happens -----------------------------------------------------------------------------

    async def read(self, now: datetime) -> None:
        """Read from the record what was before; what is told meanwhile is counted once. RecordError if it is away."""
        await self._read_shared(now)
        await self._read_expected(self._windows, now)
        # Last, with nothing waited for behind it: what is told from here on goes into it.
        ledger = await self._filled(self._windows, self._limits_s, now)
        if self._ledger is None:
            before = ledger.last_quarter(now.timestamp())
            self._resume(before.answers, before.abandoned)
            self._compare_soon()
        self._ledger = ledger

    async def read_last_day(self, now: datetime) -> None:
        """What the last day was by the record, while there is no window to go by. RecordError if it is away."""
        if not self.standings(now):
            self.by_record = await self._abandonment.tally(self._limits_s, now - _DAY)

    async def _read_expected(self, windows: Iterable[LegalWindow], now: datetime) -> None:
        for window in windows:
            since = datetime.fromtimestamp(window.span(now.timestamp()).begins_s, UTC)
            for campaign_id in self._limits_s:
                mean = await self._record.decisions.expected(campaign_id, since)
                if mean is not None:
                    self.expected[window.name] = mean

    async def _read_shared(self, now: datetime) -> None:
        if self._shared_windows:
            limits_s = {one.campaign_id: one.plan.abandon_limit_s for one in await self._record.campaigns.all()}
            self._shared = await self._filled(self._shared_windows, limits_s, now)

    async def _filled(self, windows: Sequence[LegalWindow], limits_s: Mapping[int, float], now: datetime) -> Ledger:
        ledger = await self._abandonment.ledger(windows, limits_s, now, self._false_share)
        for entry in self._told:
            ledger.add(entry)
        return ledger

    def _resume(self, answers: float, abandoned: float) -> None:
        """The last quarter of an hour of a former run, as if it had been just now: so it counts for longer."""
        now_s = asyncio.get_running_loop().time()
        missing = round(answers) - round(self._quarter.spent(now_s).answers)
        for one in range(missing):
            self._quarter.add(now_s, abandoned=one < round(abandoned))

    def heard(self, calling: Calling) -> Fate | None:
        """A call has moved: what it is to the law, the first time that this can be said of it."""
        attempt_id, times = calling.attempt.attempt_id, calling.call.timeline
        fate = judged(calling)
        if fate is None or times.answered_at is None:
            return None
        entry = Entry(attempt_id, times.answered_at.timestamp(), fate)
        self._told.append(entry)
        for ledger in self._ledgers():
            ledger.add(entry)
        known = attempt_id in self._counted
        if calling.call.outcome is None:
            self._counted.add(attempt_id)
        else:
            self._counted.discard(attempt_id)  # nothing more will be told of it
        if known:
            return None
        if fate is not Fate.TAKEN_FOR_A_MACHINE:
            self._quarter.add(asyncio.get_running_loop().time(), abandoned=fate in _ABANDONED)
        return fate

    # --- to be read -------------------------------------------------------------------------------

    def summary(self, now: datetime) -> list[dict[str, object]]:
        """Each window as an operator sees it: counts, the rate with its 95 % bounds, and what it can still bear."""
        return [
            {
                "name": one.window.name,
                "live_answers": one.tally.live_answers,
                "abandoned": one.tally.abandoned,
                "rate": one.share.rate,
                "lower_bound": one.tally.lower_bound(),
                "upper_bound": one.tally.upper_bound(),
                "expected": self.expected.get(one.window.name),
                "limit": one.window.limit,
                "slack": one.slack,
            }
            for one in self.standings(now)
        ]

    def standings(self, now: datetime) -> tuple[Standing, ...]:
        """How each window stands; none before the record was read."""
        return tuple(standing for ledger in self._ledgers() for standing in ledger.standings(now.timestamp()))

    def _ledgers(self) -> list[Ledger]:
        return [ledger for ledger in (self._ledger, self._shared) if ledger is not None]

    def tightest(self, limit: float, now: datetime) -> Standing | None:
        """The window with the least slack under its own limit and this one; None before the record was read."""
        return min(self.standings(now), key=lambda one: _slack(one, limit), default=None)

    def tally(self, limit: float, now: datetime) -> Tally:
        """What that window has seen, in whole calls; of the last day by the record where there is no window."""
        tightest = self.tightest(limit, now)
        return tightest.tally if tightest else self.by_record

    def quarter(self) -> Quarter:
        """The last quarter of an hour."""
        return self._quarter.spent(asyncio.get_running_loop().time())

    def doubt(self, now: datetime) -> str | None:
        """Why nothing may be dialled ahead, or None."""
        if self._ledger is None:
            return NOT_READ
        if self._contradiction:
            return self._contradiction
        to_come = max(_LEAST_TO_COME, _RECOVERS_IN_QUARTERS * self.quarter().answers)
        for standing in self.standings(now):
            if not standing.recoverable(to_come):
                share = standing.share
                return (
                    f"window {standing.window.name}: {share.abandoned:g} of {share.answers:g} live answers abandoned,"
                    f" {share.rate:.1%}: too far over {standing.window.limit:.1%} to be made good in hours"
                )
        return None

    # --- against the record -----------------------------------------------------------------------

    def wants_comparing(self) -> bool:
        """Whether it is time to hold the ledger against the record."""
        return asyncio.get_running_loop().time() >= self._compare_at_s

    async def compare(self, now: datetime) -> None:
        """Hold the ledger against the record; where they differ it is read anew, and doubted until they agree.

        A record that is away is no contradiction: nothing can be placed then anyway.
        """
        self._compare_at_s = float("inf")  # until it is done
        try:
            found = await self._contradicted(now)
            if found is not None:
                log.error("the ledger contradicts the record", extra={"why": found})
                await self.read(now)
            elif not self._is_long(self._shared_windows):
                await self._read_shared(now)
            self._contradiction = found
            await self._read_expected([one for one in self._windows if not self._is_long([one])], now)
        except RecordError as error:
            log.info("the ledger was not compared", extra={"why": str(error)})
        finally:
            self._compare_soon()

    def _compare_soon(self) -> None:
        self._compare_at_s = asyncio.get_running_loop().time() + _COMPARE_EVERY_S

    async def _contradicted(self, now: datetime) -> str | None:
        self._looks += 1
        for window in self._windows:
            if self._ledger is None or (self._is_long([window]) and not self._contradiction):
                continue
            if found := await self._abandonment.contradiction(self._ledger, window.name, self._limits_s, now):
                return str(found)
        return None

    def _is_long(self, windows: Sequence[LegalWindow]) -> bool:
        """Whether reading these takes so long that it is not done on this look."""
        return any(window.longest_s > _LONG_S for window in windows) and self._looks % _LONG_LOOKS != 0


def _slack(standing: Standing, limit: float) -> float:
    share = standing.share
    return min(limit, standing.window.limit) * share.answers - share.abandoned
