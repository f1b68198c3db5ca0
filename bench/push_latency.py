"""Row `push_latency`: from Asterisk's event to the agent's page, in a real Chromium on the real service.

Customers answer, talk and hang up; each time the agent's page says "Talking". Beside it, in the same calls, a bare AMI
socket hears the same event: what Asterisk and this machine need by themselves. Both ends are times of one clock.
"""

from __future__ import annotations

import argparse
import asyncio
from bisect import bisect_right
from itertools import count, islice
from random import Random
from statistics import median
from time import time
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright, expect

from bench.bare import BareSocket
from bench.figures import quantile
from bench.floor import let_the_network_play_phones
from bench.results import Figure, Result
from bench.stage import Stage, say
from dialer.core.model import PacingMode
from dialer.core.plan import Pacing
from lab.agents import HeadlessAgents
from lab.browser import log_in, start
from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from lab.process import until
from lab.users import make_user

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TALKS = 30
AIM_MS = 100.0
SEED = 20261122
_TALK_S = 3
_PATIENCE_MS = 60_000
_WITHIN_S = 900.0
_WATCH = """
() => {
  const where = document.querySelector('.rp-desk-where h1');
  window.__shown = [];
  new MutationObserver(() => window.__shown.push([where.textContent, Date.now() / 1000]))
    .observe(where, { childList: true, characterData: true, subtree: true });
}
"""


class Bridges:
    """When the agent's leg entered a talk: Asterisk's own time, and how much later a bare socket heard of it."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.heard_ms: list[float] = []

    def hear(self, event: dict[str, str]) -> None:
        """An event of the manager interface."""
        talk = event["Event"] == "BridgeEnter" and event.get("BridgeType") == "basic"
        if talk and event.get("Uniqueid", "").startswith("agent-"):
            self.at.append(float(event["Timestamp"]))
            self.heard_ms.append((time() - self.at[-1]) * 1000)


async def main() -> None:
    """One agent, one page, one talk after the other."""
    chosen = _arguments()
    plan = LabPlan(agents=1)
    stage = Stage("push_latency", plan)
    let_the_network_play_phones(stage.parts)
    async with stage:
        pacing = Pacing(mode=PacingMode.PROGRESSIVE)
        campaign_id = await stage.campaign("talks", islice(_people(), chosen.talks * 2), pacing=pacing, wrap_up_s=5)
        async with stage.controller() as controller, async_playwright() as playwright:
            login = await make_user(controller, "agent", "agent", "--agent", "agent1")
            expect.set_options(timeout=_PATIENCE_MS)
            browser = await start(playwright)
            page = await (await browser.new_context(base_url=controller.url, locale="en-US")).new_page()
            await page.goto("/")
            await log_in(page, login)
            agents = HeadlessAgents(stage.parts, controller, Random(SEED), talk_s=(60, 60), wrap_up_s=(0.5, 1.5))
            working = asyncio.create_task(agents.run())
            await asyncio.sleep(0)
            await agents.log_in(plan.agent_names)
            await expect(page.locator(".rp-desk-where h1")).to_have_text("Ready")
            await page.evaluate(_WATCH)
            bridges = Bridges()
            socket = await BareSocket.open(stage.parts.settings.ami, bridges.hear)
            await stage.start(campaign_id)

            async def enough() -> bool:
                return len(bridges.at) > int(chosen.talks)

            await until(enough, _WITHIN_S)
            shown = [at for text, at in await page.evaluate("window.__shown") if text == "Talking"]
            socket.close()
            await stage.end(campaign_id)
            await agents.log_out(plan.agent_names)
            working.cancel()
            await browser.close()
    repeats = [{"page_ms": late, "bare_ms": bare} for late, bare in pairs(bridges, shown)]
    say(f"{len(repeats)} talks")
    Result("push_latency", "make bench-push-latency", {"talks": chosen.talks}, repeats, figures(repeats)).write()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.push_latency", description=__doc__)
    parser.add_argument("--talks", type=int, default=TALKS)
    return parser.parse_args()


def _people() -> Iterator[str]:
    """Numbers at which somebody answers, talks for three seconds and hangs up; none twice."""
    return (number(FarEnd.PERSON, 1, _TALK_S, serial) for serial in count())


def pairs(bridges: Bridges, shown: Sequence[float]) -> list[tuple[float, float]]:
    """For each moment when the page showed a talk: ms since the bridge before it, and what the bare socket needed."""
    found = []
    for at in shown:
        before = bisect_right(bridges.at, at) - 1
        if before >= 0:
            found.append(((at - bridges.at[before]) * 1000, bridges.heard_ms[before]))
    return found


def figures(repeats: list[dict[str, Any]]) -> tuple[Figure, ...]:
    """The median and the slowest of a hundred, beside the bare socket."""
    ours, bare = ([one[name] for one in repeats] for name in ("page_ms", "bare_ms"))
    beside = "a bare AMI socket hears the same event"
    p99 = quantile(ours, 0.99)
    what = "from Asterisk's event to the agent's page"
    return (
        Figure(f"{what}, p50", "ms", median(ours), beside, median(bare), median(ours) / median(bare)),
        Figure(f"{what}, p99", "ms", p99, beside, quantile(bare, 0.99), None, f"within {AIM_MS:g} ms", p99 <= AIM_MS),
    )


if __name__ == "__main__":
    asyncio.run(main())
