"""Talks of two teams, some of them recorded, and people who review them."""

from __future__ import annotations

import wave
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.access import Role
from dialer.core.model import Disposition, Outcome
from dialer.record.recordings import Measured
from recordings.sound import look_at
from tests.api.people import add_user
from tests.record.bulk import Made, call, import_list

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

THEN = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CALLS = [
    Made(THEN, Outcome.ANSWERED, 20.0, agent_id="agent1", disposition=Disposition.AGREED),
    Made(THEN + MINUTE, Outcome.ANSWERED, 40.0, agent_id="agent2", disposition=Disposition.REFUSED),
    Made(THEN + 2 * MINUTE, Outcome.ANSWERED, 4.0, agent_id="agent1", disposition=Disposition.DO_NOT_CALL),
    Made(THEN + 3 * MINUTE, Outcome.ABANDONED),
    Made(THEN + 4 * MINUTE, Outcome.BUSY),
]
CARD = """
name: Sales
groups:
  - name: Opening
    questions:
      - {id: greets, text: Greets}
      - {id: tone, text: Tone, points: 5, weight: 2}
  - name: Law
    questions:
      - {id: honest, text: Promises nothing untrue, instant_fail: true}
"""
WELL = {"greets": "YES", "tone": 5.0, "honest": "YES"}
RATE = 8000


async def talk(centre: Centre) -> None:
    """Make the talks, a000000 and so on, agent1 of the north, agent2 of the south, and who reviews them."""
    campaign = await centre.campaign(running=False)
    numbers = [f"+861380000000{place}" for place in range(len(CALLS))]
    leads = await import_list(centre.record, campaign, "list", numbers, THEN)
    await call(centre.record, campaign, list(zip(leads, CALLS, strict=True)))
    await add_user(centre.record, "nora", Role.AGENT, team="north", agent_id="agent1")
    await add_user(centre.record, "sven", Role.AGENT, team="south", agent_id="agent2")


async def record_talk(centre: Centre, attempt_id: str) -> None:
    """A recording of 20 s: the customer speaks for the first 5, the agent from 4 to 8, then nobody."""
    path = centre.settings.recordings_dir / "autumn" / f"{attempt_id}.wav"
    path.parent.mkdir(exist_ok=True)
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 8, (20 * RATE, 2))
    samples[: 5 * RATE, 0] += rng.normal(0, 3000, 5 * RATE)
    samples[4 * RATE : 8 * RATE, 1] += rng.normal(0, 3000, 4 * RATE)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    measures, _outline = look_at(path.read_bytes())
    measured = Measured(20.0, path.stat().st_size, "ab", -20.5, -31.0, measures)
    await centre.record.recordings.stored(attempt_id, str(path), measured, THEN)


async def make_card(client: httpx.AsyncClient, content: str = CARD) -> int:
    """A scorecard's id."""
    made = await client.post("/api/scorecards", json={"content": content})
    assert made.status_code == 201, made.text
    scorecard_id: int = made.json()["scorecard_id"]
    return scorecard_id


async def give(client: httpx.AsyncClient, attempt_id: str, scorecard_id: int, **more: object) -> httpx.Response:
    """Judge a talk; all was well unless said otherwise."""
    body = {"scorecard_id": scorecard_id, "answers": WELL, "give": True} | more
    return await client.put(f"/api/attempts/{attempt_id}/review", json=body)


async def audited(centre: Centre, what: str) -> list[tuple[str, str]]:
    """Who did this to what, the newest first."""
    return [(line.who, line.subject) for line in await centre.record.audit.latest() if line.what == what]
