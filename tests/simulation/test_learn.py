from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.errors import InputError, NotFoundError
from dialer.core.model import AgentState, Disposition, Outcome
from dialer.core.plan import CampaignPlan
from dialer.record.behaviour import CallTimes, Spent
from dialer.record.record import Record
from dialer.settings import TrunkSettings
from dialer.simulation.floor import run_shift
from dialer.simulation.learn import learned, scenario_of
from dialer.simulation.pacer import Floor, Move
from dialer.simulation.scenario import Scenario, read_scenario, standard
from dialer.simulation.written import to_toml
from tests.record.world import NOW, SECOND

from .recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TRUNK = TrunkSettings(endpoint="carrier", channels=60, calls_per_second=7, caller_ids=("+862155550000",))
DELAY_S = 2.0


@pytest.fixture
async def record(tmp_path: Path) -> AsyncIterator[Record]:
    async with Record(f"sqlite:///{tmp_path / 'record.db'}") as opened:
        yield opened


def a_plan(**more: Any) -> CampaignPlan:
    # The plan's ring timeout is counted from the sending, the scenario's from the ringing.
    plain = {"name": "autumn", "trunk": "carrier", "caller_id": "+862155550000", "ring_timeout_s": 25 + DELAY_S}
    return CampaignPlan.model_validate(plain | {"wrap_up_s": 600} | more)


def hasty(floor: Floor, now_s: float) -> Move:
    """More calls than free agents, some of which are withdrawn after 15 s for no reason."""
    return Move(int(2.5 * floor.ready) - len(floor.ringing_s), drop=int(now_s * 2) % 3 == 0)


def patient(floor: Floor, _now_s: float) -> Move:
    return Move(2 * floor.ready - len(floor.ringing_s))


async def learned_from(record: Record, truth: Scenario, recorder: Recorder, **plan: Any) -> Scenario:
    """The shift is dialled, recorded, and learned."""
    campaign = await record.campaigns.create(a_plan(**plan), NOW)
    run_shift(truth, recorder, 5)
    await recorder.write(record, campaign, truth.end_s)
    return (await scenario_of(record, campaign.campaign_id, NOW, trunk=TRUNK)).scenario


async def test_a_shift_that_was_dialled_is_learned_as_it_was(record: Record, tmp_path: Path) -> None:
    truth = standard(25, 0.3, hours=3, dial_delay={"kind": "constant", "value": DELAY_S})
    truth = truth.changed(answers={"p": [[0, 0.4], [1.5, 0.2]]}, fast_failures={"share": 0.4})
    scenario = await learned_from(record, truth, Recorder(patient, DELAY_S), pacing={"max_abandonment": 0.02})

    assert scenario.hours == pytest.approx(3, abs=0.02)
    assert scenario.agents == ((0.0, 25),)
    assert scenario.mean_p == pytest.approx(truth.mean_p, rel=0.06)
    first, *_, last = scenario.answers.p
    assert first == pytest.approx((0, 0.4), rel=0.1)
    assert last[1] == pytest.approx(0.2, rel=0.1)
    assert scenario.dial_delay is not None
    assert scenario.dial_delay.mean_s == pytest.approx(DELAY_S, abs=0.01)
    assert scenario.ring_timeout_s == pytest.approx(25, abs=0.01)
    assert scenario.ring.mean_s == pytest.approx(11.6, rel=0.04)  # gamma of mean 12 s, cut at 25 s
    assert scenario.fast_failures.share == pytest.approx(0.4, rel=0.06)
    assert scenario.fast_failures.after.mean_s == pytest.approx(3.5, rel=0.05)
    assert scenario.inbound.per_hour == 0
    assert scenario.talk.mean_s == pytest.approx(120, rel=0.1)
    assert scenario.wrap_up.mean_s == pytest.approx(15, rel=0.05)
    assert (scenario.caps.channels, scenario.caps.calls_per_second, scenario.caps.max_in_flight) == (60, 7, 100)
    assert (scenario.max_abandonment, scenario.patience_s, scenario.name) == (0.02, 2.0, "autumn")
    assert len(scenario.talk.model_dump()["values"]) <= 500

    file = tmp_path / "learned.toml"
    file.write_text(to_toml(scenario, ("learned\nfrom the record",)), encoding="utf-8")
    assert read_scenario(str(file)) == scenario


async def test_calls_that_were_withdrawn_make_nobody_less_likely_to_answer(record: Record) -> None:
    truth = standard(25, 0.3, hours=2, ring={"kind": "uniform", "low": 5, "high": 24})
    recorder = Recorder(hasty)
    scenario = await learned_from(record, truth, recorder, ring_timeout_s=25)

    withdrawn = sum("detail" in row for row in recorder.rows.values())
    answers = sum("answered_at" in row for row in recorder.rows.values())
    assert withdrawn > len(recorder.rows) / 5
    assert answers / len(recorder.rows) < 0.26
    assert scenario.mean_p == pytest.approx(0.3, rel=0.06)
    assert scenario.ring.mean_s == pytest.approx(14.5, rel=0.05)
    assert scenario.fast_failures.share == pytest.approx(0.25, rel=0.1)


async def test_machines_are_learned_from_detection_and_from_agents(record: Record) -> None:
    machines = {"share": 0.4, "delay_s": 1.4, "false_negative": 0.15, "talk": {"kind": "constant", "value": 9}}
    truth = standard(20, 0.4, hours=2, machines=machines)
    recorder = Recorder(patient)
    scenario = await learned_from(
        record, truth, recorder, ring_timeout_s=25, answering_machines="ASTERISK", abandon_limit_s=2
    )
    found = scenario.machines
    assert found.detection
    assert found.delay_s == pytest.approx(1.4, abs=0.01)
    # One in twenty of those taken for machines is reckoned a person, which here none was.
    assert found.share == pytest.approx(0.4 * (1 - 0.85 * 0.05), abs=0.03)
    assert found.false_positive == pytest.approx(0.85 * 0.4 * 0.05 / 0.6, rel=0.15)
    assert found.false_negative == pytest.approx(0.15, abs=0.04)
    assert found.talk.mean_s == 9
    assert scenario.talk.mean_s == pytest.approx(120, rel=0.12)


async def test_a_campaign_that_is_unknown_or_agentless_is_refused(record: Record) -> None:
    with pytest.raises(NotFoundError, match="campaign 77"):
        await scenario_of(record, 77, NOW)
    plan = a_plan(pacing={"mode": "AGENTLESS"}, agentless_flow="survey")
    campaign = await record.campaigns.create(plan, NOW)
    with pytest.raises(InputError, match="'autumn' is agentless"):
        await scenario_of(record, campaign.campaign_id, NOW)


# --- without a shift ------------------------------------------------------------------------------


def a_call(at_s: float, age_s: float, outcome: Outcome, **more: Any) -> CallTimes:
    sent_at = NOW + at_s * SECOND
    ended_at = sent_at + age_s * SECOND
    plain = CallTimes(sent_at, None, None, None, None, ended_at, None, outcome, None, None)
    return plain._replace(**more)


def a_talk(at_s: float, **more: Any) -> CallTimes:
    """Rings after 1 s, answered after 9 s, talks for 60 s, wrapped up 12 s later."""
    sent_at = NOW + at_s * SECOND
    moments = {"ringing_at": 1, "answered_at": 9, "bridged_at": 9, "unbridged_at": 69, "wrapped_up_at": 81}
    times = {name: sent_at + after_s * SECOND for name, after_s in moments.items()}
    return a_call(at_s, 69, Outcome.ANSWERED, **times | more)


def some(talks: int = 60, unanswered: int = 60) -> list[CallTimes]:
    return [a_talk(10 * n) for n in range(talks)] + [
        a_call(10 * n, 26, Outcome.NO_ANSWER, ringing_at=NOW + (10 * n + 1) * SECOND) for n in range(unanswered)
    ]


def at_work(
    state: AgentState,
    begin_s: float,
    end_s: float | None,
    *,
    agent_id: str = "a",
    attempt_id: str | None = None,
    ours: bool = True,
) -> Spent:
    until = None if end_s is None else NOW + end_s * SECOND
    return Spent(agent_id, state, attempt_id, NOW + begin_s * SECOND, until, ours)


LOGGED_IN = [at_work(AgentState.READY, -60, None)]
PLAN = a_plan(ring_timeout_s=26, wrap_up_s=30)


def test_too_little_is_refused_and_everything_that_lacks_is_named() -> None:
    with pytest.raises(InputError) as refused:
        learned(PLAN, some(talks=49), [])
    words = str(refused.value)
    for lack in (
        "'autumn'",
        "answers: 49, 50 are needed",
        "talks: 49",
        "wrap-ups: 49",
        "agents: 0",
        "--fill",
        "--since",
    ):
        assert lack in words
    assert "unanswered" not in words
    with pytest.raises(InputError, match="calls: 0; talks: 0"):
        learned(PLAN, [], [])


def test_what_lacks_is_taken_from_the_standard_population_where_that_is_asked_for() -> None:
    found = learned(PLAN, some(talks=20), LOGGED_IN, fill=True)
    assert found.scenario.talk == standard(1, 0.3).talk
    assert found.scenario.agents == ((0.0, 1),)
    assert found.scenario.fast_failures.share == 0
    assert [line.partition(" = ")[0] for line in found.filled] == ["answers", "talk", "wrap_up"]
    assert "mean = 120" in found.filled[1]
    assert "talks: 20" in found.filled[1]
    nothing = learned(PLAN, [], [], fill=True)
    assert nothing.scenario.mean_agents == 30
    words = [line.partition(" = ")[0] for line in nothing.filled]
    assert words == ["answers", "fast_failures", "agents", "talk", "wrap_up"]
    assert learned(PLAN, some(), LOGGED_IN, fill=True).filled == ()


def test_a_wrap_up_is_no_longer_than_the_timer_and_none_where_all_was_said_in_the_talk() -> None:
    calls = some()
    calls[0] = a_talk(0, wrapped_up_at=NOW + timedelta(days=1))
    calls[1] = a_talk(10, wrapped_up_at=NOW + 40 * SECOND)
    calls[2] = a_talk(20, wrapped_up_at=None)
    values = learned(PLAN, calls, LOGGED_IN).scenario.wrap_up.model_dump()["values"]
    assert values == (0.0, *[12.0] * 57, 30.0)


def test_where_all_are_withdrawn_in_the_end_what_would_have_come_is_told_to_be_unknown() -> None:
    calls = some() + [a_call(10 * n, 27, Outcome.CANCELLED) for n in range(60)]
    found = learned(PLAN, calls, LOGGED_IN)
    assert found.scenario.mean_p == pytest.approx(1 / 3, abs=1e-4)
    assert any("of 33% of the calls nothing is known after that" in note for note in found.notes)


def test_our_own_failures_say_nothing_of_the_customers() -> None:
    broken = [a_call(10 * n, 0.1, Outcome.FAILED) for n in range(100)]
    found = learned(PLAN, some() + broken, LOGGED_IN)
    assert found.scenario.mean_p == pytest.approx(0.5)
    assert any(note.startswith("100 calls that failed on our own side") for note in found.notes)


def test_without_ringing_times_the_rings_are_counted_from_the_sending() -> None:
    calls = [call._replace(ringing_at=None) for call in some()]
    scenario = learned(PLAN, calls, LOGGED_IN).scenario
    assert (scenario.dial_delay, scenario.ring.mean_s, scenario.ring_timeout_s) == (None, 9, 26)


def test_pauses_and_calls_of_others_are_learned() -> None:
    spent = [
        at_work(AgentState.READY, 0, 100),
        at_work(AgentState.PAUSED, 100, 160),
        at_work(AgentState.TALKING, 160, 260, attempt_id="other", ours=False),
        at_work(AgentState.WRAP_UP, 260, 280, attempt_id="other", ours=False),
        at_work(AgentState.READY, 280, None),
        at_work(AgentState.OFFLINE, 0, None, agent_id="b"),
    ]
    scenario = learned(PLAN, some(), spent).scenario
    assert scenario.agents == ((0.0, 1),)
    shift_s = scenario.hours * 3600
    assert shift_s == pytest.approx(659, abs=1)
    assert scenario.pauses.per_hour == pytest.approx(3600 / (shift_s - 60), rel=0.01)
    assert scenario.pauses.length.mean_s == 60
    assert scenario.inbound.per_hour == pytest.approx(3600 / shift_s, rel=0.01)
    assert scenario.inbound.handle.mean_s == 120


def test_machines_that_only_agents_hear_are_learned_without_detection() -> None:
    calls = some(talks=100)
    calls[:20] = [call._replace(disposition=Disposition.MACHINE) for call in calls[:20]]
    machines = learned(PLAN, calls, LOGGED_IN).scenario.machines
    assert (machines.detection, machines.share, machines.talk.mean_s) == (False, 0.2, 60)
    assert machines.false_positive == 0
