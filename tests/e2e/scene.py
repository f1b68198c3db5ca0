"""The stage of the end-to-end tests: the lab's real parts with a running `dialer serve`, and the means to act on it."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import httpx

from dialer import report as reports
from dialer.core.model import CampaignStatus, HungUpBy, Outcome, RecordingState
from dialer.core.plan import EVERY_DAY, CampaignPlan
from dialer.intake import Accepted
from dialer.record.record import Record
from lab.carrier import FarEnd, number
from lab.controller import Controller
from lab.parts import Parts
from lab.phones import Phones
from lab.plan import CALLER_IDS, LabPlan
from lab.process import until
from lab.witness import contradictions
from recordings.keys import KeyFile
from recordings.store import Store
from tests.e2e.news import News

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from dialer.record.attempts import AttemptRow
    from dialer.record.recordings import RecordingRow

PATIENCE_S = 30.0
_BYTES_PER_S = 8000 * 2 * 2
"""Of a raw recording: 8 kHz, 16 bit, two channels."""
ALL_DAY = [{"days": EVERY_DAY, "opens": "00:00", "closes": "00:00"}]


class Scene:
    """`async with Scene(root, plan) as scene:` has everything up inside; `phones` are those of the agents named."""

    def __init__(self, root: Path, plan: LabPlan, phones: Sequence[str] | None = None) -> None:
        self.parts = Parts(root, plan)
        self.controller = Controller(self.parts)
        self.news = News(self.parts)
        self.record = Record(self.parts.settings.database_url.get_secret_value())
        named = plan.agent_names if phones is None else phones
        secrets = {name: self.parts.secrets.agents[name] for name in named}
        self.phones = Phones(self.parts.sip_server, secrets, self.parts.root / "log/phones.log")
        settings = self.parts.settings
        self.store = Store(settings.recordings_dir, KeyFile(settings.recording_keys))
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            for part in (self.parts, self.controller, self.phones, self.record):
                await stack.enter_async_context(part)
            hearing = asyncio.create_task(self.news.run())
            stack.callback(hearing.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    # --- what an operator does --------------------------------------------------------------------

    async def campaign(self, name: str, *numbers: str, **plan: Any) -> int:
        """Create a campaign that may call at any hour, with one lead for each number; it is paused."""
        rules: dict[str, Any] = {"ring_timeout_s": 15, "wrap_up_s": 1, "calendar": "none", "windows": ALL_DAY} | plan
        made = CampaignPlan(name=name, trunk="carrier", caller_id=CALLER_IDS[0], **rules)
        campaign = await self.record.campaigns.create(made, now())
        await self.leads(campaign.campaign_id, *numbers)
        return campaign.campaign_id

    async def leads(self, campaign_id: int, *numbers: str) -> None:
        """Add one lead for each number; the lead's key is its number."""
        zones = ("Asia/Shanghai",)
        rows = [
            Accepted(row=row, key=number, person=number, name=f"王小明{row}", numbers=((number, zones),))
            for row, number in enumerate(numbers, 1)
        ]
        added = await self.record.leads.add(campaign_id, "list", "leads.csv", rows, now())
        assert added.rejected == ()

    async def start(self, *campaign_ids: int) -> None:
        """Let the campaigns dial."""
        for campaign_id in campaign_ids:
            await self.record.campaigns.set_status(campaign_id, CampaignStatus.RUNNING, now(), "operator")

    async def pause(self, *campaign_ids: int) -> None:
        """Let the campaigns dial no more."""
        for campaign_id in campaign_ids:
            await self.record.campaigns.set_status(campaign_id, CampaignStatus.PAUSED, now(), "operator")

    async def why(self, number: str) -> dict[str, Any]:
        """What `dialer leads why` says of the lead with this number."""
        said: dict[str, Any] = json.loads(await self.controller.must("leads", "why", number, "--json"))
        return said

    async def health(self) -> tuple[int, list[str]]:
        """The status of /health, and the parts that it calls ill."""
        answer = await self.controller.ask("GET", "/health")
        return answer.status_code, answer.json()["ill"]

    async def until_healthy(self, within_s: float = PATIENCE_S) -> None:
        """Wait until every part is well again."""

        async def healthy() -> bool:
            return (await self.health()) == (httpx.codes.OK, [])

        await until(healthy, within_s)

    async def until_ill(self, part: str) -> None:
        """Wait until /health answers 503 and names the part."""

        async def ill() -> bool:
            status, parts = await self.health()
            return status == httpx.codes.SERVICE_UNAVAILABLE and part in parts

        await until(ill)

    async def doctor(self) -> list[dict[str, Any]]:
        """Every part, as `dialer doctor` finds it."""
        found: list[dict[str, Any]] = json.loads((await self.controller.command("doctor", "--json")).out)
        return found

    # --- what agents do ---------------------------------------------------------------------------

    async def tell_agent(self, name: str, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request of an agent's console, which must succeed."""
        answer = await self.controller.ask("POST", f"/api/agents/{name}/{verb}", body)
        assert answer.is_success, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def log_in(self, *names: str) -> None:
        """Log the agents in and wait until all are in line."""
        for name in names:
            await self.tell_agent(name, "login")
        for name in names:
            await self.news.until_agent(name, "READY")

    async def end_talk(self, number: str) -> AttemptRow:
        """The customer's agent hangs up: the talk must be going on, and is recorded as ended so."""
        row = await self.bridged(number)
        assert row.agent_id
        assert row.ended_at is None
        await self.news.until_agent(row.agent_id, "TALKING")
        await self.tell_agent(row.agent_id, "hangup")
        row = await self.attempt(number)
        assert (row.outcome, row.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
        return row

    # --- what came of it --------------------------------------------------------------------------

    async def rows(self) -> list[AttemptRow]:
        """Every attempt of every campaign."""
        campaigns = await self.record.campaigns.all()
        return [row for c in campaigns for row in await self.record.attempts.of_campaign(c.campaign_id)]

    async def attempt(
        self,
        number: str,
        reached: Callable[[AttemptRow], object] = lambda row: row.outcome,
        within_s: float = PATIENCE_S,
    ) -> AttemptRow:
        """The number's one attempt, once `reached` is true of it: without another word, once it has its outcome."""
        found: list[AttemptRow] = []

        async def there() -> bool:
            found[:] = [row for row in await self.rows() if row.e164 == number]
            return bool(found) and all(reached(row) for row in found)

        try:
            await until(there, within_s)
        except TimeoutError:
            raise TimeoutError(f"the attempt never became so: {found}") from None
        (row,) = found
        return row

    async def bridged(self, number: str) -> AttemptRow:
        """The number's attempt, once it is bridged to an agent."""
        return await self.attempt(number, lambda row: row.bridged_at)

    async def recorded(self, row: AttemptRow, seconds: float) -> None:
        """Wait until so much of a talk that goes on is on disk."""
        raw = self.parts.settings.spool_dir / f"{row.attempt_id}.raw"

        async def long_enough() -> bool:
            return raw.exists() and raw.stat().st_size >= seconds * _BYTES_PER_S

        await until(long_enough)

    async def stored(self, row: AttemptRow) -> RecordingRow:
        """The recording of a talk that is over, once it is stored."""

        async def finished() -> bool:
            return row.attempt_id not in {one.attempt_id for one in await self.record.recordings.unfinished()}

        await until(finished)
        recording = await self.record.recordings.get(row.attempt_id)
        assert recording.state is RecordingState.STORED, recording
        return recording

    async def carrier_hung_up(self, number: str) -> None:
        """Wait until the telephone network has written down a call to this number, which it does once it is over."""

        async def written() -> bool:
            records = self.parts.carrier_records
            return records.exists() and number in records.read_text(encoding="utf-8")

        await until(written)

    def call_records(self) -> list[str]:
        """What our Asterisk wrote down of every leg, a line each."""
        return self.parts.call_records.read_text(encoding="utf-8").splitlines()

    async def until_quiet(self) -> None:
        """Wait until every attempt has its outcome."""

        async def quiet() -> bool:
            return not await self.record.attempts.open_attempts()

        await until(quiet)

    async def broken_promises(self) -> list[str]:
        """The last look of all: what the record shows of broken promises, and what the telephone network contradicts.

        Ends the service and the network, which writes down a call only once it is over.
        """
        await self.controller.service.stop()
        await self.parts.carrier.stop()
        settings = self.parts.settings
        made = await reports.build(self.record, campaign_id=None, law=settings.law, recordings=settings.recordings_dir)
        return [*made.invariants_broken, *contradictions(await self.rows(), self.parts.carrier_records)]


def patient(serial: int) -> str:
    """The number of somebody who answers at once and stays until we hang up."""
    return number(FarEnd.PATIENT_PERSON, 0, serial=serial)


def now() -> datetime:
    """The time, in aware UTC."""
    return datetime.now(UTC)
