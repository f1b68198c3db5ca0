"""The composition root: opens every part, runs them in one TaskGroup, and drains in order when asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import secrets
import sys
import time
from datetime import UTC, datetime
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from dialer.api.app import build_app, listen, serve_http
from dialer.api.interface import Interface
from dialer.appraiser import Appraiser
from dialer.asterisk.client import AmiClient
from dialer.asterisk.switch import Switch
from dialer.asterisk.timing import Freshness
from dialer.asterisk.translate import translate
from dialer.books import Books
from dialer.campaigns import Campaigns
from dialer.clock import ClockWatch
from dialer.core import events as ev
from dialer.core.errors import FloorError, InputError, RecordError, RingpaceError, TenureLostError
from dialer.core.model import RecordingState
from dialer.core.numbers import parse
from dialer.doorkeeper import Doorkeeper
from dialer.drain import drain
from dialer.floor.floor import Floor
from dialer.greetings import Greetings
from dialer.hearing.library import Library
from dialer.hearing.tones import tone_plan
from dialer.hearing.unknowns import Bounds, Unknowns
from dialer.joining import Joining
from dialer.listening import Listening
from dialer.messages import Messages
from dialer.metrics import Metrics
from dialer.news.broker import News
from dialer.news.push import Push
from dialer.placing import Parts
from dialer.record.record import Record
from dialer.recovery import Recovery
from dialer.retention import Retention
from dialer.roster import Roster
from dialer.shelf import Shelf
from dialer.supervision import Supervision
from dialer.switchboard import Switchboard
from dialer.tenure import Tenure
from dialer.watch import Watch
from dialer.webhooks import Webhooks
from ivr.library import load_flows
from ivr.server import IvrServer
from recordings.keeper import Keeper
from recordings.keys import KeyFile
from recordings.store import Store

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from dialer.settings import Settings
    from ivr.server import Visit

log = logging.getLogger(__name__)


_THREADS_TAKE_TURNS_S = 0.0005
"""A tenth of Python's own: while the thread that hears calculates, a bridge waits no longer than this for its turn."""
_WISH_S = 2.0
"""How long a customer who asked never to be called again may wait for the confirmation."""


def utc_now() -> datetime:
    """The time, in aware UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An id that sorts by time and is never used twice: milliseconds since 1970 and 40 random bits."""
    return f"{time.time_ns() // 1_000_000:011x}{secrets.token_hex(5)}"


class Service:
    """One `dialer serve`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.record = Record(settings.database_url.get_secret_value())
        self.floor = Floor(settings.redis_url.get_secret_value(), settings.node)
        self.tenure = Tenure(self.floor, settings.node, new_id())
        self.news = News(settings.mqtt, settings.node)
        self.news.on_dropped = self.metrics.news_dropped.inc
        self.push = Push(self.news, settings.node)
        self.client = AmiClient(
            settings.ami,
            on_event=self._hear_ami,
            on_up=self._ami_up,
            on_down=self._ami_down,
            on_timeout=self.metrics.ami_timeouts.inc,
            rng=SystemRandom(),
        )
        self.switch = Switch(self.client, settings.agi.address)
        self.clock_watch = ClockWatch()
        self.freshness = Freshness()
        self.doorkeeper = Doorkeeper(self.record, utc_now, settings.http.token.get_secret_value())
        self.webhooks = Webhooks(
            self.record, settings.webhooks, metrics=self.metrics, clock=utc_now, rng=SystemRandom()
        )
        self.books = Books(self.record, utc_now, settings.law)
        self.store = Store(settings.recordings_dir, KeyFile(settings.recording_keys))
        self.keeper = Keeper(settings.spool_dir, self.store, self.books, utc_now)
        self.keeper.on_kept = self._count_recording
        self.retention = Retention(settings=settings, record=self.record, store=self.store, clock=utc_now)
        self.roster = Roster(
            settings.agents,
            node=settings.node,
            switch=self.switch,
            floor=self.floor,
            books=self.books,
            news=self.push,
            metrics=self.metrics,
            spawn=self._spawn,
            clock=utc_now,
            new_id=new_id,
        )
        self.supervision = self._supervision()
        self.messages = Messages(roster=self.roster, record=self.record, news=self.push, clock=utc_now, new_id=new_id)
        self.roster.on_changed = self._agent_changed
        self.shelf = Shelf(self.record.scripts)
        self.listening = self._ears() if settings.hearing.on else None
        self.greetings = self._greetings() if settings.hearing.on else None
        self.switchboard = Switchboard(
            switch=self.switch,
            floor=self.floor,
            roster=self.roster,
            books=self.books,
            keeper=self.keeper,
            news=self.push,
            metrics=self.metrics,
            trunks=settings.trunks,
            spawn=self._spawn,
            clock=utc_now,
            listening=self.listening,
            greetings=self.greetings,
            shelf=self.shelf,
        )
        self.supervision.joining = Joining(
            settings.spool_dir, switch=self.switch, switchboard=self.switchboard, spawn=self._spawn, clock=utc_now
        )
        self.campaigns = Campaigns(
            Parts(
                settings=settings,
                record=self.record,
                floor=self.floor,
                switchboard=self.switchboard,
                roster=self.roster,
                news=self.push,
                metrics=self.metrics,
                clock=utc_now,
                spawn=self._spawn,
                new_id=new_id,
                doubt=self._doubt,
                stale=self._stale,
            )
        )
        self.appraiser = Appraiser(
            settings=settings,
            record=self.record,
            metrics=self.metrics,
            news=self.push,
            clock=utc_now,
            running=self.campaigns.ids,
        )
        self.switchboard.on_moved = self.campaigns.moved
        self.roster.on_free = self.campaigns.agents_moved
        self.ivr = IvrServer(
            load_flows(),
            settings.agi.host,
            settings.agi.port,
            on_started=self._flow_started,
            on_opted_out=self._opted_out,
            on_ended=self._flow_ended,
        )
        self.watch = Watch(
            settings=settings,
            record=self.record,
            floor=self.floor,
            client=self.client,
            switch=self.switch,
            switchboard=self.switchboard,
            roster=self.roster,
            supervision=self.supervision,
            campaigns=self.campaigns,
            books=self.books,
            keeper=self.keeper,
            news=self.news,
            ivr=self.ivr,
            listening=self.listening,
            greetings=self.greetings,
            tenure=self.tenure,
            recovery=Recovery(
                node=settings.node,
                agents=settings.agents,
                record=self.record,
                switch=self.switch,
                floor=self.floor,
                switchboard=self.switchboard,
                roster=self.roster,
                supervision=self.supervision,
                books=self.books,
                keeper=self.keeper,
                clock=utc_now,
            ),
            webhooks=self.webhooks,
            metrics=self.metrics,
            clock=utc_now,
            doubt=self._clock_doubt,
        )
        self.roster.closed_because = "what a former run left behind is not taken over yet"
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then drain: no new calls, talks end within `drain_s`, the rest is ended.

        TenureLostError where another controller has taken over what was ours.
        """
        self.settings.spool_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.settings.recordings_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.store.key_file.read()  # without a key nothing that is said could be kept
        http = listen(self.settings.http)
        await self.record.open()
        # What was imported stays for good: to look through it again and again would hold up bridges for tens of ms.
        gc.collect()
        gc.freeze()
        if self.listening:
            sys.setswitchinterval(_THREADS_TAKE_TURNS_S)
        try:
            await self.shelf.look()
            async with self.ivr, asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                hearing = {"hearing": self.listening.run()} if self.listening else {}
                hearing |= {"greetings": self.greetings.run()} if self.greetings else {}
                loops = [
                    tasks.create_task(loop, name=name)
                    for name, loop in {
                        **hearing,
                        "ami": self.client.run(),
                        "tenure": self.tenure.keep(),
                        "news": self.news.run(self._hear_command),
                        "books": self.books.run(),
                        "recordings": self.keeper.run(),
                        "retention": self.retention.run(),
                        "campaigns": self._run_campaigns(),
                        "watch": self.watch.run(),
                        "quality": self.appraiser.run(),
                        "webhooks": self.webhooks.run(),
                        "scripts": self.shelf.run(),
                        "http": serve_http(build_app(self._interface()), http),
                    }.items()
                ]
                await stop.wait()
                await drain(
                    self.settings.drain_s,
                    campaigns=self.campaigns,
                    switchboard=self.switchboard,
                    roster=self.roster,
                    keeper=self.keeper,
                    books=self.books,
                    news=self.news,
                )
                self.push.close()  # streams that are read would hold up the end of the HTTP interface
                for loop in loops:
                    loop.cancel()
                with contextlib.suppress(FloorError):
                    await self.tenure.give_up()
        except ExceptionGroup as group:
            if lost := group.subgroup(TenureLostError):
                raise lost.exceptions[0] from None  # not drained: the calls are another's
            raise
        finally:
            self._tasks = None
            await self.floor.close()
            await self.record.close()

    async def _run_campaigns(self) -> None:
        """Not before the floor shows this run's agents, and the former run's calls are over."""
        await self.watch.may_place.wait()
        await self.campaigns.run()

    # --- what comes in ------------------------------------------------------------------------------

    def _hear_ami(self, message: Mapping[str, str]) -> None:
        self.metrics.ami_events.inc()
        self.freshness.heard(asyncio.get_running_loop().time())
        event = translate(message, utc_now())
        if not isinstance(event, ev.LegEvent):
            return
        self.watch.heard(event.leg_id)
        _ = self.switchboard.hear(event) or self.roster.hear(event) or self.supervision.hear(event)

    def _agent_changed(self, agent_id: str) -> None:
        self.supervision.agent_moved(agent_id)
        self.messages.agent_moved(agent_id)

    async def _ami_up(self) -> None:
        """What was said on a lost connection is never said again: what was missed is found out by looking."""
        await self.watch.reconcile(certain=True)

    def _ami_down(self) -> None:
        self.watch.fall_behind()
        self.metrics.ami_reconnects.inc()

    async def _hear_command(self, campaign: str, command: dict[str, Any]) -> None:
        try:
            await self.campaigns.command(campaign, command, who="mqtt")
            answer: dict[str, object] = {"ok": True}
        except RingpaceError as error:
            answer = {"ok": False, "error": str(error)}
        self.news.tell(f"replies/campaigns/{campaign}", answer)

    def _flow_started(self, visit: Visit) -> None:
        self.switchboard.hear(ev.FlowStarted(utc_now(), visit.leg_id, visit.flow))

    def _flow_ended(self, visit: Visit, opted_out: bool, answers: Mapping[str, str]) -> None:  # noqa: FBT001 - as called
        self.switchboard.hear(ev.FlowEnded(utc_now(), visit.leg_id, visit.flow, opted_out, tuple(answers.items())))

    async def _opted_out(self, visit: Visit) -> None:
        """On disk before it is confirmed; a database that is away is told as soon as it is back."""
        try:
            caller = parse(visit.caller, self.settings.region).e164
        except InputError:
            caller = None
        # The leg tells the attempt, whichever node's it is; the others called us, and then the caller's number counts.
        self.books.opted_out(visit.leg_id, caller, f"pressed 9 in the flow {visit.flow}")
        with contextlib.suppress(RecordError, TimeoutError):
            async with asyncio.timeout(_WISH_S):
                await self.books.flush()

    # --- inside -------------------------------------------------------------------------------------

    def _spawn(self, work: Coroutine[None, None, None], *, name: str) -> None:
        if self._tasks is None:
            work.close()
            return
        self._tasks.create_task(_guarded(work, name), name=name)

    def _doubt(self) -> str | None:
        """What stands against placing any call at this very moment."""
        return self.tenure.doubt() or self.watch.doubt_of_legs() or self._clock_doubt()

    def _stale(self) -> str | None:
        """Why what is known of the floor may be old: nothing is dialled ahead by it."""
        if self.client.why_not_up:
            return f"not logged in to Asterisk: {self.client.why_not_up}"
        if missed := self.watch.doubt_of_legs():
            return missed
        now, timing = asyncio.get_running_loop().time(), self.client.timing
        calls = len(self.switchboard.legs())
        return self.freshness.doubt(now, lag_s=timing.lag_s, round_trip_s=timing.rtt_s, calls=calls)

    def _clock_doubt(self) -> str | None:
        now = asyncio.get_running_loop().time()
        return self.clock_watch.look(utc_now(), now, self.client.timing.clock_offset_s)

    def _supervision(self) -> Supervision:
        return Supervision(
            announced=self.settings.supervision.announced,
            switch=self.switch,
            roster=self.roster,
            record=self.record,
            books=self.books,
            news=self.push,
            spawn=self._spawn,
            clock=utc_now,
            new_id=new_id,
        )

    def _ears(self) -> Listening:
        hearing, settings = self.settings.hearing, self.settings
        return Listening(
            settings.spool_dir,
            library=Library(settings.announcements_dir),
            unknowns=Unknowns(settings.unknown_sounds_dir, Bounds(days=hearing.keep_unknown_days)),
            tones=tone_plan(hearing.tones),
            most_legs=hearing.most_legs,
            confident=hearing.confident,
            switch=self.switch,
            metrics=self.metrics,
            spawn=self._spawn,
            clock=utc_now,
        )

    def _greetings(self) -> Greetings:
        return Greetings(
            self.settings.spool_dir,
            most_legs=self.settings.hearing.most_legs,
            switch=self.switch,
            metrics=self.metrics,
            spawn=self._spawn,
            clock=utc_now,
        )

    def _count_recording(self, stored: bool) -> None:  # noqa: FBT001 - the one fact it is told
        self.metrics.recordings.labels(state=(RecordingState.STORED if stored else RecordingState.MISSING).value).inc()

    def _interface(self) -> Interface:
        return Interface(
            settings=self.settings,
            record=self.record,
            books=self.books,
            roster=self.roster,
            supervision=self.supervision,
            messages=self.messages,
            switchboard=self.switchboard,
            campaigns=self.campaigns,
            metrics=self.metrics,
            doorkeeper=self.doorkeeper,
            push=self.push,
            webhooks=self.webhooks,
            health=self.watch.health,
            shelf=self.shelf,
        )


async def _guarded(work: Coroutine[None, None, None], name: str) -> None:
    """A fault in one call's work is logged and stays there; the timers of its machine see the call to its end."""
    try:
        await work
    except Exception:
        log.exception("work broke", extra={"work": name})
