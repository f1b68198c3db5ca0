from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dialer.core.hooks import TRIED_FOR, next_try, pause_s, signature

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@given(secret=st.text(min_size=1, max_size=40).filter(str.isascii), at_s=st.integers(0, 2**40), body=st.binary())
def test_a_receiver_that_follows_the_documentation_finds_the_same_signature(
    secret: str, at_s: int, body: bytes
) -> None:
    expected = hmac.new(secret.encode(), str(at_s).encode() + b"." + body, hashlib.sha256).hexdigest()
    assert signature(secret, at_s, body) == f"v1={expected}"


def test_the_time_is_signed_too() -> None:
    assert signature("s", 1, b"0.x") != signature("s", 10, b".x")  # what is joined is told apart by the full stop


def test_pauses_grow_and_stay_within_an_hour_or_so() -> None:
    pauses = [pause_s(failures, 0) for failures in range(1, 60)]
    assert all(one <= other for one, other in pairwise(pauses))
    assert (pauses[0], pauses[-1]) == (1, 3600)
    assert pause_s(59, 1) <= 3600 * 1.2


@given(drawn=st.floats(0, 1))
def test_what_is_never_taken_is_tried_for_a_day_and_then_given_up(drawn: float) -> None:
    now, tries = NOW, 0
    while (again := next_try(tries + 1, NOW, now, drawn)) is not None:
        assert again > now
        now, tries = again, tries + 1
    assert timedelta(hours=22) < now - NOW <= TRIED_FOR
    assert 20 < tries < 40
