"""Listens to the early media of all legs at once: reads what Asterisk has written of each, and tells what is heard.

Hearing is never in the way of a call: whatever fails here, the call goes on unheard, /health and a metric say so, and
its outcome is that of the codes. All reading and arithmetic is done in one thread beside the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from dialer.core import events as ev
from dialer.core.errors import RingpaceError
from dialer.core.model import NumberState
from dialer.core.outcome import Heard
from dialer.early_media import EarlyMedia
from dialer.hearing.ear import Ear
from dialer.hearing.fingerprints import Fingerprints
from dialer.writing import is_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from dialer.hearing import ear
    from dialer.hearing.library import Library
    from dialer.hearing.tones import TonePlan
    from dialer.hearing.unknowns import Unknowns
    from dialer.live import Spawn
    from dialer.metrics import Metrics
    from dialer.ports import Clock, SwitchPort

log = logging.getLogger(__name__)

T = TypeVar("T")

_LOOK_EVERY_S = 0.25
_OTHERS_EVERY_S = 5.0
"""How often the library is looked at for changes, and the spool for what was left behind."""
_TOO_LATE_S = 1.0
"""So far behind, no further leg is listened to: those that are would be heard too late as well."""
_APPEARS_WITHIN_S = 2.0
"""Asterisk opens the file at once; one that is not there by then it could not open."""
_WHOLE_WITHIN_S, _WHOLE_LOOK_S = 0.3, 0.02
"""How long closing a file may take, and how often it is looked whether it is done: milliseconds as a rule."""
_LEFT_AFTER_S = 90.0
"""A file that has not grown for so long is no leg's any more: none rings for more than a minute."""
_FULL_BYTES = 64 * 1024


class Listening:
    """All legs of this node that are listened to. `begin` and `stop` never wait and never raise; `run` is the loop."""

    def __init__(
        self,
        folder: Path,
        *,
        library: Library,
        unknowns: Unknowns,
        tones: TonePlan,
        most_legs: int,
        confident: float,
        switch: SwitchPort,
        metrics: Metrics,
        spawn: Spawn,
        clock: Clock,
    ) -> None:
        self.confident = confident
        self.on_heard: Callable[[ev.LegEvent], object] = lambda _event: None
        """Told what is heard of a leg: StateHeard, or NothingHeard where it is not listened to."""
        self._folder = folder
        self._library = library
        self._unknowns = unknowns
        self._tones = tones
        self._most_legs = most_legs
        self._switch = switch
        self._metrics = metrics
        self._spawn = spawn
        self._clock = clock
        self._announcements = Fingerprints(())
        self._legs: dict[str, EarlyMedia] = {}
        self._troubles: dict[str, str] = {}
        self._lag_s = 0.0
        self._thread = ThreadPoolExecutor(1, "hearing")

    @property
    def trouble(self) -> str | None:
        """Why calls go unheard, or some announcement is not known, in words; None where nothing is wrong."""
        return "; ".join(self._troubles.values()) or None

    # --- of one leg ---------------------------------------------------------------------------------

    def begin(self, leg_id: str) -> None:
        """Listen to a leg from now on, if there is room for one more."""
        if len(self._legs) >= self._most_legs or self._lag_s > _TOO_LATE_S:
            self._metrics.legs_unheard.labels(why="too many").inc()
            return
        path = self._folder / f"{leg_id}.sln32"
        leg = EarlyMedia(leg_id, path, Ear(self._announcements, self._tones), asyncio.get_running_loop().time())
        self._legs[leg_id] = leg
        self._spawn(self._order(leg), name=f"listen to {leg_id}")

    def stop(self, leg_id: str, *, lives: bool) -> None:
        """Listen no more, and tell the last that was heard; `lives` where the leg does, and the writing must be ended.

        What nobody could make out of a call that was not answered is kept for an operator to name.
        """
        leg = self._legs.pop(leg_id, None)
        if leg is None:
            self.on_heard(ev.NothingHeard(self._clock(), leg_id))
        else:
            self._spawn(self._hear_out(leg, lives=lives), name=f"last words of {leg_id}")

    async def _order(self, leg: EarlyMedia) -> None:
        try:
            leg.monitor_id = await self._switch.listen(leg.leg_id, leg.path)
        except RingpaceError as error:
            # Of a leg that was gone within milliseconds there was nothing to hear.
            self._fail(leg, None if is_gone(error) else "switch", f"Asterisk does not let us listen: {error}")
        else:
            self._metrics.legs_listened.inc()
            self._troubles.pop("switch", None)
        finally:
            leg.ordered.set()

    async def _hear_out(self, leg: EarlyMedia, *, lives: bool) -> None:
        await leg.ordered.wait()
        if lives:
            await leg.end(self._switch)
        heard: ear.Heard | None = None
        if leg.fault is None:
            if leg.size() >= 0:
                await leg.until_whole(_WHOLE_WITHIN_S, _WHOLE_LOOK_S)
            heard = await self._in_thread(leg.hear_out)
        if heard is None:
            self.on_heard(ev.NothingHeard(self._clock(), leg.leg_id))
        else:
            self._tell(leg, heard)
        unknown = heard is not None and heard.state is NumberState.UNKNOWN and not lives
        # Beside the thread that hears: to compare it with all that was kept may take a while.
        await asyncio.to_thread(self._put_away, leg, unknown=unknown)

    def _put_away(self, leg: EarlyMedia, *, unknown: bool) -> None:
        try:
            if unknown:
                self._unknowns.offer(leg.leg_id, leg.read_anew())
                self._troubles.pop("unknowns", None)
        except OSError as error:  # a disk that is full, or away: /health tells of it
            log.warning("unknown sound not kept", extra={"leg": leg.leg_id, "why": str(error)})
            self._troubles["unknowns"] = f"unknown sounds are not kept: {error}"
        except Exception as error:  # whatever it is, the next sound may be kept again
            log.exception("unknown sound not kept", extra={"leg": leg.leg_id})
            self._troubles["unknowns"] = f"unknown sounds are not kept: {error}"
        finally:
            leg.path.unlink(missing_ok=True)

    def _fail(self, leg: EarlyMedia, part: str | None, why: str) -> None:
        leg.fault = why  # and stays with us: what is being written of it is ended and removed in its time
        self._metrics.legs_unheard.labels(why="failed").inc()
        if part is not None:
            self._troubles[part] = why
            log.warning("leg not listened to", extra={"leg": leg.leg_id, "why": why})

    def _tell(self, leg: EarlyMedia, heard: ear.Heard) -> None:
        told = Heard(heard.state, heard.confidence, heard.what)
        self.on_heard(ev.StateHeard(self._clock(), leg.leg_id, told))

    # --- of all ---------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look at every leg each quarter of a second, for ever."""
        loop, others_at = asyncio.get_running_loop(), 0.0
        while True:
            began = loop.time()
            try:
                if began >= others_at:
                    others_at = began + _OTHERS_EVERY_S
                    await self._in_thread(self._look_around, frozenset(self._legs))
                await self._look()
            except Exception as error:  # the service does not end because it cannot hear
                log.exception("listening broke")
                self._troubles["ears"] = f"listening broke: {type(error).__name__}: {error}"
            self._lag_s = max(0.0, loop.time() - began - _LOOK_EVERY_S)
            self._metrics.listening_lag.set(self._lag_s)
            await asyncio.sleep(max(0.0, began + _LOOK_EVERY_S - loop.time()))

    async def _look(self) -> None:
        legs = [leg for leg in self._legs.values() if leg.ordered.is_set() and leg.fault is None]
        if not legs:
            return
        heard = await self._in_thread(self._hear_all, legs)
        now_s = asyncio.get_running_loop().time()
        for leg in legs:
            if self._legs.get(leg.leg_id) is not leg:
                continue  # stopped meanwhile: what it let be heard is told by the last words
            if leg.fault is not None:
                self._fail(leg, "ears", leg.fault)
            elif not leg.read_bytes and now_s - leg.since_s > _APPEARS_WITHIN_S and leg.size() < 0:
                self._fail(leg, "spool", f"Asterisk writes no early media to {self._folder}: may it write there?")
            elif verdict := heard.get(leg.leg_id):
                self._tell(leg, verdict)
        if any(leg.read_bytes for leg in legs):
            self._troubles.pop("spool", None)
        if not any(leg.fault for leg in legs):
            self._troubles.pop("ears", None)

    def _in_thread(self, work: Callable[..., T], *args: object) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    # --- in the thread --------------------------------------------------------------------------------

    def _hear_all(self, legs: Iterable[EarlyMedia]) -> dict[str, ear.Heard]:
        return {leg.leg_id: heard for leg in legs if (heard := leg.hear(self.confident))}

    def _look_around(self, listened: frozenset[str]) -> None:
        try:
            if self._library.changed():
                self._announcements = Fingerprints(self._library.load())
            self._say("library", "; ".join(self._library.problems))
        except (OSError, RingpaceError) as error:
            self._say("library", f"announcements are not known: {error}")
        try:
            free = shutil.disk_usage(self._folder).free
            self._say("disk", f"the disk of {self._folder} is full" if free < _FULL_BYTES else "")
            for path in self._folder.glob("*.sln*"):
                if path.stem not in listened:
                    _sweep(path)
        except OSError as error:
            self._say("disk", f"early media cannot be read: {error}")

    def _say(self, part: str, trouble: str) -> None:
        if trouble:
            self._troubles[part] = trouble
        else:
            self._troubles.pop(part, None)


def _sweep(path: Path) -> None:
    """Remove what nobody writes any more; another controller may share the spool, and its legs are on."""
    with contextlib.suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime > _LEFT_AFTER_S:
            path.unlink()
