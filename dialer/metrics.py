"""What Prometheus sees: names by convention (base units, `_total` for counters), labels bounded by configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dialer.core.abandonment import Fate
from dialer.core.band import Position
from dialer.core.model import AgentState, NumberState, Outcome, RecordingState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dialer.core.abandonment import Tally
    from dialer.core.outcome import Heard

_BRIDGE_BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0)
_DECISION_BUCKETS_S = (0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05)
_WAIT_BUCKETS_S = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300)
_ABANDONED = frozenset({Fate.TOO_LATE, Fate.NOBODY_CAME})

_POSITIONS = {Position.BELOW: -1, Position.WITHIN: 0, Position.ABOVE: 1}


class Metrics:
    """All metrics of one service, in a registry of its own."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.registry = registry
        self.on_shown: Callable[[], None] = lambda: None
        """Called before the metrics are shown: to count what has not been counted yet."""
        self.placed = Counter(
            "ringpace_calls_placed", "Calls sent to Asterisk", ["campaign", "trunk"], registry=registry
        )
        self.outcomes = Counter(
            "ringpace_call_outcomes", "Attempts that ended, by outcome", ["campaign", "outcome"], registry=registry
        )
        self.causes = Counter(
            "ringpace_trunk_causes",
            "Unanswered calls by the final SIP status of the trunk (none where there was none)",
            ["trunk", "sip_code"],
            registry=registry,
        )
        self.answer_to_bridge = Histogram(
            "ringpace_answer_to_bridge_seconds",
            "From the customer's answer to the bridge, by Asterisk's own event times",
            ["campaign"],
            buckets=_BRIDGE_BUCKETS_S,
            registry=registry,
        )
        self.calls_live = Gauge("ringpace_calls_live", "Calls by state", ["campaign", "state"], registry=registry)
        self.agents = Gauge("ringpace_agents", "Agents by state", ["state"], registry=registry)
        self.agent_seconds = Counter(
            "ringpace_agent_seconds", "Time that agents spent in each state, all together", ["state"], registry=registry
        )
        self.agent_wait = Histogram(
            "ringpace_agent_wait_seconds",
            "From an agent's coming free to the next talk",
            buckets=_WAIT_BUCKETS_S,
            registry=registry,
        )
        self.live_answers = Counter(
            "ringpace_live_answers", "Persons who answered: the divisor of abandonment", ["campaign"], registry=registry
        )
        self.abandoned = Counter(
            "ringpace_abandoned", "Persons who answered and met no agent in time", ["campaign"], registry=registry
        )
        self.expected_abandoned = Counter(
            "ringpace_expected_abandoned",
            "How many of the live answers the decisions that placed their calls expected to be abandoned",
            ["campaign"],
            registry=registry,
        )
        self.withdrawn = Counter(
            "ringpace_calls_withdrawn",
            "Calls that were let ring no longer because nobody would be free to take their answer",
            ["campaign"],
            registry=registry,
        )
        by_window = ["campaign", "window"]
        self.abandonment_ratio = Gauge(
            "ringpace_abandonment_ratio", "Abandoned of live answers in a legal window", by_window, registry=registry
        )
        self.abandonment_lower_bound = Gauge(
            "ringpace_abandonment_lower_bound_ratio",
            "The least true share abandoned that its 95 % interval allows (Clopper-Pearson)",
            by_window,
            registry=registry,
        )
        self.abandonment_upper_bound = Gauge(
            "ringpace_abandonment_upper_bound_ratio", "The greatest that it allows", by_window, registry=registry
        )
        self.abandonment_expected = Gauge(
            "ringpace_abandonment_expected_ratio",
            "What the decisions expected of the live answers that a legal window of the campaign has seen, in the mean",
            by_window,
            registry=registry,
        )
        self.expected_abandonment = Gauge(
            "ringpace_expected_abandonment_ratio",
            "The share of the answers to come that the last decision expects to be abandoned",
            ["campaign"],
            registry=registry,
        )
        self.in_doubt = Gauge(
            "ringpace_pacing_in_doubt",
            "1 while one call for each free agent is placed, because what is known is not to be relied on",
            ["campaign"],
            registry=registry,
        )
        self.quality = Gauge(
            "ringpace_quality_ratio",
            "What the calls of the last 24 hours came to: answer_rate, long_talks, conversion, order_success",
            ["campaign", "ratio"],
            registry=registry,
        )
        self.band_position = Gauge(
            "ringpace_answer_band_position",
            "The answer rate surely lies below (-1), within (0) or above (1) the campaign's band; none while unclear",
            ["campaign"],
            registry=registry,
        )
        self.leads = Gauge(
            "ringpace_leads", "Leads by what holds them (NONE: nothing does)", ["campaign", "hold"], registry=registry
        )
        self.decisions = Histogram(
            "ringpace_pacing_decision_seconds",
            "Time one pacing decision takes",
            buckets=_DECISION_BUCKETS_S,
            registry=registry,
        )
        self.recordings = Counter("ringpace_recordings", "Recordings by how they ended", ["state"], registry=registry)
        self.number_states = Counter(
            "ringpace_number_states",
            "Legs that were listened to, by what was heard for certain",
            ["state"],
            registry=registry,
        )
        self.line_seconds_saved = Counter(
            "ringpace_line_seconds_saved",
            "What was left of the ringing time of legs that were given up because nobody would answer: at most so much",
            registry=registry,
        )
        self.legs_listened = Counter("ringpace_legs_listened", "Legs that were listened to", registry=registry)
        self.legs_unheard = Counter(
            "ringpace_legs_unheard", "Legs that should have been listened to and were not", ["why"], registry=registry
        )
        self.listening_lag = Gauge(
            "ringpace_listening_lag_seconds",
            "How long the last look at all legs listened to took, beyond the quarter of a second in which it is due",
            registry=registry,
        )
        self.part_up = Gauge(
            "ringpace_part_up", "1 where a part answers, 0 where it does not", ["part"], registry=registry
        )
        self.ami_rtt = Gauge("ringpace_ami_ping_seconds", "Round trip of the last AMI ping", registry=registry)
        self.ami_lag = Gauge(
            "ringpace_ami_lag_seconds", "How long after it happened the last event was heard", registry=registry
        )
        self.ami_timeouts = Counter(
            "ringpace_ami_timeouts", "Orders that Asterisk did not answer in time", registry=registry
        )
        self.ami_events = Counter("ringpace_ami_events", "AMI events heard", registry=registry)
        self.ami_reconnects = Counter("ringpace_ami_reconnects", "Times the AMI connection was lost", registry=registry)
        self.news_dropped = Counter("ringpace_news_dropped", "News dropped while the broker is away", registry=registry)
        self.webhook_posts = Counter(
            "ringpace_webhook_posts",
            "Events posted, by whether they were taken",
            ["webhook", "taken"],
            registry=registry,
        )
        self.webhook_waiting = Gauge(
            "ringpace_webhook_waiting", "Events that wait to be taken", ["webhook"], registry=registry
        )
        self.webhook_failing = Gauge(
            "ringpace_webhook_failing", "1 where a webhook took none of the last events", ["webhook"], registry=registry
        )
        # What is counted from its first on must be seen at 0 before: `increase` misses a series' first value.
        for state in AgentState:
            self.agents.labels(state=state.value).set(0)
            self.agent_seconds.labels(state=state.value)
        for made in (RecordingState.STORED, RecordingState.MISSING):
            self.recordings.labels(state=made.value)
        for heard in NumberState:
            self.number_states.labels(state=heard.value)
        for why in ("too many", "failed"):
            self.legs_unheard.labels(why=why)

    def call_moved(self, campaign: str, before: str | None, after: str | None) -> None:
        """A live call has changed its state; None where it begins, and where it is over."""
        if before is not None:
            self.calls_live.labels(campaign=campaign, state=before).dec()
        if after is not None:
            self.calls_live.labels(campaign=campaign, state=after).inc()

    def call_ended(self, campaign: str, trunk: str, outcome: Outcome, sip_code: int | None, *, answered: bool) -> None:
        """An attempt has its outcome; only what was not answered tells of the trunk."""
        self.outcomes.labels(campaign=campaign, outcome=outcome.value).inc()
        if not answered:
            self.causes.labels(trunk=trunk, sip_code=str(sip_code) if sip_code else "none").inc()

    def call_judged(self, campaign: str, fate: Fate | None) -> None:
        """An attempt that is over was this to the law; None where nobody answered."""
        if fate is not None and fate is not Fate.TAKEN_FOR_A_MACHINE:
            self.live_answers.labels(campaign=campaign).inc()
        if fate in _ABANDONED:
            self.abandoned.labels(campaign=campaign).inc()

    def call_heard(self, believed: Heard | None, line_saved_s: float) -> None:
        """What was heard before anybody answered: UNKNOWN where it was not certain."""
        state = believed.state if believed else NumberState.UNKNOWN
        self.number_states.labels(state=state.value).inc()
        self.line_seconds_saved.inc(line_saved_s)

    def window(self, campaign: str, window: str, tally: Tally, expected: float | None) -> None:
        """What a legal window of the campaign has seen, and what was expected of it; None where that is not known."""
        if expected is not None:
            self.abandonment_expected.labels(campaign=campaign, window=window).set(expected)
        self.abandonment_ratio.labels(campaign=campaign, window=window).set(tally.rate)
        self.abandonment_lower_bound.labels(campaign=campaign, window=window).set(tally.lower_bound())
        self.abandonment_upper_bound.labels(campaign=campaign, window=window).set(tally.upper_bound())

    def appraised(self, campaign: str, ratios: Mapping[str, float | None], position: Position) -> None:
        """How good the campaign's list is; a ratio that was not measured is not shown."""
        for gauge in (self.quality, self.band_position):
            gauge.remove_by_labels({"campaign": campaign})
        for ratio, value in ratios.items():
            if value is not None:
                self.quality.labels(campaign=campaign, ratio=ratio).set(value)
        if position in _POSITIONS:
            self.band_position.labels(campaign=campaign).set(_POSITIONS[position])

    def forget(self, campaign: str) -> None:
        """This node no longer runs the campaign: what it showed of it is no longer so."""
        for gauge in (
            self.leads,
            self.abandonment_ratio,
            self.abandonment_lower_bound,
            self.abandonment_upper_bound,
            self.abandonment_expected,
            self.expected_abandonment,
            self.in_doubt,
            self.quality,
            self.band_position,
        ):
            gauge.remove_by_labels({"campaign": campaign})

    def exposition(self) -> bytes:
        """The text that /metrics answers with."""
        self.on_shown()
        return generate_latest(self.registry)
