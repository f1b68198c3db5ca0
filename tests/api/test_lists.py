from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import sqlalchemy as sa

from dialer.api.lists import MOST_BYTES
from dialer.core.access import Role
from dialer.record.schema import lead, lead_list
from tests.api.people import add_user, logged_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

LISTS = "/api/campaigns/autumn/lists"
GOOD = "姓名,手机,城市\n王小明,13800000001,上海\n李华,13800000002,北京\n"
BAD_ROWS = "姓名,手机\n王小明,13800000001\n=1+1,13800000002\n李华,12345\n张三,13800000001\n"


@pytest.fixture(autouse=True)
async def _campaign(centre: Centre) -> None:
    await centre.campaign(running=False)


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go: what a test leaves there was not cleared away."""
    folder = tmp_path / "spooled"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


async def loaded(
    console: httpx.AsyncClient, content: str | bytes, file_name: str = "十一月.csv", **fields: str
) -> httpx.Response:
    sent = content.encode() if isinstance(content, str) else content
    return await console.post(LISTS, files={"file": (file_name, sent)}, data=fields)


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def count(centre: Centre, table: sa.Table) -> int:
    async with centre.record.database.read() as connection:
        return (await connection.scalars(sa.select(sa.func.count()).select_from(table))).one()


def workbook(rows: list[list[Any]]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(file)
    return file.getvalue()


async def test_a_list_is_taken_in_and_shown_with_its_campaign(
    console: httpx.AsyncClient, centre: Centre, spool: Path
) -> None:
    answer = await loaded(console, GOOD)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "campaign_id": 1,
        "list_id": 1,
        "name": "十一月",
        "source": "十一月.csv",
        "accepted": 2,
        "total": 2,
        "rejected_count": 0,
        "rejected": [],
    }
    found = await centre.lead(1)
    assert (found.name, found.attributes, found.numbers[0].e164) == ("王小明", {"城市": "上海"}, "+8613800000001")
    (one,) = (await console.get("/api/campaigns/autumn")).json()["lists"]
    assert (one["name"], one["source"], one["accepted"], one["rejected"]) == ("十一月", "十一月.csv", 2, 0)
    (line, *_) = await centre.record.audit.latest()
    assert (line.who, line.what, line.subject) == ("token", "leads imported", "autumn")
    assert line.detail == "2 of 2 accepted, list 1, from 十一月.csv"
    assert left_in(spool) == []


async def test_a_workbook_is_read_and_a_list_may_have_a_name_of_its_own(console: httpx.AsyncClient) -> None:
    sent = workbook([["姓名", "手机"], ["王小明", 13800000001], ["李华", "bad"]])
    answer = (await loaded(console, sent, "leads.XLSX", name=" 双十一 ")).json()
    assert (answer["name"], answer["source"]) == ("双十一", "leads.XLSX")
    assert (answer["accepted"], answer["total"]) == (1, 2)
    assert [(one["row"], one["field"]) for one in answer["rejected"]] == [(3, "手机")]


async def test_refused_rows_are_named_and_come_as_a_file_that_no_spreadsheet_runs(console: httpx.AsyncClient) -> None:
    answer = (await loaded(console, BAD_ROWS)).json()
    assert (answer["accepted"], answer["total"], answer["rejected_count"]) == (1, 4, 3)
    told = {one["row"]: (one["field"], one["reason"], one["raw"]) for one in answer["rejected"]}
    assert told[3] == ("姓名", "looks like a spreadsheet formula", "=1+1")
    assert told[4][0] == "手机"
    assert told[5] == ("phone", "duplicate number: it is already in row 2 of this list", "138****0001")
    file = await console.get(f"{LISTS}/{answer['list_id']}/rejected")
    assert file.headers["content-type"].startswith("text/csv")
    assert file.headers["content-disposition"] == 'attachment; filename="rejected-1.csv"'
    rows = list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert {int(row["row"]): (row["field"], row["reason"], row["raw"]) for row in rows} == told | {
        3: ("姓名", "looks like a spreadsheet formula", "'=1+1")
    }


async def test_more_refusals_than_an_answer_carries_are_all_in_the_file(console: httpx.AsyncClient) -> None:
    many = "name,phone\n" + "".join(f"n{row},12{row}\n" for row in range(2005))
    answer = (await loaded(console, many)).json()
    assert (answer["rejected_count"], len(answer["rejected"])) == (2005, 1000)
    file = await console.get(f"{LISTS}/{answer['list_id']}/rejected")
    rows = list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert [int(row["row"]) for row in rows] == list(range(2, 2007))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "file: the file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "file: "),
        (b"PK\x03\x04 no workbook", "file: not a readable .xlsx file"),
        (b"\xd0\xcf\x11\xe0 old", "file: an old Excel file (.xls)"),
        (b"name,city\nWang,Shanghai\n", "file: row 1 is no usable header: it has no column phone"),
        ("姓名,手机".encode("utf-16"), "file: written in UTF-16"),
    ],
)
async def test_a_file_that_is_no_list_is_refused_and_leaves_nothing(
    console: httpx.AsyncClient, centre: Centre, spool: Path, content: bytes, words: str
) -> None:
    answer = await loaded(console, content)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(words)
    assert await count(centre, lead_list) == 0
    assert "leads imported" not in [line.what for line in await centre.record.audit.latest()]
    assert left_in(spool) == []


async def test_a_file_that_breaks_off_says_how_far_it_came(console: httpx.AsyncClient, centre: Centre) -> None:
    whole = workbook([["name", "phone"], *([f"n{row}", f"1380000{row:04}"] for row in range(1500))])
    answer = await loaded(console, _with_torn_sheet(whole), "torn.xlsx")
    assert answer.status_code == 422
    assert "the first 1000 rows are taken in" in answer.json()["detail"]
    assert await count(centre, lead) == 1000
    (line, *_) = await centre.record.audit.latest()
    assert (line.what, line.detail) == ("leads imported", "broken off after 1000 rows, from torn.xlsx")


@pytest.mark.parametrize(
    ("hostile", "name"),
    [
        ("../../../etc/passwd", "passwd"),
        ("/etc/cron.d/x.csv", "x"),
        ("..", ".."),
        ("/", "/"),
        ("=1+1.csv", "=1+1"),
        ("<img src=x>.csv", "<img src=x>"),
    ],
)
async def test_a_file_name_is_a_text_and_never_a_path(
    console: httpx.AsyncClient, spool: Path, hostile: str, name: str
) -> None:
    answer = await loaded(console, GOOD, hostile)
    assert (answer.status_code, answer.json()["source"], answer.json()["name"]) == (201, hostile, name)
    assert left_in(spool) == []


@pytest.mark.parametrize("bad", ["x" * 201, "a\x07b.csv", "a\u2028b.csv", "gnp\u202evsc.csv", "   "])
async def test_a_name_that_is_no_line_of_text_is_refused(console: httpx.AsyncClient, centre: Centre, bad: str) -> None:
    # Written by hand: a client that minds its manners would spell out what stands in the name.
    head = f'--b\r\ncontent-disposition: form-data; name="file"; filename="{bad}"\r\n\r\n'
    body = head.encode() + GOOD.encode() + b"\r\n--b--\r\n"
    answer = await console.post(LISTS, content=body, headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("file: ")
    named = await loaded(console, GOOD, name="x\ty")
    assert named.status_code == 422
    assert named.json()["detail"] == "name: its name holds a control character"
    assert await count(centre, lead_list) == 0


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "multipart/form-data; boundary=b"),
        (b"--b\r\n\r\n", "multipart/form-data; boundary=b"),
        (b"no form", "multipart/form-data"),
        (b"--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
        (b'--b\r\ncontent-disposition: form-data; name="file"\r\n\r\nx\r\n--b--', "multipart/form-data; boundary=b"),
        (b"file=x", "application/x-www-form-urlencoded"),
        (b'{"file": "x"}', "application/json"),
        (GOOD.encode(), "text/csv"),
    ],
)
async def test_what_is_no_form_with_a_file_is_refused(
    console: httpx.AsyncClient, centre: Centre, content: bytes, kind: str
) -> None:
    answer = await console.post(LISTS, content=content, headers={"content-type": kind})
    assert answer.status_code in {400, 422}
    assert answer.json()["detail"]
    assert await count(centre, lead_list) == 0


async def test_a_file_that_is_too_large_is_refused_before_all_of_it_is_read(
    console: httpx.AsyncClient, centre: Centre, spool: Path
) -> None:
    sent = 0
    kind = {"content-type": "multipart/form-data; boundary=b"}

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\ncontent-disposition: form-data; name="file"; filename="big.csv"\r\n\r\n'
        for _ in range(2 * MOST_BYTES >> 20):
            sent += 1
            yield b"x" * (1 << 20)

    async def announced(size: str) -> tuple[int, str]:
        answer = await console.post(LISTS, content=endless(), headers=kind | {"content-length": size})
        return answer.status_code, answer.json()["detail"]

    words = "file: larger than 64 MiB; load it in parts"
    for size in (str(2 * MOST_BYTES), "9" * 5000):
        assert await announced(size) == (413, words)
    assert sent <= 2  # whoever says so is not listened to
    sent = 0
    quiet = await console.post(LISTS, content=endless(), headers=kind)
    assert (quiet.status_code, quiet.json()["detail"]) == (413, words)
    assert (MOST_BYTES >> 20) <= sent <= (MOST_BYTES >> 20) + 2
    assert await count(centre, lead_list) == 0
    assert left_in(spool) == []


async def test_nothing_is_read_of_whoever_may_not_load(stranger: httpx.AsyncClient, centre: Centre) -> None:
    for username, role in (("olga", Role.OPERATOR), ("tom", Role.TEAM_LEADER)):
        await add_user(centre.record, username, role)
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b"x"

    kind = {"content-type": "multipart/form-data; boundary=b"}
    assert (await stranger.post(LISTS, content=body(), headers=kind)).status_code == 401
    async with logged_in(stranger, "tom") as leader:
        assert (await leader.post(LISTS, content=body(), headers=kind)).status_code == 403
        assert (await leader.get(f"{LISTS}/1/rejected")).status_code == 403
    assert read == 0
    async with logged_in(stranger, "olga") as operator:
        assert (await loaded(operator, GOOD)).status_code == 201
        assert (await operator.get(f"{LISTS}/1/rejected")).status_code == 200
    (line, *_) = await centre.record.audit.latest()
    assert (line.who, line.what) == ("user:olga", "leads imported")


async def test_a_list_of_another_campaign_is_not_told(console: httpx.AsyncClient, centre: Centre) -> None:
    await centre.campaign("spring", running=False)
    await loaded(console, BAD_ROWS)
    for path in ("spring/lists/1", "autumn/lists/2", "ghost/lists/1"):
        assert (await console.get(f"/api/campaigns/{path}/rejected")).status_code == 404
    for list_id in ("0", "-1", "x", "9" * 30):
        assert (await console.get(f"{LISTS}/{list_id}/rejected")).status_code == 422
    assert (await console.post("/api/campaigns/ghost/lists", files={"file": ("a.csv", b"x")})).status_code == 404


def _with_torn_sheet(whole: bytes) -> bytes:
    """The same workbook, its sheet's XML cut off before its end."""
    torn = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(torn, "w") as written:
        for part in archive.namelist():
            content = archive.read(part)
            written.writestr(part, content[:-1000] if part.startswith("xl/worksheets/sheet") else content)
    return torn.getvalue()
