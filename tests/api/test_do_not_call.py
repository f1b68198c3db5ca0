from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

LIST = "/api/do-not-call"
NUMBER = "+8613800000001"


async def listed(console: httpx.AsyncClient, number: str) -> bool:
    answer = await console.get(LIST, params={"number": number})
    assert answer.status_code == 200, answer.text
    found: bool = answer.json()["listed"]
    return found


async def lines(centre: Centre) -> list[tuple[str, str, str, str]]:
    audit = await centre.record.audit.latest()
    return [(line.who, line.what, line.subject, line.detail) for line in audit if "do-not-call" in line.what]


async def test_a_number_is_put_on_the_list_and_taken_off_and_both_leave_a_line(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    assert not await listed(console, NUMBER)
    added = await console.post(LIST, json={"number": "138 0000 0001", "reason": "a letter"})
    assert added.json() == {"number": "138****0001", "listed": True, "added": True}
    assert await listed(console, NUMBER)
    assert await listed(console, "13800000001")
    assert await centre.record.do_not_call.listed([NUMBER]) == {NUMBER}
    put_on = ("token", "do-not-call added", NUMBER, "a letter")
    assert await lines(centre) == [put_on]
    gone = await console.request("DELETE", LIST, json={"number": NUMBER, "why": "agreed by phone"})
    assert gone.json() == {"number": "138****0001", "listed": False, "removed": True}
    assert not await listed(console, NUMBER)
    assert await lines(centre) == [("token", "do-not-call removed", NUMBER, "agreed by phone"), put_on]


async def test_said_twice_it_is_done_once(console: httpx.AsyncClient, centre: Centre) -> None:
    for done in (True, False):
        answer = await console.post(LIST, json={"number": NUMBER, "reason": "a letter"})
        assert (answer.status_code, answer.json()["added"]) == (200, done)
    assert len(await lines(centre)) == 1
    for done in (True, False):
        answer = await console.request("DELETE", LIST, json={"number": NUMBER, "why": "agreed"})
        assert (answer.status_code, answer.json()["removed"]) == (200, done)
    assert len(await lines(centre)) == 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"number": "12345", "reason": "a letter"}, "number: "),
        ({"number": "138\x0000000001", "reason": "a letter"}, "number: "),
        ({"number": "138\ud80000000001", "reason": "a letter"}, "number: "),
        ({"number": "1" * 5000, "reason": "a letter"}, "number: "),
        ({"number": 13800000001, "reason": "a letter"}, "number: "),
        ({"number": NUMBER, "reason": ""}, "reason: "),
        ({"number": NUMBER, "reason": "a\x00letter"}, "reason: "),
        ({"number": NUMBER, "reason": "a\ud800letter"}, "reason: "),
        ({"number": NUMBER, "reason": "x" * 501}, "reason: "),
        ({"number": NUMBER}, "reason: "),
        ({"number": NUMBER, "reason": "a letter", "why": "x"}, "why: "),
        ({"number": NUMBER, "reason": float("nan")}, "reason: "),
        ([NUMBER], ""),
    ],
)
async def test_what_cannot_be_used_is_refused_by_its_key(
    console: httpx.AsyncClient, centre: Centre, body: Any, words: str
) -> None:
    answer = await console.post(LIST, content=json.dumps(body))
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert NUMBER not in answer.text
    assert await centre.record.do_not_call.count() == 0


@pytest.mark.parametrize("number", ["", "12345", "138\x0000000001", "1" * 5000, "x"])
async def test_what_is_no_number_is_not_looked_up(console: httpx.AsyncClient, number: str) -> None:
    answer = await console.get(LIST, params={"number": number})
    assert (answer.status_code, "number: " in answer.json()["detail"]) == (422, True)
    assert (await console.request("DELETE", LIST, json={"number": number, "why": "x"})).status_code == 422


async def test_a_body_that_is_no_json_is_refused(console: httpx.AsyncClient) -> None:
    for content in (b"", b"{", b"\xff", b'{"number": ' + b"1" * 5000 + b"}"):
        for method in ("POST", "DELETE"):
            answer = await console.request(method, LIST, content=content)
            assert (answer.status_code, "body" in answer.json()["detail"]) == (422, True)


async def test_it_needs_the_right_to_it(console: httpx.AsyncClient) -> None:
    made = await console.post("/api/tokens", json={"name": "reviews", "rights": ["SEE_ATTEMPTS", "SEE_NUMBERS"]})
    for header, code in ((f"Bearer {made.json()['token']}", 403), ("Bearer wrong", 401)):
        console.headers["authorization"] = header
        assert (await console.get(LIST, params={"number": NUMBER})).status_code == code
        assert (await console.post(LIST, json={"number": NUMBER, "reason": "x"})).status_code == code
        assert (await console.request("DELETE", LIST, json={"number": NUMBER, "why": "x"})).status_code == code
