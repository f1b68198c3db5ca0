"""Whatever the interface's own documentation allows is sent to it, and much that it does not allow."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, CheckFunction, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from dialer.api.app import build_app
from dialer.core.access import Right, Role
from dialer.core.hooks import HookEvent
from dialer.record.hooks import NewHook
from dialer.record.users import NewUser
from tests.core.scripts import BOOKING
from tests.fakes.virtual_time import virtual_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.api.interface import Interface
    from tests.fakes.centre import Centre

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
Check: TypeAlias = "Callable[[Response, Case[Any]], None]"

EXAMPLES, FEW_EXAMPLES = 30, 6
_KNOWN = {
    "agent_id": "agent1",
    "username": "ada",
    "name": "crm",
    "session_id": 1,
    "lead_id": 1,
    "list_id": 1,
    "name_or_id": "1",
    "scorecard_id": 1,
    "sample_id": 1,
    "filter_id": 1,
    "review_id": 1,
    "note_id": 1,
    "script_name": "booking",
}
"""What there is in the centre, by the names that paths have for it."""


def _operations(*, forge: bool) -> list[Operation]:
    """All but the stream of events, which has no end; `forge`: with made-up tokens and cookies."""
    no_service = cast("Interface", None)
    config = schemathesis.Config.from_dict({"generation": {"with-security-parameters": forge}})
    documented = schemathesis.openapi.from_dict(build_app(no_service).openapi(), config=config)
    every = (found.ok() for found in documented.exclude(path="/api/events").get_all_operations())  # type: ignore[union-attr]
    return [one for one in every if one is not None]


OPERATIONS = _operations(forge=False)
GUARDED = [one for one in _operations(forge=True) if one.path.startswith("/api/") and "/session" not in one.path]


class Sender:
    """Sends cases, which are made in a thread, to the application, which lives in this loop."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers
        self._loop = asyncio.get_running_loop()

    async def send_all(self, cases: st.SearchStrategy[Case[Any]], check: Check, *, at_most: int) -> None:
        """Send so many cases, the same in every run, and check each answer."""

        @settings(
            max_examples=at_most,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],  # a smaller example would start from what the larger ones left in the record
            suppress_health_check=list(HealthCheck),
        )
        @given(cases)
        def each(case: Case[Any]) -> None:
            check(self._answer(case), case)

        await asyncio.to_thread(each)

    def _answer(self, case: Case[Any]) -> Response:
        kwargs = case.as_transport_kwargs(base_url="http://ringpace", headers=self._headers)
        sent = requests.Request(**kwargs).prepare()
        got = asyncio.run_coroutine_threadsafe(self._send(sent), self._loop).result()
        headers = {name: [value] for name, value in got.headers.items()}
        return Response(got.status_code, headers, got.content, request=sent, elapsed=0, verify=False)

    async def _send(self, sent: requests.PreparedRequest) -> httpx.Response:
        headers, body = cast("dict[str, str]", dict(sent.headers)), cast("bytes | str | None", sent.body)
        return await self._client.send(httpx.Request(str(sent.method), str(sent.url), headers=headers, content=body))


@pytest.fixture
async def known(centre: Centre) -> dict[str, Any]:
    """One of everything that paths name."""
    campaign = await centre.campaign(running=False)
    (lead,) = await centre.leads(campaign)
    attempt = await centre.claim(campaign, lead)
    ada = NewUser("ada", "Ada", Role.AGENT, "the hash of none", None, "agent1")
    await centre.record.users.add(ada, who="test", now=virtual_now())
    await centre.record.users.add_token("crm", "the hash of none", [Right.SEE_FLOOR], who="test", now=virtual_now())
    crm = NewHook("crm", "http://127.0.0.1:9/", "the secret of none", (HookEvent.ATTEMPT_ENDED,))  # out of reach
    await centre.record.hooks.add(crm, who="test", now=virtual_now())
    await centre.record.scripts.save("booking", BOOKING, virtual_now(), "test")
    return _KNOWN | {"attempt_id": attempt.attempt_id}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
async def test_every_answer_is_as_documented(
    centre: Centre, stranger: httpx.AsyncClient, known: dict[str, Any], operation: Operation
) -> None:
    token = centre.settings.http.token.get_secret_value()
    sender = Sender(stranger, {"authorization": f"Bearer {token}"})
    await sender.send_all(_cases(operation, known), _as_documented, at_most=_how_many(operation))


async def test_forged_tokens_and_cookies_open_nothing(stranger: httpx.AsyncClient, known: dict[str, Any]) -> None:
    def refused(answer: Response, case: Case[Any]) -> None:
        assert answer.status_code == 401, (case.operation.label, case)

    for operation in GUARDED:
        cases = operation.as_strategy(path_parameters=_named_in(operation, known))
        await Sender(stranger, {}).send_all(cases, refused, at_most=10)


def _cases(operation: Operation, known: dict[str, Any]) -> st.SearchStrategy[Case[Any]]:
    """Of what is allowed, about anything and about what there is; of what is not allowed, where anything is not."""
    ways = [operation.as_strategy()]
    if about := _named_in(operation, known):
        ways.append(operation.as_strategy(path_parameters=about))
    if list(operation.iter_parameters()) or operation.body:
        ways.append(operation.as_strategy(GenerationMode.NEGATIVE))
    return st.one_of(ways)


def _named_in(operation: Operation, known: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if f"{{{name}}}" in operation.path}


def _how_many(operation: Operation) -> int:
    """Fewer where a password is hashed, which is meant to take long."""
    slow = operation.method == "post" and operation.path.startswith(("/api/session", "/api/users"))
    return FEW_EXAMPLES if slow else EXAMPLES


_CHECKS: list[CheckFunction] = [
    not_a_server_error,
    negative_data_rejection,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _as_documented(answer: Response, case: Case[Any]) -> None:
    case.validate_response(answer, checks=_CHECKS)


def test_the_documentation_refers_to_nothing_that_is_not_in_it() -> None:
    whole = build_app(cast("Interface", None)).openapi()
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(whole)))
    assert references
    for reference in references:
        part = whole
        for key in reference.split("/"):
            assert key in part, reference
            part = part[key]


_BEFORE_THE_FIRST, _AFTER_THE_LAST = "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"


@pytest.mark.parametrize("since", [_BEFORE_THE_FIRST, _AFTER_THE_LAST, "2026", "0.0", "NaN"])
@pytest.mark.parametrize("path", ["attempts", "campaigns/1/quality", "campaigns/1/feedback"])
async def test_what_is_no_moment_is_refused(
    console: httpx.AsyncClient, known: dict[str, Any], path: str, since: str
) -> None:
    assert known
    answer = await console.get(f"/api/{path}", params={"since": since})
    assert (answer.status_code, "since" in answer.text) == (422, True), answer.text


@pytest.mark.parametrize("at", [_AFTER_THE_LAST, "9999-12-31T23:59:59Z", "2024-01-01T00:00:00Z", 4_000_000_000])
async def test_a_call_back_that_never_comes_is_refused(console: httpx.AsyncClient, at: object) -> None:
    body = {"disposition": "CALL_BACK", "attempt_id": "a1", "call_back_at": at}
    answer = await console.post("/api/agents/agent1/disposition", json=body)
    assert (answer.status_code, "call_back_at" in answer.text) == (422, True), answer.text


@pytest.mark.parametrize("session_id", [0, -1, 2**63, 10**30])
async def test_a_session_id_that_no_database_holds_is_refused(console: httpx.AsyncClient, session_id: int) -> None:
    assert (await console.delete(f"/api/sessions/{session_id}")).status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer"},
        {"authorization": "Bearer " + "A" * 100_000},
        {"authorization": b"Bearer \xff\xfe"},
        {"authorization": "Basic dG9rZW46dG9rZW4="},
        {"authorization": "Bearer a, Bearer b"},
        {"cookie": "ringpace_session="},
        {"cookie": "ringpace_session=" + "A" * 100_000},
        {"cookie": b"ringpace_session=\xff\xfe\x00; ; =; \xf0\x9f"},
        {"cookie": 'ringpace_session="\\000\\377"; ringpace_session=\' or 1=1 --'},
        {"cookie": "; ".join(f"c{number}=1" for number in range(5_000))},
        {"cookie": "ringpace_session=a", "origin": "http://[not-an-address"},
        {"cookie": "ringpace_session=a", "origin": "null"},
        {"host": "\u00e9".encode(), "cookie": "ringpace_session=a", "origin": "//"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_junk_in_headers_is_refused_and_breaks_nothing(
    stranger: httpx.AsyncClient, method: str, headers: dict[str, Any]
) -> None:
    for path in ("/api/session", "/api/users", "/api/agents/agent1/ready", "/api/do-not-call"):
        answer = await stranger.request(method, path, headers=headers)
        assert 400 <= answer.status_code < 500, (path, answer.text)
        assert isinstance(answer.json()["detail"], str)
