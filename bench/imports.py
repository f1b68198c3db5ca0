"""Row `imports`: a million rows of CSV through the real `dialer leads import`, its progress and its memory watched.

Beside it the least that could be done with the same file: Python's own csv and sqlite3, a thousand rows at a time into
one table, with nothing parsed, checked or indexed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import os
import pty
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import kernel
from bench.results import Figure, Result
from bench.stage import now, say
from dialer.core.plan import CampaignPlan
from dialer.record.record import Record
from lab.plan import CALLER_IDS, LabPlan, Ports, Secrets, write_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 1_000_000
MARKS = (0.1, 0.5, 1.0)
AIM = 1.1

_BATCH = 1000
_FIRST_NUMBER = 13_000_000_000
_PROGRESS = re.compile(r"importing: (\d+) rows")
_SHOWN = 200
"""Characters at the end of what the terminal showed in which the latest progress stands."""


async def main() -> None:
    """Write the list, import it both ways, say what it took."""
    chosen = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="ringpace-bench-", dir=chosen.folder))
    repeats = []
    try:
        leads = folder / "leads.csv"
        _write_list(leads, chosen.rows)
        say(f"{chosen.rows} rows, {leads.stat().st_size / 1e6:.0f} MB")
        for turn in range(1, chosen.repeats + 1):
            bare_s = _bare_import(leads, folder / "bare.db")
            seen = await _import(leads, folder / f"{turn}", chosen.rows)
            repeats.append({"turn": turn, "bare_s": bare_s, **seen})
            say(f"bare {bare_s:.1f} s; dialler {seen['took_s']:.1f} s, peak memory {seen['peak_mb']}")
    finally:
        shutil.rmtree(folder)
    Result("imports", "make bench-imports", {"rows": chosen.rows}, repeats, _figures(chosen.rows, repeats)).write()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the list and the record go for the time")
    return parser.parse_args()


def _figures(rows: int, repeats: list[dict[str, Any]]) -> tuple[Figure, ...]:
    marks = {mark: median(one["peak_mb"][f"{mark:.0%}"] for one in repeats) for mark in MARKS}
    at_first = f"at {MARKS[0]:.0%} of the rows"
    memory = [
        Figure(
            f"peak memory at {mark:.0%} of {rows:,} rows",
            "MB",
            marks[mark],
            at_first,
            marks[MARKS[0]],
            marks[mark] / marks[MARKS[0]],
            f"flat: at most {AIM:g}",
            marks[mark] <= AIM * marks[MARKS[0]],
        )
        for mark in MARKS[1:]
    ]
    ours, bare = median(rows / one["took_s"] for one in repeats), median(rows / one["bare_s"] for one in repeats)
    speed = Figure("rows a second imported", "/s", ours, "Python's csv and sqlite3, unchecked", bare, ours / bare)
    shown = min(one["progress_shown"] for one in repeats)
    return (*memory, speed, Figure("times that the progress was shown anew", "", shown, ""))


def _write_list(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("编号", "姓名", "手机", "优先级", "套餐月费", "终端"))
        for row in range(1, rows + 1):
            lines.writerow((f"C{row}", f"王小明{row}", _FIRST_NUMBER + row * 9, row % 10, "59", "华为 Mate 60"))


def _bare_import(leads: Path, database: Path) -> float:
    """Seconds that the file takes where nothing is looked at."""
    began = time.perf_counter()
    with contextlib.closing(sqlite3.connect(database)) as connection, leads.open(encoding="utf-8", newline="") as file:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE lead (key, name, phone, priority, fee, terminal)")
        for batch in _batches(csv.reader(file)):
            with connection:
                connection.executemany("INSERT INTO lead VALUES (?, ?, ?, ?, ?, ?)", batch)
    took_s = time.perf_counter() - began
    database.unlink()
    return took_s


def _batches(lines: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    while batch := list(islice(lines, _BATCH)):
        yield batch


async def _import(leads: Path, folder: Path, rows: int) -> dict[str, Any]:
    """One import in a process of its own, on a terminal of its own, so that its progress is shown as to a person."""
    settings = folder / "ringpace.toml"
    (folder / "data").mkdir(parents=True)
    # Nothing is started: the import needs the record alone, and the other parts are only named.
    write_settings(settings, LabPlan(agents=0), Ports.free(), Secrets())
    async with Record(f"sqlite:///{folder}/data/ringpace.db") as record:
        await record.campaigns.create(CampaignPlan(name="many", trunk="carrier", caller_id=CALLER_IDS[0]), now())
    ours, theirs = pty.openpty()
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dialer", "--settings", str(settings)),
        *("leads", "import", str(leads), "--campaign", "many", "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm"},
    )
    os.close(theirs)
    watching = asyncio.create_task(_watch(ours, process.pid, rows))
    said, _ = await process.communicate()
    took_s = time.perf_counter() - began
    peaks, shown = await watching
    os.close(ours)
    if process.returncode or f'"accepted": {rows}' not in said.decode():
        raise RuntimeError(f"the import ended with {process.returncode}: {said.decode()[-500:]}")
    return {"took_s": round(took_s, 2), "peak_mb": peaks, "progress_shown": shown}


async def _watch(terminal: int, pid: int, rows: int) -> tuple[dict[str, float], int]:
    """The peak memory whenever the progress that is shown passes a mark, and how often it was shown anew."""
    peaks: dict[str, float] = {}
    shown, last, text = 0, -1, ""
    loop = asyncio.get_running_loop()
    while True:
        try:
            text = (text + (await loop.run_in_executor(None, os.read, terminal, 4096)).decode(errors="replace"))[
                -_SHOWN:
            ]
        except OSError:  # Linux's word for a terminal that nobody holds open any more
            return peaks, shown
        if not (found := _PROGRESS.findall(text)):
            continue
        done = int(found[-1])
        shown += done != last
        last = done
        for mark in MARKS:
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                if done >= mark * rows and f"{mark:.0%}" not in peaks:
                    peaks[f"{mark:.0%}"] = round(kernel.most_resident_mb(pid), 1)


if __name__ == "__main__":
    asyncio.run(main())
