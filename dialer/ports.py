"""What the shells ask of the parts around them: Protocols that the real parts and the tests' fakes both keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from dialer.asterisk.channels import ChannelInfo
    from dialer.core.model import SupervisionMode
    from dialer.floor.floor import AgentCard, Hold

Clock = Callable[[], datetime]
"""Tells the time, in aware UTC."""


class Hearing(Protocol):
    """How late the switch is heard, in seconds."""

    def lag_s(self) -> float:
        """From when the last event happened until it was heard."""

    def round_trip_s(self) -> float:
        """From an order until the word of what came of it."""


class SwitchPort(Hearing, Protocol):
    """The orders Asterisk takes. Each raises SwitchError when refused or out of reach."""

    async def place(
        self,
        leg_id: str,
        e164: str,
        trunk_endpoint: str,
        caller_id: str,
        ring_timeout_s: float,
        exten: Literal["answered", "amd"],
        language: str,
        unattended_after_s: float,
        abandoned_flow: str,
    ) -> None:
        """Call a customer; the leg's id is ours."""

    async def call_agent(self, leg_id: str, endpoint: str, timeout_s: float) -> None:
        """Call an agent's telephone into the holding bridge."""

    async def call_supervisor(
        self, leg_id: str, endpoint: str, agent_leg: str, mode: SupervisionMode, timeout_s: float
    ) -> None:
        """Call a supervisor's telephone onto the line of an agent's standing leg."""

    async def supervise(self, leg_id: str, agent_leg: str, mode: SupervisionMode) -> None:
        """Let a supervisor's leg that is up hear this agent's leg in this mode."""

    async def bridge(self, customer: str, agent: str) -> None:
        """Join two legs that are up."""

    async def record(self, leg_id: str, path: Path) -> None:
        """Record a customer's leg in stereo while it is bridged: customer left, agent right."""

    async def listen(self, leg_id: str, path: Path) -> str:
        """Write what the far side of a leg lets be heard, also before an answer; the id of that writing."""

    async def stop_listening(self, leg_id: str, monitor_id: str) -> None:
        """End that writing of a leg that lives."""

    async def play_flow(self, leg_id: str, flow: str) -> None:
        """Send a leg into an IVR flow."""

    async def hold(self, leg_id: str) -> None:
        """Send a customer's leg out of its talk to where it hears a soft tone."""

    async def mute(self, leg_id: str, *, on: bool) -> None:
        """Let nothing through of what is said into an agent's telephone, or let it through again."""

    async def press(self, leg_id: str, key: str) -> None:
        """Press one key, to be heard at the far end of a leg."""

    async def hang_up(self, leg_id: str) -> None:
        """End a leg; one that is gone is as it was asked to be."""

    async def channels(self) -> Mapping[str, ChannelInfo]:
        """All legs that the switch knows, by id."""

    async def unattended(self) -> Mapping[str, datetime]:
        """The customers' legs that answered and met nobody here, and when."""

    async def forget_unattended(self, leg_id: str) -> None:
        """The note of a leg has been read."""

    def room(self) -> int:
        """How many more calls the switch may be asked for now: fewer, the slower it answers."""


class FloorPort(Protocol):
    """What the shells ask of the floor. Each raises FloorError when it is out of reach."""

    async def put_agent(self, card: AgentCard) -> None:
        """Show an agent as it is now."""

    async def agents(self) -> list[AgentCard]:
        """All agents, of every node."""

    async def take_agent(
        self, attempt_id: str, skills: Iterable[str], *, only: str | None = None, owner: str | None = None
    ) -> str | None:
        """Take a free agent in one step."""

    async def acquire_trunk(
        self, trunk: str, attempt_ids: Sequence[str], *, channels: int, calls_per_second: float
    ) -> int:
        """Claim channels for these attempts, in order: how many were granted."""

    async def channels_in_use(self, trunk: str) -> int:
        """The channels of a trunk that are claimed, by any controller."""

    async def keep_trunk(self, trunk: str, attempt_ids: Sequence[str]) -> None:
        """These attempts use their channels still: an unkept claim lapses."""

    async def release_trunk(self, trunk: str, attempt_ids: Sequence[str]) -> None:
        """Give channels back."""

    async def hold_lease(self, name: str, ttl_s: float) -> bool:
        """Take or renew a lease for this node: whether it is ours now."""

    async def drop_lease(self, name: str) -> None:
        """Give a lease back, if it is ours."""

    async def hold_node(self, run: str, ttl_s: float) -> Hold:
        """Take or renew this node's name for one run of its controller."""

    async def drop_node(self, run: str) -> None:
        """Give the name back."""

    async def seen_lately(self) -> bool:
        """Whether a controller worked under this name of late."""


class NewsPort(Protocol):
    """Where past-tense news goes; never waits and never fails."""

    def tell(self, topic: str, payload: Mapping[str, Any] | None, *, retain: bool = False) -> None:
        """Publish under the site's root; None clears a retained topic."""
