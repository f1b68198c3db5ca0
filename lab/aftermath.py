"""What a storm left behind: channels, raw sound, faults in the logs; and the report over all of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lab.witness import Absence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from lab.checker import Evidence
    from lab.faults import Planned
    from lab.parts import Parts

_GRACE = timedelta(seconds=3)
"""How long after its return a part may still be catching up."""
_WHO_IS_AWAY = {"controller": "controller node1", "second controller": "controller node2", "asterisk": "asterisk"}

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault as it really was: when it broke its part, when mending began, and when it was mended."""

    planned: Planned
    since: datetime
    mending: datetime
    until: datetime

    @property
    def absence(self) -> Absence | None:
        """Who was away because of it, and when; only they are an excuse."""
        takes = self.planned.fault.takes
        if takes not in _WHO_IS_AWAY:
            return None
        # The second controller is there while its fault lasts, and is killed at its end.
        since = self.mending if takes == "second controller" else self.since
        return Absence(_WHO_IS_AWAY[takes], since, self.until + _GRACE)


async def left_over(parts: Parts) -> list[str]:
    """Living channels, and raw sound of talks that are over, when the controllers have gone."""
    channels = {part.name: await parts.living_channels(part) for part in (parts.asterisk, parts.carrier)}
    raw = [path for folder in ("data/spool", "second/data/spool") for path in (parts.root / folder).glob("*.raw")]
    return [
        *(f"a channel is left on {name}: {line}" for name, lines in channels.items() for line in lines),
        *(f"attempt {path.stem} has left {path.stat().st_size} bytes of raw sound in the spool" for path in raw),
    ]


def faults_logged(*logs: Path) -> list[str]:
    """Tracebacks that a controller wrote down, each kind once."""
    traces: Counter[str] = Counter()
    for log in logs:
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else ():
            if line.startswith(("Traceback", "  + Exception Group Traceback")):
                traces["a bare traceback"] += 1
            elif '"trace": ' in line:
                told = json.loads(line)
                traces[f"{told['message']}: {told['trace'].splitlines()[-1]}"] += 1
    return [f"the controller logged a fault {count} times: {what}" for what, count in traces.items()]


def report(it: Evidence, struck: Sequence[Struck], paused: Sequence[Span], found: list[str]) -> dict[str, Any]:
    """Ready for JSON: what was done, what struck and how soon calls were placed again, and what was found."""
    sent = sorted(row.sent_at for row in it.rows if row.sent_at is not None)
    faults = [
        {
            "fault": one.planned.fault.name,
            "since": one.since.isoformat(),
            "until": one.until.isoformat(),
            "recovery_s": recovery_s(one.until, sent, paused),
        }
        for one in sorted(struck, key=lambda each: each.since)
    ]
    return {
        "placed": len(sent),
        "answered": sum(row.answered_at is not None for row in it.rows),
        "bridged": sum(row.bridged_at is not None for row in it.rows),
        "outcomes": dict(Counter(str(row.outcome) for row in it.rows).most_common()),
        "network_calls": len(it.network),
        "recordings": dict(Counter(str(state) for state in it.recordings.values())),
        "struck": dict(Counter(one.planned.fault.name for one in struck).most_common()),
        "longest_recovery_s": longest(faults),
        "faults": faults,
        "findings": found,
    }


def recovery_s(mended: datetime, sent: Iterable[datetime], paused: Iterable[Span]) -> float | None:
    """Seconds from a fault's end to the next call (`sent` in order), without those the operator wanted no calls in."""
    after = next((at for at in sent if at >= mended), None)
    if after is None:
        return None
    still = sum((max(timedelta(), min(after, end) - max(mended, begin)) for begin, end in paused), timedelta())
    return round((after - mended - still).total_seconds(), 1)


def longest(faults: Iterable[dict[str, Any]]) -> dict[str, float]:
    """The longest recovery of each kind of fault; those after which nothing was left to be dialled do not count."""
    found: dict[str, float] = {}
    for one in faults:
        if one["recovery_s"] is not None:
            found[one["fault"]] = max(one["recovery_s"], found.get(one["fault"], 0.0))
    return found
