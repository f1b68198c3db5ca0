"""The AMI client: one long loop that keeps a logged-in connection, and one door for actions.

What was said on a connection that is lost is never said again on the next one: an Originate that comes late is a
call nobody decided on.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from dataclasses import dataclass
from enum import auto
from typing import TYPE_CHECKING, Any

from dialer.asterisk.protocol import Connection, Counters, connect, rows
from dialer.asterisk.timing import Timing
from dialer.core.errors import SwitchError, SwitchTimeoutError
from dialer.core.model import Word

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from random import Random

    from panoramisk.actions import Action
    from panoramisk.message import Message

    from dialer.settings import AmiSettings

log = logging.getLogger(__name__)

BOOT_TIMEOUT_S = 60.0
"""How long Asterisk may take from the login to FullyBooted while it starts up."""
PINGS_MISSED = 2
"""In a row, and the connection counts as dead."""


class SwitchState(Word):
    """How the connection to Asterisk stands."""

    DOWN = auto()
    """Not connected; the next try is on its way."""
    CONNECTING = auto()
    """Being opened, or logged in and waiting for Asterisk to be fully booted."""
    WRONG_SECRET = auto()
    """Asterisk refuses the account; tried again slowly, for somebody must change the settings."""
    UP = auto()
    """Logged in and fully booted: actions are taken."""


@dataclass(frozen=True, slots=True)
class BackOff:
    """Delays between tries: doubled each time from `least_s` up to `most_s`, and jittered by up to a half."""

    least_s: float
    most_s: float

    def delay_s(self, failures: int, rng: Random) -> float:
        """Seconds before the next try after so many failures in a row."""
        full = min(self.most_s, self.least_s * 2.0 ** min(failures, 32))
        return max(self.least_s, full * rng.uniform(0.5, 1))


class _RefusedError(SwitchError):
    """Asterisk refused the login."""


class AmiClient:
    """Keeps one connection to Asterisk alive while `run` runs.

    `on_event` is handed every event, in order, as it is read; `on_timeout` is told of each action that got no answer in
    time. `on_up` and `on_down` are called after each login and each loss; where they return an awaitable it is awaited
    beside the stream, and `on_up` is cancelled when the connection is lost first.
    """

    def __init__(
        self,
        settings: AmiSettings,
        *,
        on_event: Callable[[Mapping[str, str]], None],
        on_up: Callable[[], Awaitable[None] | None],
        on_down: Callable[[], Awaitable[None] | None],
        on_timeout: Callable[[], None] = lambda: None,
        rng: Random,
        lost: BackOff = BackOff(0.2, 10),
        refused: BackOff = BackOff(10, 60),
        boot_timeout_s: float = BOOT_TIMEOUT_S,
    ) -> None:
        self._settings = settings
        self._tls = settings.tls_context()
        self._on_event = on_event
        self._on_up = on_up
        self._on_down = on_down
        self._on_timeout = on_timeout
        self._rng = rng
        self._lost = lost
        self._refused = refused
        self._boot_timeout_s = boot_timeout_s
        self._connection: Connection | None = None
        self._why_not = "not started"
        self._state = SwitchState.DOWN
        self.counters = Counters()
        self.timing = Timing()

    @property
    def state(self) -> SwitchState:
        """How the connection stands."""
        return self._state

    @property
    def why_not_up(self) -> str:
        """In words, why actions are refused now; empty while the connection is up."""
        return "" if self._state is SwitchState.UP else self._why_not

    async def run(self) -> None:
        """Connect, log in and read events until cancelled; after a loss, again. Cancelling closes for good."""
        try:
            await self._run()
        finally:
            self._state, self._why_not = SwitchState.DOWN, "closed"

    async def _run(self) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while True:
            began, back_off = loop.time(), self._lost
            try:
                await self._session()
            except _RefusedError as error:
                self._state, self._why_not, back_off = SwitchState.WRONG_SECRET, str(error), self._refused
                self.counters.refusals += 1
                log.error("asterisk refuses the login", extra={"reason": self._why_not})  # noqa: TRY400 - no trace
            except (SwitchError, OSError, TimeoutError) as error:
                self._state, self._why_not = SwitchState.DOWN, str(error) or "no answer"
                log.warning("no connection to asterisk", extra={"reason": self._why_not})
            if loop.time() - began > back_off.most_s:
                failures = 0  # it held for a while: a new trouble, not the old one
            await asyncio.sleep(back_off.delay_s(failures, self._rng))
            failures += 1

    async def action(
        self, name: str, /, *, timeout_s: float | None = None, **headers: str | int | Sequence[str]
    ) -> Message:
        """Send one action and return Asterisk's answer.

        Raises InputError (nothing was sent), SwitchError (no connection, refused, or lost before the answer) or
        SwitchTimeoutError (no answer within `timeout_s`; whether Asterisk acted is unknown).
        """
        message: Message = await self._exchange(self._open_door(), name, headers, timeout_s, as_list=False)
        return message

    async def list_action(
        self, name: str, /, *, timeout_s: float | None = None, **headers: str | int | Sequence[str]
    ) -> list[Message]:
        """Send an action that is answered by a list of events, and return those events; raises as `action` does."""
        return rows(name, await self._exchange(self._open_door(), name, headers, timeout_s, as_list=True))

    async def ping(self) -> float:
        """Ask for a sign of life; returns the round trip in seconds."""
        return await self._ping(self._open_door(), self._settings.action_timeout_s)

    def must_be_up(self) -> None:
        """SwitchError, with the reason, where no action would be taken now."""
        self._open_door()

    def _open_door(self) -> Connection:
        if self._connection is None or self._state is not SwitchState.UP:
            raise SwitchError(f"not logged in to Asterisk: {self._why_not}")
        return self._connection

    async def _exchange(
        self,
        connection: Connection,
        name: str,
        headers: Mapping[str, str | int | Sequence[str]],
        timeout_s: float | None,
        *,
        as_list: bool,
    ) -> Message | list[Message]:
        deadline_s = self._settings.action_timeout_s if timeout_s is None else timeout_s
        action: Action = connection.ask(name, headers, as_list=as_list)
        try:
            async with asyncio.timeout(deadline_s):
                answer: Message | list[Message] = await action.future
        except TimeoutError:
            self.counters.timeouts += 1
            self._on_timeout()
            raise SwitchTimeoutError(f"{name}: no answer from Asterisk within {deadline_s:g} s") from None
        finally:
            connection.forget(action)
        first = answer[0] if isinstance(answer, list) else answer
        if not first.success:
            raise SwitchError(f"{name}: {first.message or 'refused'}")
        return answer

    async def _session(self) -> None:
        """One connection from its opening to its loss; always ends in an exception."""
        self._state, self._why_not = SwitchState.CONNECTING, "being connected"
        async with asyncio.timeout(self._settings.action_timeout_s):
            connection = await connect(
                self._settings.host, self._settings.port, self._tls, self._take_event, self.counters
            )
        reason = "closed by us"
        try:
            await self._log_in(connection)
            self._connection, self._state = connection, SwitchState.UP
            self.counters.connects += 1
            log.info("connected to asterisk", extra={"version": connection.version})
            reason = await self._live(connection)
        finally:
            connection.end(reason)
            if self._connection is not None:
                self._connection, self._state, self._why_not = None, SwitchState.DOWN, reason
                self.timing.forget_clock()
                self.counters.losses += 1
                await self._call(self._on_down)
        raise SwitchError(reason)

    async def _log_in(self, connection: Connection) -> None:
        secret = self._settings.secret.get_secret_value()
        headers = {"Username": self._settings.username, "Secret": secret, "Events": "on"}
        try:
            await self._exchange(connection, "Login", headers, None, as_list=False)
        except SwitchTimeoutError:
            raise
        except SwitchError as error:
            if connection.lost.done() or "shutting down" in str(error):
                raise  # no judgement of the account: an Asterisk that ends refuses everybody
            account = f"{self._settings.username}@{self._settings.host}:{self._settings.port}"
            raise _RefusedError(f"Asterisk refuses {account} ({error}): check ami.username and ami.secret") from error
        waited_for: list[asyncio.Future[Any]] = [connection.booted, connection.lost]
        await asyncio.wait(waited_for, timeout=self._boot_timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if connection.lost.done():
            raise SwitchError(connection.lost.result())
        if not connection.booted.done():
            raise SwitchError(
                f"Asterisk did not say FullyBooted within {self._boot_timeout_s:g} s of the login: "
                "it is still starting, or the account lacks read=system"
            )

    async def _live(self, connection: Connection) -> str:
        """Watch over a connection that is up; returns why it ended."""
        greeting = asyncio.ensure_future(self._call(self._on_up))
        try:
            return await self._watch(connection)
        finally:
            greeting.cancel()
            await asyncio.gather(greeting, return_exceptions=True)

    async def _watch(self, connection: Connection) -> str:
        """Ping: a peer that vanished without a word (power, cable, firewall) is otherwise never noticed."""
        misses = 0
        while misses < PINGS_MISSED:
            if misses == 0:
                await asyncio.wait({connection.lost}, timeout=self._settings.ping_interval_s)
            if connection.lost.done():
                return connection.lost.result()
            try:
                await self._ping(connection, self._settings.ping_interval_s)
                misses = 0
            except SwitchTimeoutError:
                misses += 1
            except SwitchError as error:
                return str(error)
        return f"{PINGS_MISSED} pings were not answered"

    async def _ping(self, connection: Connection, deadline_s: float) -> float:
        loop = asyncio.get_running_loop()
        sent_at = loop.time()
        answer: Message = await self._exchange(connection, "Ping", {}, deadline_s, as_list=False)
        rtt_s = loop.time() - sent_at
        self.timing.pong(answer, rtt_s, time.time())
        return rtt_s

    def _take_event(self, message: Message) -> None:
        self.timing.event(message, time.time())
        self._on_event(message)

    async def _call(self, callback: Callable[[], Awaitable[None] | None]) -> None:
        try:
            if inspect.isawaitable(result := callback()):
                await result
        except Exception:
            self.counters.callback_errors += 1
            log.exception("a callback of the AMI client failed", extra={"callback": repr(callback)})
