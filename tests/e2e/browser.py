"""A real Chromium, driven by Playwright, in which people of the scene work with the consoles."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from playwright.async_api import Error, async_playwright, expect

from lab.browser import log_in, start
from lab.users import make_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

    from lab.users import Login
    from tests.e2e.scene import Scene

AXE = Path("web/node_modules/axe-core/axe.min.js")
PATIENCE_MS = 30_000


class People:
    """`async with People(scene) as people:` has a browser; each who works in it has a window of their own."""

    def __init__(self, scene: Scene, voice: Path | None = None) -> None:
        """`voice`: what everybody's microphone hears; without one nobody has any."""
        self._scene = scene
        self._voice = voice
        self._stack = AsyncExitStack()
        self._browser: Browser | None = None

    async def __aenter__(self) -> Self:
        expect.set_options(timeout=PATIENCE_MS)
        playwright = await self._stack.enter_async_context(async_playwright())
        self._browser = await start(playwright, voice=self._voice)
        self._stack.push_async_callback(self._browser.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def user(self, username: str, role: str, *more: str, locale: str = "en-US") -> AsyncIterator[Window]:
        """Somebody new, logged in by hand; leaves nothing behind, and no error in the browser's console."""
        login = await make_user(self._scene.controller, username, role, *more)
        async with self.window(locale) as window:
            await window.log_in(login)
            yield window

    @asynccontextmanager
    async def window(self, locale: str = "en-US") -> AsyncIterator[Window]:
        """A window with nobody logged in."""
        assert self._browser is not None
        context = await self._browser.new_context(
            base_url=self._scene.controller.url, locale=locale, timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        window = Window(context, page)
        try:
            yield window
        except BaseException:
            await window.keep_picture(self._scene.parts.root / "log/browser.png")
            raise
        finally:
            await context.close()
        assert not window.troubles, window.troubles


class Window:
    """One person's browser, and what went wrong in it."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context, self.page = context, page
        self.troubles: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.troubles.append(f"error in the page: {error}"))
        page.on("requestfailed", self._failed)

    async def log_in(self, login: Login) -> None:
        """Type name and password, whatever the language."""
        await self.page.goto("/")
        await log_in(self.page, login)
        # Asking who is logged in before anybody is, is answered with 401, and the browser says so.
        self.troubles = [one for one in self.troubles if "401" not in one]

    async def barriers(self) -> list[str]:
        """What axe-core finds on this page that keeps somebody out, or makes it hard."""
        await self.page.evaluate(_axe())
        found = await self.page.evaluate("axe.run({resultTypes: ['violations']})")
        grave = [one for one in found["violations"] if one["impact"] in {"serious", "critical"}]
        return [f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes']]}" for one in grave]

    async def keep_picture(self, file: Path) -> None:
        """What was on the screen when a test failed."""
        try:
            await self.page.screenshot(path=file, full_page=True)
        except Error as error:
            self.troubles.append(f"no picture: {error}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"{message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        # A page that is left gives up what it was still loading, its stream of events above all.
        if request.failure != "net::ERR_ABORTED" and not request.url.endswith("/api/events"):
            self.troubles.append(f"not loaded: {request.url} ({request.failure})")


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")
