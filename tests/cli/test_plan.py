from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dialer.record.record import Record
from dialer.simulation.floor import run_shift
from dialer.simulation.pacer import Floor, Move
from dialer.simulation.scenario import standard
from tests.simulation.recorder import Recorder

if TYPE_CHECKING:
    from .conftest import Operator

START = ("--starts-on", "2026-11-23")
QUICK = (*START, "--quick", "--leads", "20000", "--answer-rate", "0.25")
FILE = """
leads = 20000
answer_rate = 0.25
success_rate = 0.05
starts_on = 2026-11-23
deadline = 2026-12-11
calendar = "none"
weekdays = ["mon", "tue", "wed", "thu", "fri"]
cost_per_agent_hour = 60
value_per_success = 90
currency = "CNY"
"""
SHORT = 'name = "short"\nagents = 1\nhours = 0.05\nanswers.p = 0.4\n'


def test_a_deadline_is_answered_with_agents(operator: Operator) -> None:
    told = operator.reads("plan", operator.writes("p.toml", FILE), "--quick")
    answer = told["answer"]
    assert told["needed"] == answer
    assert answer["finishes_on"] <= "2026-12-11"
    fewer = next(each for each in reversed(told["by_agents"]) if each["agents"] < answer["agents"])
    assert fewer["finishes_on"] > "2026-12-11"
    assert answer["money"]["profit"] == pytest.approx(answer["money"]["brought"] - answer["money"]["cost"])
    assert [each["agents"] for each in told["pooling"]["sizes"]] == [3, 5, 10, 20, 30, 50, 100]


def test_agents_are_answered_with_a_date_and_an_option_goes_before_the_file(operator: Operator) -> None:
    file = operator.writes("p.toml", FILE)
    few = operator.reads("plan", file, "--quick", "--agents", "2")
    assert "2 agents are done on 2027-01" in few["headline"]
    assert "too late: it takes 5 agents to be done by 2026-12-11" in few["headline"]
    many = operator.reads("plan", file, "--quick", "--agents", "9")
    assert "in time; 5 agents would do" in many["headline"]
    alone = operator.reads("plan", *QUICK, "--agents", "9")
    assert alone["needed"] is None
    assert alone["answer"]["money"]["profit"] is None


def test_tables_tell_results_dates_and_the_law_and_where_each_number_comes_from(operator: Operator) -> None:
    said = operator.does("plan", operator.writes("p.toml", FILE), "--quick")
    for words in (
        "5 agents are done on",
        "the fewest to be done by 2026-12-11",
        "46,786",
        "successes",
        "profit",
        "CNY",
    ):
        assert words in said
    for source in ("70% of the leads can be reached at all: assumed (--contactable)", "no holidays", "Markov model"):
        assert source in said
    assert "assumed (--answer-rate)" not in said
    assert "cost nothing here (--cost-per-line-minute)" in said
    assert "agents cost nothing" not in said


def test_shifts_are_simulated_for_each_size_and_for_the_answer(operator: Operator) -> None:
    scenario = operator.writes("s.toml", SHORT)
    chart = operator.folder / "plan.html"
    told = operator.reads(
        "plan", "--scenario", scenario, "--leads", "5000", "--agents", "7", *START,
        *("--seeds", "1", "--pacing", "progressive", "--chart", str(chart)),
    )  # fmt: skip
    points = told["pooling"]["points"]
    assert [point["agents"] for point in points] == [3, 5, 7, 10, 20, 30, 50, 100]
    assert told["answer"]["utilisation"] == pytest.approx(points[2]["utilisation"])
    assert told["answer"]["abandonment"] == 0
    assert any("pacing 'progressive' in 1 simulated shifts of 0.05 h" in line for line in told["sources"])
    assert any("answer rate 40.0%: of the scenario 'short'" in line for line in told["sources"])
    page = chart.read_text(encoding="utf-8")
    assert page.count("<circle") == 8
    assert "done on" in page


def patient(floor: Floor, _now_s: float) -> Move:
    return Move(2 * floor.ready - len(floor.ringing_s))


def test_a_campaign_tells_its_own_rates(operator: Operator) -> None:
    operator.has_campaign(more="wrap_up_s = 600\n")

    async def dial() -> None:
        truth = standard(20, 0.4, hours=1)
        recorder = Recorder(patient)
        run_shift(truth, recorder, 1)
        async with Record(f"sqlite:///{operator.folder}/record.db") as record:
            await recorder.write(record, await record.campaigns.get("autumn"), truth.end_s)

    asyncio.run(dial())
    words = ("plan", "--from-campaign", "autumn", "--since", "2026-11-20", "--agents", "20", "--quick", *START)
    told = operator.reads(*words, "--leads", "3000", "--answer-rate", "0.4")
    assert told["plan"] == "autumn"
    assert told["answer"]["funnel"]["calls"] > 3000
    assert any("talk 1" in line and "of the scenario 'autumn'" in line for line in told["sources"])
    # All calls were of one lead, which was reached once: that tells no answer rate of leads.
    assert "learned: " in operator.types(*words, "--leads", "3000").stderr
    assert "too little in the record" in operator.is_told(
        "plan", "--from-campaign", "autumn", "--since", "2026-12-01", "--agents", "20", "--quick"
    )


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([*QUICK], "--agents: give how many there are, or deadline or days"),
        (["--answer-rate", "0.3", "--agents", "3", "--quick"], "--leads: Field required"),
        (["--leads", "100", "--agents", "3", "--quick"], "--answer-rate: give it"),
        ([*QUICK, "--answer-rate", "1.5"], "--answer-rate: Input should be less than"),
        ([*QUICK, "--agents", "0"], "--agents: Input should be greater than"),
        ([*QUICK, "--contactable", "0.1"], "--contactable: lies below answer_rate"),
        ([*QUICK, "--success-target", "10", "--agents", "3"], "--success-rate: a success_target needs one"),
        ([*QUICK, "--days", "3", "--deadline", "2026-12-01"], "--days: give either"),
        ([*QUICK, "--deadline", "2026-11-22"], "--deadline: no working day"),
        ([*QUICK, "--days", "1", "--attempts", "9"], "--days: 9 calls to a lead"),
        ([*QUICK, "--success-rate", "0.01", "--success-target", "9999", "--agents", "3"], "--success-target: the list"),
        ([*QUICK, "--agents", "3", "--chart", "/"], "--chart: cannot be written"),
        ([*QUICK, "--agents", "3", "--scenario", "ghost"], "ghost: not a scenario"),
        ([*QUICK, "--agents", "3", "--scenario", "standard", "--from-campaign", "x"], "--scenario: give either"),
        ([*START, "--agents", "3", "--from-campaign", "ghost"], "there is no campaign ghost"),
        (["ghost.toml"], "ghost.toml: not a plan"),
    ],
)
def test_what_cannot_be_planned_is_refused_by_its_option(operator: Operator, words: list[str], error: str) -> None:
    assert error in operator.is_told("plan", *words)


def test_what_is_wrong_in_the_file_is_named_as_it_stands_there(operator: Operator) -> None:
    for line, words in (
        ("hours_per_day = 30", "p.toml: hours_per_day: "),
        ('weekdays = ["mon", "noday"]', "p.toml: weekdays.1: "),
        ("speed = 1", "p.toml: speed: "),
        ("leads = ", "p.toml: not a plan: "),
    ):
        assert words in operator.is_told("plan", operator.writes("p.toml", f"{line}\n"), "--agents", "2", "--quick")
