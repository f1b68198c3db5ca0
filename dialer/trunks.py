"""The trunks' channels that this node's calls hold on the floor: claimed anew after a loss, given back in the end."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from dialer.core.errors import FloorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dialer.core.model import Attempt
    from dialer.ports import FloorPort
    from dialer.settings import TrunkSettings

log = logging.getLogger(__name__)


class Trunks:
    """All ways out, by the names that the settings give them."""

    def __init__(self, floor: FloorPort, trunks: Mapping[str, TrunkSettings]) -> None:
        self._floor = floor
        self._trunks = trunks
        self._unreleased: defaultdict[str, set[str]] = defaultdict(set)
        """Attempts that need their channel no more and still hold it on the floor."""

    def endpoint(self, trunk: str) -> str:
        """The PJSIP endpoint of a trunk."""
        return self._trunks[trunk].endpoint

    async def keep(self, live: Sequence[Attempt]) -> None:
        """Tell the floor which channels these attempts use, lest their claims lapse; FloorError if it does not hear."""
        for name in self._trunks:
            await self._floor.keep_trunk(name, [attempt.attempt_id for attempt in live if attempt.trunk == name])

    async def free(self, trunk: str | None = None, attempt_ids: Iterable[str] = ()) -> None:
        """Give back the channels of these attempts, and any that a former try could not.

        A floor that is away is no error here: it is told the next time.
        """
        if trunk is not None:
            self._unreleased[trunk].update(attempt_ids)
        for name, ids in list(self._unreleased.items()):
            giving = sorted(ids)
            try:
                await self._floor.release_trunk(name, giving)
            except FloorError as error:
                log.warning("channels not given back yet", extra={"trunk": name, "why": str(error)})
                return
            ids.difference_update(giving)
