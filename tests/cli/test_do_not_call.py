from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Operator


def test_a_number_goes_on_the_list_and_off_again(operator: Operator) -> None:
    added = operator.does("do-not-call", "add", "138 0000 0001", "--reason", "a letter")
    assert "138****0001 is never called again" in added
    off = ("do-not-call", "remove", "+8613800000001", "--why", "asked to be called")
    assert "may be called again" in operator.does(*off)
    assert "was not on the list" in operator.does(*off)


def test_a_whole_list_goes_in_and_lines_that_are_no_numbers_are_named(operator: Operator) -> None:
    file = operator.writes("list.txt", "\ufeff13800000001\n\nnonsense\n+86 138 0000 0002\n13800000001\n")
    result = operator.types("do-not-call", "import", file)
    assert result.exit_code == 0
    assert "line 3: " in result.stderr
    assert "2 numbers added" in result.stdout
    assert "0 numbers added" in operator.does("do-not-call", "import", file)


def test_what_is_no_number_or_no_file_is_refused(operator: Operator) -> None:
    assert operator.is_told("do-not-call", "add", "12345", "--reason", "a letter")
    assert "cannot be read" in operator.is_told("do-not-call", "import", str(operator.folder / "ghost.txt"))
