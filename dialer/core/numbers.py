"""Telephone numbers: read as people and spreadsheets write them, kept as E.164, shown masked.

No message repeats the number it is about: reasons end up in reports, and a number is personal data.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from dialer.core.errors import InputError

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""ITU-T E.164, section 6: at most 15 digits; shorter ones than 7 are no subscribers of anybody."""

_LONGEST_TEXT = 40
_PUNCTUATION = " +().-/"
_SHORT_CODE_DIGITS = 6
_CHINESE_HOTLINE = re.compile(r"\+86[0-9]{1,8}")
"""010-10086 and its like; subscribers in China have ten digits at least (area code and seven, or two and eight)."""
_CHINESE_MOBILE = re.compile(r"\+86(1[3-9][0-9])[0-9]{4}([0-9]{4})")

_PARSE_FAULTS = {
    NumberParseException.INVALID_COUNTRY_CODE: "no such country calling code",
    NumberParseException.NOT_A_NUMBER: "not a telephone number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too short after the international prefix",
    NumberParseException.TOO_SHORT_NSN: "too short for a telephone number",
    NumberParseException.TOO_LONG: "too long for a telephone number",
}
_LENGTH_FAULTS = {
    ValidationResult.INVALID_COUNTRY_CODE: "no such country calling code",
    ValidationResult.TOO_SHORT: "too short for a telephone number",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
    ValidationResult.TOO_LONG: "too long for a telephone number",
    ValidationResult.INVALID_LENGTH: "impossible: no number of its country has this many digits",
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A number that may be dialled; `time_zones` is empty where the numbering plan does not tell."""

    e164: str
    time_zones: tuple[str, ...]
    country_code: str


def parse(text: str, region: str) -> Parsed:
    """Read a number; without a plus sign it is one of `region` (ISO 3166-1 alpha-2). InputError says why not."""
    written = _readable(text)
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException as error:
        raise InputError(_PARSE_FAULTS.get(error.error_type, "not a telephone number")) from error
    length = phonenumbers.is_possible_number_with_reason(number)
    if length in _LENGTH_FAULTS:
        raise InputError(_LENGTH_FAULTS[length])
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number) or not E164.fullmatch(e164):
        raise InputError("not a valid number: its country has no such numbers, or the area code is missing")
    if _CHINESE_HOTLINE.fullmatch(e164):
        raise InputError("too short: a short code behind an area code is a hotline, not a subscriber")
    zones = tuple(zone for zone in time_zones_for_number(number) if zone != UNKNOWN_TIMEZONE)
    return Parsed(e164, zones, str(number.country_code))


def country_code(e164: str) -> str:
    """The country calling code of an E.164 number, such as "86"; empty where there is none."""
    try:
        return str(phonenumbers.parse(e164).country_code)
    except NumberParseException:
        return ""


def mask(e164: str) -> str:
    """The number as it may be shown: 138****1234 for a Chinese mobile, +1202****123 for others.

    Never more than seven digits of the subscriber's number, and never its middle.
    """
    if mobile := _CHINESE_MOBILE.fullmatch(e164):
        return f"{mobile[1]}****{mobile[2]}"
    country = country_code(e164) if E164.fullmatch(e164) else ""
    if not country:
        return "****"
    national = e164[1 + len(country) :]
    # A country code has at most three digits, so at least four are left, and at least two of them stay hidden.
    head = min(3, (len(national) - 4) // 2)
    tail = min(4, max(2, len(national) // 3))
    return f"+{country}{national[:head]}****{national[-tail:]}"


def _readable(text: str) -> str:
    """The text in plain digits and punctuation; anything else in it is an error, not something to skip."""
    if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in text):
        raise InputError("contains control or invisible characters")
    written = unicodedata.normalize("NFKC", text).strip()
    if not written:
        raise InputError("empty")
    if len(written) > _LONGEST_TEXT:
        raise InputError("too long for a telephone number")
    if written[0] in "=@":
        raise InputError("a spreadsheet formula, not a telephone number")
    if any(character.isalpha() for character in written):
        raise InputError("contains letters")
    if not all(character in "0123456789" or character in _PUNCTUATION for character in written):
        raise InputError("contains characters that no telephone number has")
    if written[0] not in "+(0123456789" or "+" in written[1:]:
        raise InputError("does not begin like a telephone number")
    if sum(character.isdigit() for character in written) <= _SHORT_CODE_DIGITS:
        raise InputError("too short: short codes are not dialled")
    return written
