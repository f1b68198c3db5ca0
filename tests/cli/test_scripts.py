from __future__ import annotations

from typing import TYPE_CHECKING

from tests.core.scripts import BOOKING, CONFIRMED

if TYPE_CHECKING:
    from .conftest import Operator


def test_a_script_is_checked_saved_listed_and_shown(operator: Operator) -> None:
    file = operator.writes("booking.yaml", BOOKING)
    assert "booking: 4 steps, 2 ends, all in order" in operator.does("script", "check", file)
    assert operator.reads("script", "list") == []
    assert "booking: version 1" in operator.does("script", "save", file)
    operator.writes("booking.yaml", BOOKING.replace("Is this", "Are you"))
    assert "booking: version 2" in operator.does("script", "save", file)
    assert [(one["name"], one["version"]) for one in operator.reads("script", "list")] == [("booking", 2)]
    assert "Are you" in operator.does("script", "show", "booking")
    assert operator.does("script", "show", "booking", "--version", "1") == BOOKING
    assert len(operator.does("script", "show", "booking", "--versions").splitlines()) == 3


def test_a_wrong_script_is_told_with_its_file_and_line_and_not_kept(operator: Operator) -> None:
    file = operator.writes("booking.yaml", BOOKING.replace("next: agreed", "next: nowhere"))
    for verb in ("check", "save"):
        told = operator.is_told("script", verb, file)
        assert "booking.yaml: line " in told
        assert "step book, next: there is no step nowhere" in told
    assert "there is no campaign second" in operator.is_told(
        "script", "save", operator.writes("booking.yaml", CONFIRMED)
    )
    assert operator.reads("script", "list") == []
    assert "No such file" in operator.is_told("script", "check", str(operator.folder / "none.yaml"))
    (operator.folder / "raw.yaml").write_bytes(b"\xff\xfe")
    assert "not in UTF-8" in operator.is_told("script", "check", str(operator.folder / "raw.yaml"))


def test_a_campaign_is_made_only_with_a_script_that_is_there(operator: Operator) -> None:
    plan = 'name = "autumn"\ntrunk = "carrier"\ncaller_id = "+862155550000"\nscript_flow = "booking"\n'
    file = operator.writes("autumn.toml", plan)
    assert "script_flow: there is no script booking" in operator.is_told("campaign", "create", file)
    operator.does("script", "save", operator.writes("booking.yaml", BOOKING))
    operator.does("campaign", "create", file)
