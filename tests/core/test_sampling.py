"""Which calls are sampled is settled by their ids, and what agents say of them is counted with its bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.model import Disposition
from dialer.core.sampling import Sampled, is_sampled, sampled


@given(attempt_id=st.text(max_size=40), low=st.floats(0, 1), high=st.floats(0, 1))
def test_who_is_sampled_stays_so_with_a_larger_share(attempt_id: str, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert is_sampled(attempt_id, high) >= is_sampled(attempt_id, low)
    assert not is_sampled(attempt_id, 0)
    assert is_sampled(attempt_id, 1)


def test_the_share_is_met_over_many_calls() -> None:
    assert sum(is_sampled(f"1a202f{number:x}", 0.1) for number in range(20_000)) == pytest.approx(2000, abs=150)


def test_what_agents_say_is_counted_and_silence_is_not() -> None:
    dispositions = [Disposition.MACHINE] * 18 + [Disposition.REFUSED, Disposition.DO_NOT_CALL]
    found = sampled([*dispositions, None, Disposition.NOT_RECORDED])
    assert found == Sampled(told=20, persons=2, unsaid=2)
    assert found.false_share == 0.1
    assert found.bounds() == pytest.approx((0.0123, 0.317), abs=5e-4)


def test_the_advice_is_the_measured_share_where_what_is_set_is_excluded() -> None:
    few = Sampled(20, 2, 0)
    assert str(few.advice(0.05)).endswith("law.machine_false_share is 0.05, which agrees")
    assert str(few.advice(0.005)).endswith("is 0.005 and ought to be 0.1")
    assert Sampled(0, 0, 3).advice(0.05) is None
    assert Sampled(0, 0, 3).false_share is None
