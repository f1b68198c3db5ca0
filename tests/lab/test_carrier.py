"""The numbers of far ends and the population that is dialled in the lab."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.intake import Accepted, read_leads
from lab.carrier import MIX, FarEnd, bad_rows, far_end_of, number, population, write_csv

if TYPE_CHECKING:
    from pathlib import Path

SERIALS = st.integers(0, 1_399_999)


@given(st.sampled_from(FarEnd), st.integers(0, 9), st.floats(0, 60), SERIALS)
def test_a_number_is_valid_and_tells_its_far_end(far_end: FarEnd, ring_s: int, talk_s: float, serial: int) -> None:
    made = number(far_end, ring_s, talk_s, serial)
    assert phonenumbers.is_valid_number(phonenumbers.parse(made))
    assert far_end_of(made) is far_end
    assert made[-2] == str(ring_s)


@given(SERIALS, SERIALS)
def test_different_serials_are_different_numbers(one: int, other: int) -> None:
    same = number(FarEnd.BUSY, serial=one) == number(FarEnd.BUSY, serial=other)
    assert same == (one == other)


@pytest.mark.parametrize(("ring_s", "serial"), [(-1, 0), (10, 0), (0, -1), (0, 1_400_000)])
def test_a_number_that_cannot_be_is_refused(ring_s: int, serial: int) -> None:
    with pytest.raises(ValueError, match=r"ring_s|serial"):
        number(FarEnd.PERSON, ring_s, 9, serial)


def test_the_mix_is_whole() -> None:
    assert sum(MIX.values()) == pytest.approx(1)


def test_a_population_follows_its_seed_and_the_mix() -> None:
    customers = population(2000, Random(7))
    assert customers == population(2000, Random(7))
    assert customers != population(2000, Random(8))
    counted = Counter(customer.far_end for customer in customers)
    for far_end, share in MIX.items():
        assert counted[far_end] / 2000 == pytest.approx(share, abs=0.04)


def test_nobody_shares_a_number_and_the_first_one_is_the_far_end() -> None:
    customers = population(2000, Random(7))
    numbers = [one for customer in customers for one in customer.numbers]
    assert len(numbers) == len(set(numbers))
    assert all(far_end_of(customer.numbers[0]) is customer.far_end for customer in customers)


def test_the_list_has_every_customer_and_the_bad_rows_are_refused(tmp_path: Path) -> None:
    customers = population(300, Random(1))
    bad = write_csv(tmp_path / "leads.csv", customers, Random(2))
    rows = list(read_leads(tmp_path / "leads.csv", "CN"))
    accepted = [row for row in rows if isinstance(row, Accepted)]
    # Two of the bad rows repeat a number and a key: only the record, which knows them all, can tell.
    assert len(accepted) == len(customers) + 2
    assert len(rows) - len(accepted) == bad - 2
    assert {customer.numbers[0] for customer in customers} <= {row.numbers[0][0] for row in accepted}


def test_bad_rows_are_about_as_many_as_promised() -> None:
    assert len(bad_rows(population(2, Random(1)))) == 25
