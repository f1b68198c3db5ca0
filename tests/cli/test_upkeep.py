from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Attempt
from dialer.record.record import Record
from dialer.record.recordings import Measured
from recordings.evidence import About, packed
from recordings.keys import KeyFile
from recordings.sealed import is_sealed
from recordings.store import Store
from tests.cli.test_recordings import audited
from tests.fakes.centre import CALLER_ID
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Operator

WAV = b"RIFF and so on" * 10_000


def store_of(operator: Operator) -> Store:
    return Store(operator.folder / "recordings", KeyFile(operator.folder / "recordings.keys"))


async def _record(operator: Operator) -> None:
    """A recording that is sealed, and one from before there were keys."""
    store = store_of(operator)
    async with Record(f"sqlite:///{operator.folder}/record.db") as record:
        for lead_id, attempt_id in ((1, "a1"), (2, "a2")):
            lead = (await record.leads.facts(lead_id, MIDMORNING)).lead
            number = lead.numbers[0]
            ids = (attempt_id, 1, lead_id, number.number_id, number.e164, lead.person, lead.name)
            await record.attempts.claim([Attempt(*ids, "carrier", CALLER_ID, MIDMORNING)], "node1")
            file = store.path_for("autumn", MIDMORNING.date(), attempt_id)
            store.write(WAV, file)
            if attempt_id == "a2":
                file.unlink()
                file = file.with_suffix(".wav")
                file.write_bytes(WAV)
            measured = Measured(1.5, len(WAV), hashlib.sha256(WAV).hexdigest(), -20.0, -25.0)
            await record.recordings.stored(attempt_id, str(file), measured, MIDMORNING)


@pytest.fixture(autouse=True)
def _two_recordings(operator: Operator) -> None:
    operator.has_campaign()
    operator.has_leads()
    operator.does("recordings", "new-keys")
    asyncio.run(_record(operator))


def rows(operator: Operator) -> dict[str, str]:
    async def read() -> dict[str, str]:
        async with Record(f"sqlite:///{operator.folder}/record.db") as record:
            return {row.attempt_id: row.path async for row in record.recordings.all_stored()}

    return asyncio.run(read())


def test_keys_are_made_once_and_never_overwritten(operator: Operator) -> None:
    before = (operator.folder / "recordings.keys").read_bytes()
    assert "nothing is changed" in operator.is_told("recordings", "new-keys")
    operator.does("recordings", "new-keys", "--if-missing")
    assert (operator.folder / "recordings.keys").read_bytes() == before


def test_old_recordings_are_sealed_and_heard_as_before(operator: Operator) -> None:
    (plain,) = (path for path in store_of(operator).files() if path.suffix == ".wav")
    orphan = plain.with_name("autumn_20261123_ghost.wav")
    orphan.write_bytes(WAV)  # nobody knows it: it is named, and left as it is
    answer = operator.types("recordings", "encrypt", "--json")
    told = json.loads(answer.stdout)
    assert (answer.exit_code, told["done"], [one["path"] for one in told["trouble"]]) == (1, 1, [str(orphan)])
    assert not plain.exists()
    orphan.unlink()
    named = rows(operator)["a2"]
    assert named == str(plain.with_suffix(".sealed"))
    assert store_of(operator).whole(plain.with_suffix(".sealed")) == WAV
    assert "0 recordings sealed" in operator.does("recordings", "encrypt")
    assert "2 recordings read" in operator.does("recordings", "check")


@pytest.mark.parametrize("came_to", ["sealed, its row not changed", "its row changed, the plain one not removed"])
def test_sealing_that_broke_off_is_finished_by_the_next_run(operator: Operator, came_to: str) -> None:
    store = store_of(operator)
    (plain,) = (path for path in store.files() if path.suffix == ".wav")
    sealed = plain.with_suffix(".sealed")
    store.write(WAV, sealed)
    if came_to.startswith("its row"):

        async def move() -> None:
            async with Record(f"sqlite:///{operator.folder}/record.db") as record:
                assert await record.recordings.moved("a2", str(plain), str(sealed))

        asyncio.run(move())
    operator.does("recordings", "encrypt")
    assert not plain.exists()
    assert rows(operator)["a2"] == str(sealed)
    assert store.whole(sealed) == WAV


def test_a_plain_file_that_is_not_what_was_stored_is_not_sealed(operator: Operator) -> None:
    (plain,) = (path for path in store_of(operator).files() if path.suffix == ".wav")
    plain.write_bytes(b"something else")
    answer = operator.types("recordings", "encrypt")
    assert (answer.exit_code, "checksum differs" in answer.output) == (1, True)
    assert plain.read_bytes() == b"something else"


def test_a_new_key_closes_every_recording_and_the_old_one_is_forgotten_only_when_asked(operator: Operator) -> None:
    store = store_of(operator)
    first = store.key_file.read().newest
    assert operator.reads("recordings", "rotate") == {"done": 1, "trouble": []}
    assert [key.key_id for key in store.key_file.read().seal][1:] == [first.key_id]
    assert ("recording key made", "recordings") in audited(operator)
    assert operator.types("recordings", "drop-keys").exit_code == 1  # asks, and nobody says yes
    assert "0 keys forgotten" in operator.does("recordings", "drop-keys", "--yes")  # it was replaced just now
    age_keys(store.key_file.path)
    assert "1 keys forgotten" in operator.does("recordings", "drop-keys", "--yes")
    assert len(store.key_file.read().seal) == 1
    assert "2 recordings read" in operator.does("recordings", "check")
    shown = operator.does("recordings", "rotate") + operator.does("recordings", "check")
    assert not any(line.split()[-1] in shown for line in store.key_file.path.read_text().splitlines() if "=" in line)


def age_keys(path: Path) -> None:
    """As if its keys were an hour older."""
    keys = KeyFile(path).read()
    text = path.read_text()
    for key in keys.seal:
        text = text.replace(key.made_at.isoformat(), (key.made_at - timedelta(hours=1)).isoformat())
    path.write_text(text)


def test_no_key_is_forgotten_while_a_recording_may_need_it(operator: Operator) -> None:
    store = store_of(operator)
    (sealed,) = (path for path in store.files() if is_sealed(path))
    store.key_file.add(MIDMORNING)
    sealed.write_bytes(sealed.read_bytes()[:-1])
    answer = operator.types("recordings", "drop-keys", "--yes")
    assert (answer.exit_code, str(sealed) in answer.output) == (1, True)
    assert len(store.key_file.read().seal) == 2


def test_damaged_recordings_are_named(operator: Operator) -> None:
    store = store_of(operator)
    (sealed,) = (path for path in store.files() if is_sealed(path))
    content = bytearray(sealed.read_bytes())
    content[-1] ^= 1
    sealed.write_bytes(content)
    answer = operator.types("recordings", "check", "--json")
    told = json.loads(answer.stdout)
    assert (answer.exit_code, told["done"]) == (1, 1)
    assert [(one["path"], "damaged" in one["why"]) for one in told["trouble"]] == [(str(sealed), True)]
    assert "damaged" in operator.is_told("recordings", "path", "a1")


def test_without_the_key_it_says_what_to_do_and_the_wrong_one_is_named(operator: Operator) -> None:
    keys = operator.folder / "recordings.keys"
    needed = KeyFile(keys).read().newest.key_id.hex()
    keys.unlink()
    assert "put your copy of it back" in operator.is_told("recordings", "path", "a1")
    assert "new-keys" in operator.is_told("recordings", "rotate")
    operator.does("recordings", "new-keys")
    assert needed in operator.is_told("recordings", "path", "a1")


def test_a_recording_is_written_in_the_clear_only_where_nothing_is(operator: Operator) -> None:
    to = operator.folder / "out.wav"
    operator.does("recordings", "path", "a1", "--wav", str(to))
    assert (to.read_bytes(), to.stat().st_mode & 0o777) == (WAV, 0o600)
    assert ("recording opened", "a1") in audited(operator)
    assert "--wav" in operator.is_told("recordings", "path", "a1", "--wav", str(to))


def test_an_evidence_file_is_verified_with_our_key_or_the_one_that_is_named(operator: Operator) -> None:
    about = About("a1", MIDMORNING, "user:ada", "masked")
    file = operator.folder / "e.zip"
    keys = KeyFile(operator.folder / "recordings.keys")
    file.write_bytes(b"".join(packed(about, {"attempt.json": b"{}"}, None, keys.read().signer())))
    found = operator.reads("recordings", "verify", str(file))
    assert found["attempt_id"] == "a1"
    assert "whole" in operator.does("recordings", "verify", str(file))
    keys.path.unlink()
    operator.does("recordings", "verify", str(file), "--key", found["public_key"])
    operator.does("recordings", "new-keys")
    assert "not signed by a key that is trusted" in operator.is_told("recordings", "verify", str(file))
    assert "--key" in operator.is_told("recordings", "verify", str(file), "--key", "abc")
    file.write_bytes(file.read_bytes()[:-30])
    assert "ZIP" in operator.is_told("recordings", "verify", str(file))
