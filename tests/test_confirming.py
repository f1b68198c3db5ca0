from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialer.books import DispositionEntry
from dialer.confirming import concluded
from dialer.core.errors import InputError
from dialer.core.model import Disposition
from dialer.core.script_file import read
from dialer.core.script_walk import Move, Walk
from dialer.record.scripts import KeptWalk
from tests.core.scripts import CONFIRMED

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
SCRIPT = read(CONFIRMED)
ANSWERS = {"visit_at": "2026-11-24T10:00:00+08:00", "contact": "+8613800000001", "remark": "left of here"}
AGREED = Walk((Move("identity", "1"), Move("book"), Move("agreed")), ANSWERS)
REFUSED = (Move("identity", "2"), Move("refused"))


def conclude(
    walk: Walk, disposition: Disposition, reason: str | None = None
) -> tuple[str | None, list[datetime | None]]:
    kept = KeptWalk("a1", "booking", 1, walk, NOW)
    told = concluded(SCRIPT, kept, 7, DispositionEntry(disposition, reason), "agent1", NOW)
    return told.entry.reason, [one.due_at for one in told.confirmations]


def test_the_reason_comes_from_the_walk_unless_the_agent_has_another() -> None:
    walk = Walk(REFUSED, {}, "G", "moves abroad")
    assert conclude(walk, Disposition.REFUSED) == ("G", [None])
    assert conclude(walk, Disposition.REFUSED, "too far") == ("too far", [None])
    assert conclude(walk, Disposition.UNDECIDED) == (None, [None])


@pytest.mark.parametrize(("reason", "says"), [(None, "reason: the script asks"), ("G", "reason_text: reason G asks")])
def test_a_refusal_is_not_recorded_without_its_code_and_words(reason: str | None, says: str) -> None:
    with pytest.raises(InputError, match=says):
        conclude(Walk(REFUSED, {}, reason), Disposition.REFUSED)


def test_a_booking_asks_for_a_second_call_and_any_other_word_takes_it_back() -> None:
    due = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert conclude(AGREED, Disposition.AGREED) == (None, [due])
    assert conclude(AGREED, Disposition.UNDECIDED) == (None, [None])
    assert conclude(Walk(AGREED.path[:1]), Disposition.AGREED) == (None, [None])


def test_what_was_answered_goes_along_as_it_may_be_shown() -> None:
    kept = KeptWalk("a1", "booking", 1, AGREED, NOW)
    (asked,) = concluded(SCRIPT, kept, 7, DispositionEntry(Disposition.AGREED), "agent1", NOW).confirmations
    assert asked.attributes == {"visit_at": "2026-11-24 10:00", "contact": "138****0001", "remark": "left of here"}
    assert (asked.campaign, asked.key, asked.lead_id) == ("second", "confirm:a1", 7)
