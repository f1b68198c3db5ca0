"""Users, their sessions and other systems' tokens. Secrets are handed in as hashes: none is ever kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.access import Right, Role
from dialer.core.errors import ConflictError, NotFoundError
from dialer.record.audit import AuditLine, add_line
from dialer.record.schema import account, session, token

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database


@dataclass(frozen=True, slots=True)
class User:
    """Whoever works with the consoles."""

    user_id: int
    username: str
    name: str
    role: Role
    team: str | None
    agent_id: str | None
    password_hash: str
    password_is_new: bool
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be."""

    username: str
    name: str
    role: Role
    password_hash: str
    team: str | None = None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A user logged in somewhere."""

    session_id: int
    username: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Token:
    """Another system."""

    name: str
    rights: frozenset[Right]
    created_at: datetime
    created_by: str
    revoked_at: datetime | None


_USER: tuple[sa.Column[Any], ...] = (
    account.c.id,
    account.c.username,
    account.c.name,
    account.c.role,
    account.c.team,
    account.c.agent_id,
    account.c.password_hash,
    account.c.password_is_new,
    account.c.created_at,
    account.c.disabled_at,
)

_SESSION: tuple[sa.Column[Any], ...] = (
    session.c.id,
    account.c.username,
    session.c.began_at,
    session.c.seen_at,
    session.c.ends_at,
    session.c.address,
    session.c.browser,
)


class Users:
    """All of them. What changes one leaves an audit line in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: NewUser, *, who: str, now: datetime) -> None:
        """Make a user, who has to change the password at first; ConflictError for a name or an agent that is taken."""
        values = {
            "username": new.username,
            "name": new.name,
            "role": new.role,
            "team": new.team,
            "agent_id": new.agent_id,
            "password_hash": new.password_hash,
            "password_is_new": True,
            "created_at": now,
        }
        async with self._database.write() as connection:
            await _refuse_taken(connection, new.username, new.agent_id)
            await connection.execute(sa.insert(account).values(values))
            await add_line(connection, AuditLine(now, who, "user made", new.username, new.role.value))

    async def get(self, username: str) -> User:
        """One user; NotFoundError for an unknown name."""
        async with self._database.read() as connection:
            return await _user(connection, username)

    async def all(self) -> list[User]:
        """Everybody, by name."""
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(*_USER).order_by(account.c.username))
            return [User(*row) for row in rows]

    async def change(  # each may be left as it is
        self, username: str, values: dict[str, object], *, who: str, now: datetime
    ) -> User:
        """Change name, role, team, agent or `disabled_at`; who loses rights is logged out everywhere."""
        async with self._database.write() as connection:
            before = await _user(connection, username)
            agent_id = values.get("agent_id")
            if isinstance(agent_id, str) and agent_id != before.agent_id:
                await _refuse_taken(connection, None, agent_id)
            await connection.execute(sa.update(account).where(account.c.id == before.user_id).values(values))
            if values.get("disabled_at") or values.get("role", before.role) is not before.role:
                await connection.execute(sa.delete(session).where(session.c.account_id == before.user_id))
            shown = ", ".join(f"{key} {value}" for key, value in values.items())
            await add_line(connection, AuditLine(now, who, "user changed", username, shown))
            return await _user(connection, username)

    async def set_password(self, username: str, password_hash: str, *, is_new: bool, who: str, now: datetime) -> None:
        """Change a password; every session of the user ends."""
        async with self._database.write() as connection:
            user = await _user(connection, username)
            values = {"password_hash": password_hash, "password_is_new": is_new}
            await connection.execute(sa.update(account).where(account.c.id == user.user_id).values(values))
            await connection.execute(sa.delete(session).where(session.c.account_id == user.user_id))
            await add_line(connection, AuditLine(now, who, "password changed", username))

    # --- sessions -----------------------------------------------------------------------------------

    async def begin(  # what a session is told of itself
        self, username: str, secret_hash: str, *, now: datetime, ends_at: datetime, address: str, browser: str
    ) -> None:
        """Somebody has logged in."""
        async with self._database.write() as connection:
            user = await _user(connection, username)
            await connection.execute(sa.delete(session).where(session.c.ends_at <= now))
            values = {"secret_hash": secret_hash, "account_id": user.user_id, "began_at": now, "seen_at": now}
            values |= {"ends_at": ends_at, "address": address, "browser": browser}
            await connection.execute(sa.insert(session).values(values))
            await add_line(connection, AuditLine(now, f"user:{username}", "logged in", username, address))

    async def of_session(self, secret_hash: str, now: datetime) -> tuple[User, datetime] | None:
        """Whose session this is and when it was last seen; None where it is over, or the user is disabled."""
        open_now = (session.c.secret_hash == secret_hash) & (session.c.ends_at > now) & account.c.disabled_at.is_(None)
        query = sa.select(*_USER, session.c.seen_at).join(session).where(open_now)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else (User(*row[:-1]), row[-1])

    async def seen(self, secret_hash: str, *, now: datetime, ends_at: datetime) -> None:
        """A session is in use, and ends later."""
        values = {"seen_at": now, "ends_at": ends_at}
        async with self._database.write() as connection:
            await connection.execute(sa.update(session).where(session.c.secret_hash == secret_hash).values(values))

    async def sessions(self, now: datetime) -> list[Session]:
        """Who is logged in, latest first."""
        query = sa.select(*_SESSION).join(account).where(session.c.ends_at > now).order_by(session.c.seen_at.desc())
        async with self._database.read() as connection:
            return [Session(*row) for row in await connection.execute(query)]

    async def end(self, *, secret_hash: str | None = None, session_id: int | None = None) -> bool:
        """End one session, by what the browser holds or by its id: whether it was there."""
        which = session.c.secret_hash == secret_hash if session_id is None else session.c.id == session_id
        async with self._database.write() as connection:
            return bool((await connection.execute(sa.delete(session).where(which))).rowcount)

    # --- tokens -------------------------------------------------------------------------------------

    async def add_token(self, name: str, secret_hash: str, rights: Iterable[Right], *, who: str, now: datetime) -> None:
        """Let another system in; ConflictError for a name that is taken."""
        words = sorted(right.value for right in rights)
        values = {"name": name, "secret_hash": secret_hash, "rights": words, "created_at": now, "created_by": who}
        async with self._database.write() as connection:
            if await connection.scalar(sa.select(token.c.id).where(token.c.name == name)):
                raise ConflictError(f"name: there is, or was, a token {name} already")
            await connection.execute(sa.insert(token).values(values))
            await add_line(connection, AuditLine(now, who, "token made", name, ", ".join(words)))

    async def tokens(self) -> list[Token]:
        """All of them, by name."""
        columns = (token.c.name, token.c.rights, token.c.created_at, token.c.created_by, token.c.revoked_at)
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(*columns).order_by(token.c.name))
            return [Token(name, _rights(words), *rest) for name, words, *rest in rows]

    async def of_token(self, secret_hash: str) -> Token | None:
        """Whose token this is; None where nobody's, or where it was revoked."""
        columns = (token.c.name, token.c.rights, token.c.created_at, token.c.created_by, token.c.revoked_at)
        known = (token.c.secret_hash == secret_hash) & token.c.revoked_at.is_(None)
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(*columns).where(known))).one_or_none()
        return None if row is None else Token(row[0], _rights(row[1]), *row[2:])

    async def revoke(self, name: str, *, who: str, now: datetime) -> None:
        """The token opens nothing any more; NotFoundError for one that is not, or was revoked before."""
        known = (token.c.name == name) & token.c.revoked_at.is_(None)
        async with self._database.write() as connection:
            gone = await connection.execute(sa.update(token).where(known).values(revoked_at=now))
            if not gone.rowcount:
                raise NotFoundError(f"no token {name}")
            await add_line(connection, AuditLine(now, who, "token revoked", name))


async def _user(connection: AsyncConnection, username: str) -> User:
    row = (await connection.execute(sa.select(*_USER).where(account.c.username == username))).one_or_none()
    if row is None:
        raise NotFoundError(f"no user {username}")
    return User(*row)


async def _refuse_taken(connection: AsyncConnection, username: str | None, agent_id: str | None) -> None:
    if username and await connection.scalar(sa.select(account.c.id).where(account.c.username == username)):
        raise ConflictError(f"username: there is a user {username} already")
    if agent_id:
        by = await connection.scalar(sa.select(account.c.username).where(account.c.agent_id == agent_id))
        if by:
            raise ConflictError(f"agent_id: {by} works as {agent_id} already")


def _rights(words: list[str]) -> frozenset[Right]:
    """Those that are still known: a right that was done away with opens nothing."""
    return frozenset(Right(word) for word in words if word in Right.__members__)
