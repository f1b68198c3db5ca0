from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from dialer.core.errors import InputError
from dialer.intake import Accepted, Rejected, read_leads

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "key,name,phone,city"
SHANGHAI = ("Asia/Shanghai",)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


def _read(path: Path, *lines: str) -> list[Accepted | Rejected]:
    path.write_text("\n".join(lines), encoding="utf-8")
    return list(read_leads(path, "CN"))


def _one(path: Path, *lines: str) -> Accepted | Rejected:
    (found,) = _read(path, *lines)
    return found


def test_a_row_becomes_a_lead(path: Path) -> None:
    header = "key,name,phone,phone2,phone3,person,owner,priority,city,Balance"
    found = _one(path, header, "C1, 欧阳 娜 ,13800138000,,+44 20 7946 0018,U7,agent1,2.5,上海,-12.50")
    assert found == Accepted(
        row=2,
        key="C1",
        person="U7",
        name="欧阳 娜",
        numbers=(("+8613800138000", SHANGHAI), ("+442079460018", ("Europe/London",))),
        attributes={"city": "上海", "Balance": "-12.50"},
        priority=2.5,
        owner="agent1",
    )


def test_chinese_headings_mean_the_same(path: Path) -> None:
    found = _one(
        path, "编号,姓名,电话,手机,客户号,归属坐席,优先级,城市", "C1,王小明,021-55550000,13800138000,U7,a1,1,上海"
    )
    assert isinstance(found, Accepted)
    assert [e164 for e164, _zones in found.numbers] == ["+862155550000", "+8613800138000"]
    assert (found.key, found.person, found.owner, found.priority) == ("C1", "U7", "a1", 1.0)
    assert found.attributes == {"城市": "上海"}


def test_key_and_person_are_the_first_number_where_nothing_else_is_said(path: Path) -> None:
    found = _one(path, "Name,Phone", "王,13800138000")
    assert isinstance(found, Accepted)
    assert (found.key, found.person, found.owner, found.attributes) == ("+8613800138000", "+8613800138000", None, {})


def test_the_same_number_twice_in_a_row_counts_once(path: Path) -> None:
    found = _one(path, "name,phone,phone2", "王,13800138000,+86 138 0013 8000")
    assert isinstance(found, Accepted)
    assert found.numbers == (("+8613800138000", SHANGHAI),)


@pytest.mark.parametrize(
    ("line", "field", "reason", "raw"),
    [
        ("C1,王,110,上海", "phone", "too short", "110"),
        ("C1,王,12345678,上海", "phone", "", "123*****"),
        ("C1,王,not a number,上海", "phone", "letters", "not a number"),
        ("C1,王,,上海", "phone", "no number", ""),
        ("C1,王,=1+1,上海", "phone", "formula", "=1+1"),
        ("C1,王,13800138000,上海,,,,more", "", "has 8 columns, but the header has 4", ""),
        ("C1,王", "phone", "no number", ""),
        ("C1,,13800138000,上海", "name", "empty", ""),
        ("C1,=cmd|' /C calc'!A0,13800138000,上海", "name", "formula", "=cmd|' /C calc'!A0"),
        ("C1,+name,13800138000,上海", "name", "formula", "+name"),
        ("C1,@sum,13800138000,上海", "name", "formula", "@sum"),
        ("C1,-a,13800138000,上海", "name", "formula", "-a"),
        ("=A1,王,13800138000,上海", "key", "formula", "=A1"),
        ("C1,王,13800138000,=A1", "city", "formula", "=A1"),
        ('C1,"王\r\nAction: Originate",13800138000,上海', "name", "control character", "王··Action: Originate"),
        ("C1,王\x00,13800138000,上海", "name", "control character", "王·"),
        ("C1,王,13800138000,上\x00海", "city", "control character", "上·海"),
        (f"C1,{'长' * 201},13800138000,上海", "name", "longer than 200", "长" * 40),
        (f"C1,王,13800138000,{'长' * 4001}", "city", "longer than 4000", "长" * 40),
        ('"C1,王,13800138000,上海', "", "not valid CSV", ""),
    ],
)
def test_what_cannot_be_dialled_is_refused_with_row_field_and_reason(
    path: Path, line: str, field: str, reason: str, raw: str
) -> None:
    good = "C2,李雷,13900139000,北京"
    first, second, third = _read(path, HEADER, good, line, good)
    assert isinstance(first, Accepted)
    assert isinstance(third, Accepted)
    assert isinstance(second, Rejected)
    assert (second.row, second.field, second.raw) == (3, field, raw)
    assert reason in second.reason
    assert third.row == 4


@pytest.mark.parametrize("priority", ["high", "nan", "inf", "1e999"])
def test_a_priority_is_a_finite_number(path: Path, priority: str) -> None:
    found = _one(path, "name,phone,priority", f"王,13800138000,{priority}")
    assert isinstance(found, Rejected)
    assert found.field == "priority"


@pytest.mark.parametrize("value", ["-", "--", "-12.5", "+86 138-0013-8000", "(021) 5555", "a=b", "3%", "两\n行"])
def test_signed_amounts_numbers_dashes_and_line_breaks_are_fine_in_attributes(path: Path, value: str) -> None:
    found = _one(path, HEADER, f'C1,王,13800138000,"{value}"')
    assert isinstance(found, Accepted)
    assert found.attributes == {"city": value}


def test_bytes_of_another_encoding_spoil_their_row_alone(path: Path) -> None:
    path.write_bytes("name,phone\n王,13800138000\n".encode() + b"\xcd\xf5,13900139000\n" + "李,13700137000\n".encode())
    first, second, third = read_leads(path, "CN")
    assert isinstance(first, Accepted)
    assert isinstance(third, Accepted)
    assert isinstance(second, Rejected)
    assert (second.row, second.field) == (3, "name")
    assert second.raw.encode()  # can be stored and shown


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("13800138000,王小明", "no column name/姓名 and no phone/电话/手机"),
        ("name,city", "no column phone/电话/手机"),
        ("phone,city", "no column name/姓名"),
        ("name,姓名,phone", "mean the same: 姓名"),
        ("name,phone,city,city", "mean the same: city"),
        ("name,phone,=cmd()", "formula"),
        ("name,phone," + ",".join(f"a{count}" for count in range(300)), "302 columns"),
        ("name," + ",".join(["phone"] * 10), "10 columns of numbers"),
        ('"name,phone', "not valid CSV"),
    ],
)
def test_a_file_without_a_usable_header_is_an_error(path: Path, header: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        _read(path, header, "王,13800138000")
    assert "leads.csv" in str(raised.value)


def test_an_empty_file_is_an_error(path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        _read(path, "", " , ", "")


def test_columns_without_a_heading_are_left_alone(path: Path) -> None:
    found = _one(path, "name,phone,,", "王,13800138000,?,")
    assert isinstance(found, Accepted)
    assert found.attributes == {}


def test_a_workbook_is_read_like_a_csv(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (["姓名", "手机", "余额"], ["王小明", 13800138000, -3], ["=A2", 13900139000, 1], ["李雷", "=B2", 1]):
        sheet.append(row)
    workbook.save(tmp_path / "leads.xlsx")
    first, second, third = read_leads(tmp_path / "leads.xlsx", "CN")
    assert isinstance(first, Accepted)
    assert (first.key, first.attributes) == ("+8613800138000", {"余额": "-3"})
    assert isinstance(second, Rejected)
    assert isinstance(third, Rejected)
    assert (second.row, second.field, third.row, third.field) == (3, "姓名", 4, "手机")


@given(st.lists(st.text(max_size=60), max_size=8))
def test_no_file_whatever_is_a_crash_or_slips_something_harmful_through(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("leads") / "leads.csv"
    text = "\n".join(["name,phone,note", *lines, "王,13800138000,ok"])
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    found = list(read_leads(path, "CN"))
    assert found
    for one in found:
        if isinstance(one, Accepted):
            assert one.name.isprintable() or "\n" not in one.name
            assert "\x00" not in one.name + "".join(one.attributes.values())
            (one.name + "".join(one.attributes.values())).encode("utf-8")
        else:
            (one.raw + one.reason).encode("utf-8")
