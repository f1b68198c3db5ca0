"""Numbers: what is read, what is refused and in which words, and what a mask may show."""

from __future__ import annotations

import zoneinfo

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.timezone import UNKNOWN_TIMEZONE
from phonenumbers.tzdata import TIMEZONE_DATA

from dialer.core.errors import InputError
from dialer.core.numbers import E164, country_code, mask, parse


@pytest.mark.parametrize(
    ("written", "region", "e164"),
    [
        ("13812341234", "CN", "+8613812341234"),
        ("138 1234 1234", "CN", "+8613812341234"),
        ("+86 138-1234-1234", "US", "+8613812341234"),
        ("0086 13812341234", "CN", "+8613812341234"),
        ("１３８１２３４１２３４", "CN", "+8613812341234"),
        ("＋８６１３８１２３４１２３４", "CN", "+8613812341234"),
        ("（０１０）８８８８８８８８", "CN", "+861088888888"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("07911 123456", "GB", "+447911123456"),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, region: str, e164: str) -> None:
    parsed = parse(written, region)
    assert parsed.e164 == e164
    assert parsed.country_code == country_code(e164)
    assert parsed.time_zones


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        ("  \u3000 ", "empty"),
        ("10086", "too short"),
        ("110", "too short"),
        ("1", "too short"),
        ("95588", "too short"),
        ("138123412345678901", "too long"),
        ("1" * 500, "too long"),
        ("138123412", "not a valid number"),
        ("88888888", "area code is missing"),
        ("01010086", "hotline"),
        ("075595555", "hotline"),
        ("+331234567890123", "too long"),
        ("+8612345", "area code is missing"),
        ("12000000000", "not a valid number"),
        ("+999123456789", "country calling code"),
        ("=13812341234", "formula"),
        ("@SUM(1)", "formula"),
        ("＝13812341234", "formula"),
        ("13812341234 ext 5", "letters"),
        ("1.3812341234E+10", "letters"),
        ("电话13812341234", "letters"),
        ("13812341234\r\nAction: Originate", "control"),
        ("13812341234\n", "control"),
        ("\u202d13812341234\u202c", "invisible"),
        ("13812341234;5", "characters"),
        ("-13812341234", "begin"),
        ("138+12341234", "begin"),
    ],
)
def test_what_cannot_be_dialled_is_refused_with_its_reason(written: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as refused:
        parse(written, "CN")
    assert written.strip() == "" or len(written) < 5 or written not in str(refused.value)


def test_a_local_number_without_its_area_code_is_refused() -> None:
    with pytest.raises(InputError, match="area code is missing"):
        parse("555-0123", "US")


def test_an_impossible_length_is_refused() -> None:
    with pytest.raises(InputError, match="impossible"):
        parse("+376 2222222", "CN")


def test_an_unknown_region_is_a_reason_not_a_crash() -> None:
    with pytest.raises(InputError, match="country calling code"):
        parse("13812341234", "XX")


def test_a_number_that_lies_nowhere_has_no_time_zone() -> None:
    assert parse("+80012345678", "CN").time_zones == ()


def test_a_toll_free_number_may_lie_in_any_zone_of_its_plan() -> None:
    assert {"America/New_York", "Pacific/Honolulu"} <= set(parse("+18005550199", "US").time_zones)


def test_every_zone_that_may_be_named_is_known_to_zoneinfo() -> None:
    named = {zone for zones in TIMEZONE_DATA.values() for zone in zones} - {UNKNOWN_TIMEZONE}
    assert named <= zoneinfo.available_timezones()


@given(st.text(max_size=30) | st.from_regex(r"\+?[0-9 ()-]{3,20}", fullmatch=True))
def test_whatever_is_accepted_is_e164_and_reads_as_itself(text: str) -> None:
    try:
        parsed = parse(text, "CN")
    except InputError:
        return
    assert E164.fullmatch(parsed.e164)
    assert parse(parsed.e164, "CN") == parsed
    assert parse(parsed.e164, "US") == parsed


@given(
    st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
    st.sampled_from([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]),
)
def test_numbers_of_every_country_read_as_themselves(region: str, kind: int) -> None:
    example = phonenumbers.example_number_for_type(region, kind)
    if example is None:
        return
    parsed = parse(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164), "CN")
    assert parse(parsed.e164, region) == parsed


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+8613812341234", "138****1234"),
        ("+861088888888", "+86108****888"),
        ("+12025550123", "+1202****123"),
        ("+3906698", "+39****98"),
        ("+2901234", "+290****34"),
        ("10086", "****"),
        ("", "****"),
    ],
)
def test_masks(e164: str, shown: str) -> None:
    assert mask(e164) == shown


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True).filter(str.isascii))
def test_a_mask_never_shows_the_middle(e164: str) -> None:
    shown = mask(e164)
    head, stars, tail = shown.partition("****")
    assert stars
    digits = e164.removeprefix("+")
    country = country_code(e164)
    head = head.removeprefix("+").removeprefix(country) if head.startswith("+") else head
    national = digits.removeprefix(country)
    assert len(head) + len(tail) <= 7
    assert len(national) - len(head) - len(tail) >= 2 or not head + tail
    assert national.startswith(head)
    assert national.endswith(tail)
