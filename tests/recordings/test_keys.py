from __future__ import annotations

import re
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import ConflictError, SettingsError
from recordings.keys import KeyFile
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from pathlib import Path

LATER = MIDMORNING + timedelta(days=1)


def test_a_missing_key_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"recordings\.key_file: .* put your copy of it back.*new-keys"):
        KeyFile(tmp_path / "recordings.keys").read()


def test_its_owner_alone_reads_it_and_one_that_others_may_read_is_refused(key_file: KeyFile) -> None:
    assert key_file.path.stat().st_mode & 0o777 == 0o600
    assert key_file.path.parent.stat().st_mode & 0o777 == 0o700
    key_file.path.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        key_file.read()


def test_a_new_key_comes_first_and_the_old_ones_stay_until_they_are_dropped(key_file: KeyFile) -> None:
    before = key_file.read()
    after = key_file.add(LATER)
    assert after.seal[1:] == before.seal
    assert (after.newest.made_at, after.sign) == (LATER, before.sign)
    assert after.find(before.newest.key_id) == before.newest
    dropped = key_file.drop(after.seal)  # the newest too: it is never dropped
    assert dropped.seal == (after.newest,)
    assert dropped.find(before.newest.key_id) is None
    assert key_file.path.stat().st_mode & 0o777 == 0o600


def test_keys_that_are_there_are_never_overwritten(key_file: KeyFile) -> None:
    before = key_file.path.read_bytes()
    with pytest.raises(ConflictError, match="nothing is changed"):
        key_file.create(LATER)
    assert key_file.path.read_bytes() == before


@pytest.mark.parametrize("spoil", ["cut", "kind", "short", "words", "naive", "binary", "seal gone", "sign gone"])
def test_what_is_no_key_is_named_by_its_line_and_never_repeated(key_file: KeyFile, spoil: str) -> None:
    text = key_file.path.read_text()
    secret = re.findall(r"seal \S+ (\S+)", text)[0]
    spoilt = {
        "cut": text.replace(secret, secret[:-1]),
        "kind": text.replace("seal ", "salt "),
        "short": text.replace(secret, "AAAA"),
        "words": text.replace(secret, f"{secret} and more"),
        "naive": text.replace("+00:00", ""),
        "binary": text + "\xff",
        "seal gone": re.sub(r"(?m)^seal .*\n", "", text),
        "sign gone": re.sub(r"(?m)^sign .*\n", "", text),
    }[spoil]
    key_file.path.write_bytes(spoilt.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"recordings\.key_file") as told:
        key_file.read()
    assert secret[:-1] not in "".join(traceback.format_exception(told.value))


def test_a_key_is_not_shown(key_file: KeyFile) -> None:
    keys = key_file.read()
    assert keys.newest.bits.hex() not in repr(keys)
    assert repr(keys.newest.bits) not in repr(keys)
    assert keys.newest.key_id not in keys.newest.bits


def test_a_disk_that_refuses_leaves_the_former_keys(key_file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before = key_file.path.read_bytes()
    monkeypatch.setattr("recordings.keys.os.fsync", refuse)
    with pytest.raises(SettingsError, match="No space left"):
        key_file.add(LATER)
    assert key_file.path.read_bytes() == before
