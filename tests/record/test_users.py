from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.access import Right, Role
from dialer.core.errors import ConflictError, NotFoundError
from dialer.record.users import NewUser

from .world import NOW

if TYPE_CHECKING:
    from dialer.record.record import Record

HOUR = timedelta(hours=1)


async def begin(record: Record, username: str, secret_hash: str, *, ends_in: timedelta = HOUR) -> None:
    await record.users.begin(
        username, secret_hash, now=NOW, ends_at=NOW + ends_in, address="192.0.2.1", browser="a browser"
    )


@pytest.fixture
async def ada(record: Record) -> str:
    new = NewUser("ada", "王爱达", Role.AGENT, "hash", team="north", agent_id="agent1")
    await record.users.add(new, who="test", now=NOW)
    return "ada"


async def test_a_user_comes_back_as_made_and_has_to_choose_a_password(record: Record, ada: str) -> None:
    user = await record.users.get(ada)
    assert (user.name, user.role, user.team, user.agent_id) == ("王爱达", Role.AGENT, "north", "agent1")
    assert user.password_is_new
    assert await record.users.all() == [user]
    with pytest.raises(NotFoundError, match="ghost"):
        await record.users.get("ghost")


@pytest.mark.parametrize(("username", "agent_id", "named"), [("ada", None, "username"), ("bo", "agent1", "agent_id")])
async def test_a_name_and_an_agent_belong_to_one_user(
    record: Record, ada: str, username: str, agent_id: str | None, named: str
) -> None:
    with pytest.raises(ConflictError, match=named):
        await record.users.add(NewUser(username, "Bo", Role.AGENT, "hash", agent_id=agent_id), who="test", now=NOW)
    await record.users.add(NewUser("cy", "Cy", Role.AGENT, "hash"), who="test", now=NOW)
    with pytest.raises(ConflictError, match=f"{ada} works as agent1"):
        await record.users.change("cy", {"agent_id": "agent1"}, who="test", now=NOW)


async def test_a_session_lasts_until_it_ends_and_goes_on_while_it_is_used(record: Record, ada: str) -> None:
    await begin(record, ada, "one")
    found = await record.users.of_session("one", NOW)
    assert found is not None
    assert (found[0].username, found[1]) == (ada, NOW)
    later = NOW + HOUR
    assert await record.users.of_session("one", later) is None
    await record.users.seen("one", now=later, ends_at=later + HOUR)
    assert await record.users.of_session("one", later) is not None
    assert await record.users.of_session("two", later) is None


async def test_sessions_are_listed_and_ended(record: Record, ada: str) -> None:
    await begin(record, ada, "one")
    await begin(record, ada, "two")
    (first, _) = await record.users.sessions(NOW)
    assert (first.username, first.address, first.browser) == (ada, "192.0.2.1", "a browser")
    assert await record.users.end(session_id=first.session_id)
    assert not await record.users.end(session_id=first.session_id)
    (left,) = [one for one in ("one", "two") if await record.users.of_session(one, NOW)]
    assert await record.users.end(secret_hash=left)
    assert await record.users.sessions(NOW) == []


@pytest.mark.parametrize("values", [{"disabled_at": NOW}, {"role": Role.REVIEWER}])
async def test_who_loses_rights_is_logged_out(record: Record, ada: str, values: dict[str, object]) -> None:
    await begin(record, ada, "one")
    await record.users.change(ada, {"name": "Ada"}, who="test", now=NOW)
    assert await record.users.of_session("one", NOW) is not None
    await record.users.change(ada, values, who="test", now=NOW)
    assert await record.users.of_session("one", NOW) is None


async def test_a_session_of_somebody_disabled_opens_nothing(record: Record, ada: str) -> None:
    await record.users.change(ada, {"disabled_at": NOW}, who="test", now=NOW)
    await begin(record, ada, "one")
    assert await record.users.of_session("one", NOW) is None


async def test_a_new_password_ends_all_sessions(record: Record, ada: str) -> None:
    await begin(record, ada, "one")
    await record.users.set_password(ada, "other", is_new=False, who="test", now=NOW)
    user = await record.users.get(ada)
    assert (user.password_hash, user.password_is_new) == ("other", False)
    assert await record.users.of_session("one", NOW) is None


async def test_a_token_opens_until_it_is_revoked(record: Record) -> None:
    await record.users.add_token("crm", "hash", {Right.LOAD_LEADS}, who="test", now=NOW)
    with pytest.raises(ConflictError, match="crm"):
        await record.users.add_token("crm", "other", {Right.LOAD_LEADS}, who="test", now=NOW)
    found = await record.users.of_token("hash")
    assert found is not None
    assert (found.name, found.rights, found.revoked_at) == ("crm", frozenset({Right.LOAD_LEADS}), None)
    await record.users.revoke("crm", who="test", now=NOW)
    assert await record.users.of_token("hash") is None
    assert [one.revoked_at for one in await record.users.tokens()] == [NOW]
    with pytest.raises(NotFoundError, match="crm"):
        await record.users.revoke("crm", who="test", now=NOW)


async def test_every_change_is_in_the_audit_trail(record: Record, ada: str) -> None:
    await record.users.change(ada, {"role": Role.OPERATOR}, who="root", now=NOW)
    await record.users.set_password(ada, "other", is_new=True, who="root", now=NOW)
    await begin(record, ada, "one")
    await record.users.add_token("crm", "hash", {Right.LOAD_LEADS}, who="root", now=NOW)
    await record.users.revoke("crm", who="root", now=NOW)
    lines = [(line.who, line.what, line.subject) for line in await record.audit.latest()]
    assert lines[::-1] == [
        ("test", "user made", "ada"),
        ("root", "user changed", "ada"),
        ("root", "password changed", "ada"),
        ("user:ada", "logged in", "ada"),
        ("root", "token made", "crm"),
        ("root", "token revoked", "crm"),
    ]
    assert "hash" not in "".join(line.detail for line in await record.audit.latest())
