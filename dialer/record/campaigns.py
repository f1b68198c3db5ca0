"""Campaigns: their plans, and whether they dial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from pydantic import ValidationError

from dialer.core.errors import ConflictError, InputError, NotFoundError
from dialer.core.model import CampaignStatus
from dialer.core.plan import CampaignPlan
from dialer.record.audit import AuditLine, add_line
from dialer.record.database import insert_or_skip
from dialer.record.schema import campaign

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.core.plan import Pacing
    from dialer.record.database import Database

_COLUMNS = (campaign.c.id, campaign.c.plan, campaign.c.status)
_ID = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it stands."""

    campaign_id: int
    plan: CampaignPlan
    status: CampaignStatus

    @property
    def name(self) -> str:
        """Its name, which no other campaign has."""
        return self.plan.name


class Campaigns:
    """The campaigns of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, plan: CampaignPlan, now: datetime, who: str = "operator") -> Campaign:
        """A new campaign, paused. ConflictError if the name is taken."""
        status = CampaignStatus.PAUSED
        values = {"name": plan.name, "plan": plan.model_dump(mode="json"), "status": status}
        async with self._database.write() as connection:
            insert = insert_or_skip(connection, campaign).values(**values, created_at=now, updated_at=now)
            campaign_id = await connection.scalar(insert.returning(campaign.c.id))
            if campaign_id is None:
                raise ConflictError(f"there is already a campaign named {plan.name}")
            await add_line(connection, AuditLine(now, who, "campaign created", plan.name))
        return Campaign(campaign_id, plan, status)

    async def get(self, name_or_id: str | int) -> Campaign:
        """By name, else by id; NotFoundError names what was asked for."""
        text = str(name_or_id)
        condition = campaign.c.name == text
        if _ID.fullmatch(text):
            condition |= campaign.c.id == int(text)
        by_name_first = sa.case((campaign.c.name == text, 0), else_=1)
        if isinstance(name_or_id, int):
            by_name_first = sa.case((campaign.c.id == name_or_id, 0), else_=1)
        found = await self._select(sa.select(*_COLUMNS).where(condition).order_by(by_name_first).limit(1))
        if not found:
            raise NotFoundError(f"there is no campaign {text}")
        return found[0]

    async def all(self) -> list[Campaign]:
        """Every campaign, oldest first."""
        return await self._select(sa.select(*_COLUMNS).order_by(campaign.c.id))

    async def running(self) -> list[Campaign]:
        """Those that dial."""
        wanted = campaign.c.status == CampaignStatus.RUNNING
        return await self._select(sa.select(*_COLUMNS).where(wanted).order_by(campaign.c.id))

    async def set_status(self, campaign_id: int, status: CampaignStatus, now: datetime, who: str) -> Campaign:
        """Let it dial, pause or stop; the audit keeps who said so."""
        async with self._database.write() as connection:
            before = await _locked(connection, campaign_id)
            await _change(connection, campaign_id, {"status": status, "updated_at": now})
            detail = f"{before.status} -> {status}"
            await add_line(connection, AuditLine(now, who, "campaign status", before.name, detail))
        return Campaign(campaign_id, before.plan, status)

    async def set_pacing(self, campaign_id: int, pacing: Pacing, now: datetime, who: str) -> Campaign:
        """Dial faster or slower from now on; the audit keeps who said so."""
        async with self._database.write() as connection:
            before = await _locked(connection, campaign_id)
            try:
                plan = before.plan.with_pacing(pacing)
            except ValidationError as error:
                raise InputError("; ".join(problem["msg"] for problem in error.errors(include_input=False))) from error
            await _change(connection, campaign_id, {"plan": plan.model_dump(mode="json"), "updated_at": now})
            detail = f"{before.plan.pacing!r} -> {pacing!r}"
            await add_line(connection, AuditLine(now, who, "campaign pacing", before.name, detail))
        return Campaign(campaign_id, plan, before.status)

    async def set_band(self, campaign_id: int, band: object, now: datetime, who: str) -> Campaign:
        """Judge the answer rate by another band from now on, None for none; InputError names the key that is wrong."""
        async with self._database.write() as connection:
            before = await _locked(connection, campaign_id)
            plan = before.plan.with_band(band)
            await _change(connection, campaign_id, {"plan": plan.model_dump(mode="json"), "updated_at": now})
            detail = f"{before.plan.answer_band!r} -> {plan.answer_band!r}"
            await add_line(connection, AuditLine(now, who, "campaign answer band", before.name, detail))
        return Campaign(campaign_id, plan, before.status)

    async def _select(self, query: sa.Select[int, object, CampaignStatus]) -> list[Campaign]:
        async with self._database.read() as connection:
            return [_campaign(row) for row in await connection.execute(query)]


async def _locked(connection: AsyncConnection, campaign_id: int) -> Campaign:
    """The campaign, held against other writers until the transaction ends."""
    query = sa.select(*_COLUMNS).where(campaign.c.id == campaign_id).with_for_update(key_share=True)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no campaign {campaign_id}")
    return _campaign(row)


async def _change(connection: AsyncConnection, campaign_id: int, values: dict[str, object]) -> None:
    await connection.execute(sa.update(campaign).where(campaign.c.id == campaign_id).values(values))


def _campaign(row: sa.Row[int, object, CampaignStatus]) -> Campaign:
    return Campaign(row[0], CampaignPlan.model_validate(row[1]), row[2])
