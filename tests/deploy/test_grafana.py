"""The dashboard: a file that Grafana can read, whose every panel shows series that exist."""

from __future__ import annotations

import itertools
import json
from typing import Any

import yaml

from tests.deploy.paths import GRAFANA, exposed, named

DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "ringpace.json").read_text(encoding="utf-8"))


def test_every_panel_shows_series_that_exist() -> None:
    known = exposed()
    for panel in DASHBOARD["panels"]:
        assert panel["targets"], panel["title"]
        for target in panel["targets"]:
            assert named(target["expr"]), target["expr"]
            assert named(target["expr"]) <= known, target["expr"]


def test_the_campaigns_to_choose_from_are_those_of_a_series_that_exists() -> None:
    queries = [v["query"]["query"] for v in DASHBOARD["templating"]["list"] if v["type"] == "query"]
    assert queries
    assert all(named(query) <= exposed() for query in queries)


def test_panels_have_places_and_numbers_of_their_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [
        set(itertools.product(range(p["x"], p["x"] + p["w"]), range(p["y"], p["y"] + p["h"])))
        for p in (panel["gridPos"] for panel in panels)
    ]
    assert all(one.isdisjoint(other) for one, other in itertools.combinations(places, 2))
    assert all(x < 24 for place in places for x, _y in place)


def test_every_series_is_on_the_dashboard() -> None:
    shown = set().union(*(named(target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]))
    histograms = {name.removesuffix("_bucket") for name in exposed() if name.endswith("_bucket")}
    of_histograms = {f"{name}_{part}" for name in histograms for part in ("sum", "count")}
    assert exposed() - of_histograms == shown


def test_the_provisioning_is_what_grafana_reads() -> None:
    for path in GRAFANA.glob("provisioning/*/*.yml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["apiVersion"] == 1
