from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.virtual_time import until

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


async def test_operators_see_what_runs_and_why_it_dials_as_it_does(console: httpx.AsyncClient, centre: Centre) -> None:
    campaign = await centre.campaign()
    await centre.leads(campaign, 3)
    await centre.log_in("agent1")
    await until(lambda: bool(centre.switch.placed()))
    (seen,) = (await console.get("/api/campaigns")).json()
    assert (seen["name"], seen["status"], seen["mode"]) == ("autumn", "RUNNING", "PROGRESSIVE")
    assert "one call per free agent" in seen["decision"]
    assert seen["calls"] == {"PLACED": 1}
    assert seen["trouble"] is None


async def test_commands_are_those_of_the_broker(console: httpx.AsyncClient, centre: Centre) -> None:
    await centre.campaign(running=False)
    started = await console.post("/api/campaigns/autumn/commands", json={"do": "resume"})
    assert (started.status_code, started.json()["status"]) == (200, "RUNNING")
    faster = await console.post("/api/campaigns/1/commands", json={"do": "pacing", "mode": "ratio", "ratio": 3})
    assert (faster.json()["pacing"]["mode"], faster.json()["pacing"]["ratio"]) == ("RATIO", 3)
    for body, words in (({"do": "fly"}, "do: "), ({"do": "pacing", "ratio": 0}, "ratio: ")):
        refused = await console.post("/api/campaigns/autumn/commands", json=body)
        assert refused.status_code == 422
        assert words in refused.json()["detail"]
    assert (await console.post("/api/campaigns/ghost/commands", json={"do": "pause"})).status_code == 404
    assert (await console.post("/api/campaigns/autumn/commands", content=b"pause")).status_code == 422
