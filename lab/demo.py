"""`make demo`: the main job on real parts, in about two minutes: a list goes in, recorded talks come out."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import httpx
from rich.console import Console

from dialer import report as reports
from dialer.cli.attempts import print_report
from dialer.core.model import AgentState
from dialer.record.record import Record
from lab.agents import HeadlessAgents
from lab.carrier import population, write_csv
from lab.controller import Controller
from lab.parts import Parts
from lab.phones import Phones
from lab.plan import CALLER_IDS, LabPlan
from lab.screen import Screen
from lab.users import Login, make_user
from lab.witness import contradictions

if TYPE_CHECKING:
    from dialer.report import Report

ROOT = Path("var/demo")
LEADS = 1000
AGENTS = 8
VISITOR = f"agent{AGENTS + 1}"
"""An agent without a headless telephone: a visitor takes calls as this one, with the telephone in the page."""
SHIFT_S = 120.0
_LONGEST_SHIFT_MIN = 480
FASTER_AFTER_S = 40.0
"""The shift begins progressively; then the operator switches to predictive pacing, which has learned meanwhile."""
SEED = 20261121

_SCRIPT = Path("deploy/scripts/offer.yaml")
_PLAN = """\
name = "手机换购 2026-11"
trunk = "carrier"
caller_id = "{caller_id}"
language = "zh"
script = "您好,我是客户经理。您的套餐可以免费换购一部新手机,请问您现在方便听一分钟吗?"
script_flow = "offer"
ring_timeout_s = 20
wrap_up_s = 10
calendar = "none"

[[windows]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
opens = "00:00"
closes = "00:00"

[pacing]
mode = "progressive"
"""
"""The customers are simulated, so that the demo may call at any hour; a real plan keeps to the day."""

_NIGHT_PLAN = """\
name = "二次确认 (closed now)"
trunk = "carrier"
caller_id = "{caller_id}"
calendar = "none"

[[windows]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
opens = "{opens}"
closes = "{closes}"
"""

_USERS = (
    ("admin", "admin", ()),
    ("operator", "operator", ()),
    ("leader", "team_leader", ()),
    ("reviewer", "reviewer", ()),
    ("wang", "agent", ("--agent", "agent1", "--name", "王小美")),
    ("visitor", "agent", ("--agent", VISITOR, "--name", "访客")),
)
"""Who works with the consoles in the demo: the name, the role, and what else `dialer users add` is told."""

console = Console()


def say(text: str) -> None:
    """One line of progress."""
    console.print(f"[bold cyan]demo[/bold cyan]  {text}", highlight=False)


async def main(shift_s: float) -> int:
    """Run the demo with a shift of so many seconds; 0 where every promise was kept."""
    shutil.rmtree(ROOT, ignore_errors=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    rng = Random(SEED)
    say("starting two Asterisks, Redis, Mosquitto and `dialer serve` ...")
    async with Parts(ROOT, LabPlan(agents=AGENTS + 1)) as parts:
        async with Controller(parts) as controller:
            await prepare(controller, rng)
            await let_in(controller)
            say(f"registering {AGENTS} telephones ...")
            async with Phones(parts.sip_server, headless(parts), parts.root / "log/phones.log"):
                await shift(parts, controller, rng, stop, shift_s)
        made = await report(parts)
    print_report(made)
    say(f"report: {ROOT / 'report.json'} · ask on with `.venv/bin/dialer leads why 1`, `dialer attempts export` ...")
    if made.invariants_broken:
        say(f"[red]{len(made.invariants_broken)} promises were broken[/red]")
        return 1
    return 0


def headless(parts: Parts) -> dict[str, str]:
    """The secrets of the telephones that answer by themselves, by agent: all but the visitor's."""
    return {name: secret for name, secret in parts.secrets.agents.items() if name != VISITOR}


async def prepare(controller: Controller, rng: Random) -> None:
    """Write the operator's files, create the campaigns, import the list."""
    customers = population(LEADS, rng)
    leads, plan, night, later = (ROOT / name for name in ("leads.csv", "campaign.toml", "night.toml", "later.csv"))
    bad = write_csv(leads, customers, rng)
    write_csv(later, population(20, Random(SEED + 1)), rng)
    _write_plans(plan, night)
    console.print(await controller.must("script", "save", str(_SCRIPT)), end="", markup=False)
    console.print(await controller.must("campaign", "create", str(plan)), end="", markup=False)
    console.print(await controller.must("campaign", "create", str(night)), end="", markup=False)
    say(f"importing {leads} ({LEADS} leads, and {bad} bad rows among them) ...")
    console.print(await controller.must("leads", "import", str(leads), "--campaign", "1"), end="", markup=False)
    await controller.must("leads", "import", str(later), "--campaign", "2")
    for customer in customers[:5]:
        await controller.must("do-not-call", "add", customer.numbers[0], "--reason", "asked in the shop")


async def let_in(controller: Controller) -> dict[str, Login]:
    """Users of every role, by name; their passwords are printed, and end with the demo."""
    say(f"the consoles are at [bold]{controller.url}[/bold] while the shift lasts; log in as")
    logins = {username: await make_user(controller, username, role, *more) for username, role, more in _USERS}
    for username, role, _more in _USERS:
        console.print(f"        {username:10} {logins[username].password}   ({role})", highlight=False, markup=False)
    return logins


def _write_plans(plan: Path, night: Path) -> None:
    plan.write_text(_PLAN.format(caller_id=CALLER_IDS[0]), encoding="utf-8")
    # A window in local (Shanghai) time that opened three hours ago and closed an hour later.
    opened = datetime.now(UTC) + timedelta(hours=8 - 3)
    closed = "00:00" if opened.hour == 23 else f"{opened.hour + 1:02d}:00"  # noqa: PLR2004 - the last hour
    text = _NIGHT_PLAN.format(caller_id=CALLER_IDS[1], opens=f"{opened.hour:02d}:00", closes=closed)
    night.write_text(text, encoding="utf-8")


async def shift(  # its parts, and how long
    parts: Parts, controller: Controller, rng: Random, stop: asyncio.Event, shift_s: float
) -> None:
    """Log in, dial, watch, and go home when the time is up or somebody pressed Ctrl-C."""
    names = tuple(headless(parts))
    agents = HeadlessAgents(parts, controller, rng, names=names)
    screen = Screen(parts, agents, console)
    hearing = [asyncio.create_task(agents.run()), asyncio.create_task(screen.hear())]
    try:
        await asyncio.sleep(0)
        await agents.log_in(names)
        say(f"{len(names)} agents are in line; dialling for {shift_s:.0f} s (Ctrl-C drains; MINUTES=30 goes on longer)")
        await controller.must("campaign", "start", "1")
        await controller.must("campaign", "start", "2")
        showing = asyncio.create_task(screen.show(shift_s))
        await _wait(stop, min(FASTER_AFTER_S, shift_s))
        if not stop.is_set():
            await screen.command("1", {"do": "pacing", "mode": "predictive"})
        await _wait(stop, max(0.0, shift_s - FASTER_AFTER_S))
        say("the shift is over: no more calls, talks end, then the agents go home ...")
        await controller.must("campaign", "pause", "1")
        with contextlib.suppress(TimeoutError):
            await screen.until_quiet(within_s=60)
        await agents.log_out((*names, VISITOR))
        await agents.until(lambda: all(agents.state(name) == AgentState.OFFLINE for name in names))
        # Running again, but with nobody logged in nothing is dialled: `leads why` then tells each lead's own reason.
        await controller.must("campaign", "start", "1")
        showing.cancel()
        (ROOT / "metrics.txt").write_bytes((await controller.ask("GET", "/metrics")).content)
        (ROOT / "health.json").write_bytes((await controller.ask("GET", "/health")).content)
    finally:
        for task in hearing:
            task.cancel()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def report(parts: Parts) -> Report:
    """The report over all that was done, from the record and from Asterisk's own call records."""
    settings = parts.settings
    async with Record(settings.database_url.get_secret_value()) as record:
        made = await reports.build(
            record,
            campaign_id=None,
            law=settings.law,
            recordings=settings.recordings_dir,
        )
        rows = [row for c in await record.campaigns.all() for row in await record.attempts.of_campaign(c.campaign_id)]
    made = replace(made, invariants_broken=made.invariants_broken + tuple(contradictions(rows, parts.carrier_records)))
    text = json.dumps(made.values(), ensure_ascii=False, indent=2)
    (ROOT / "report.json").write_text(text + "\n", encoding="utf-8")
    return made


def _shift_s() -> float:
    parser = argparse.ArgumentParser(prog="python -m lab.demo", description=__doc__)
    parser.add_argument("--minutes", type=float, default=SHIFT_S / 60, help="how long the shift lasts")
    minutes: float = parser.parse_args().minutes
    if not 0 < minutes <= _LONGEST_SHIFT_MIN:
        parser.error(f"--minutes: more than 0, at most {_LONGEST_SHIFT_MIN}")
    return minutes * 60


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(_shift_s())))
    except httpx.HTTPError as error:
        sys.exit(f"the service did not answer: {error}; see {ROOT}/log/dialer.log")
