"""News in memory: what was told, in order, and what a broker would still retain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class FakeNews:
    """Keeps `dialer.ports.NewsPort`."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Mapping[str, Any] | None]] = []
        self.retained: dict[str, Mapping[str, Any]] = {}

    def tell(self, topic: str, payload: Mapping[str, Any] | None, *, retain: bool = False) -> None:
        self.told.append((topic, payload))
        if retain and payload is None:
            self.retained.pop(topic, None)
        elif retain and payload is not None:
            self.retained[topic] = payload

    def states(self, attempt_id: str) -> list[str]:
        """The states that were told of a call, in order."""
        return [payload["state"] for topic, payload in self.told if topic == f"calls/{attempt_id}" and payload]
