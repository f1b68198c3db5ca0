"""The plan: mistakes are named by their key, defaults are lawful, and nothing is guessed."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from pydantic import ValidationError

from dialer.core.model import Outcome, PacingMode
from dialer.core.plan import (
    DEFAULT_RETRIES,
    EVERY_DAY,
    WORKDAYS,
    AnsweringMachines,
    CampaignPlan,
    DayKind,
    Law,
    LegalHours,
    RetryRule,
    Window,
)

LEAST: dict[str, Any] = {"name": "spring", "trunk": "main", "caller_id": "+862112345678"}


def faults(**changed: Any) -> dict[str, str]:
    """What is wrong with a plan: messages by dotted key."""
    with pytest.raises(ValidationError) as refused:
        CampaignPlan.model_validate(LEAST | changed)
    return {".".join(map(str, each["loc"])): each["msg"] for each in refused.value.errors()}


def test_the_least_plan_is_workdays_nine_to_eight() -> None:
    plan = CampaignPlan.model_validate(LEAST)
    assert plan.windows == (Window(days=WORKDAYS, opens=time(9), closes=time(20)),)
    assert plan.pacing.mode is PacingMode.PROGRESSIVE
    assert plan.answering_machines is AnsweringMachines.OFF


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"windwos": []}, "windwos"),
        ({"caps": {"per_nubmer": 3}}, "caps.per_nubmer"),
        ({"caps": {"per_number": 0}}, "caps.per_number"),
        ({"caps": {"per_days": 32}}, "caps.per_days"),
        ({"windows": [{"days": ["FUNDAY"]}]}, "windows.0.days.0"),
        ({"windows": [{"opens": "25:00"}]}, "windows.0.opens"),
        ({"calendar": "us"}, "calendar"),
        ({"calendar_overrides": {"2026-02-30": "holiday"}}, "calendar_overrides.2026-02-30.[key]"),
        ({"calendar_overrides": ["2026-02-03"]}, "calendar_overrides"),
        ({"pacing": {"mode": "WARP"}}, "pacing.mode"),
        ({"pacing": {"ratio": 0.5}}, "pacing.ratio"),
        ({"pacing": {"max_abandonment": 0.5}}, "pacing.max_abandonment"),
        ({"retries": {"BUSY": {"delay_s": -1, "maximum": 1}}}, "retries.BUSY.delay_s"),
        ({"retries": {"BUSSY": {"delay_s": 1, "maximum": 1}}}, "retries.BUSSY.[key]"),
        ({"ring_timeout_s": 5}, "ring_timeout_s"),
        ({"abandon_limit_s": 3}, "abandon_limit_s"),
        ({"language": "chinese"}, "language"),
        ({"name": ""}, "name"),
        ({"name": "a\r\nAction: Originate"}, "name"),
        ({"name": "../etc"}, "name"),
        ({"starts_on": "soon"}, "starts_on"),
    ],
)
def test_a_mistake_is_named_by_its_key(changed: dict[str, Any], key: str) -> None:
    assert list(faults(**changed)) == [key]


@pytest.mark.parametrize("key", LEAST)
def test_what_is_missing_is_named(key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        CampaignPlan.model_validate({name: value for name, value in LEAST.items() if name != key})


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"windows": []}, "at least one window"),
        ({"windows": [{"days": []}]}, "at least one day"),
        ({"windows": [{"opens": "20:00", "closes": "09:00"}]}, "must open before it closes, not 20:00-09:00"),
        ({"windows": [{"opens": 720}]}, 'in quotes, such as "12:00"'),
        ({"windows": [{"opens": "09:00+08:00"}]}, "no time zone of its own"),
        ({"starts_on": "2026-12-02", "ends_on": "2026-12-01"}, "ends_on: lies before starts_on"),
        ({"pacing": {"mode": "agentless"}}, "AGENTLESS and agentless_flow go together"),
        ({"agentless_flow": "survey"}, "AGENTLESS and agentless_flow go together"),
    ],
)
def test_a_plan_that_contradicts_itself_says_how(changed: dict[str, Any], says: str) -> None:
    assert says in "; ".join(faults(**changed).values())


def test_words_may_be_written_small() -> None:
    plan = CampaignPlan.model_validate(
        LEAST
        | {
            "windows": [{"days": ["sat", "holiday"], "opens": "10:00", "closes": "00:00"}],
            "calendar_overrides": {"2027-02-06": "holiday"},
            "pacing": {"mode": "ratio", "ratio": 2},
            "answering_machines": "asterisk",
        }
    )
    assert plan.windows[0].days == (DayKind.SAT, DayKind.HOLIDAY)
    assert plan.windows[0].closes == time(0)
    assert plan.calendar_overrides == {date(2027, 2, 6): DayKind.HOLIDAY}
    assert plan.pacing.mode is PacingMode.RATIO
    assert plan.answering_machines is AnsweringMachines.ASTERISK


def test_a_plan_survives_being_stored() -> None:
    plan = CampaignPlan.model_validate(
        LEAST
        | {
            "windows": [{"days": list(EVERY_DAY)}],
            "calendar_overrides": {"2027-02-06": "holiday"},
            "retries": {"BUSY": {"delay_s": 60, "maximum": 1}},
        }
    )
    assert CampaignPlan.model_validate_json(plan.model_dump_json()) == plan


def test_every_outcome_has_a_retry_rule_and_the_plan_s_own_wins() -> None:
    assert set(DEFAULT_RETRIES) == set(Outcome)
    own = RetryRule(delay_s=60, maximum=1)
    plan = CampaignPlan.model_validate(LEAST | {"retries": {Outcome.BUSY: own}})
    assert plan.retry_rule(Outcome.BUSY) == own
    assert plan.retry_rule(Outcome.MACHINE) == DEFAULT_RETRIES[Outcome.MACHINE]


def test_the_law_of_a_country_wins_over_the_general_one() -> None:
    evening = LegalHours(opens=time(10), closes=time(0))
    law = Law(legal_hours_by_country={"86": evening})
    assert law.hours_for("86") == evening
    assert law.hours_for("1") == LegalHours(opens=time(8), closes=time(21))


def test_legal_hours_that_never_open_are_a_mistake() -> None:
    with pytest.raises(ValidationError, match="must open before they close, not 21:00-08:00"):
        LegalHours(opens=time(21), closes=time(8))


def test_of_machines_a_share_may_be_sampled_and_no_more_than_all() -> None:
    plan = CampaignPlan.model_validate(LEAST | {"answering_machines": "own", "machine_sampling": 0.1})
    assert (plan.answering_machines, plan.machine_sampling) == (AnsweringMachines.OWN, 0.1)
    with pytest.raises(ValidationError, match="machine_sampling"):
        CampaignPlan.model_validate(LEAST | {"machine_sampling": 1.01})
