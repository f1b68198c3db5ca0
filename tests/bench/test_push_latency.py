"""The row pairs what the page shows with the event before it."""

from __future__ import annotations

import pytest

from bench.push_latency import Bridges, figures, pairs


def event(kind: str, leg: str, at: float, bridge: str = "basic") -> dict[str, str]:
    return {"Event": kind, "Uniqueid": leg, "Timestamp": str(at), "BridgeType": bridge}


def test_only_the_agents_talks_count() -> None:
    bridges = Bridges()
    bridges.hear(event("BridgeEnter", "agent-agent1-1", 10.0))
    bridges.hear(event("BridgeEnter", "agent-agent1-1", 11.0, bridge="holding"))
    bridges.hear(event("BridgeEnter", "customer", 12.0))
    bridges.hear(event("BridgeLeave", "agent-agent1-1", 13.0))
    assert bridges.at == [10.0]


def test_each_showing_belongs_to_the_bridge_before_it() -> None:
    bridges = Bridges()
    bridges.at, bridges.heard_ms = [10.0, 20.0, 30.0], [1.0, 2.0, 3.0]
    found = pairs(bridges, [9.9, 10.05, 30.02])
    assert [late for late, _ in found] == pytest.approx([50, 20])
    assert [bare for _, bare in found] == [1.0, 3.0]


def test_the_aim_is_for_the_slowest_of_a_hundred() -> None:
    quick = [{"page_ms": 20.0, "bare_ms": 4.0}] * 9
    p50, p99 = figures([*quick, {"page_ms": 101.0, "bare_ms": 4.0}])
    assert (p50.median, p50.ratio) == (20.0, 5.0)
    assert (p99.median, p99.met) == (101.0, False)
