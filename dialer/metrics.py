"""What Prometheus sees: names by convention (base units, `_total` for counters), labels bounded by configuration."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dialer.core.model import AgentState, Outcome, RecordingState

_BRIDGE_BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0)
_DECISION_BUCKETS_S = (0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05)


class Metrics:
    """All metrics of one service, in a registry of its own."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.registry = registry
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
        self.live_answers = Counter(
            "ringpace_live_answers", "Persons who answered: the divisor of abandonment", ["campaign"], registry=registry
        )
        self.abandoned = Counter(
            "ringpace_abandoned", "Persons who answered and met no agent in time", ["campaign"], registry=registry
        )
        self.abandonment_ratio = Gauge(
            "ringpace_abandonment_ratio",
            "Abandoned of live answers in the campaign's legal window",
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
        # What is counted from its first on must be seen at 0 before: `increase` misses a series' first value.
        for state in AgentState:
            self.agents.labels(state=state.value).set(0)
        for made in (RecordingState.STORED, RecordingState.MISSING):
            self.recordings.labels(state=made.value)

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
        if outcome in {Outcome.ANSWERED, Outcome.ABANDONED}:
            self.live_answers.labels(campaign=campaign).inc()
        if outcome is Outcome.ABANDONED:
            self.abandoned.labels(campaign=campaign).inc()

    def forget(self, campaign: str) -> None:
        """This node no longer runs the campaign: what it showed of it is no longer so."""
        for gauge in (self.leads, self.abandonment_ratio):
            gauge.remove_by_labels({"campaign": campaign})

    def exposition(self) -> bytes:
        """The text that /metrics answers with."""
        return generate_latest(self.registry)
