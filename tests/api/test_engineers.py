from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dialer.health import PartHealth, ill

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


async def test_health_is_told_without_a_token(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/health")
    assert answer.status_code == 200
    assert (answer.json()["ok"], answer.json()["ill"]) == (True, [])


async def test_an_ill_part_is_named_with_what_to_do(stranger: httpx.AsyncClient, parts: list[PartHealth]) -> None:
    parts[1] = ill("redis", "connection refused")
    answer = await stranger.get("/health")
    assert answer.status_code == 503
    assert answer.json()["ill"] == ["redis"]
    (sick,) = [part for part in answer.json()["parts"] if not part["ok"]]
    assert (sick["detail"], bool(sick["remedy"])) == ("connection refused", True)


async def test_a_service_that_has_not_looked_yet_is_not_called_well(
    stranger: httpx.AsyncClient, parts: list[PartHealth]
) -> None:
    parts.clear()
    assert (await stranger.get("/health")).status_code == 503


async def test_metrics_are_read_without_a_token_by_prometheus(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await centre.log_in("agent1")
    answer = await stranger.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    agents = {sample.labels["state"]: sample.value for sample in families["ringpace_agents"].samples}
    assert (agents["READY"], agents["OFFLINE"]) == (1, 1)
