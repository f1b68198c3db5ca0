"""The newest version of every script, kept at hand: at the bridge a screen is filled without asking anybody."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from dialer.core.errors import InputError, RecordError
from dialer.core.script_file import read
from dialer.core.script_words import Addressee, worded

if TYPE_CHECKING:
    from dialer.core.model import Attempt
    from dialer.core.plan import CampaignPlan
    from dialer.core.script import Script
    from dialer.record.scripts import Scripts, ScriptVersion

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 2.0
"""So long it takes until what was saved by the command line or another controller is shown."""
_MOST_OLD = 50


class Shelf:
    """The scripts of the record, read. What cannot be read any more is left out, and logged once."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._newest: dict[str, tuple[int, Script | None]] = {}
        self._old: dict[tuple[str, int], Script] = {}

    async def run(self) -> None:
        """Keep up with the record, for ever."""
        while True:
            try:
                await self.look()
            except RecordError as error:
                log.info("scripts not looked at", extra={"why": str(error)})
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Take in what was saved since the last look; RecordError leaves all as it was."""
        known = {(name, version) for name, (version, _) in self._newest.items()}
        for one in await self._scripts.newest(but=known):
            await self.put(one)

    async def put(self, saved: ScriptVersion) -> None:
        """A version that was just saved: from now on it is the one that is shown, unless a newer one is known."""
        known = self._newest.get(saved.name)
        if known is not None and known[0] >= saved.version:
            return
        # In a thread: reading takes long enough to be heard on the calls.
        script = await asyncio.to_thread(_read, saved)
        known = self._newest.get(saved.name)
        if known is None or known[0] < saved.version:
            self._newest[saved.name] = (saved.version, script)

    async def get(self, name: str, version: int) -> Script:
        """Any version, from memory where it is there; NotFoundError or InputError where it cannot be had."""
        newest = self._newest.get(name)
        if newest is not None and newest[0] == version and newest[1] is not None:
            return newest[1]
        found = self._old.get((name, version))
        if found is None:
            saved = await self._scripts.get(name, version)
            found = await asyncio.to_thread(read, saved.text)
            while len(self._old) >= _MOST_OLD:
                self._old.pop(next(iter(self._old)))
            self._old[name, version] = found
        return found

    def flow(self, attempt: Attempt, plan: CampaignPlan) -> dict[str, object] | None:
        """The script of the campaign in the words for this lead, by its newest version; None where there is none."""
        version, script = self._newest.get(plan.script_for(attempt.attributes) or "", (0, None))
        return None if script is None else worded(script, version, addressee(attempt, plan))


def addressee(attempt: Attempt, plan: CampaignPlan) -> Addressee:
    """Whom an attempt's script speaks to."""
    return Addressee(attempt.name, attempt.attributes, plan.name, plan.language)


def _read(saved: ScriptVersion) -> Script | None:
    try:
        return read(saved.text)
    except InputError as error:  # saved by a version of ours that took what this one does not
        log.error("script unusable", extra={"script": saved.name, "version": saved.version, "why": str(error)})  # noqa: TRY400
        return None
