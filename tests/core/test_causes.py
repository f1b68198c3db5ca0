from __future__ import annotations

import pytest

from dialer.core.causes import Counts, where
from dialer.core.cube import By, Calls, Cell, Cube


def test_groups_are_called_what_people_call_them() -> None:
    assert where(By.LIST, "7", {"7": "autumn 7"}) == "list 'autumn 7' (7)"
    assert where(By.LIST, "8", {"7": "autumn 7"}) == "list 8"
    assert where(By.HOUR, "09", {}) == "09:00"
    assert where(By.CALLER_ID, "+862155550000", {}) == "caller id +862155550000"


def test_calls_to_each_lead_are_averaged_over_the_leads() -> None:
    cells = {Cell(key, "+86138", "09", "t", "c"): Calls(100) for key in ("1", "2")}
    assert Counts(Cube.of(cells)).calls_each_lead == 1.0
    # 100 calls to 100 leads, and 100 to 25
    assert Counts(Cube.of(cells), calls_each={"1": 1.0, "2": 4.0}).calls_each_lead == pytest.approx(200 / 125)
    assert Counts(Cube.of({})).calls_each_lead == 1.0
