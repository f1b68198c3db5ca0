"""The ledger against a count by brute force: any order, doubles, a clock that jumps, days on which clocks change."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.abandonment import Fate, LegalWindow, WindowKind
from dialer.core.errors import InputError
from dialer.core.ledger import QUARTER_LIMIT, REMEMBERED_MINUTES, Entry, Ledger, Quarter
from dialer.core.standing import Count, Share

LONDON = ZoneInfo("Europe/London")
HOUR = LegalWindow(name="hour", kind=WindowKind.ROLLING, hours=1)
WINDOWS = (
    HOUR,
    LegalWindow(name="24h", kind=WindowKind.ROLLING, hours=24),
    LegalWindow(name="day", kind=WindowKind.CALENDAR_DAY, time_zone="Europe/London"),
    LegalWindow(name="month", kind=WindowKind.CALENDAR_MONTH, time_zone="Europe/London"),
)
CLOCKS_CHANGE = (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 0, tzinfo=UTC))
GRAVEST_LAST = [Fate.IN_TIME, Fate.TAKEN_FOR_A_MACHINE, Fate.TOO_LATE, Fate.NOBODY_CAME]
T0 = 1_795_000_020.0
"""On a whole minute."""


def an_entry(name: object, answered_s: float = T0, fate: Fate = Fate.IN_TIME) -> Entry:
    return Entry(f"a{name}", answered_s, fate)


@dataclass
class BruteForce:
    """Every call that was told, and every question answered by looking at all of them."""

    calls: dict[str, Entry] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        known = self.calls.get(entry.attempt_id, entry)
        by_gravity = (GRAVEST_LAST.index(entry.fate), -entry.answered_s)
        if by_gravity >= (GRAVEST_LAST.index(known.fate), -known.answered_s):
            self.calls[entry.attempt_id] = entry

    def counts(self, window: LegalWindow, now_s: float) -> Count:
        return self._count([one.fate for one in self.calls.values() if self._within(window, one.answered_s, now_s)])

    def worst(self, window: LegalWindow, now_s: float) -> Quarter | None:
        minutes = {int(one.answered_s // 60) for one in self.calls.values()}
        worst = None
        for minute in sorted({end for one in minutes for end in range(one, one + 15)}):
            inside = [one.fate for one in self.calls.values() if minute - 14 <= one.answered_s // 60 <= minute]
            share = self._count(inside).share(0.1)
            if not share.answers or not self._within(window, minute * 60, now_s):
                continue
            if worst is None or share.rate > worst.share.rate:
                worst = Quarter((minute - 14) * 60, share)
        return worst

    @staticmethod
    def _within(window: LegalWindow, at_s: float, now_s: float) -> bool:
        if window.hours is not None:
            return at_s >= (now_s - window.hours * 3600) // 60 * 60
        at, now = (datetime.fromtimestamp(each, LONDON).date() for each in (at_s, now_s))
        if window.kind is WindowKind.CALENDAR_DAY:
            return at >= now
        return (at.year, at.month) >= (now.year, now.month)

    @staticmethod
    def _count(fates: list[Fate]) -> Count:
        seen = Counter(fates)
        abandoned = seen[Fate.NOBODY_CAME] + seen[Fate.TOO_LATE]
        return Count(seen[Fate.IN_TIME] + abandoned, abandoned, seen[Fate.TAKEN_FOR_A_MACHINE])


@st.composite
def happenings(draw: st.DrawFn) -> list[Entry | float]:
    """Calls that are told, some of them again and otherwise, between moves of the clock, around a change of it."""
    middle_s = draw(st.sampled_from(CLOCKS_CHANGE)).timestamp()
    near, far = st.floats(-2 * 3600, 2 * 3600), st.floats(-33 * 86_400, 33 * 86_400)
    times = st.one_of(near, near, st.floats(-2 * 86_400, 2 * 86_400), far).map(lambda apart_s: middle_s + apart_s)
    entries = st.builds(an_entry, st.integers(0, 40), times, st.sampled_from(Fate))
    return draw(st.lists(st.one_of(entries, entries, times), max_size=60))


@given(happenings())
def test_every_window_counts_what_brute_force_counts(happened: list[Entry | float]) -> None:
    ledger, brute, now_s = Ledger(WINDOWS, 0.1), BruteForce(), CLOCKS_CHANGE[0].timestamp()
    for what in happened:
        if isinstance(what, Entry):
            ledger.add(what)
            brute.add(what)
        else:
            now_s = what
        for standing in ledger.standings(now_s):
            assert standing.count == brute.counts(standing.window, now_s)
    for window in WINDOWS:
        assert ledger.worst_quarter(window.name, now_s) == brute.worst(window, now_s)


def test_the_worst_quarter_follows_every_telling_and_every_move_of_the_clock() -> None:
    rng = random.Random(11)
    hour_s = T0 // 3600 * 3600
    for _ in range(60):
        ledger, brute = Ledger((HOUR,), 0.1), BruteForce()
        for name in range(20):
            minute = rng.choice([46, 60, rng.randrange(130)])  # the first and the last of a quarter across the hour
            entry = an_entry(name, hour_s + 60 * minute, rng.choice([Fate.IN_TIME, *Fate]))
            ledger.add(entry)
            brute.add(entry)
            now_s = hour_s + 60 * rng.randrange(40, 150)
            assert ledger.worst_quarter("hour", now_s) == brute.worst(HOUR, now_s)


@given(happenings(), st.randoms(use_true_random=False))
def test_neither_order_nor_telling_twice_changes_anything(happened: list[Entry | float], rng: object) -> None:
    entries = [what for what in happened if isinstance(what, Entry)]
    shuffled = entries * 2
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = Ledger(WINDOWS, 0.1), Ledger(WINDOWS, 0.1)
    for entry in entries:
        one.add(entry)
    for entry in shuffled:
        other.add(entry)
    now_s = CLOCKS_CHANGE[1].timestamp()
    assert one.standings(now_s) == other.standings(now_s)
    assert all(one.evidence(window.name, now_s) == other.evidence(window.name, now_s) for window in WINDOWS)


@given(happenings())
def test_what_was_recorded_counts_as_what_was_told(happened: list[Entry | float]) -> None:
    brute = BruteForce()
    for what in happened:
        if isinstance(what, Entry):
            brute.add(what)
    told = Ledger(WINDOWS, 0.1)
    for entry in brute.calls.values():
        told.add(entry)
    minutes = {entry.minute for entry in brute.calls.values()}
    everything = LegalWindow(name="minute", kind=WindowKind.ROLLING, hours=1)
    recorded = {
        minute: BruteForce({k: e for k, e in brute.calls.items() if e.minute == minute}).counts(
            everything, minute * 60.0
        )
        for minute in minutes
    }
    loaded = Ledger(WINDOWS, 0.1, recorded)
    for now in CLOCKS_CHANGE:
        now_s = now.timestamp()
        assert loaded.standings(now_s) == told.standings(now_s)
        for window in WINDOWS:
            assert loaded.worst_quarter(window.name, now_s) == told.worst_quarter(window.name, now_s)


def test_a_call_that_was_recorded_is_not_counted_again() -> None:
    ledger = Ledger(WINDOWS, recorded={int(T0 // 60): Count(5, 1, 0)})
    assert not ledger.add(an_entry(1))
    assert ledger.standing("hour", T0).count == Count(5, 1, 0)
    assert ledger.add(an_entry(2, T0 + 60))
    assert ledger.standing("hour", T0).count == Count(6, 1, 0)


def test_a_call_told_again_after_half_a_day_of_dialling_is_left_to_the_record() -> None:
    ledger = Ledger(WINDOWS)
    for minute in range(REMEMBERED_MINUTES + 1):
        ledger.add(an_entry(minute, T0 + minute * 60))
    counted = ledger.standing("24h", T0).count
    assert counted == Count(REMEMBERED_MINUTES + 1, 0, 0)
    assert not ledger.add(an_entry(0, T0, Fate.NOBODY_CAME))
    assert not ledger.add(an_entry(REMEMBERED_MINUTES, T0 + REMEMBERED_MINUTES * 60))
    assert ledger.standing("24h", T0).count == counted


def test_a_call_whose_time_was_corrected_is_remembered_in_its_new_minute() -> None:
    ledger = Ledger(WINDOWS)
    ledger.add(an_entry("moved", T0))
    for minute in range(1, REMEMBERED_MINUTES + 1):
        if minute == REMEMBERED_MINUTES // 2:
            assert ledger.add(an_entry("moved", T0 + 60 * minute, Fate.TOO_LATE))
        ledger.add(an_entry(minute, T0 + 60 * minute))
    assert not ledger.add(an_entry("moved", T0 + 60 * (REMEMBERED_MINUTES // 2), Fate.TOO_LATE))
    assert ledger.standing("24h", T0).count == Count(REMEMBERED_MINUTES + 1, 1, 0)


def test_a_shift_on_a_clock_that_was_a_year_ahead_takes_nothing_from_the_real_one() -> None:
    ledger = Ledger((HOUR,))
    year_s = 366 * 86_400
    for minute in range(2 * REMEMBERED_MINUTES):
        ledger.add(an_entry(f"ahead{minute}", T0 + year_s + minute * 60))
    ahead = ledger.standing("hour", T0).count.live_answers
    for call in range(100):
        assert ledger.add(an_entry(call, T0 + 30 * call, Fate.NOBODY_CAME))
        assert not ledger.add(an_entry(call, T0 + 30 * call, Fate.NOBODY_CAME))
    assert ledger.standing("hour", T0).count == Count(ahead + 100, 100, 0)


def test_memory_is_bounded_by_the_longest_window_not_by_what_was_dialled() -> None:
    ledger = Ledger((HOUR,))
    for minute in range(20_000):
        ledger.add(an_entry(minute, T0 + minute * 60))
    now_s = T0 + 19_999 * 60
    assert ledger.standing("hour", now_s).count.live_answers == 61
    assert ledger.standing("hour", now_s - 86_400).count.live_answers == 61 + 1440
    assert ledger.standing("hour", T0).count.live_answers < 5000


def test_the_clock_alone_forgets_nothing() -> None:
    ledger = Ledger(WINDOWS)
    ledger.add(an_entry(1, fate=Fate.NOBODY_CAME))
    assert ledger.standing("month", T0 + 400 * 86_400).count == Count()
    assert ledger.standing("month", T0).count == Count(1, 1, 0)


def test_evidence_is_the_calls_behind_the_count() -> None:
    ledger = Ledger(WINDOWS)
    fates = [Fate.NOBODY_CAME, Fate.IN_TIME, Fate.TAKEN_FOR_A_MACHINE, Fate.TOO_LATE]
    entries = [an_entry(number, T0 + 40 * 60 * number, fate) for number, fate in enumerate(fates)]
    for entry in reversed(entries):
        ledger.add(entry)
    now_s = T0 + 120 * 60
    assert ledger.evidence("24h", now_s) == (entries[0], entries[2], entries[3])
    assert ledger.evidence("hour", now_s) == (entries[2], entries[3])
    assert ledger.standing("24h", now_s).count == Count(3, 2, 1)


def test_the_last_quarter_of_an_hour_ends_with_the_running_minute() -> None:
    ledger = Ledger(WINDOWS, 0.5)
    for minute in range(30):
        fate = Fate.NOBODY_CAME if minute % 5 == 0 else Fate.TAKEN_FOR_A_MACHINE if minute % 5 == 1 else Fate.IN_TIME
        ledger.add(an_entry(minute, T0 + minute * 60, fate))
    assert ledger.last_quarter(T0 + 29 * 60 + 59.9) == Share(12 + 1.5, 3 + 1.5)
    assert ledger.last_quarter(T0 + 14 * 60) == Share(12 + 1.5, 3 + 1.5)  # the future is not in it
    assert ledger.last_quarter(T0 - 60) == Share(0, 0)


def test_the_worst_quarter_of_a_good_day_is_found_and_is_over_its_limit() -> None:
    ledger = Ledger(WINDOWS)
    for number in range(1000):
        ledger.add(an_entry(number, T0 + 20 * number))
    bad = range(500, 504)
    for number in bad:
        ledger.add(an_entry(number, T0 + 20 * number, Fate.TOO_LATE))
    now_s = T0 + 20_000
    assert ledger.standing("24h", now_s).within
    worst = ledger.worst_quarter("24h", now_s)
    assert worst is not None
    assert worst.share == Share(45, 4)
    assert QUARTER_LIMIT < 4 / 45
    assert worst.over_limit
    assert worst.begins_s <= T0 + 20 * bad.start < T0 + 20 * bad.stop <= worst.begins_s + 15 * 60
    assert Ledger(WINDOWS).worst_quarter("24h", now_s) is None


def test_a_measured_share_of_false_positives_changes_every_estimate() -> None:
    ledger = Ledger(WINDOWS, 0.0)
    for number in range(100):
        ledger.add(an_entry(number, fate=Fate.TAKEN_FOR_A_MACHINE if number < 50 else Fate.IN_TIME))
    before, worst_before = ledger.standing("hour", T0), ledger.worst_quarter("hour", T0)
    ledger.measured(0.1)
    after, worst_after = ledger.standing("hour", T0), ledger.worst_quarter("hour", T0)
    assert (before.share, after.share) == (Share(50, 0), Share(55, 5))
    assert worst_before is not None
    assert worst_after is not None
    assert (worst_before.share, worst_after.share) == (before.share, after.share)


def test_counting_up_to_a_time_leaves_out_what_is_on_its_way() -> None:
    ledger = Ledger(WINDOWS)
    for minute in range(-70, 10):
        ledger.add(an_entry(minute, T0 + minute * 60))
    counts = [ledger.counted("hour", T0, T0 + minute * 60).live_answers for minute in (-100, -60, -59, 0, 5, 1000)]
    assert counts == [0, 0, 1, 60, 65, 70]


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="machine_false_share"):
        Ledger(WINDOWS, share)
    with pytest.raises(InputError, match="machine_false_share"):
        Ledger(WINDOWS).measured(share)


def test_times_that_are_none_and_windows_that_are_not_there_are_errors() -> None:
    ledger = Ledger(WINDOWS)
    with pytest.raises(InputError, match="answered_s"):
        an_entry(1, math.nan)
    with pytest.raises(InputError, match="now_s"):
        ledger.standings(math.inf)
    with pytest.raises(InputError, match="now_s"):
        ledger.last_quarter(math.nan)
    with pytest.raises(InputError, match=r"fortnight.*hour, 24h, day, month"):
        ledger.standing("fortnight", T0)
    assert ledger.windows == WINDOWS
    assert Ledger(()).standings(T0) == ()
