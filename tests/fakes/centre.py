"""A call centre of real shells over a real record in SQLite, between a switch, a floor and news that are fakes."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Self

from dialer.books import Books
from dialer.campaigns import Campaigns
from dialer.core.call import CallState
from dialer.core.model import AgentState, Attempt, CampaignStatus, Lead
from dialer.core.plan import CampaignPlan
from dialer.greetings import Greetings
from dialer.hearing.library import Library
from dialer.hearing.tones import tone_plan
from dialer.hearing.unknowns import Unknowns
from dialer.intake import Accepted
from dialer.joining import Joining
from dialer.listening import Listening
from dialer.messages import Messages
from dialer.metrics import Metrics
from dialer.placing import Parts
from dialer.record.record import Record
from dialer.recovery import Recovery
from dialer.roster import Roster
from dialer.settings import Settings
from dialer.shelf import Shelf
from dialer.supervision import Supervision
from dialer.switchboard import Switchboard
from recordings.keeper import Keeper
from recordings.keys import KeyFile
from recordings.store import Store

from .floor import FakeFloor, SharedFloor
from .news import FakeNews
from .switch import FakeSwitch
from .virtual_time import MIDMORNING, until, virtual_now

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from dialer.core import events as ev
    from dialer.record.attempts import AttemptRow
    from dialer.record.campaigns import Campaign

CALLER_ID = "+862155550000"
_SECRET = "known to the test alone"  # noqa: S105 - of nothing that runs


def settings_of(folder: Path, agents: Mapping[str, Iterable[str]] | None = None, **changes: Any) -> Settings:
    """Settings of a centre whose files are in this folder; `agents` maps ids to skills."""
    values: dict[str, Any] = {
        "data_dir": folder,
        "database_url": f"sqlite:///{folder / 'record.db'}",
        "redis_url": "redis://:secret@127.0.0.1:1/0",
        "ami": {"secret": _SECRET},
        "mqtt": {"password": _SECRET},
        "http": {"token": _SECRET},
        "trunks": {
            "carrier": {
                "endpoint": "carrier",
                "caller_ids": [CALLER_ID],
                "channels": changes.pop("channels", 30),
                "calls_per_second": changes.pop("calls_per_second", 100),
            }
        },
        "agents": {name: {"sip_secret": _SECRET, "skills": list(skills)} for name, skills in (agents or {}).items()},
    }
    return Settings(**values | changes)


class Centre:
    """`async with Centre(folder, {"agent1": ()}) as centre:` has everything at work but the campaigns' loops."""

    def __init__(
        self,
        folder: Path,
        agents: Mapping[str, Iterable[str]] | None = None,
        shared: SharedFloor | None = None,
        *,
        hears: bool = False,
        **changes: Any,
    ) -> None:
        """`hears`: early media are listened to, with real ears."""
        self.settings = settings_of(folder, agents, **changes)
        self.settings.spool_dir.mkdir(exist_ok=True)
        self.settings.recordings_dir.mkdir(exist_ok=True)
        self.faults: list[BaseException] = []
        self.clock_doubt: str | None = None
        self._open = True
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self.record = Record(self.settings.database_url.get_secret_value())
        self.switch = FakeSwitch(self._hear, virtual_now)
        self.floor = FakeFloor(self.settings.node, shared)
        self.news = FakeNews()
        self.metrics = Metrics()
        self.books = Books(self.record, virtual_now)
        self.store = Store(self.settings.recordings_dir, KeyFile(self.settings.recording_keys))
        if not self.settings.recording_keys.exists():
            self.store.key_file.create(MIDMORNING)
        self.keeper = Keeper(self.settings.spool_dir, self.store, self.books, virtual_now)
        edges: dict[str, Any] = {"switch": self.switch, "floor": self.floor, "news": self.news}
        common: dict[str, Any] = {"books": self.books, "metrics": self.metrics, "clock": virtual_now}
        self.roster = Roster(
            self.settings.agents,
            node=self.settings.node,
            spawn=self.spawn,
            new_id=self._new_id,
            **edges,
            **common,
        )
        self.supervision = Supervision(
            announced=self.settings.supervision.announced,
            switch=self.switch,
            roster=self.roster,
            record=self.record,
            books=self.books,
            news=self.news,
            spawn=self.spawn,
            clock=virtual_now,
            new_id=self._new_id,
        )
        self.messages = Messages(
            roster=self.roster, record=self.record, news=self.news, clock=virtual_now, new_id=self._new_id
        )
        self.roster.on_changed = self._agent_changed
        self.listening = self._ears() if hears else None
        self.greetings = self._greetings() if hears else None
        self.shelf = Shelf(self.record.scripts)
        self.switchboard = Switchboard(
            listening=self.listening,
            greetings=self.greetings,
            shelf=self.shelf,
            roster=self.roster,
            keeper=self.keeper,
            trunks=self.settings.trunks,
            spawn=self.spawn,
            **edges,
            **common,
        )
        self.supervision.joining = Joining(
            self.settings.spool_dir,
            switch=self.switch,
            switchboard=self.switchboard,
            spawn=self.spawn,
            clock=virtual_now,
        )
        self.parts = Parts(
            settings=self.settings,
            record=self.record,
            floor=self.floor,
            switchboard=self.switchboard,
            roster=self.roster,
            news=self.news,
            metrics=self.metrics,
            clock=virtual_now,
            spawn=self.spawn,
            new_id=self._new_id,
            doubt=lambda: self.clock_doubt,
        )
        self.campaigns = Campaigns(self.parts)
        self.switchboard.on_moved = self.campaigns.moved
        self.roster.on_free = self.campaigns.agents_moved

    async def __aenter__(self) -> Self:
        file = self.settings.data_dir / "record.db"
        _lay_out(file)
        await self.record.open()
        _remember(file)
        self.spawn(self.books.run(), name="books")
        self.spawn(self.keeper.run(), name="keeper")
        if self.listening:
            self.spawn(self.listening.run(), name="hearing")
        if self.greetings:
            self.spawn(self.greetings.run(), name="greetings")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.campaigns.stop_placing()
        await self.crash()
        if error is None and self.faults:
            raise self.faults[0]

    async def crash(self) -> None:
        """End as a killed process does: nothing is said, written or given back any more."""
        self._open = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.record.close()

    def spawn(self, work: Coroutine[None, None, None], *, name: str) -> None:
        """What breaks in a task fails the test at its end, unless the test took it out of `faults`."""
        if not self._open:
            work.close()
            return
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    # --- what tests arrange -------------------------------------------------------------------------

    async def campaign(self, name: str = "autumn", *, running: bool = True, **plan: Any) -> Campaign:
        made = await self.record.campaigns.create(
            CampaignPlan(**{"name": name, "trunk": "carrier", "caller_id": CALLER_ID, **plan}), virtual_now()
        )
        if not running:
            return made
        return await self.record.campaigns.set_status(
            made.campaign_id, CampaignStatus.RUNNING, virtual_now(), "the test"
        )

    async def leads(
        self, campaign: Campaign, count: int = 1, *, zone: str = "Asia/Shanghai", **fields: Any
    ) -> list[Lead]:
        """Import so many leads, each with a number of its own, and return them in their order."""
        rows = []
        for row in (next(self._numbers) for _ in range(count)):
            numbers = fields.get("numbers", (f"+861380000{row:04}",))
            values = {"key": f"K{row}", "person": f"P{row}", "name": f"王小明{row}"} | fields
            rows.append(Accepted(row=row, **values | {"numbers": tuple((number, (zone,)) for number in numbers)}))
        await self.record.leads.add(campaign.campaign_id, "list", "leads.csv", rows, virtual_now())
        ids = [(await self.record.leads.find(row.key))[-1] for row in rows]
        return [await self.lead(lead_id) for lead_id in ids]

    async def log_in(self, *agents: str) -> None:
        """Log agents in one after the other, so that the first has waited longest."""
        for agent_id in agents:
            self.roster.login(agent_id)
            await self.agent_is(agent_id, AgentState.READY)
            await until(lambda agent_id=agent_id: agent_id in self.floor.shared.ready)  # type: ignore[misc]

    async def place(self, campaign: Campaign, lead: Lead, **fields: Any) -> str:
        """Claim an attempt and place it, with nothing against it at the last moment; its id."""
        attempt = await self.claim(campaign, lead, **fields)
        await self.switchboard.place(attempt, campaign.plan, no_objection)
        return attempt.attempt_id

    async def answered(self, campaign: Campaign, lead: Lead) -> str:
        """An attempt whose customer has just answered."""
        attempt_id = await self.place(campaign, lead)
        self.switch.ring(attempt_id)
        self.switch.answer(attempt_id)
        return attempt_id

    def is_talking(self, attempt_id: str) -> bool:
        """Whether a call is bridged to an agent now."""
        call = self.switchboard.call(attempt_id)
        return call is not None and call.state is CallState.TALKING

    async def talking(self, campaign: Campaign, lead: Lead) -> str:
        """An attempt whose customer talks with an agent."""
        attempt_id = await self.answered(campaign, lead)
        await until(lambda: self.is_talking(attempt_id))
        return attempt_id

    async def claim(self, campaign: Campaign, lead: Lead, **fields: Any) -> Attempt:
        number = lead.numbers[0]
        attempt = Attempt(
            attempt_id=self._new_id(),
            campaign_id=campaign.campaign_id,
            lead_id=lead.lead_id,
            number_id=number.number_id,
            e164=number.e164,
            person=lead.person,
            name=lead.name,
            trunk=campaign.plan.trunk,
            caller_id=campaign.plan.caller_id,
            **{"queued_at": virtual_now(), **fields},
        )
        (won,) = await self.record.attempts.claim([attempt], self.settings.node)
        return won

    def recovery(self) -> Recovery:
        """What takes over from a former run in this centre."""
        return Recovery(
            node=self.settings.node,
            agents=self.settings.agents,
            record=self.record,
            switch=self.switch,
            floor=self.floor,
            switchboard=self.switchboard,
            roster=self.roster,
            supervision=self.supervision,
            books=self.books,
            keeper=self.keeper,
            clock=virtual_now,
        )

    # --- what tests ask -----------------------------------------------------------------------------

    async def agent_is(self, agent_id: str, state: AgentState, **more: float) -> None:
        await until(lambda: self.roster.agent(agent_id).state is state, **more)

    async def over(self, attempt_id: str) -> AttemptRow:
        """The row of an attempt, once it has ended and everything told by then is in the record."""
        await until(lambda: attempt_id not in {a.attempt_id for a in self.switchboard.live_attempts()}, within_s=200)
        return await self.row(attempt_id)

    def attempt(self, attempt_id: str) -> Attempt:
        """The attempt of a live call."""
        return next(one for one in self.switchboard.live_attempts() if one.attempt_id == attempt_id)

    async def row(self, attempt_id: str) -> AttemptRow:
        await self.books.flush()
        return await self.record.attempts.get(attempt_id)

    async def lead(self, lead_id: int) -> Lead:
        return (await self.record.leads.facts(lead_id, virtual_now())).lead

    # --- inside -------------------------------------------------------------------------------------

    def _ears(self) -> Listening:
        return Listening(
            self.settings.spool_dir,
            library=Library(self.settings.announcements_dir),
            unknowns=Unknowns(self.settings.unknown_sounds_dir, clock=lambda: MIDMORNING),
            tones=tone_plan(self.settings.hearing.tones),
            most_legs=self.settings.hearing.most_legs,
            confident=self.settings.hearing.confident,
            switch=self.switch,
            metrics=self.metrics,
            spawn=self.spawn,
            clock=virtual_now,
        )

    def _greetings(self) -> Greetings:
        return Greetings(
            self.settings.spool_dir,
            most_legs=self.settings.hearing.most_legs,
            switch=self.switch,
            metrics=self.metrics,
            spawn=self.spawn,
            clock=virtual_now,
        )

    def _hear(self, event: ev.LegEvent) -> None:
        _ = self.switchboard.hear(event) or self.roster.hear(event) or self.supervision.hear(event)

    def _agent_changed(self, agent_id: str) -> None:
        self.supervision.agent_moved(agent_id)
        self.messages.agent_moved(agent_id)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.faults.append(error)

    def _new_id(self) -> str:
        return f"id{next(self._numbers):05}"


_migrated: list[bytes] = []
"""An empty record in its newest shape; to migrate one for every test would take most of the tests' time."""


def _lay_out(file: Path) -> None:
    if _migrated and not file.exists():
        file.write_bytes(_migrated[0])


def _remember(file: Path) -> None:
    if not _migrated:
        with closing(sqlite3.connect(file)) as connection:
            _migrated.append(connection.serialize())


async def no_objection(attempt: Attempt) -> str | None:
    del attempt
    return None
