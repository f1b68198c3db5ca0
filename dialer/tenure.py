"""This controller's hold on its node's name: two that work under one name would end and adopt each other's calls."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from dialer.core.errors import FloorError, TenureLostError
from dialer.floor.floor import Hold

if TYPE_CHECKING:
    from dialer.ports import FloorPort

log = logging.getLogger(__name__)

HOLD_S = 3.0
"""How long after a crash the next controller of this name waits before it takes over."""
_RENEW_EVERY_S = 0.5


class Tenure:
    """A lease on the node's name, renewed while `keep` runs. `run` is this controller's own id."""

    def __init__(self, floor: FloorPort, node: str, run: str) -> None:
        self._floor = floor
        self._node = node
        self._run = run
        self._until = 0.0
        self._taken_over = False
        self.untold = True
        """The floor may not know where our agents are and which channels we use; `told` ends that."""
        self.trouble: str | None = "the node's name is not ours yet"

    @property
    def held(self) -> bool:
        """Whether the name is surely ours at this moment."""
        return asyncio.get_running_loop().time() < self._until

    def doubt(self) -> str | None:
        """What stands against placing a call now."""
        if not self.held:
            return self.trouble or f"the hold on the name {self._node} has lapsed"
        return "the floor does not show our agents yet" if self.untold else None

    def told(self) -> None:
        """The floor shows our agents and our channels."""
        self.untold = False

    def taken_over(self) -> None:
        """What the former run left is in our hands: from now on nobody else may touch it."""
        self._taken_over = True

    async def keep(self) -> None:
        """Hold on to the name, for ever; ends with TenureLostError alone."""
        while True:
            try:
                await self.renew()
            except FloorError as error:
                if self.held:  # once, not for as long as it lasts
                    log.warning("the hold on the node's name is not renewed", extra={"why": str(error)})
            await asyncio.sleep(_RENEW_EVERY_S)

    async def renew(self) -> None:
        """Take or renew the hold.

        Raises FloorError where Redis does not answer, and TenureLostError where another controller has taken over the
        calls that were ours: this one must end, and touch nothing.
        """
        # Counted from before the question: the answer may have been long on its way.
        asked_at = asyncio.get_running_loop().time()
        hold = await self._floor.hold_node(self._run, HOLD_S)
        if hold is not Hold.ANOTHERS:
            self.untold = self.untold or hold is Hold.NEW
            self._until, self.trouble = asked_at + HOLD_S, None
            return
        self._until = 0.0
        self.trouble = f"another controller works under the name {self._node}"
        if self._taken_over:
            raise TenureLostError(f"{self.trouble} and has taken over: this one ends")

    async def give_up(self) -> None:
        """Nothing is left behind: whoever comes next need not wait."""
        self._until = 0.0
        await self._floor.drop_node(self._run)
