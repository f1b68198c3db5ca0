from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Operator


def test_the_first_admin_is_made_with_a_password_that_is_shown_once(operator: Operator) -> None:
    made = json.loads(operator.does("users", "add", "root", "--role", "admin", "--json"))
    assert made["username"] == "root"
    assert len(made["password"]) >= 16
    listed = operator.does("users", "list", "--json")
    assert made["password"] not in listed
    assert [(one["username"], one["role"]) for one in json.loads(listed)] == [("root", "ADMIN")]
    assert "there is a user root already" in operator.is_told("users", "add", "root", "--role", "admin")


def test_a_user_is_given_a_new_password_disabled_and_enabled(operator: Operator) -> None:
    operator.does("users", "add", "ada", "--role", "agent", "--agent", "agent1", "--name", "王爱达", "--team", "north")
    assert "shown this once" in operator.does("users", "password", "ada")
    assert "no more" in operator.does("users", "disable", "ada")
    shown = operator.does("users", "list")
    assert "disabled" in shown
    assert "王爱达" in shown
    assert "again" in operator.does("users", "enable", "ada")
    assert "disabled" not in operator.does("users", "list")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "a b", "--role", "agent"), "letters"),
        (("add", "ada", "--role", "agent", "--agent", "ghost"), "no agent ghost"),
        (("disable", "ghost"), "no user ghost"),
        (("password", "ghost"), "no user ghost"),
    ],
)
def test_what_cannot_be_is_refused(operator: Operator, words: tuple[str, ...], told: str) -> None:
    assert told in operator.is_told("users", *words)
