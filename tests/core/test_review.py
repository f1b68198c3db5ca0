from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from dialer.core.review import Result, Reviewed, results

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUNDAY_NIGHT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
"""Half past one on Monday the 23rd in Shanghai."""


def test_a_week_begins_on_monday_where_the_centre_is() -> None:
    of = [
        Reviewed("agent2", SUNDAY_NIGHT, 80.0, failed=False),
        Reviewed("agent1", SUNDAY_NIGHT, 90.0, failed=False),
        Reviewed("agent1", SUNDAY_NIGHT, 0.0, failed=True),
        Reviewed("agent1", SUNDAY_NIGHT, None, failed=False),
    ]
    monday = date(2026, 11, 23)
    assert results(of, SHANGHAI) == [
        Result("agent1", monday, 3, 45.0, 0.0, 1),
        Result("agent2", monday, 1, 80.0, 80.0, 0),
    ]
    assert {row.week for row in results(of, ZoneInfo("UTC"))} == {date(2026, 11, 16)}


def test_the_newest_week_is_first_and_nothing_comes_of_nothing() -> None:
    weeks = [datetime(2026, 11, day, 4, tzinfo=UTC) for day in (3, 17, 10)]
    found = results([Reviewed("agent1", at, None, failed=False) for at in weeks], SHANGHAI)
    assert [(row.week.day, row.mean, row.lowest) for row in found] == [
        (16, None, None),
        (9, None, None),
        (2, None, None),
    ]
    assert results([], SHANGHAI) == []
