"""The lab as benchmarks use it: the real parts, `dialer serve` where it is wanted, and campaigns made in one call."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from dialer.core.model import CampaignStatus
from dialer.core.plan import EVERY_DAY, CampaignPlan
from dialer.intake import Accepted
from dialer.record.record import Record
from dialer.record.schema import attempt
from lab.controller import Controller
from lab.parts import Parts
from lab.plan import CALLER_IDS, LabPlan
from lab.process import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

ROOT = Path("var/bench")
"""What benchmarks leave behind; each begins by removing its own folder there."""

_ALL_DAY = [{"days": EVERY_DAY, "opens": "00:00", "closes": "00:00"}]
"""The customers are simulated: they may be called at any hour."""


class Stage:
    """`async with Stage(name, plan) as stage:` has the parts up and the record open inside; no controller yet."""

    def __init__(self, name: str, plan: LabPlan) -> None:
        root = ROOT / name
        shutil.rmtree(root, ignore_errors=True)
        self.parts = Parts(root, plan)
        self.record = Record(self.parts.settings.database_url.get_secret_value())

    async def __aenter__(self) -> Self:
        await self.parts.__aenter__()
        try:
            await self.record.open()
        except BaseException:
            await self.parts.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.record.close()
        await self.parts.__aexit__(None, None, None)

    @asynccontextmanager
    async def controller(self, profile: Path | None = None) -> AsyncIterator[Controller]:
        """`dialer serve`, up and well; under Python's profiler if it is to leave a profile there."""
        serving = Controller(self.parts)
        if profile is not None:
            python, *dialer = serving.service.command
            serving.service.command = (python, "-m", "cProfile", "-o", str(profile), *dialer)
        async with serving:
            yield serving

    async def campaign(self, name: str, numbers: Iterable[str], **plan: Any) -> int:
        """A paused campaign that may call at any hour, with one lead for each number."""
        rules: dict[str, Any] = {"ring_timeout_s": 15, "calendar": "none", "windows": _ALL_DAY} | plan
        made = CampaignPlan(name=name, trunk="carrier", caller_id=CALLER_IDS[0], **rules)
        campaign_id = (await self.record.campaigns.create(made, now())).campaign_id
        zones = ("Asia/Shanghai",)
        rows = (
            Accepted(row=row, key=number, person=number, name=f"王小明{row}", numbers=((number, zones),))
            for row, number in enumerate(numbers, 1)
        )
        await self.record.leads.add(campaign_id, "list", "leads.csv", rows, now())
        return campaign_id

    async def start(self, campaign_id: int) -> None:
        """Let a campaign dial."""
        await self.record.campaigns.set_status(campaign_id, CampaignStatus.RUNNING, now(), "bench")

    async def end(self, campaign_id: int, within_s: float = 60) -> None:
        """Let a campaign dial no more, and wait for the ends of its calls."""
        await self.record.campaigns.set_status(campaign_id, CampaignStatus.PAUSED, now(), "bench")

        async def quiet() -> bool:
            return not await self.record.attempts.open_attempts()

        await until(quiet, within_s)

    async def outcomes(self, campaign_id: int) -> int:
        """How many of a campaign's calls have their outcome in the record."""
        return sum((await self.record.attempts.outcomes(campaign_id)).values())

    async def waits_ms(self, campaign_id: int, since: datetime) -> list[float]:
        """From answer to bridge by Asterisk's own times, in ms, for the customers who answered since then."""
        c = attempt.c
        of_late = (c.campaign_id == campaign_id) & (c.answered_at >= since) & c.bridged_at.is_not(None)
        async with self.record.database.read() as connection:
            rows = await connection.execute(sa.select(c.answered_at, c.bridged_at).where(of_late))
            return [(bridged - answered).total_seconds() * 1000 for answered, bridged in rows]


async def counters(controller: Controller) -> dict[str, float]:
    """What /metrics shows, each name summed over its labels."""
    text = (await controller.ask("GET", "/metrics")).text
    shown: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            shown[sample.name] = shown.get(sample.name, 0.0) + sample.value
    return shown


def now() -> datetime:
    """The time, in aware UTC."""
    return datetime.now(UTC)


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')}  {text}\n")
    sys.stdout.flush()
