"""Row `claims`: choosing and claiming a batch of leads from lists of ten thousand, a million and ten million.

The lists stand side by side and take turns, so that a machine that changes its speed changes all of them. Each is
measured twice: fresh, as after an import, and worn, as in the middle of a campaign, when everybody of the two best
priorities has been tried today and is due again tomorrow. Lists are filled by the database itself, not by an import.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bench.figures import paired_ratio
from bench.results import Figure, Result
from bench.stage import now, say
from dialer.core.model import Attempt, Hold, LeadState, Outcome
from dialer.core.plan import CampaignPlan
from dialer.record.record import Record
from dialer.record.schema import attempt, lead, lead_list, number
from dialer.service import new_id
from lab.plan import CALLER_IDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dialer.core.eligibility import Facts

SIZES = (10_000, 1_000_000)
BATCH = 50
LOOKED_AT = 60
"""Candidates that the dialler looks at for such a batch."""
REPEATS = 30
COUNTS = 3
AIM = 1.5
PRIORITIES = 10
WORN_FROM = 8
"""Leads of this priority and better have been tried in a worn list: two of ten."""

_CHUNK = 500_000
_FIRST_NUMBER = 13_000_000_000


async def main() -> None:
    """Fill, measure fresh and worn, write."""
    chosen = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="ringpace-bench-", dir=chosen.folder))
    repeats: list[dict[str, Any]] = []
    try:
        async with AsyncExitStack() as stack:
            records = {}
            for size in chosen.sizes:
                url = f"sqlite:///{folder}/{size}.db" if chosen.database_url is None else f"{chosen.database_url}{size}"
                records[size] = await stack.enter_async_context(Record(url))
                began = time.perf_counter()
                await fill(records[size], size)
                say(f"{size} leads, filled in {time.perf_counter() - began:.0f} s")
            for state in ("fresh", "worn"):
                if state == "worn":
                    for record in records.values():
                        await wear(record)
                for turn in range(chosen.repeats):
                    for size, record in records.items():
                        looked_s, claimed_s = await batch_s(record)
                        seen = {"list": state, "size": size, "turn": turn, "looked_s": looked_s, "claimed_s": claimed_s}
                        repeats.append(seen)
                for size, record in records.items():
                    counted = [await count_s(record) for _ in range(COUNTS)]
                    repeats.append({"list": state, "size": size, "hold_counts_s": counted})
                say(f"{state} lists measured")
    finally:
        shutil.rmtree(folder)
    parameters = {
        "sizes": chosen.sizes,
        "batch": BATCH,
        "looked_at": LOOKED_AT,
        "database": "SQLite" if chosen.database_url is None else "PostgreSQL",
        "worn": f"priority {WORN_FROM} and better of 0 to {PRIORITIES - 1} due tomorrow",
    }
    sizes = " ".join(map(str, chosen.sizes))
    command = "make bench-claims" if sizes == " ".join(map(str, SIZES)) else f'make bench-claims SIZES="{sizes}"'
    result = Result("claims", command, parameters, repeats, tuple(_figures(chosen.sizes, repeats)))
    result.write()
    for figure in result.figures:
        say(f"{figure.what}: {figure.median:.3g} {figure.unit}, ratio {figure.ratio}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.claims", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="leads in each list, smallest first")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--folder", type=Path, help="where SQLite's files go for the time; else the system's own place")
    parser.add_argument("--database-url", help="an empty PostgreSQL database for each size: its URL without the size")
    return parser.parse_args()


def _figures(sizes: Sequence[int], repeats: list[dict[str, Any]]) -> list[Figure]:
    figures = []
    smallest = f"a list of {sizes[0]:,}"
    for state in ("fresh", "worn"):
        batches, counts = (
            {size: _seconds(repeats, state, size, what) for size in sizes} for what in ("batch", "count")
        )
        for size in sizes[1:]:
            ratio = paired_ratio(batches[size], batches[sizes[0]])
            what = f"{BATCH} leads chosen and claimed, {state} list of {size:,}"
            ours, beside = median(batches[size]) * 1000, median(batches[sizes[0]]) * 1000
            met = ratio is not None and ratio <= AIM
            figures.append(Figure(what, "ms", ours, smallest, beside, ratio, f"flat: at most {AIM:g}", met))
        for size in sizes[1:]:
            what = f"the operator's count of what holds the leads, {state} list of {size:,}"
            ours, beside = median(counts[size]) * 1000, median(counts[sizes[0]]) * 1000
            figures.append(Figure(what, "ms", ours, smallest, beside, ours / beside))
    return figures


def _seconds(repeats: list[dict[str, Any]], state: str, size: int, what: str) -> list[float]:
    mine = [one for one in repeats if one["list"] == state and one["size"] == size]
    if what == "count":
        return [seconds for one in mine for seconds in one.get("hold_counts_s", ())]
    return [one["looked_s"] + one["claimed_s"] for one in mine if "looked_s" in one]


async def fill(record: Record, size: int) -> None:
    """A campaign with so many leads, each with one number, due since yesterday."""
    plan = CampaignPlan(name=f"{size} leads", trunk="carrier", caller_id=CALLER_IDS[0])
    await record.campaigns.create(plan, now())
    async with record.database.write() as connection:
        made = {"campaign_id": 1, "name": "list", "source": "bench", "imported_at": now(), "accepted": size}
        await connection.execute(sa.insert(lead_list).values(**made, rejected=0))
    for first in range(1, size + 1, _CHUNK):
        last = min(first + _CHUNK - 1, size)
        async with record.database.write() as connection:
            for table, query in ((lead, _leads(first, last)), (number, _numbers(first, last))):
                names = [column.name for column in query.selected_columns]
                await connection.execute(sa.insert(table).from_select(names, query))
    async with record.database.write() as connection:
        await connection.execute(sa.text("ANALYZE"))


def _counter(first: int, last: int) -> sa.CTE:
    """The numbers from first to last."""
    start = sa.select(sa.literal(first, sa.BigInteger).label("i")).cte("counted", recursive=True)
    return start.union_all(sa.select(start.c.i + 1).where(start.c.i < last))


def _text(prefix: str, what: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    return sa.literal(prefix, sa.Text) + sa.cast(what, sa.Text)


def _leads(first: int, last: int) -> sa.Select[Any]:
    counted = _counter(first, last)
    i = counted.c.i
    return sa.select(
        i.label("id"),
        sa.literal(1, sa.Integer).label("campaign_id"),
        sa.literal(1, sa.Integer).label("list_id"),
        sa.cast(i, sa.Integer).label("row"),
        _text("C", i).label("key"),
        _text("P", i).label("person"),
        _text("王小明", i).label("name"),
        sa.literal({"套餐月费": "59"}, lead.c.attributes.type).label("attributes"),
        sa.cast(i % PRIORITIES, sa.Double).label("priority"),
        sa.literal(LeadState.WAITING, lead.c.state.type).label("state"),
        sa.literal(now() - timedelta(days=1), lead.c.due_at.type).label("due_at"),
        sa.literal(0, sa.Integer).label("attempts"),
    )


def _numbers(first: int, last: int) -> sa.Select[Any]:
    counted = _counter(first, last)
    i = counted.c.i
    return sa.select(
        i.label("id"),
        i.label("lead_id"),
        _text("+86", i + _FIRST_NUMBER).label("e164"),
        sa.literal(["Asia/Shanghai"], number.c.time_zones.type).label("time_zones"),
        sa.literal(0, sa.Integer).label("position"),
        sa.literal(0, sa.Integer).label("attempts"),
        sa.literal(value=False, type_=sa.Boolean).label("dead"),
    )


async def wear(record: Record) -> None:
    """Everybody of the best priorities was tried, and is due again tomorrow: what `Leads.reschedule` writes."""
    tomorrow = now() + timedelta(days=1)
    later = sa.update(lead).where(lead.c.priority >= WORN_FROM, lead.c.state == LeadState.WAITING)
    asleep = {"hold": Hold.RETRY_NOT_DUE, "held_until": tomorrow, "due_at": tomorrow, "attempts": 1}
    async with record.database.write() as connection:
        await connection.execute(later.values(asleep))


async def batch_s(record: Record) -> tuple[float, float]:
    """Seconds to look at candidates and to claim a batch of them; afterwards the batch is out of the way."""
    moment = now()
    began = time.perf_counter()
    found = await record.leads.candidates(1, moment, LOOKED_AT)
    looked = time.perf_counter()
    wanted = [_attempt(facts, moment) for facts in found[:BATCH]]
    claiming = time.perf_counter()
    won = await record.attempts.claim(wanted, "bench")
    claimed = time.perf_counter()
    if len(won) != BATCH:
        raise RuntimeError(f"{len(won)} of {BATCH} leads were claimed: the list does not hold what it should")
    async with record.database.write() as connection:
        ended = {"ended_at": moment, "outcome": Outcome.BUSY}
        await connection.execute(sa.update(attempt).where(attempt.c.ended_at.is_(None)).values(ended))
        over = sa.update(lead).where(lead.c.id.in_([one.lead_id for one in won]))
        await connection.execute(over.values(state=LeadState.FINISHED))
    return looked - began, claimed - claiming


def _attempt(facts: Facts, moment: datetime) -> Attempt:
    one, reference = facts.lead, facts.lead.numbers[0]
    return Attempt(
        attempt_id=new_id(),
        campaign_id=one.campaign_id,
        lead_id=one.lead_id,
        number_id=reference.number_id,
        e164=reference.e164,
        person=one.person,
        name=one.name,
        trunk="carrier",
        caller_id=CALLER_IDS[0],
        queued_at=moment,
    )


async def count_s(record: Record) -> float:
    """Seconds to count what holds the leads, as a running campaign does beside its pacing for its operator."""
    began = time.perf_counter()
    await record.overview.hold_counts(1, now())
    return time.perf_counter() - began


if __name__ == "__main__":
    asyncio.run(main())
