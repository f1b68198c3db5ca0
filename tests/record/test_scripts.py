from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import ConflictError, NotFoundError, RecordError
from dialer.core.script_walk import Move, Walk
from dialer.record.scripts import KeptWalk

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from dialer.record.record import Record

    from .world import World


async def test_every_save_is_a_version_and_the_old_ones_stay(record: Record) -> None:
    for text in ("one", "two", "two"):
        await record.scripts.save("offer", text, NOW, "user:li")
    await record.scripts.save("other", "x", NOW, "user:li")
    assert [(one.version, one.text) for one in await record.scripts.versions("offer")] == [(2, "two"), (1, "one")]
    assert (await record.scripts.get("offer")).version == 2
    assert (await record.scripts.get("offer", 1)).text == "one"
    assert [(one.name, one.version) for one in await record.scripts.newest()] == [("offer", 2), ("other", 1)]
    assert [one.name for one in await record.scripts.newest(but={("offer", 2)})] == ["other"]
    lines = [(line.who, line.what, line.subject, line.detail) for line in await record.audit.latest()]
    assert lines[1:] == [
        ("user:li", "script saved", "offer", "version 2"),
        ("user:li", "script saved", "offer", "version 1"),
    ]
    for name, version in (("none", None), ("offer", 3)):
        with pytest.raises(NotFoundError, match="there is no script"):
            await record.scripts.get(name, version)


async def test_nobody_saves_over_what_they_have_not_seen(record: Record) -> None:
    await record.scripts.save("offer", "one", NOW, "li", after=0)
    with pytest.raises(ConflictError, match="has version 1 by now"):
        await record.scripts.save("offer", "mine", NOW, "wang", after=0)
    await record.scripts.save("offer", "mine", NOW, "wang", after=1)


async def test_two_who_save_at_once_make_two_versions(record: Record) -> None:
    saved = await asyncio.gather(*(record.scripts.save("offer", f"text {n}", NOW, "li") for n in range(4)))
    assert sorted(one.version for one in saved) == [1, 2, 3, 4]


async def test_a_walk_is_kept_as_it_goes_on(record: Record, world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    attempt = await world.called(lead, NOW)
    await record.scripts.save("offer", "one", NOW, "li")
    assert await record.scripts.walk(attempt.attempt_id) is None
    begun = KeptWalk(attempt.attempt_id, "offer", 1, Walk((Move("a"),), {"name": "<b>王"}), NOW)
    further = KeptWalk(
        attempt.attempt_id, "offer", 1, Walk((Move("a", "1"), Move("b")), {}, "G", "别的原因"), NOW + SECOND
    )
    for kept in (begun, further):
        await record.scripts.keep_walk(kept)
        assert await record.scripts.walk(attempt.attempt_id) == kept
    with pytest.raises(RecordError):
        await record.scripts.keep_walk(KeptWalk(attempt.attempt_id, "offer", 2, Walk((Move("a"),)), NOW))
