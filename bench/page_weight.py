"""Row `page_weight`: what each console's first page weighs, and how soon it can be used, beside an empty page.

A real Chromium on the real service, with nothing kept from the time before. Weighed is everything that the page loads
but answers of the interface, as it is served and unpacked; a page is usable when its heading is there.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.async_api import async_playwright

from bench.results import Figure, Result
from bench.stage import Stage, say
from lab.browser import log_in, start
from lab.plan import LabPlan
from lab.users import Login, make_user

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Response

REPEATS = 5
AIM_KB = 600
"""A second on a line of 5 Mbit/s."""
PAGES = {
    "log-in": ("/", None),
    "agent": ("/agent", "agent"),
    "floor": ("/floor", "operator"),
    "campaigns": ("/campaigns", "operator"),
    "scripts": ("/scripts", "operator"),
    "calls": ("/calls", "reviewer"),
    "quality": ("/quality", "reviewer"),
    "reports": ("/reports", "operator"),
    "users": ("/users", "admin"),
}
"""Each console's address, and the role that it is for; None for nobody."""
_EMPTY = "<!doctype html><title>empty</title><h1>empty</h1>"
_PATIENCE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Visit:
    """One load of one page: what came, and after how long it could be used."""

    served_bytes: int
    plain_bytes: int
    usable_ms: float


async def main() -> None:
    """Visit every console several times, the empty page before each, and say what it took."""
    chosen = _arguments()
    repeats: list[dict[str, Any]] = []
    async with Stage("page_weight", LabPlan(agents=1)) as stage, stage.controller() as controller:
        roles = {role for _address, role in PAGES.values() if role is not None}
        more = {"agent": ("--agent", "agent1")}
        logins = {role: await make_user(controller, role, role, *more.get(role, ())) for role in sorted(roles)}
        async with async_playwright() as playwright:
            browser = await start(playwright)
            for turn in range(1, chosen.repeats + 1):
                for name, (address, role) in PAGES.items():
                    seen = await _visits(browser, controller.url, address, None if role is None else logins[role])
                    repeats.append({"turn": turn, "page": name, **seen})
                    say(f"{name}: {seen}")
            await browser.close()
    Result("page_weight", "make bench-page-weight", {"repeats": chosen.repeats}, repeats, figures(repeats)).write()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.page_weight", description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    return parser.parse_args()


def figures(repeats: list[dict[str, Any]]) -> tuple[Figure, ...]:
    """For each page its weight, and how much later than an empty page it can be used."""
    made = []
    for name in PAGES:
        rows = [one for one in repeats if one["page"] == name]
        kb, plain_kb = (median(one[key] for one in rows) / 1000 for key in ("served_bytes", "plain_bytes"))
        aim, met = f"at most {AIM_KB}", kb <= AIM_KB
        what = f"first page of {name}, as it is served"
        made.append(Figure(what, "kB", kb, "the same unpacked", plain_kb, kb / plain_kb, aim, met))
        ours, empty = (median(one[key] for one in rows) for key in ("usable_ms", "empty_ms"))
        ratio = median(one["usable_ms"] / one["empty_ms"] for one in rows)
        made.append(Figure(f"{name} can be used after", "ms", ours, "an empty page", empty, ratio))
    return tuple(made)


async def _visits(browser: Browser, url: str, address: str, login: Login | None) -> dict[str, float]:
    """The empty page and the console, each in a window that has nothing from before but the session."""
    context = await browser.new_context(base_url=url, locale="en-US")
    context.set_default_timeout(_PATIENCE_MS)
    try:
        if login is not None:
            page = await context.new_page()
            await page.goto("/")
            await log_in(page, login)
            await page.close()
        await context.route("**/empty", lambda route: route.fulfill(body=_EMPTY, content_type="text/html"))
        empty = await _visit(context, "/empty")
        ours = await _visit(context, address)
    finally:
        await context.close()
    return {
        "served_bytes": ours.served_bytes,
        "plain_bytes": ours.plain_bytes,
        "usable_ms": round(ours.usable_ms, 1),
        "empty_ms": round(empty.usable_ms, 1),
    }


async def _visit(context: BrowserContext, address: str) -> Visit:
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))  # noqa: PLW0108 - it marks what it is given
    loop = asyncio.get_running_loop()
    began = loop.time()
    await page.goto(address, wait_until="commit")
    await page.locator("h1").first.wait_for()
    usable_ms = (loop.time() - began) * 1000
    files = [one for one in responses if one.ok and not urlsplit(one.url).path.startswith("/api/")]
    plain = sum([len(await one.body()) for one in files])
    served = sum([(await one.request.sizes())["responseBodySize"] for one in files])
    await page.close()
    return Visit(served, plain, usable_ms)


if __name__ == "__main__":
    asyncio.run(main())
