"""Keeps the books: every change of a call and an agent goes into the record, and every end decides what is due next.

Changes are gathered and written many at a time; nothing is forgotten while the database is away, it is written when it
is back.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dialer.core import retry
from dialer.core.eligibility import SentCall
from dialer.core.errors import NotFoundError, RecordError
from dialer.core.model import Disposition, Ended, Outcome
from dialer.core.plan import Law
from dialer.insights import Insights
from dialer.record.closings import Settled
from dialer.record.recordings import Measured
from dialer.rows import row_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from dialer.core.best_hour import Insight
    from dialer.core.call import Call
    from dialer.core.model import AgentState, Attempt
    from dialer.core.plan import CampaignPlan
    from dialer.ports import Clock
    from dialer.record.audit import AuditLine
    from dialer.record.closings import Known
    from dialer.record.confirmations import Confirmation
    from dialer.record.handovers import Handover
    from dialer.record.record import Record
    from recordings.sound import Sound

log = logging.getLogger(__name__)

_GATHER_S = 0.1
_RETRY_S = 1.0
_LAW = Law()


@dataclass(frozen=True, slots=True)
class Closing:
    """A call that is over, with the plan it was made under."""

    attempt: Attempt
    plan: CampaignPlan
    call: Call


@dataclass(frozen=True, slots=True)
class DispositionEntry:
    """What an agent recorded: `reason` is one of the script's coded reasons, `note` is free text."""

    disposition: Disposition
    reason: str | None = None
    note: str | None = None
    call_back_at: datetime | None = None


@dataclass(slots=True)
class _Pending:
    """What is not yet in the record."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    closings: list[Closing] = field(default_factory=list)
    agent_states: list[tuple[str, AgentState, datetime, str | None, str | None]] = field(default_factory=list)
    opt_outs: list[tuple[str, str | None, str]] = field(default_factory=list)
    gaps: dict[str, datetime] = field(default_factory=dict)
    recordings: list[Callable[[], Awaitable[None]]] = field(default_factory=list)


class Books:
    """The one writer of attempts, agents' hours and next due times."""

    def __init__(self, record: Record, clock: Clock, law: Law = _LAW) -> None:
        self._record = record
        self._clock = clock
        self._insights = Insights(record, clock, law)
        self._pending = _Pending()
        self._something = asyncio.Event()
        # One hand writes at a time: a disposition and the end of its call must see each other.
        self._writing = asyncio.Lock()
        self.trouble: str | None = None

    # --- what the shells report; none of these waits ----------------------------------------------

    def changed(self, call: Call) -> None:
        """A call has changed: its row will follow. Its end is reported by `closed` alone."""
        if call.outcome is None:
            self._row(call.attempt_id).update(row_of(call))

    def closed(self, closing: Closing) -> None:
        """A call is over: its row and its lead's next due time will follow, together."""
        # What the call told so far is told again at its end; what the agent told (a gap) must not be lost with it.
        if row := self._pending.rows.get(closing.call.attempt_id):
            for column in row_of(closing.call):
                row.pop(column, None)
        self._pending.closings.append(closing)
        self._something.set()

    def agent_state(
        self, agent_id: str, state: AgentState, at: datetime, attempt_id: str | None, reason: str | None
    ) -> None:
        """An agent has changed state."""
        self._pending.agent_states.append((agent_id, state, at, attempt_id, reason))
        self._something.set()

    def gap(self, attempt_id: str, at: datetime) -> None:
        """A wrap-up ran out with nothing recorded; the retry that the call's end decided stands."""
        self._pending.gaps[attempt_id] = at
        self._something.set()

    def opted_out(self, leg_id: str, caller: str | None, how: str) -> None:
        """A customer asked never to be called again: on the leg of an attempt of any node's, or calling us."""
        self._pending.opt_outs.append((leg_id, caller, how))
        self._something.set()

    def begun(self, attempt_id: str, path: Path, now: datetime) -> None:
        """A recording is being made."""
        self._recording(partial(self._record.recordings.begin, attempt_id, str(path), now))

    def stored(self, attempt_id: str, sound: Sound, now: datetime, detail: str | None = None) -> None:
        """A recording is on disk, measured; `detail` says what of the talk it lacks, if anything."""
        levels = (sound.left_dbfs, sound.right_dbfs)
        measured = Measured(sound.duration_s, sound.size_bytes, sound.sha256, *levels, sound.measures)
        self._recording(partial(self._record.recordings.stored, attempt_id, str(sound.path), measured, now, detail))

    def missing(self, attempt_id: str, detail: str, now: datetime) -> None:
        """A recording should be there and is not: a gap that is shown."""
        self._recording(partial(self._record.recordings.missing, attempt_id, detail, now))

    def nothing(self, attempt_id: str, detail: str, now: datetime) -> None:
        """The talk was over before any sound could be written."""
        self._recording(partial(self._record.recordings.nothing, attempt_id, detail, now))

    def handed_over(self, one: Handover) -> None:
        """A customer has gone from one agent to another."""
        self._recording(partial(self._record.handovers.add, one))

    def audited(self, line: AuditLine) -> None:
        """Something was done: its line in the audit trail will follow."""
        self._recording(partial(self._record.audit.add, line))

    # --- what an agent records; waits until it is in the record -----------------------------------

    async def dispose(
        self, attempt_id: str, entry: DispositionEntry, plan: CampaignPlan, confirmations: Sequence[Confirmation] = ()
    ) -> None:
        """Record a disposition, with the second calls it asks for, and decide anew what is due.

        NotFoundError for an unknown attempt.
        """
        async with self._writing:
            await self._flush()
            await self._dispose(attempt_id, entry, plan, confirmations)

    async def dispose_handed(self, attempt_id: str, agent_id: str, entry: DispositionEntry, plan: CampaignPlan) -> None:
        """Record the word of an agent who gave the customer away: it stands with the handover.

        It decides what is due only until whoever ended with the customer has said theirs. A wish never to be called
        again holds in any case.
        """
        async with self._writing:
            await self._flush()
            await self._record.handovers.disposed(attempt_id, agent_id, entry.disposition, entry.reason, entry.note)
            row = await self._record.attempts.get(attempt_id)
            if row.disposition in {None, Disposition.NOT_RECORDED}:
                await self._dispose(attempt_id, entry, plan, ())
            elif entry.disposition is Disposition.DO_NOT_CALL:
                why = entry.reason or "asked for"
                await self._record.do_not_call.add(row.e164, source="agent", reason=why, now=self._clock())

    async def _dispose(
        self, attempt_id: str, entry: DispositionEntry, plan: CampaignPlan, confirmations: Sequence[Confirmation]
    ) -> None:
        now = self._clock()
        known = (await self._record.closings.known([attempt_id])).get(attempt_id)
        if known is None:
            raise NotFoundError(f"there is no attempt {attempt_id}")
        row = known.row
        fields = {
            "disposition": entry.disposition,
            "reason": entry.reason,
            "note": entry.note,
            "call_back_at": entry.call_back_at,
            "wrapped_up_at": now,
        }
        if entry.disposition is Disposition.DO_NOT_CALL:
            await self._record.do_not_call.add(row.e164, source="agent", reason=entry.reason or "asked for", now=now)
        if row.ended_at is None or row.outcome is None:
            await self._record.closings.write({attempt_id: fields}, [], confirmations)
            return
        flow_heard = row.flow_at is not None
        ended = Ended(row.outcome, entry.disposition, entry.call_back_at, flow_heard, row.number_state)
        talked = row.bridged_at is not None
        insight = (await self._insights.of({attempt_id: (known, plan)})).get(attempt_id)
        step = retry.next_step(ended, talked, known.lead, row.number_id, known.history, plan, row.ended_at, insight)
        settled = Settled(attempt_id, fields, row.lead_id, row.number_id, step)
        await self._record.closings.write({}, [settled], confirmations)

    def unwritten(self) -> dict[str, list[str]]:
        """What is not in the record yet: attempts that are over, and wishes never to be called again, by their legs."""
        return {
            "closed": [closing.call.attempt_id for closing in self._pending.closings],
            "opted_out": [leg_id for leg_id, _, _ in self._pending.opt_outs],
        }

    async def run(self) -> None:
        """Write what was reported, for ever."""
        while True:
            await self._something.wait()
            await asyncio.sleep(_GATHER_S)
            try:
                await self.flush()
            except RecordError as error:
                self.trouble = str(error)
                log.warning("books not written", extra={"why": self.trouble})
                await asyncio.sleep(_RETRY_S)

    async def flush(self) -> None:
        """Write all that was reported until now; RecordError leaves what is unwritten for the next time."""
        async with self._writing:
            await self._flush()

    async def _flush(self) -> None:
        pending, self._pending = self._pending, _Pending()
        self._something.clear()
        try:
            await self._write(pending)
        except BaseException:
            self._take_back(pending)
            raise
        self.trouble = None

    # --- inside -----------------------------------------------------------------------------------

    def _recording(self, write: Callable[[], Awaitable[None]]) -> None:
        self._pending.recordings.append(write)
        self._something.set()

    def _row(self, attempt_id: str) -> dict[str, Any]:
        self._something.set()
        return self._pending.rows.setdefault(attempt_id, {})

    async def _write(self, pending: _Pending) -> None:
        """Write each kind and cross it off, so that a failure in the middle repeats nothing that is done."""
        while pending.opt_outs:
            await self._list(*pending.opt_outs[0])
            pending.opt_outs.pop(0)
        if pending.agent_states:
            await self._record.agents.enter_many(pending.agent_states)
            pending.agent_states = []
        while pending.gaps:
            attempt_id, at = next(iter(pending.gaps.items()))
            await self._record.attempts.gap(attempt_id, at)
            del pending.gaps[attempt_id]
        while pending.recordings:
            await pending.recordings[0]()
            pending.recordings.pop(0)
        await self._close(pending)

    async def _list(self, leg_id: str, caller: str | None, how: str) -> None:
        try:
            e164: str | None = (await self._record.attempts.get(leg_id)).e164
            await self._record.attempts.update(leg_id, opted_out=True)
        except NotFoundError:
            e164 = caller
        if e164 is None:
            log.error("opt-out without a usable number", extra={"leg": leg_id})
        else:
            await self._record.do_not_call.add(e164, source="customer", reason=how, now=self._clock())

    async def _close(self, pending: _Pending) -> None:
        """Rows and ends in one transaction: a lead can never be claimed anew before what it is due for is written."""
        known = await self._record.closings.known([closing.call.attempt_id for closing in pending.closings])
        ended = {
            closing.call.attempt_id: (closing, _with_this(closing, one))
            for closing in pending.closings
            if (one := known.get(closing.call.attempt_id)) and one.row.ended_at is None
        }
        insights = await self._insights.of({key: (one, closing.plan) for key, (closing, one) in ended.items()})
        now = self._clock()
        settled = [_settled(closing, one, now, insights.get(key)) for key, (closing, one) in ended.items()]
        unknown = await self._record.closings.write(pending.rows, settled)
        unknown += [one.call.attempt_id for one in pending.closings if one.call.attempt_id not in known]
        if unknown:  # all others are written; what has no row cannot be written at all
            log.error("attempt without a row", extra={"attempts": unknown})
        pending.rows, pending.closings = {}, []

    def _take_back(self, unwritten: _Pending) -> None:
        newer = self._pending
        rows = unwritten.rows
        for attempt_id, fields in newer.rows.items():
            rows.setdefault(attempt_id, {}).update(fields)
        self._pending = _Pending(
            rows,
            unwritten.closings + newer.closings,
            unwritten.agent_states + newer.agent_states,
            unwritten.opt_outs + newer.opt_outs,
            unwritten.gaps | newer.gaps,
            unwritten.recordings + newer.recordings,
        )
        self._something.set()


def _with_this(closing: Closing, known: Known) -> Known:
    """The same with the call that is over: the record knows of it when it is settled."""
    attempt, call = closing.attempt, closing.call
    history = (*known.history, call.outcome or Outcome.FAILED)
    if call.timeline.sent_at is None:
        return replace(known, history=history)
    this = SentCall(attempt.e164, attempt.lead_id, attempt.person, call.timeline.sent_at)
    return replace(known, history=history, sent=(*known.sent, this))


def _settled(closing: Closing, known: Known, now: datetime, insight: Insight | None) -> Settled:
    """What is due after a call that is over."""
    attempt, call, row = closing.attempt, closing.call, known.row
    flow_heard, state = call.timeline.flow_at is not None, call.believed.state if call.believed else None
    ended = Ended(call.outcome or Outcome.FAILED, row.disposition, row.call_back_at, flow_heard, state)
    at, talked = call.timeline.ended_at or now, call.timeline.bridged_at is not None
    step = retry.next_step(ended, talked, known.lead, attempt.number_id, known.history, closing.plan, at, insight)
    own_fault = ended.outcome in retry.OWN_FAULTS
    return Settled(call.attempt_id, row_of(call), attempt.lead_id, attempt.number_id, step, own_fault=own_fault)
