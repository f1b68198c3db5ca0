"""`make screens`: every page of the consoles in both languages, from a living floor, into docs/screens."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright, expect

from lab.browser import log_in, start
from lab.controller import Controller
from lab.demo import AGENTS, ROOT, SEED, headless, let_in, prepare, say, shift
from lab.parts import Parts
from lab.phones import Phones
from lab.plan import LabPlan

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from lab.users import Login

TO = Path("docs/screens")
_BUSY_AFTER_S = 75.0
"""By then the floor is in full swing, and some calls are over."""
_PATIENCE_MS = 60_000
_LOOKS = {"zh": ("zh-CN", "light"), "en": ("en-US", "dark")}
"""Each language in one of the two looks."""
_PAGES = {
    "operator": ("/floor", "/campaigns", "/scripts", "/reports"),
    "wang": ("/agent", "/my-reviews"),
    "reviewer": ("/calls", "/quality"),
    "admin": ("/users",),
}


async def main() -> int:
    """Work a shift, and take the pictures while it lasts."""
    shutil.rmtree(ROOT, ignore_errors=True)
    stop, rng = asyncio.Event(), Random(SEED)
    async with Parts(ROOT, LabPlan(agents=AGENTS + 1)) as parts, Controller(parts) as controller:
        await prepare(controller, rng)
        logins = await let_in(controller)
        async with Phones(parts.sip_server, headless(parts), parts.root / "log/phones.log"):
            working = asyncio.create_task(shift(parts, controller, rng, stop, 3600))
            await asyncio.sleep(_BUSY_AFTER_S)
            try:
                await _take(controller.url, logins)
            finally:
                stop.set()
                await working
    return 0


async def _take(url: str, logins: dict[str, Login]) -> None:
    expect.set_options(timeout=_PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await start(playwright)
        for language in _LOOKS:
            await _look(browser, url, logins, language)
        await browser.close()


async def _look(browser: Browser, url: str, logins: dict[str, Login], language: str) -> None:
    locale, scheme = _LOOKS[language]
    for username, pages in _PAGES.items():
        context = await browser.new_context(
            base_url=url,
            locale=locale,
            timezone_id="Asia/Shanghai",
            viewport={"width": 1366, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        context.set_default_timeout(_PATIENCE_MS)
        page = await context.new_page()
        await page.goto("/")
        if username == "operator":
            await page.locator("input[autocomplete=username]").wait_for()
            await _picture(page, f"login-{language}")
        await log_in(page, logins[username])
        for path in pages:
            await page.goto(path)
            await page.wait_for_timeout(3000)  # the chart draws its first points, the agent's next call comes
            if path == "/agent":
                await page.locator(".rp-hand").wait_for()
            await _picture(page, f"{path.removeprefix('/')}-{language}")
        await context.close()


async def _picture(page: Page, name: str) -> None:
    await page.screenshot(path=TO / f"{name}.png")
    say(f"{TO / name}.png")


if __name__ == "__main__":
    TO.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(main()))
