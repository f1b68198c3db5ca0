from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import NotFoundError
from dialer.core.model import Outcome
from dialer.record.audit import AuditLine
from dialer.record.evidence import gather

from .bulk import Made, call, import_list
from .world import NOW

if TYPE_CHECKING:
    from .world import World

DAY = timedelta(days=1)


async def test_everything_about_one_attempt_and_nothing_about_others(world: World) -> None:
    campaign = await world.campaign()
    leads = await import_list(world.record, campaign, "list", ["+8613800000001", "+8613800000002"], NOW - 60 * DAY)
    first, other = leads
    calls = [
        (first, Made(NOW, Outcome.ANSWERED, 20.0)),
        (first, Made(NOW - DAY, Outcome.BUSY)),
        (first, Made(NOW - 40 * DAY, Outcome.BUSY)),  # longer ago than any cap looks back
        (first, Made(NOW + DAY, Outcome.BUSY)),  # it came after
        (other, Made(NOW - DAY, Outcome.NO_ANSWER)),
    ]
    await call(world.record, campaign, calls)
    await world.record.do_not_call.add("+8613800000001", source="agent", reason="asked for", now=NOW)
    for subject in ("a000000", "a000001"):
        await world.record.audit.add(AuditLine(NOW, "user:ada", "number seen", subject))
    found = await gather(world.record.database, "a000000")
    assert (found.attempt["outcome"], found.attempt["e164"]) == (Outcome.ANSWERED, "+8613800000001")
    assert [one["id"] for one in found.calls_before] == ["a000001"]
    assert (found.lead["list"], found.number["time_zones"]) == ("list", ["Asia/Shanghai"])
    assert found.do_not_call
    assert found.do_not_call["reason"] == "asked for"
    assert [line["what"] for line in found.audit] == ["number seen"]
    assert (found.decision, found.recording, found.hold) == (None, None, None)


async def test_nothing_is_made_up_about_what_is_not_there(world: World) -> None:
    with pytest.raises(NotFoundError, match="ghost"):
        await gather(world.record.database, "ghost")
