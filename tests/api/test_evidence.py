from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from dialer.core.access import Right, Role
from dialer.core.errors import InputError
from dialer.core.model import RecordingState
from dialer.doorkeeper import hash_of
from recordings.evidence import verify
from tests.api.people import add_user, logged_in
from tests.api.test_attempts import CALLS, THEN, audited, recorded
from tests.fakes.virtual_time import virtual_now
from tests.record.bulk import call, import_list

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

WHY = {"reason": "complaint 17 of <b>Mr Wang</b>"}
ONE = "/api/attempts/a000000"


@pytest.fixture(autouse=True)
async def _called(centre: Centre) -> None:
    campaign = await centre.campaign(running=False, keep_recordings_days=30)
    numbers = [f"+861380000000{place}" for place in range(len(CALLS))]
    leads = await import_list(centre.record, campaign, "list", numbers, THEN)
    await call(centre.record, campaign, list(zip(leads, CALLS, strict=True)))


async def test_a_hold_is_put_changed_and_lifted_and_each_leaves_a_line(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    first = await console.put(f"{ONE}/hold", json=WHY)
    assert (first.status_code, first.json()["reason"], first.json()["who"]) == (200, WHY["reason"], "token")
    again = await console.put(f"{ONE}/hold", json=WHY)
    assert again.json() == first.json()
    await console.put(f"{ONE}/hold", json={"reason": "order of the court"})
    shown = (await console.get(ONE)).json()
    assert shown["hold"]["reason"] == "order of the court"
    assert (await console.request("DELETE", f"{ONE}/hold", json={"reason": "settled"})).status_code == 204
    assert (await console.get(ONE)).json()["hold"] is None
    assert (await console.request("DELETE", f"{ONE}/hold", json={"reason": "settled"})).status_code == 404
    lines = [(line.what, line.detail) for line in await centre.record.audit.about("a000000")]
    assert lines == [
        ("legal hold", WHY["reason"]),
        ("legal hold", "order of the court"),
        ("legal hold lifted", "settled"),
    ]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "   "}, {"reason": "a\nb"}, {"reason": "x" * 501}])
async def test_a_hold_without_a_reason_is_refused_and_names_it(
    console: httpx.AsyncClient, body: dict[str, str]
) -> None:
    for method in ("PUT", "DELETE"):
        answer = await console.request(method, f"{ONE}/hold", json=body)
        assert (answer.status_code, "reason" in answer.json()["detail"]) == (422, True)


async def test_until_when_a_recording_is_kept_is_told(console: httpx.AsyncClient, centre: Centre) -> None:
    await recorded(centre, "a000000")
    sound = (await console.get(ONE)).json()["recording"]
    assert sound["keep_until"] == "2026-12-20T02:30:00Z"
    assert (await centre.record.expiry.doom("a000000", "kept for 30 days", virtual_now())) is True
    sound = (await console.get(ONE)).json()["recording"]
    assert (sound["state"], sound["detail"], sound["keep_until"]) == ("DELETED", "kept for 30 days", None)
    assert sound["deleted_at"]
    refused = await console.get(f"{ONE}/recording")
    assert (refused.status_code, "kept for 30 days" in refused.json()["detail"]) == (404, True)


async def exported(client: httpx.AsyncClient, tmp_path: Path, path: str = f"{ONE}/evidence") -> dict[str, bytes]:
    """The files of an export; it is left as evidence.zip."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="evidence-a000000.zip"'
    assert answer.headers["cache-control"] == "private, no-store"
    (tmp_path / "evidence.zip").write_bytes(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


async def test_one_call_with_all_its_evidence_in_one_signed_file(
    console: httpx.AsyncClient, centre: Centre, tmp_path: Path
) -> None:
    sound = await recorded(centre, "a000000")
    await console.put(f"{ONE}/hold", json=WHY)
    files = await exported(console, tmp_path)
    assert sorted(files) == sorted(
        ("sound.wav", "attempt.json", "eligibility.json", "audit.json", "page.html", "manifest.json", "manifest.sig")
    )
    assert files["sound.wav"] == sound
    attempt = json.loads(files["attempt.json"])
    assert (attempt["outcome"], attempt["disposition"], attempt["agent_id"]) == ("ANSWERED", "AGREED", "agent1")
    assert attempt["timeline"][0]["what"] == "queued"
    assert attempt["legal_hold"]["reason"] == WHY["reason"]
    assert attempt["recording"]["sha256"]
    eligible = json.loads(files["eligibility.json"])
    assert eligible["sent_where_the_number_is"][0]["legal_hours"] is True
    assert [line["what"] for line in json.loads(files["audit.json"])] == ["legal hold", "evidence exported"]
    page = files["page.html"].decode()
    assert "<b>" not in page
    assert "&lt;b&gt;Mr Wang" in page
    assert not any(b"+8613800000000" in content for content in files.values())
    assert not any(str(tmp_path).encode() in content for content in files.values())
    signers = centre.store.key_file.read().signers()
    found = verify(tmp_path / "evidence.zip", signers)
    assert (found.attempt_id, found.made_by) == ("a000000", "token")
    with pytest.raises(InputError, match="not signed by a key that is trusted"):
        verify(tmp_path / "evidence.zip", [bytes(32)])


async def test_the_number_in_full_needs_its_own_right(
    stranger: httpx.AsyncClient, console: httpx.AsyncClient, centre: Centre, tmp_path: Path
) -> None:
    files = await exported(console, tmp_path, f"{ONE}/evidence?full_number=true")
    assert b"+8613800000000" in files["attempt.json"]
    assert json.loads(files["manifest.json"])["numbers"] == "full"
    lines = [line.detail for line in await centre.record.audit.latest() if line.what == "evidence exported"]
    assert lines == ["numbers full"]
    await add_user(centre.record, "rita", Role.REVIEWER)
    await add_user(centre.record, "omar", Role.OPERATOR)
    del stranger.headers["authorization"]
    async with logged_in(stranger, "rita") as reviewer:
        assert (await reviewer.get(f"{ONE}/evidence?full_number=true")).status_code == 403
        assert (await reviewer.get(f"{ONE}/evidence")).status_code == 200
        assert (await reviewer.put(f"{ONE}/hold", json=WHY)).status_code == 403
    async with logged_in(stranger, "omar") as operator:
        assert (await operator.get(f"{ONE}/evidence")).status_code == 403  # it holds what was said


async def test_a_call_whose_sound_is_gone_is_evidence_all_the_same_and_says_so(
    console: httpx.AsyncClient, centre: Centre, tmp_path: Path
) -> None:
    await centre.record.recordings.missing("a000000", "the disk was full", THEN)
    files = await exported(console, tmp_path)
    assert "sound.wav" not in files
    assert "the disk was full" in files["page.html"].decode()
    assert json.loads(files["attempt.json"])["recording"]["state"] == RecordingState.MISSING


async def test_a_token_may_have_the_right_to_hold_alone(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await centre.record.users.add_token(
        "law", hash_of("a secret of the test"), [Right.HOLD_RECORDINGS], who="test", now=virtual_now()
    )
    law = {"authorization": "Bearer a secret of the test"}
    assert (await stranger.put(f"{ONE}/hold", json=WHY, headers=law)).status_code == 200
    assert (await stranger.get(f"{ONE}/evidence", headers=law)).status_code == 403
    assert await audited(centre, "legal hold") == [("token:law", "a000000")]


@pytest.mark.parametrize("attempt_id", ["..%2f..%2fetc%2fpasswd", "a%00b", "%2e%2e", "a.b", "x" * 41, "ghost"])
async def test_a_path_in_an_id_is_nobodys(console: httpx.AsyncClient, attempt_id: str) -> None:
    for path in ("recording", "evidence"):
        assert (await console.get(f"/api/attempts/{attempt_id}/{path}")).status_code in {404, 422}
    assert (await console.put(f"/api/attempts/{attempt_id}/hold", json=WHY)).status_code in {404, 405, 422}


async def test_strangers_learn_nothing(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get(f"{ONE}/evidence")).status_code == 401
    assert (await stranger.put(f"{ONE}/hold", json=WHY)).status_code == 401
