from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from dialer.core.abandonment import Fate, Tally
from dialer.core.model import AgentState
from dialer.metrics import Metrics


def test_every_name_follows_the_convention_and_every_metric_explains_itself() -> None:
    for family in text_string_to_metric_families(Metrics().exposition().decode()):
        assert family.name.startswith("ringpace_")
        assert family.documentation
        assert family.type in {"counter", "gauge", "histogram"}


def test_every_state_an_agent_can_be_in_is_shown_from_the_start() -> None:
    metrics = Metrics()
    shown = {state: metrics.registry.get_sample_value("ringpace_agents", {"state": state}) for state in AgentState}
    assert set(shown.values()) == {0.0}


def test_live_answers_and_abandonments_are_those_of_the_law() -> None:
    metrics = Metrics()
    for fate in (*Fate, None):
        metrics.call_judged("autumn", fate)
    shown = metrics.registry.get_sample_value
    assert shown("ringpace_live_answers_total", {"campaign": "autumn"}) == 3
    assert shown("ringpace_abandoned_total", {"campaign": "autumn"}) == 2


def test_a_window_is_shown_with_its_bounds_and_forgotten_with_its_campaign() -> None:
    metrics, shown = Metrics(), "ringpace_abandonment_upper_bound_ratio"
    for window in ("24h", "30d"):
        metrics.window("autumn", window, Tally(100, 2), 0.02)
        metrics.window("winter", window, Tally(100, 2), None)
    expected = metrics.registry.get_sample_value
    assert expected("ringpace_abandonment_expected_ratio", {"campaign": "autumn", "window": "24h"}) == 0.02
    assert expected("ringpace_abandonment_expected_ratio", {"campaign": "winter", "window": "24h"}) is None
    metrics.forget("autumn")
    left = [line for line in metrics.exposition().decode().splitlines() if line.startswith(shown)]
    assert [line.split(" ")[0] for line in left] == [
        f'{shown}{{campaign="winter",window="{window}"}}' for window in ("24h", "30d")
    ]
    assert 0.02 < float(left[0].split(" ")[1]) < 0.08


def test_services_in_one_process_do_not_share_their_metrics() -> None:
    one, other = Metrics(), Metrics()
    one.ami_events.inc()
    assert other.registry.get_sample_value("ringpace_ami_events_total") == 0.0


def test_counts_come_out_as_they_went_in() -> None:
    metrics = Metrics()
    metrics.placed.labels(campaign='a "strange"\nname', trunk="carrier").inc(3)
    metrics.answer_to_bridge.labels(campaign="autumn").observe(0.006)
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
    }
    assert samples["ringpace_calls_placed_total", (("campaign", 'a "strange"\nname'), ("trunk", "carrier"))] == 3
    assert samples["ringpace_answer_to_bridge_seconds_bucket", (("campaign", "autumn"), ("le", "0.005"))] == 0
    assert samples["ringpace_answer_to_bridge_seconds_bucket", (("campaign", "autumn"), ("le", "0.01"))] == 1
