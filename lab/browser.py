"""The Chromium of this machine, as the lab starts it, and how anybody logs in with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Page, Playwright

    from lab.users import Login

_CHROMIUM = "/usr/bin/chromium"
_FLAGS = (
    "--no-sandbox",  # the lab may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _microphone(voice: Path) -> tuple[str, ...]:
    """A microphone that is allowed to every page and plays a WAV file over and over; sound within this machine."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice}",
        "--allow-loopback-in-peer-connection",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
    )


async def start(playwright: Playwright, *, voice: Path | None = None) -> Browser:
    """A browser without a window, which asks nobody but the pages it is sent to.

    `voice`, an absolute path, is what its microphone hears; without one it has none.
    """
    flags = [*_FLAGS, *(_microphone(voice) if voice else ())]
    return await playwright.chromium.launch(executable_path=_CHROMIUM, args=flags)


async def log_in(page: Page, login: Login) -> None:
    """Type name and password on the page that asks for them, whatever its language."""
    name = page.locator("input[autocomplete=username]")
    await name.fill(login.username)
    await page.locator("input[autocomplete=current-password]").fill(login.password)
    await page.keyboard.press("Enter")
    await expect(name).to_be_hidden()
