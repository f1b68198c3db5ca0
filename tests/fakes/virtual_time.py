"""An event loop whose clock jumps to the next timer, so that a test of an hour's timers takes a moment.

Work in threads (the SQLite driver, `to_thread`) takes no virtual time: while any is under way the clock stands still.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


MIDMORNING = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
"""A Monday, 10:30 in Shanghai: every window is open."""
_BEGINNING_S = 1000.0
_THREAD_PATIENCE_S = 30.0
_SQLITE = "aiosqlite.core"


class _JumpingSelector(selectors.DefaultSelector):
    """Waits for threads in real time and for timers not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.in_threads: set[asyncio.Future[Any]] = set()
        self.now = _BEGINNING_S

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.in_threads or timeout is None:
            ready = super().select(_THREAD_PATIENCE_S if timeout != 0 else 0)
            if not ready and timeout != 0:
                raise RuntimeError("nothing will ever happen in this loop again")
            return ready
        ready = super().select(0)
        if not ready:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop of tests marked `virtual_time`."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def create_future(self) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = super().create_future()
        # The driver of SQLite makes one future for each order to its thread; it has no other mark of being at work.
        if sys._getframe(1).f_globals.get("__name__") == _SQLITE:  # noqa: SLF001 - no public way to know the caller
            self._note(future)
        return future

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        future: asyncio.Future[Any] = super().run_in_executor(executor, func, *args)
        self._note(future)
        return future

    def _note(self, future: asyncio.Future[Any]) -> None:
        self._jumping.in_threads.add(future)
        future.add_done_callback(self._jumping.in_threads.discard)


def virtual_now() -> datetime:
    """The wall clock that goes with the running virtual loop."""
    return MIDMORNING + timedelta(seconds=asyncio.get_running_loop().time() - _BEGINNING_S)


async def until(happened: Callable[[], bool], *, within_s: float = 60.0) -> None:
    """Let time pass, on whatever loop, until something has happened; TimeoutError where it does not."""
    async with asyncio.timeout(within_s):
        while not happened():  # noqa: ASYNC110 - what is waited for gives no sign of its own
            await asyncio.sleep(0.005)
