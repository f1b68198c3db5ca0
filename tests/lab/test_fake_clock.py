"""A program that is started with a fake clock tells its time, and only its time of day."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from lab.fake_clock import FakeClock, find_library

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(find_library() is None, reason="libfaketime is not installed (deploy/setup.sh --tests)")

TELLS_THE_TIME = """
import sys, time
for _line in sys.stdin:
    print(time.time(), time.monotonic(), flush=True)
"""
AN_HOUR = 3600.0


async def asked(process: asyncio.subprocess.Process) -> tuple[float, float]:
    """How far its wall clock and its monotonic clock are ahead of ours."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"\n")
    wall, monotonic = map(float, (await process.stdout.readline()).split())
    return wall - time.time(), monotonic - time.monotonic()


async def test_it_begins_ahead_and_is_stepped_while_the_program_runs(tmp_path: Path) -> None:
    clock = FakeClock(tmp_path / "clock", AN_HOUR)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", TELLS_THE_TIME),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **clock.environment},
    )
    try:
        wall, monotonic = await asked(process)
        assert wall == pytest.approx(AN_HOUR, abs=5)
        assert monotonic == pytest.approx(0, abs=5)
        clock.step(-2 * AN_HOUR)
        async with asyncio.timeout(30):
            while (await asked(process))[0] > 0:  # noqa: ASYNC110 - the library reads it again once a second
                await asyncio.sleep(0.1)
        wall, monotonic = await asked(process)
        assert wall == pytest.approx(-AN_HOUR, abs=5)
        assert monotonic == pytest.approx(0, abs=5)
    finally:
        process.kill()
        await process.communicate()
