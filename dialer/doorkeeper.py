"""Lets people and other systems in: passwords, sessions, tokens, and how often one may guess."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from dialer.core.access import RIGHTS, Caller, Right
from dialer.core.errors import InputError, NotFoundError, RingpaceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from dialer.ports import Clock
    from dialer.record.record import Record
    from dialer.record.users import User

IDLE = timedelta(hours=12)
"""A session that nobody uses for so long is over."""
_SEEN_EVERY = timedelta(minutes=5)
_SECRET_BYTES = 32
LEAST_PASSWORD = 10
_MOST_PASSWORD = 1024
_GUESSES, _GUESSED_WITHIN = 5, timedelta(minutes=5)
_AT_ONCE = 2
"""Passwords that are worked on at the same time: each takes 64 MiB and a core for some tens of milliseconds."""
_MOST_REMEMBERED = 10_000


class RefusedError(RingpaceError):
    """Who asks is not let in; the text does not tell which part was wrong."""


class TooManyGuessesError(RingpaceError):
    """Wrong passwords came too often; `wait_s` tells when the next is looked at."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many wrong passwords: try again in {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Visitor:
    """From where somebody logs in."""

    address: str
    browser: str


class Doorkeeper:
    """Lets people and other systems in."""

    def __init__(self, record: Record, clock: Clock, master_token: str) -> None:
        """`master_token`, of the settings, may do everything."""
        self._users = record.users
        self._clock = clock
        self._master = hash_of(master_token)
        self._passwords = Passwords()
        self._guesses = _Guesses()

    async def log_in(self, username: str, password: str, visitor: Visitor) -> tuple[User, str]:
        """The user, and the secret that the browser is to hold; RefusedError or TooManyGuessesError."""
        by = (f"user {username}", f"address {visitor.address}")
        self._guesses.check(by, self._clock())
        try:
            user = await self._users.get(username)
        except NotFoundError:
            user = None
        known = user.password_hash if user and not user.disabled_at else None
        if not await self._passwords.fits(password, known) or user is None:
            self._guesses.wrong(by, self._clock())
            raise RefusedError("the name or the password is wrong")
        self._guesses.right(by[0])
        now, secret = self._clock(), secrets.token_urlsafe(_SECRET_BYTES)
        await self._users.begin(
            username,
            hash_of(secret),
            now=now,
            ends_at=now + IDLE,
            address=visitor.address,
            browser=visitor.browser[:200],
        )
        return user, secret

    async def user_of(self, secret: str) -> User | None:
        """Whose session this is; None where it is over. A session in use goes on."""
        found = await self._users.of_session(hash_of(secret), self._clock())
        if found is None:
            return None
        user, seen_at = found
        if (now := self._clock()) - seen_at >= _SEEN_EVERY:
            await self._users.seen(hash_of(secret), now=now, ends_at=now + IDLE)
        return user

    async def log_out(self, secret: str) -> None:
        """The session is over."""
        await self._users.end(secret_hash=hash_of(secret))

    async def change_password(self, user: User, old: str, new: str) -> None:
        """Choose one's own password; every session of the user ends. RefusedError where the old one is wrong."""
        self._guesses.check((f"user {user.username}",), self._clock())
        if not await self._passwords.fits(old, user.password_hash):
            self._guesses.wrong((f"user {user.username}",), self._clock())
            raise RefusedError("the old password is wrong")
        password_hash = await self._passwords.hash(new)
        who = f"user:{user.username}"
        await self._users.set_password(user.username, password_hash, is_new=False, who=who, now=self._clock())

    async def new_password(self) -> tuple[str, str]:
        """A password for somebody, to be shown once, and its hash."""
        password = secrets.token_urlsafe(12)
        return password, await self._passwords.hash(password)

    async def caller_of_token(self, secret: str) -> Caller | None:
        """Whoever holds this token; None where it opens nothing."""
        if secrets.compare_digest(hash_of(secret), self._master):
            return Caller("token", frozenset(Right))
        found = await self._users.of_token(hash_of(secret))
        return None if found is None else Caller(f"token:{found.name}", found.rights)

    async def new_token(self, name: str, rights: Collection[Right], *, who: str) -> str:
        """A token for another system, to be shown once."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        await self._users.add_token(name, hash_of(secret), rights, who=who, now=self._clock())
        return secret


def caller_of(user: User) -> Caller:
    """A user, as one who asks for something; whoever has to choose a password first may do nothing else."""
    rights = frozenset[Right]() if user.password_is_new else RIGHTS[user.role]
    return Caller(f"user:{user.username}", rights, agent_id=user.agent_id, team=user.team)


def hash_of(secret: str) -> str:
    """What is kept of a secret with 256 random bits: nothing slower than SHA-256 is needed against guessing."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


class Passwords:
    """Hashes and checks passwords in threads, a few at a time: Argon2id as RFC 9106, section 4, second choice."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobody: str | None = None
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """The hash of a new password; InputError for one that is too short to keep anybody out."""
        if not LEAST_PASSWORD <= len(password) <= _MOST_PASSWORD:
            raise InputError(f"password: at least {LEAST_PASSWORD} characters, at most {_MOST_PASSWORD}")
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, known: str | None) -> bool:
        """Whether the password has this hash; takes as long where there is none to compare with."""
        if len(password) > _MOST_PASSWORD:
            return False
        async with self._turns:
            return await asyncio.to_thread(self._fits, password, known)

    def _fits(self, password: str, known: str | None) -> bool:
        if known is None and self._nobody is None:
            self._nobody = self._hasher.hash(secrets.token_urlsafe())
        try:
            return self._hasher.verify(known or self._nobody or "", password) and known is not None
        except VerificationError:
            return False


class _Guesses:
    """Wrong passwords of late, by user and by address."""

    def __init__(self) -> None:
        self._wrong: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def check(self, by: Collection[str], now: datetime) -> None:
        """TooManyGuessesError where there were too many."""
        for wrong in self._of(by, now):
            if len(wrong) >= _GUESSES:
                raise TooManyGuessesError(max(1.0, (wrong[0] + _GUESSED_WITHIN - now).total_seconds()))

    def wrong(self, by: Collection[str], now: datetime) -> None:
        """One more."""
        if len(self._wrong) > _MOST_REMEMBERED:
            del self._wrong[next(iter(self._wrong))]  # the one that began longest ago
        for one in by:
            self._wrong[one].append(now)

    def right(self, one: str) -> None:
        """Who knows the password has not been guessing."""
        self._wrong.pop(one, None)

    def _of(self, by: Collection[str], now: datetime) -> Iterator[deque[datetime]]:
        for wrong in filter(None, map(self._wrong.get, by)):
            while wrong and wrong[0] <= now - _GUESSED_WITHIN:
                wrong.popleft()
            yield wrong
