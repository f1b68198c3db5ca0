from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Operator


def test_the_doctor_names_every_ill_part_with_its_remedy_and_exits_with_1(operator: Operator) -> None:
    result = operator.types("doctor", "--json")
    assert result.exit_code == 1
    parts = {part["part"]: part for part in json.loads(result.stdout)}
    for part in ("record", "asterisk", "redis", "mqtt", "service", "recordings"):
        assert not parts[part]["ok"]
        assert parts[part]["detail"]
        assert parts[part]["remedy"]
    printed = operator.types("doctor").output
    assert printed.count("->") == 6
    assert "s3cret" not in printed + result.output


def test_asterisks_configuration_is_written_with_this_installations_secrets(operator: Operator) -> None:
    to = operator.folder / "asterisk"
    operator.does("asterisk-conf", "--to", str(to), "--host", "127.0.0.1")
    written = "".join(file.read_text("utf-8") for file in to.rglob("*.conf"))
    assert "s3cret" in written
    assert all(file.stat().st_mode & 0o077 == 0 for file in to.rglob("*.conf") if "s3cret" in file.read_text("utf-8"))


def test_settings_that_cannot_be_used_are_an_error_by_the_name_of_their_key(operator: Operator) -> None:
    text = (operator.folder / "ringpace.toml").read_text("utf-8")
    operator.writes("ringpace.toml", "node = 'a b'\n" + text)
    assert "node" in operator.is_told("campaign", "list")
    (operator.folder / "ringpace.toml").unlink()
    assert "no settings file" in operator.is_told("campaign", "list")
