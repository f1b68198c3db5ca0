from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from dialer.core.model import AgentState
from dialer.record.record import Record
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from .conftest import Operator


def test_agents_are_listed_as_the_record_has_them(operator: Operator) -> None:
    async def enter() -> None:
        async with Record(f"sqlite:///{operator.folder}/record.db") as record:
            await record.agents.enter("agent1", AgentState.PAUSED, MIDMORNING, reason="[午休]")

    asyncio.run(enter())
    (agent,) = operator.reads("agents", "list")
    assert (agent["agent_id"], agent["state"], agent["reason"]) == ("agent1", "PAUSED", "[午休]")
    assert "[午休]" in operator.does("agents", "list")


@pytest.mark.parametrize("verb", ["login", "logout", "pause", "ready"])
def test_without_the_service_it_says_to_start_it(operator: Operator, verb: str) -> None:
    assert "start it first" in operator.is_told("agents", verb, "agent1")


def test_the_service_is_asked_with_the_token_and_its_refusal_is_shown(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if "agent1" in str(request.url):
            return httpx.Response(202, json={"agent_id": "agent1", "state": "CALLING_IN"})
        return httpx.Response(409, json={"detail": "agent agent2 is logged in already"})

    class Client(httpx.AsyncClient):
        def __init__(self, *, base_url: str, timeout: float, **how: object) -> None:
            assert how == {"verify": False}  # plain HTTP, on this machine
            super().__init__(base_url=base_url, timeout=timeout, transport=httpx.MockTransport(answer))

    monkeypatch.setattr(httpx, "AsyncClient", Client)
    assert "agent1: CALLING_IN" in operator.does("agents", "login", "agent1")
    assert (asked[0].url.path, asked[0].headers["authorization"]) == ("/api/agents/agent1/login", "Bearer s3cret")
    assert "logged in already" in operator.is_told("agents", "login", "agent2")
