from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from dialer.core.model import Outcome
from dialer.record.schema import lead, rejection
from tests.record.bulk import Made, call, import_list

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

WANG = {
    "key": "K1",
    "name": "王小明",
    "numbers": ["138 0000 0001", "+86 21 5888 0001"],
    "attributes": {"城市": "上海", "name": "as it stands in another system"},
    "priority": 2,
    "owner": "agent1",
}
LEADS = "/api/campaigns/autumn/leads"


@pytest.fixture(autouse=True)
async def _campaign(centre: Centre) -> None:
    await centre.campaign(running=False)


def lead_of(place: int, **changes: Any) -> dict[str, Any]:
    return {"key": f"K{place}", "name": "李华", "numbers": [f"1380000{place:04}"], **changes}


async def pushed(console: httpx.AsyncClient, body: Any) -> dict[str, Any]:
    answer = await console.post(LEADS, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def count(centre: Centre, table: sa.Table) -> int:
    async with centre.record.database.read() as connection:
        return (await connection.scalars(sa.select(sa.func.count()).select_from(table))).one()


async def test_a_lead_is_taken_in_and_may_be_called_at_once(console: httpx.AsyncClient, centre: Centre) -> None:
    answer = await pushed(console, WANG)
    assert answer == {
        "campaign_id": 1,
        "accepted": 1,
        "known": 0,
        "rejected": 0,
        "leads": [{"index": 0, "state": "accepted", "lead_id": 1}],
    }
    (next_one,) = await centre.record.leads.candidates(1, datetime.now(UTC), 10)
    found = next_one.lead
    assert (found.key, found.name, found.priority, found.owner) == ("K1", "王小明", 2.0, "agent1")
    assert found.attributes == WANG["attributes"]
    assert [(number.e164, number.time_zones) for number in found.numbers] == [
        ("+8613800000001", ("Asia/Shanghai",)),
        ("+862158880001", ("Asia/Shanghai",)),
    ]
    (line, *_) = await centre.record.audit.latest()
    assert (line.who, line.what, line.subject) == ("token", "leads pushed", "autumn")


async def test_said_again_nothing_is_doubled_and_nothing_changes(console: httpx.AsyncClient, centre: Centre) -> None:
    nameless = {"name": "无名", "numbers": ["13800000009"]}  # without a key it goes by its number
    await pushed(console, [WANG, nameless])
    lines = len(await centre.record.audit.latest())
    again = await pushed(console, [{**WANG, "name": "another", "numbers": ["13800000005"]}, nameless])
    assert (again["accepted"], again["known"]) == (0, 2)
    assert [(one["state"], one["lead_id"]) for one in again["leads"]] == [("known", 1), ("known", 2)]
    assert (await centre.lead(1)).name == "王小明"
    assert len(await centre.record.audit.latest()) == lines
    assert len([one async for one in centre.record.leads.waiting_facts(1, datetime.now(UTC), 10)]) == 2


async def test_a_key_twice_in_one_list_or_at_the_same_moment_is_one_lead(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    twice = await pushed(console, [lead_of(1), lead_of(1)])
    assert [(one["state"], one["lead_id"]) for one in twice["leads"]] == [("accepted", 1), ("known", 1)]
    answers = await asyncio.gather(*(pushed(console, [lead_of(2), lead_of(3)]) for _ in range(3)))
    assert sorted(answer["accepted"] for answer in answers) == [0, 0, 2]
    assert sum(answer["known"] for answer in answers) == 4
    assert await count(centre, lead) == 3


BAD: list[tuple[Any, str]] = [
    (lead_of(1, numbers=["12345"]), "numbers.0"),
    (lead_of(1, numbers=["13800000001", "13800"]), "numbers.1"),
    (lead_of(1, numbers=["138\x000000001"]), "numbers.0"),
    (lead_of(1, numbers=["138\ud8000000001"]), "numbers.0"),
    (lead_of(1, numbers=["1" * 5000]), "numbers.0"),
    (lead_of(1, numbers=[13800000001]), "numbers.0"),
    (lead_of(1, numbers=[]), "numbers"),
    (lead_of(1, numbers=["13800000001"] * 10), "numbers"),
    (lead_of(1, name=""), "name"),
    (lead_of(1, name="王\x00"), "name"),
    (lead_of(1, name="王\ud800"), "name"),
    (lead_of(1, name='=HYPERLINK("x")'), "name"),
    (lead_of(1, name="x" * 201), "name"),
    (lead_of(1, key="x" * 101), "key"),
    (lead_of(1, key="\udfff"), "key"),
    (lead_of(1, owner="x" * 41), "owner"),
    (lead_of(1, priority=float("nan")), "priority"),
    (lead_of(1, priority=float("inf")), "priority"),
    (lead_of(1, priority=10**400), "priority"),
    (lead_of(1, priority="high"), "priority"),
    (lead_of(1, time_zone="Mars/Base"), "time_zone"),
    (lead_of(1, time_zone="../../etc/passwd"), "time_zone"),
    (lead_of(1, time_zone="\ud800"), "time_zone"),
    (lead_of(1, attributes={"城市": "上\x00海"}), "attributes.城市"),
    (lead_of(1, attributes={"城市": "上\ud800海"}), "attributes.城市"),
    (lead_of(1, attributes={"城市": "x" * 4001}), "attributes.城市"),
    (lead_of(1, attributes={"=1+1": "x"}), "attributes.=1+1"),
    (lead_of(1, attributes={"\ud800": "x"}), "attributes.\ufffd\ufffd\ufffd"),
    (lead_of(1, attributes={"a\x00": "x"}), "attributes.'a\\x00'"),
    (lead_of(1, mood="fine"), "mood"),
    ({"key": "K1", "numbers": ["13800000001"]}, "name"),
    ("not a lead", ""),
    (None, ""),
]


@pytest.mark.parametrize(("bad", "field"), BAD, ids=range(len(BAD)))
async def test_a_bad_one_among_good_ones_is_named_and_the_good_ones_are_taken(
    console: httpx.AsyncClient, centre: Centre, bad: Any, field: str
) -> None:
    sent = await console.post(LEADS, content=json.dumps([lead_of(11), bad, lead_of(12)]))
    answer = sent.json()
    assert (sent.status_code, answer["accepted"], answer["rejected"]) == (200, 2, 1)
    assert [one["state"] for one in answer["leads"]] == ["accepted", "rejected", "accepted"]
    refused = answer["leads"][1]
    assert (refused["index"], refused["field"]) == (1, field)
    assert refused["reason"]
    assert await count(centre, rejection) == 1
    alone = await console.post(LEADS, content=json.dumps(bad))
    assert (alone.status_code, alone.json()["rejected"]) == (200, 1)
    assert await count(centre, lead) == 2


async def test_a_number_that_another_lead_has_is_rejected(console: httpx.AsyncClient) -> None:
    await pushed(console, lead_of(1))
    (one,) = (await pushed(console, lead_of(2, numbers=["13800000001"])))["leads"]
    assert (one["state"], one["field"]) == ("rejected", "numbers")
    assert "duplicate number" in one["reason"]


async def test_a_time_zone_of_its_own_goes_before_that_of_the_numbers(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    await pushed(console, lead_of(1, time_zone="Asia/Urumqi"))
    assert (await centre.lead(1)).numbers[0].time_zones == ("Asia/Urumqi",)


async def test_one_who_is_not_to_be_called_is_taken_in_and_never_called(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    await centre.record.do_not_call.add("+8613800000001", source="test", reason="a letter", now=datetime.now(UTC))
    await centre.campaigns.command("autumn", {"do": "resume"}, "the test")
    assert (await pushed(console, lead_of(1)))["accepted"] == 1
    assert (await console.get("/api/leads/1/why")).json()["hold"] == "DO_NOT_CALL"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"pause",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"priority": ' + b"1" * 5000 + b"}",
        b"[" + b"1," * 500 + b"1]",
        b'"' + b"x" * (4 * 1024 * 1024) + b'"',
    ],
    ids=["nothing", "empty", "text", "bytes", "deep", "huge number", "too many", "too long"],
)
async def test_a_body_that_is_no_list_of_leads_is_refused_whole(
    console: httpx.AsyncClient, centre: Centre, content: bytes
) -> None:
    answer = await console.post(LEADS, content=content)
    assert answer.status_code == 422
    assert "body" in answer.json()["detail"]
    assert await count(centre, lead) == 0


async def test_a_lead_is_shown_with_its_numbers_masked(console: httpx.AsyncClient) -> None:
    await pushed(console, [WANG, {"name": "无名", "numbers": ["13800000009"]}])
    found = (await console.get("/api/leads/1")).json()
    assert (found["key"], found["state"], found["numbers"][0]["number"]) == ("K1", "WAITING", "138****0001")
    nameless = await console.get("/api/leads/2")
    assert nameless.json()["key"] == "138****0009"
    assert "13800000009" not in nameless.text


async def test_why_a_lead_is_not_dialled(console: httpx.AsyncClient, centre: Centre) -> None:
    campaign = await centre.record.campaigns.get("autumn")
    then = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
    (one,) = await import_list(centre.record, campaign, "list", ["+8613800000001"], then)
    await call(centre.record, campaign, [(one, Made(then, Outcome.BUSY))])
    found = (await console.get(f"/api/leads/{one[0]}/why")).json()
    assert (found["hold"], found["campaign"], found["number"]) == ("CAMPAIGN_PAUSED", "autumn", "138****0001")
    assert found["last_call"].startswith("2026-11-20 02:30:00 UTC, BUSY")


@pytest.mark.parametrize("lead_id", ["0", "-1", "x", "9" * 19, "9" * 5000, "1%00"])
async def test_an_id_that_no_lead_can_have_is_refused(console: httpx.AsyncClient, lead_id: str) -> None:
    for path in (f"/api/leads/{lead_id}", f"/api/leads/{lead_id}/why"):
        assert (await console.get(path)).status_code == 422


async def test_what_is_not_there_is_said_not_to_be(console: httpx.AsyncClient) -> None:
    assert (await console.get("/api/leads/7")).status_code == 404
    assert (await console.get(f"/api/leads/{2**63 - 1}/why")).status_code == 404
    assert (await console.post("/api/campaigns/ghost/leads", json=WANG)).status_code == 404
    assert (await console.post("/api/campaigns/a%00b/leads", json=WANG)).status_code == 422


async def test_each_needs_the_right_to_it(console: httpx.AsyncClient) -> None:
    made = await console.post("/api/tokens", json={"name": "reviews", "rights": ["SEE_ATTEMPTS"]})
    crm = await console.post("/api/tokens", json={"name": "crm", "rights": ["LOAD_LEADS"]})
    console.headers["authorization"] = f"Bearer {crm.json()['token']}"
    assert (await console.post(LEADS, json=WANG)).status_code == 200
    assert (await console.get("/api/leads/1")).status_code == 403
    console.headers["authorization"] = f"Bearer {made.json()['token']}"
    assert (await console.get("/api/leads/1/why")).status_code == 200
    assert (await console.post(LEADS, json=WANG)).status_code == 403
    del console.headers["authorization"]
    assert (await console.post(LEADS, json=WANG)).status_code == 401
    assert (await console.get("/api/leads/1")).status_code == 401
