from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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


@pytest.mark.parametrize("text", ["ghost", "13900000009", "[/red]", "0"])
def test_whoever_is_not_there_is_said_not_to_be(operator: Operator, text: str) -> None:
    operator.has_campaign()
    operator.has_leads()
    assert text in operator.is_told("leads", "why", text)
