"""The row compares each read with the bare application of the same window."""

from __future__ import annotations

from bench.interface import READS, figures


def test_each_read_has_its_ratio_window_by_window() -> None:
    windows = ((100.0, 1000.0), (300.0, 1500.0), (50.0, 1000.0))
    repeats = [{"read": name, "per_s": ours, "bare_per_s": bare} for name in READS for ours, bare in windows]
    made = figures(repeats)
    assert [figure.what for figure in made] == list(READS)
    assert {(figure.median, figure.beside_median, figure.ratio) for figure in made} == {(100.0, 1000.0, 0.1)}
