"""Row `interface`: how many questions a second the HTTP interface answers, beside a FastAPI that does nothing.

Four readers ask the main reads one after the other over kept connections, with a token, on a record of some calls; then
the same readers ask an application with one empty route, served by the same server in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from statistics import median
from typing import Any

import httpx

from bench.figures import paired_ratio
from bench.results import Figure, Result
from bench.stage import Stage, now, say
from dialer.core.model import Attempt
from lab.plan import CALLER_IDS, HOST, LabPlan, Ports
from lab.process import Part

READERS = 4
WINDOW_S = 5.0
REPEATS = 3
ATTEMPTS = 2000
READS = {
    "the agents": "/api/agents",
    "the campaigns": "/api/campaigns",
    "50 attempts": "/api/attempts?limit=50",
    "one attempt": "/api/attempts/bench-1",
}
_DEADLINE_S = 10.0
_BARE = """
import sys
import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/nothing")
async def nothing() -> dict[str, str]:
    return {}


uvicorn.run(app, host=sys.argv[1], port=int(sys.argv[2]), log_config=None, access_log=False)
"""


async def main() -> None:
    """Windows of each read, the bare application before each."""
    chosen = _arguments()
    repeats: list[dict[str, Any]] = []
    async with Stage("interface", LabPlan(agents=9)) as stage:
        campaign_id = await stage.campaign("calls", [f"+86138{serial:08d}" for serial in range(ATTEMPTS)])
        await _attempts(stage, campaign_id)
        bare_at = Ports.free().http
        command = (sys.executable, "-c", _BARE, HOST, str(bare_at))
        bare = Part("a bare FastAPI", command, stage.parts.root / "log/bare.log", lambda: _answers(bare_at))
        await bare.start()
        try:
            async with stage.controller() as controller:
                token = stage.parts.settings.http.token.get_secret_value()
                for turn in range(1, chosen.repeats + 1):
                    for name, path in READS.items():
                        nothing = await _rate(f"http://{HOST}:{bare_at}", "/nothing", "", chosen.window)
                        ours = await _rate(controller.url, path, token, chosen.window)
                        repeats.append({"turn": turn, "read": name, "per_s": ours, "bare_per_s": nothing})
                        say(f"{name}: {ours:.0f} a second, beside {nothing:.0f}")
        finally:
            await bare.stop()
    parameters = {"readers": READERS, "window_s": chosen.window, "attempts": ATTEMPTS}
    Result("interface", "make bench-interface", parameters, repeats, figures(repeats)).write()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.interface", description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--window", type=float, default=WINDOW_S, help="seconds that are counted")
    return parser.parse_args()


def figures(repeats: list[dict[str, Any]]) -> tuple[Figure, ...]:
    """For each read its rate, and its share of what the server gives by itself."""
    made = []
    for name in READS:
        rows = [one for one in repeats if one["read"] == name]
        ours, bare = ([one[key] for one in rows] for key in ("per_s", "bare_per_s"))
        beside = "an empty route of a bare FastAPI"
        made.append(Figure(name, "a second", median(ours), beside, median(bare), paired_ratio(ours, bare)))
    return tuple(made)


async def _attempts(stage: Stage, campaign_id: int) -> None:
    """Calls for the record to look through: claimed, and left open."""
    leads = [one.lead for one in await stage.record.leads.candidates(campaign_id, now(), ATTEMPTS)]
    made = [
        Attempt(
            attempt_id=f"bench-{serial}",
            campaign_id=campaign_id,
            lead_id=lead.lead_id,
            number_id=lead.numbers[0].number_id,
            e164=lead.numbers[0].e164,
            person=lead.person,
            name=lead.name,
            trunk="carrier",
            caller_id=CALLER_IDS[0],
            queued_at=now(),
        )
        for serial, lead in enumerate(leads)
    ]
    await stage.record.attempts.claim(made, "another-node")


async def _rate(url: str, path: str, token: str, window_s: float) -> float:
    """Answers a second."""
    loop = asyncio.get_running_loop()
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=_DEADLINE_S) as client:

        async def read() -> int:
            answers = 0
            while loop.time() < ends:
                (await client.get(path)).raise_for_status()
                answers += 1
            return answers

        (await client.get(path)).raise_for_status()
        ends = loop.time() + window_s
        return sum(await asyncio.gather(*(read() for _ in range(READERS)))) / window_s


async def _answers(port: int) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"http://{HOST}:{port}/nothing")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


if __name__ == "__main__":
    asyncio.run(main())
