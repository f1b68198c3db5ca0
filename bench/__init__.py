"""Benchmarks anyone can repeat: each measures one thing beside another in the same run, and keeps what it saw.

`make bench-ROW` runs one (`python -m bench.ROW`) and writes results/ROW.json; `make bench-table` makes the table in
README.md of them. Nothing here judges the code by the clock: a missed aim is a line in the table, not a failure.
"""
