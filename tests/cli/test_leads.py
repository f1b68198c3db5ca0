from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dialer.core.chances import Chances
from dialer.core.features import ALWAYS, Features
from dialer.core.model import Attempt, Outcome
from dialer.core.retry import Retry
from dialer.record.closings import Settled
from dialer.record.record import Record

if TYPE_CHECKING:
    from .conftest import Operator

BAD = """name,phone,city
王小明,13800000001,上海
=HYPERLINK("x"),13800000002,北京
李华,12345,北京
王芳,13800000001,北京
"""


def test_an_import_names_every_row_that_cannot_be_dialled(operator: Operator) -> None:
    operator.has_campaign()
    file = operator.writes("leads.csv", BAD)
    printed = operator.does("leads", "import", file, "--campaign", "autumn")
    assert "1 of 4 leads imported" in printed
    assert "3 rows rejected" in printed
    for words in ("formula", "short"):
        assert words in printed
    assert "13800000001" not in printed
    again = operator.reads("leads", "import", file, "--campaign", "autumn")
    assert (again["accepted"], again["rejected_count"]) == (0, 4)
    assert {row["row"] for row in again["rejected"]} == {2, 3, 4, 5}


@pytest.mark.parametrize(("text", "words"), [("", "empty"), ("a,b\n1,2\n", "phone"), ('name,phone\n"王', "0 of 1")])
def test_a_file_that_is_no_list_is_refused_whole(operator: Operator, text: str, words: str) -> None:
    operator.has_campaign()
    result = operator.types("leads", "import", operator.writes("leads.csv", text), "--campaign", "autumn")
    assert words in result.output
    assert operator.is_told("leads", "why", "1")


def test_why_a_lead_is_not_dialled_in_one_line_and_for_machines(operator: Operator) -> None:
    operator.has_campaign()
    operator.has_leads()
    line = operator.does("leads", "why", "13800000001")
    assert line.count("\n") == 1
    assert "王小明" in line
    assert "CAMPAIGN_PAUSED" in line
    assert "13800000001" not in line
    operator.does("campaign", "start", "autumn")
    operator.does("do-not-call", "add", "138 0000 0001", "--reason", "a letter")
    found = operator.reads("leads", "why", "1")
    assert (found["hold"], found["until"], found["campaign"]) == ("DO_NOT_CALL", None, "autumn")


def test_a_campaign_that_lies_ahead_says_from_when(operator: Operator) -> None:
    operator.has_campaign("winter", 'starts_on = 2099-01-05\n[[windows]]\ndays = ["MON"]\nopens = "10:00"')
    operator.has_leads("winter")
    operator.does("campaign", "start", "winter")
    found = operator.reads("leads", "why", "1", "--campaign", "winter")
    assert (found["hold"], found["until"]) == ("CAMPAIGN_NOT_STARTED", "2099-01-05T02:00:00+00:00")
    assert "may be called from 2099-01-05 02:00:00 UTC" in operator.does("leads", "why", "1")


def test_a_lead_in_two_campaigns_is_explained_in_each_or_in_one(operator: Operator) -> None:
    for name in ("autumn", "winter"):
        operator.has_campaign(name)
        operator.has_leads(name)
    assert operator.does("leads", "why", "13800000001").count("\n") == 2
    assert operator.does("leads", "why", "13800000001", "--campaign", "winter").count("\n") == 1


async def _learn(url: str, outcomes: int) -> None:
    """In the campaign's name: that Shanghai answers and Beijing does not."""
    model = Chances()
    for number in range(outcomes):
        model.learn(Features((ALWAYS, f"@city={('北京', '上海')[number % 2]}")), number % 2)
    async with Record(url) as record:
        await record.chances.save(1, model, datetime.now(UTC))


def test_why_tells_how_likely_a_person_answers_and_because_of_what(operator: Operator) -> None:
    operator.has_campaign()
    operator.has_leads()
    found = operator.reads("leads", "why", "1")
    assert (found["chance"], found["chance_because"]) == (None, [])
    url = f"sqlite:///{operator.folder / 'record.db'}"
    asyncio.run(_learn(url, 40))
    assert "the list's own order stands until they are 100" in operator.does("leads", "why", "1")
    asyncio.run(_learn(url, 400))
    likely, unlikely = (operator.reads("leads", "why", str(lead)) for lead in (1, 2))
    assert likely["chance"] > 4 * unlikely["chance"] > 0
    assert likely["chance_because"][1].startswith("because: city '上海': x1.")
    line, chance, because = operator.does("leads", "why", "1").splitlines()
    assert "CAMPAIGN_PAUSED" in line
    assert f"a person answers now: {likely['chance']:.0%}; usual:" in chance
    assert "(learned from 400 calls)" in chance
    assert because.strip() == likely["chance_because"][1]


async def _settle(url: str) -> None:
    """An attempt of lead 1 that nobody answered, and what was decided then."""
    async with Record(url) as record:
        lead = (await record.leads.facts(1, datetime.now(UTC))).lead
        number, now = lead.numbers[0], datetime.now(UTC)
        attempt = Attempt("a1", 1, 1, number.number_id, number.e164, lead.person, "", "carrier", "+8621", now)
        await record.attempts.claim([attempt], "node1")
        step = Retry(now, number.number_id, "NO_ANSWER: Mon 18-19 h is 2.1 times likelier than Mon 12-13 h")
        values = {"ended_at": now, "outcome": Outcome.NO_ANSWER}
        await record.closings.write({}, [Settled("a1", values, 1, number.number_id, step)])


def test_why_tells_why_a_retry_is_due_when_it_is(operator: Operator) -> None:
    operator.has_campaign()
    operator.has_leads()
    assert operator.reads("leads", "why", "1")["due_because"] is None
    assert "due then" not in operator.does("leads", "why", "1")
    asyncio.run(_settle(f"sqlite:///{operator.folder / 'record.db'}"))
    said = "NO_ANSWER: Mon 18-19 h is 2.1 times likelier than Mon 12-13 h"
    assert operator.reads("leads", "why", "1")["due_because"] == said
    assert f"due then because of {said}" in operator.does("leads", "why", "1")


@pytest.mark.parametrize("text", ["ghost", "13900000009", "[/red]", "0"])
def test_whoever_is_not_there_is_said_not_to_be(operator: Operator, text: str) -> None:
    operator.has_campaign()
    operator.has_leads()
    assert text in operator.is_told("leads", "why", text)
