"""Row `greetings`: its cases are what they say, and its figures count them."""

from __future__ import annotations

import pytest

from bench.greetings import KINDS, Told, figures, hear_all, summary


def told(kind: str, *, machine: bool, taken: bool, at_s: float = 1.0) -> Told:
    return Told(kind, "", None, machine, taken, "", at_s, 10.0)


def test_every_kind_is_heard_and_told_within_the_limit() -> None:
    found = list(hear_all(1, 1.65))
    assert [one.kind for one in found] == [case.kind for case in KINDS]
    assert all(0 < one.at_s <= 1.65 for one in found)
    assert [one.machine for one in found] == [case.machine for case in KINDS]


def test_the_figures_count_who_was_taken_for_a_machine() -> None:
    seen = [told(case.kind, machine=case.machine, taken=case.machine) for case in KINDS for _ in range(4)]
    seen.append(told("persons", machine=False, taken=True, at_s=1.5))
    assert summary(seen)["persons"] == [5, 1]
    made = list(figures(seen))
    shares = {figure.what: figure.median for figure in made if figure.unit == "%"}
    assert shares["persons: taken for machines, of 5"] == pytest.approx(20)
    assert shares["machines: taken for machines, of 4"] == 100
    assert next(figure.median for figure in made if "p99" in figure.what) == 1.5
