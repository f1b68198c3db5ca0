"""Writes down the voice of a supervisor who has joined a talk that is recorded: recordings.joined puts it in."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from dialer.core.errors import RingpaceError
from recordings.joined import voice_path

if TYPE_CHECKING:
    from pathlib import Path

    from dialer.live import Spawn
    from dialer.ports import Clock, SwitchPort
    from dialer.switchboard import Switchboard

log = logging.getLogger(__name__)


class Joining:
    """The voices that are being written, by supervisors' legs."""

    def __init__(
        self, spool: Path, *, switch: SwitchPort, switchboard: Switchboard, spawn: Spawn, clock: Clock
    ) -> None:
        self._spool = spool
        self._switch = switch
        self._switchboard = switchboard
        self._spawn = spawn
        self._clock = clock
        self._written: dict[str, str] = {}

    async def begin(self, leg_id: str, attempt_id: str | None) -> None:
        """This leg is heard in the talk of this attempt from now on; nothing happens where that is not recorded."""
        call = None if attempt_id is None else self._switchboard.call(attempt_id)
        if call is None or call.timeline.bridged_at is None or not self._switchboard.records(call.attempt_id):
            return
        after_s = (self._clock() - call.timeline.bridged_at).total_seconds()
        file = voice_path(self._spool / f"{call.attempt_id}.raw", after_s)
        try:
            self._written[leg_id] = await self._switch.listen(leg_id, file)
        except RingpaceError as error:
            # The supervisor helps a customer now: that goes first, and the recording lacks one voice.
            log.error("voice of who joined not recorded", extra={"leg": leg_id, "why": str(error)})  # noqa: TRY400

    def end(self, leg_id: str) -> None:
        """The leg is heard in no talk any more."""
        written = self._written.pop(leg_id, None)
        if written is not None:
            self._spawn(self._stop(leg_id, written), name=f"stop the voice of {leg_id}")

    async def _stop(self, leg_id: str, written: str) -> None:
        try:
            await self._switch.stop_listening(leg_id, written)
        except RingpaceError as error:
            log.info("voice of who joined ended by itself", extra={"leg": leg_id, "why": str(error)})
