"""The ledger: what became of every answer, counted for each legal window as it happens, whatever order it comes in.

Theory. Answers are counted by the minute in which somebody answered, and a window is a running sum of minutes from its
first one on. When the clock moves, the minutes that it passes leave the sum, or come back if it jumps back: nothing is
forgotten because a clock said so, only because more minutes have been dialled in than the longest window can hold.
What is stamped in the future counts at once. Memory is one row for each minute of the longest window, and, call by
call, the REMEMBERED_MINUTES that were told last, so that a doubled telling is known for what it is. A minute that is
counted and no longer remembered is closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.core.abandonment import MACHINE_FALSE_SHARE, Fate, checked_time, unlike_names
from dialer.core.errors import InputError
from dialer.core.standing import COUNTS_AS, Count, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.core.abandonment import LegalWindow
    from dialer.core.standing import Share

REMEMBERED_MINUTES = 720
"""Minutes with answers in them that are remembered call by call: twelve hours of dialling without a pause."""
QUARTER_MINUTES = 15
QUARTER_LIMIT = 0.08
"""No quarter of an hour may be worse than this, however good the day was."""

_MINUTE_S = 60
_HOUR_MINUTES = 60
_LEEWAY_MINUTES = 2 * 24 * 60
"""Kept beyond the longest window: minutes that a clock gone wrong made up may not push out real ones."""
_NOTHING = Count()
_GRAVITY = {fate: gravity for gravity, fate in enumerate(COUNTS_AS)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One answered call: when it was answered (Unix time in seconds) and what became of it; told once that is known."""

    attempt_id: str
    answered_s: float
    fate: Fate

    def __post_init__(self) -> None:
        checked_time("answered_s", self.answered_s)

    @property
    def minute(self) -> int:
        """The minute it counts in, since 1970."""
        return int(self.answered_s // _MINUTE_S)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of an hour on whole minutes, from a Unix time in seconds on."""

    begins_s: int
    share: Share

    @property
    def over_limit(self) -> bool:
        """Whether it was worse than QUARTER_LIMIT."""
        return self.share.rate > QUARTER_LIMIT


class _Running:
    """A window's sum of all minutes from its first one on."""

    def __init__(self, window: LegalWindow, minutes: Mapping[int, Count]) -> None:
        self.window = window
        self._minutes = minutes
        self._first = min(minutes, default=0)
        self._sum = sum(minutes.values(), _NOTHING)

    def change(self, minute: int, by: Count) -> None:
        """A minute has become another."""
        if minute >= self._first:
            self._sum += by

    def standing(self, now_s: float, machine_false_share: float) -> Standing:
        """The window at a time; the sum moves there, forwards or back."""
        span = self.window.span(now_s)
        first = span.begins_s // _MINUTE_S
        passed = _between(self._minutes, min(first, self._first), max(first, self._first))
        self._sum = self._sum - passed if first > self._first else self._sum + passed
        self._first = first
        return Standing(self.window, span, self._sum, machine_false_share)


class Ledger:
    """The answers of one campaign (or of all) in each of these windows.

    `recorded`: what the record has by the minute, for times before those of which entries will be added; an entry of
    such a time is taken to be among them. InputError for a share that is none, ValueError for windows of one name.
    """

    def __init__(
        self,
        windows: Sequence[LegalWindow],
        machine_false_share: float = MACHINE_FALSE_SHARE,
        recorded: Mapping[int, Count] | None = None,
    ) -> None:
        self._false_share = _checked_share(machine_false_share)
        self._minutes: dict[int, Count] = dict(recorded or {})
        self._running = {window.name: _Running(window, self._minutes) for window in unlike_names(windows)}
        longest_s = max((window.longest_s for window in windows), default=0)
        self._most_minutes = longest_s // _MINUTE_S + QUARTER_MINUTES + _LEEWAY_MINUTES
        self._entries: dict[str, Entry] = {}
        self._by_minute: dict[int, list[str]] = {}
        self._worst_of_hour: dict[int, Quarter] = {}
        self._stale_hours: set[int] = set()
        for minute in self._minutes:
            self._stale_hours.update(_hours(minute))

    @property
    def windows(self) -> tuple[LegalWindow, ...]:
        """The windows it counts for."""
        return tuple(running.window for running in self._running.values())

    def add(self, entry: Entry) -> bool:
        """Count an answered call; returns whether that changed anything. Telling it again, or late, is harmless.

        Of two tellings of one attempt the graver stands. One of a closed minute cannot be told from a double: it is the
        record's, and comparing the two finds it.
        """
        minute, known = entry.minute, self._entries.get(entry.attempt_id)
        if minute in self._minutes and minute not in self._by_minute:
            return False
        if known is not None:
            if _weight(entry) <= _weight(known):
                return False
            self._change(known.minute, _NOTHING - COUNTS_AS[known.fate])
        self._entries[entry.attempt_id] = entry
        self._by_minute.setdefault(minute, []).append(entry.attempt_id)
        self._change(minute, COUNTS_AS[entry.fate])
        self._forget()
        return True

    def standing(self, name: str, now_s: float) -> Standing:
        """How one window stands at a Unix time in seconds; InputError if there is none of that name."""
        return self._window(name).standing(now_s, self._false_share)

    def standings(self, now_s: float) -> tuple[Standing, ...]:
        """How each window stands at a Unix time in seconds, in the order they were given."""
        return tuple(one.standing(now_s, self._false_share) for one in self._running.values())

    def counted(self, name: str, now_s: float, before_s: float) -> Count:
        """What a window counts but for what was answered at or after a time (on its whole minute): to compare."""
        begins_s = self._window(name).window.span(now_s).begins_s
        before = int(checked_time("before_s", before_s) // _MINUTE_S)
        return _between(self._minutes, begins_s // _MINUTE_S, before)

    def last_quarter(self, now_s: float) -> Share:
        """The quarter of an hour that ends with the running minute."""
        now = int(checked_time("now_s", now_s) // _MINUTE_S)
        return _between(self._minutes, now - QUARTER_MINUTES + 1, now + 1).share(self._false_share)

    def worst_quarter(self, name: str, now_s: float) -> Quarter | None:
        """The worst quarter of an hour that ends in a window, the earliest of equals; None where nobody answered."""
        first = self._window(name).window.span(now_s).begins_s // _MINUTE_S
        for hour in self._stale_hours:
            if worst := self._worst(hour * _HOUR_MINUTES, (hour + 1) * _HOUR_MINUTES):
                self._worst_of_hour[hour] = worst
            else:
                self._worst_of_hour.pop(hour, None)
        self._stale_hours.clear()
        edge = first // _HOUR_MINUTES
        found = [worst for hour, worst in self._worst_of_hour.items() if hour > edge]
        if at_edge := self._worst(first, (edge + 1) * _HOUR_MINUTES):
            found.append(at_edge)
        return max(found, key=lambda quarter: (quarter.share.rate, -quarter.begins_s), default=None)

    def evidence(self, name: str, now_s: float) -> tuple[Entry, ...]:
        """The calls behind a window's abandonments and its estimate, oldest first, as far as they are remembered."""
        begins_s = self._window(name).window.span(now_s).begins_s
        behind = (one for one in self._entries.values() if one.answered_s >= begins_s and one.fate is not Fate.IN_TIME)
        return tuple(sorted(behind, key=lambda entry: (entry.answered_s, entry.attempt_id)))

    def measured(self, machine_false_share: float) -> None:
        """Detection's false positives have been measured: all estimates follow. InputError for what is no share."""
        self._false_share = _checked_share(machine_false_share)
        self._stale_hours.update(self._worst_of_hour)

    def _window(self, name: str) -> _Running:
        if name not in self._running:
            raise InputError(f"window: there is no {name!r}, only {', '.join(self._running) or 'none at all'}")
        return self._running[name]

    def _change(self, minute: int, by: Count) -> None:
        changed = self._minutes.get(minute, _NOTHING) + by
        if changed == _NOTHING:
            self._minutes.pop(minute, None)
        else:
            self._minutes[minute] = changed
        for running in self._running.values():
            running.change(minute, by)
        self._stale_hours.update(_hours(minute))

    def _forget(self) -> None:
        """Let go of what is over the bounds of memory: calls one by one, then whole minutes, the oldest of each."""
        while len(self._by_minute) > REMEMBERED_MINUTES:
            told_first = next(iter(self._by_minute))
            for attempt_id in self._by_minute.pop(told_first):
                if (entry := self._entries.get(attempt_id)) and entry.minute == told_first:
                    del self._entries[attempt_id]
        if len(self._minutes) > self._most_minutes:
            for minute in sorted(self._minutes)[: _LEEWAY_MINUTES // 2]:
                self._change(minute, _NOTHING - self._minutes[minute])

    def _worst(self, first: int, end: int) -> Quarter | None:
        """The worst quarter that ends in one of these minutes."""
        worst = None
        total = _between(self._minutes, first - QUARTER_MINUTES, first)
        for minute in range(first, end):
            begins = minute - QUARTER_MINUTES + 1
            total = total + self._minutes.get(minute, _NOTHING) - self._minutes.get(begins - 1, _NOTHING)
            share = total.share(self._false_share)
            if share.answers > 0 and (worst is None or share.rate > worst.share.rate):
                worst = Quarter(begins * _MINUTE_S, share)
        return worst


def _between(minutes: Mapping[int, Count], first: int, end: int) -> Count:
    """The sum of the minutes from `first` up to, not including, `end`."""
    if end - first < len(minutes):
        return sum((minutes[minute] for minute in range(first, end) if minute in minutes), _NOTHING)
    return sum((count for minute, count in minutes.items() if first <= minute < end), _NOTHING)


def _hours(minute: int) -> tuple[int, int]:
    """The hours in which the quarters that hold a minute end."""
    return minute // _HOUR_MINUTES, (minute + QUARTER_MINUTES - 1) // _HOUR_MINUTES


def _weight(entry: Entry) -> tuple[int, float]:
    """Of two tellings the one with more of it stands; of equally grave ones the earlier answer."""
    return _GRAVITY[entry.fate], -entry.answered_s


def _checked_share(machine_false_share: float) -> float:
    if not 0 <= machine_false_share <= 1:
        raise InputError(f"machine_false_share: {machine_false_share} is no share between 0 and 1")
    return machine_false_share
