"""The whole record behind one name: every subject with its own door, over one database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from dialer.record.abandonment import Abandonment
from dialer.record.agents import Agents
from dialer.record.attempts import Attempts
from dialer.record.audit import Audit
from dialer.record.campaigns import Campaigns
from dialer.record.chances import LearnedChances
from dialer.record.closings import Closings
from dialer.record.database import Database
from dialer.record.decisions import Decisions
from dialer.record.do_not_call import DoNotCall
from dialer.record.expiry import Expiry
from dialer.record.handovers import Handovers
from dialer.record.holds import Holds
from dialer.record.hooks import Hooks
from dialer.record.leads import Leads
from dialer.record.lists import Lists
from dialer.record.overview import Overview
from dialer.record.recordings import Recordings
from dialer.record.reports import Reports
from dialer.record.reviews import Reviews
from dialer.record.samples import Samples
from dialer.record.saved_filters import SavedFilters
from dialer.record.scorecards import Scorecards
from dialer.record.scripts import Scripts
from dialer.record.search import Search
from dialer.record.sound_notes import SoundNotes
from dialer.record.users import Users
from dialer.record.waiting import Waiting

if TYPE_CHECKING:
    from types import TracebackType


class Record:
    """The record; `async with Record(url) as record` opens and closes it."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.campaigns = Campaigns(self.database)
        self.leads = Leads(self.database)
        self.lists = Lists(self.database)
        self.chances = LearnedChances(self.database)
        self.attempts = Attempts(self.database)
        self.closings = Closings(self.database)
        self.handovers = Handovers(self.database)
        self.do_not_call = DoNotCall(self.database)
        self.recordings = Recordings(self.database)
        self.holds = Holds(self.database)
        self.expiry = Expiry(self.database)
        self.agents = Agents(self.database)
        self.decisions = Decisions(self.database)
        self.audit = Audit(self.database)
        self.overview = Overview(self.database)
        self.search = Search(self.database)
        self.abandonment = Abandonment(self.database)
        self.users = Users(self.database)
        self.hooks = Hooks(self.database)
        self.reports = Reports(self.database)
        self.scorecards = Scorecards(self.database)
        self.reviews = Reviews(self.database)
        self.sound_notes = SoundNotes(self.database)
        self.saved_filters = SavedFilters(self.database)
        self.samples = Samples(self.database)
        self.scripts = Scripts(self.database)
        self.waiting = Waiting(self.database)

    async def open(self, *, migrate: bool = True) -> None:
        """Connect and migrate; RecordError if either cannot be done. Without migrating, nothing is made or changed."""
        await self.database.open(migrate=migrate)

    async def close(self) -> None:
        """Give all connections back."""
        await self.database.close()

    async def ping(self) -> None:
        """RecordError if the database does not answer."""
        async with self.database.read() as connection:
            await connection.execute(sa.select(1))

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()
