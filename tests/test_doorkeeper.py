from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.access import RIGHTS, Right, Role
from dialer.core.errors import InputError
from dialer.doorkeeper import (
    IDLE,
    Doorkeeper,
    Passwords,
    RefusedError,
    TooManyGuessesError,
    Visitor,
    caller_of,
    hash_of,
)
from dialer.record.record import Record
from dialer.record.users import NewUser
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

HOME = Visitor("192.0.2.1", "a browser")
PASSWORD = "correct horse battery"  # noqa: S105 - of a user that lives as long as a test


class Door:
    """A doorkeeper with one user, and a clock that the test sets."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.now = MIDMORNING
        self.keeper = Doorkeeper(record, self.clock, "master")

    def clock(self) -> datetime:
        return self.now

    async def enters(self, password: str = PASSWORD, *, username: str = "ada", visitor: Visitor = HOME) -> str:
        return (await self.keeper.log_in(username, password, visitor))[1]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with Record(f"sqlite:///{tmp_path / 'record.db'}") as record:
        password_hash = await Passwords().hash(PASSWORD)
        await record.users.add(NewUser("ada", "Ada", Role.OPERATOR, password_hash), who="test", now=MIDMORNING)
        yield Door(record)


async def test_who_knows_the_password_gets_a_session_of_which_only_a_hash_is_kept(door: Door) -> None:
    secret = await door.enters()
    user = await door.keeper.user_of(secret)
    assert user is not None
    assert user.username == "ada"
    assert PASSWORD not in user.password_hash
    assert await door.keeper.user_of(hash_of(secret)) is None
    await door.keeper.log_out(secret)
    assert await door.keeper.user_of(secret) is None


async def test_a_session_in_use_goes_on_and_an_idle_one_ends(door: Door) -> None:
    secret = await door.enters()
    for _ in range(3):
        door.now += IDLE - timedelta(minutes=1)
        assert await door.keeper.user_of(secret) is not None
    door.now += IDLE
    assert await door.keeper.user_of(secret) is None


async def test_what_was_wrong_is_not_told(door: Door) -> None:
    told = set()
    for username, password in (("ada", "wrong"), ("ghost", PASSWORD), ("ada", "x" * 2000)):
        with pytest.raises(RefusedError) as refused:
            await door.enters(password, username=username)
        told.add(str(refused.value))
    await door.record.users.change("ada", {"disabled_at": MIDMORNING}, who="test", now=MIDMORNING)
    with pytest.raises(RefusedError) as refused:
        await door.enters()
    assert told == {str(refused.value)}


async def test_who_guesses_waits_and_others_do_not(door: Door) -> None:
    for count in range(5):
        with pytest.raises(RefusedError):
            await door.enters("wrong", visitor=Visitor(f"192.0.2.{count + 10}", ""))
    with pytest.raises(TooManyGuessesError) as waits:
        await door.enters()
    assert waits.value.wait_s == 300
    with pytest.raises(RefusedError):
        await door.enters(username="bo")
    door.now += timedelta(minutes=5)
    assert await door.enters()


async def test_an_address_that_tries_many_names_waits_too(door: Door) -> None:
    for count in range(5):
        with pytest.raises(RefusedError):
            await door.enters(username=f"ghost{count}")
    with pytest.raises(TooManyGuessesError):
        await door.enters()
    assert await door.enters(visitor=Visitor("192.0.2.99", ""))


async def test_a_password_is_changed_by_who_knows_the_old_one(door: Door) -> None:
    secret = await door.enters()
    user = await door.record.users.get("ada")
    with pytest.raises(RefusedError):
        await door.keeper.change_password(user, "wrong", "a new one, long enough")
    with pytest.raises(InputError, match="at least 10"):
        await door.keeper.change_password(user, PASSWORD, "short")
    await door.keeper.change_password(user, PASSWORD, "a new one, long enough")
    assert await door.keeper.user_of(secret) is None
    assert await door.enters("a new one, long enough")


async def test_who_was_given_a_password_may_do_nothing_before_choosing_one(door: Door) -> None:
    user = await door.record.users.get("ada")
    assert caller_of(user).rights == frozenset()
    await door.keeper.change_password(user, PASSWORD, "a new one, long enough")
    caller = caller_of(await door.record.users.get("ada"))
    assert (caller.name, caller.rights) == ("user:ada", RIGHTS[Role.OPERATOR])


async def test_tokens_open_what_they_were_made_for(door: Door) -> None:
    secret = await door.keeper.new_token("crm", {Right.LOAD_LEADS}, who="test")
    crm, master = [await door.keeper.caller_of_token(one) for one in (secret, "master")]
    assert crm is not None
    assert master is not None
    assert (crm.name, crm.rights) == ("token:crm", frozenset({Right.LOAD_LEADS}))
    assert master.rights == set(Right)
    for wrong in ("", "wrong", "\ud800", hash_of(secret)):
        assert await door.keeper.caller_of_token(wrong) is None


async def test_a_made_password_is_long_and_never_the_same(door: Door) -> None:
    (one, one_hash), (other, other_hash) = [await door.keeper.new_password() for _ in range(2)]
    assert one != other
    assert one_hash != other_hash
    assert len(one) >= 16
