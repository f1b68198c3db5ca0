from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Attempt
from dialer.record.record import Record
from dialer.record.recordings import Measured
from tests.fakes.centre import CALLER_ID
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from .conftest import Operator

SOUND = b"RIFF and so on"


async def _record(operator: Operator) -> None:
    """One recording that is stored, and one that is missing."""
    async with Record(f"sqlite:///{operator.folder}/record.db") as record:
        for lead_id, attempt_id in ((1, "a1"), (2, "a2")):
            lead = (await record.leads.facts(lead_id, MIDMORNING)).lead
            number = lead.numbers[0]
            ids = (attempt_id, 1, lead_id, number.number_id, number.e164, lead.person, lead.name)
            await record.attempts.claim([Attempt(*ids, "carrier", CALLER_ID, MIDMORNING)], "node1")
            await record.recordings.begin(attempt_id, f"{attempt_id}.raw", MIDMORNING)
        measured = Measured(1.5, len(SOUND), hashlib.sha256(SOUND).hexdigest(), -20.0, -25.0)
        file = operator.folder / "recordings/autumn/2026-11-23/autumn_20261123_a1.wav"
        file.parent.mkdir(parents=True)
        file.write_bytes(SOUND)
        await record.recordings.stored("a1", str(file), measured, MIDMORNING)
        await record.recordings.missing("a2", "the recording is empty", MIDMORNING)


def audited(operator: Operator) -> list[tuple[str, str]]:
    async def read() -> list[tuple[str, str]]:
        async with Record(f"sqlite:///{operator.folder}/record.db") as record:
            return [(line.what, line.subject) for line in await record.audit.latest()]

    return asyncio.run(read())


@pytest.fixture(autouse=True)
def _two_recordings(operator: Operator) -> None:
    operator.has_campaign()
    operator.has_leads()
    operator.does("recordings", "new-keys")
    asyncio.run(_record(operator))


def test_recordings_are_listed_with_their_measures_and_gaps(operator: Operator) -> None:
    listed = {row["attempt_id"]: row for row in operator.reads("recordings", "list", "--campaign", "autumn")}
    assert (listed["a1"]["state"], listed["a1"]["level_left_dbfs"]) == ("STORED", -20.0)
    assert (listed["a2"]["state"], listed["a2"]["detail"]) == ("MISSING", "the recording is empty")
    assert "-25.0 dB" in operator.does("recordings", "list")


def test_a_path_is_given_only_of_what_was_stored_and_leaves_a_line_in_the_audit(operator: Operator) -> None:
    file = operator.folder / "recordings/autumn/2026-11-23/autumn_20261123_a1.wav"
    assert operator.does("recordings", "path", "a1").strip() == str(file)

    assert ("recording opened", "a1") in audited(operator)
    file.write_bytes(b"something else")
    assert "checksum" in operator.is_told("recordings", "path", "a1")
    file.unlink()
    assert "not among the recordings" in operator.is_told("recordings", "path", "a1")
    assert "MISSING" in operator.is_told("recordings", "path", "a2")
    assert "ghost" in operator.is_told("recordings", "path", "ghost")
