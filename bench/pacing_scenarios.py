"""The scenarios of the pacing benchmark: the stationary cells, what drifts, what binds; and some kept aside.

Those of ASIDE, and the seeds from 1001 on, were never looked at while the pacing was worked on.
"""

from __future__ import annotations

from math import pi, sin

from dialer.simulation.scenario import Scenario, standard

HOURS = 4.0
SEEDS = tuple(range(1, 11))
ASIDE_SEEDS = tuple(range(1001, 1006))
TUNED_ON = 4
"""Of the seeds, from the first on: the shifts on which rivals' settings are searched for."""

_SHORT_TALKS = [[0.4, {"kind": "constant", "value": 12}], [0.6, {"kind": "log_normal", "mean": 120, "cv": 1}]]

STATIONARY = tuple(standard(agents, p) for agents in (10, 30, 100) for p in (0.1, 0.3, 0.6))

SMALL = (standard(3, 0.3), standard(5, 0.3))

DRIFTING = (
    standard(30, 0.5, name="p .5 to .15 at half time", answers={"p": [[0, 0.5], [2, 0.15]]}),
    standard(30, 0.15, name="p .15 to .5 at half time", answers={"p": [[0, 0.15], [2, 0.5]]}),
    standard(30, 0.3, name="agents 20-30-15").changed(agents=[[0, 20], [1.3, 30], [2.7, 15]]),
    standard(
        30, 0.3, name="p flips .15-.45 every ten minutes", answers={"flips": {"between": [0.15, 0.45], "minutes": 10}}
    ),
    standard(30, 0.3, name="40 % hang up after 12 s", talk=_SHORT_TALKS),
    standard(10, 0.3, name="ten agents, p .15 to .5", answers={"p": [[0, 0.15], [2, 0.5]]}),
)

BOUND = (
    standard(30, 0.3, name="1 call a second", caps={"calls_per_second": 1}),
    standard(30, 0.3, name="45 trunk channels", caps={"channels": 45}),
    standard(
        30,
        0.3,
        name="30 % machines, detection 2 s with 5 % errors",
        machines={"share": 0.3, "delay_s": 2, "false_positive": 0.05, "false_negative": 0.05},
    ),
    standard(
        30, 0.3, name="agents pause", pauses={"per_hour": 2, "length": {"kind": "gamma", "mean": 300, "shape": 4}}
    ),
)

TABLE: tuple[Scenario, ...] = (*STATIONARY, *SMALL, *DRIFTING, *BOUND)

_LUNCH = [[0, 24], [1.5, 16], [1.9, 10], [2.3, 18], [2.7, 24]]
_WAVE = [[minute / 60, round(0.3 + 0.18 * sin(2 * pi * minute / 80), 3)] for minute in range(0, 240, 10)]

ASIDE: tuple[Scenario, ...] = (
    standard(7, 0.22),
    standard(17, 0.05),
    standard(60, 0.8),
    standard(17, 0.22, name="gamma talks", talk={"kind": "gamma", "mean": 240, "shape": 0.8}),
    standard(40, 0.22, name="Pareto talks", talk={"kind": "pareto", "mean": 90, "shape": 1.8, "cap": 3600}),
    standard(17, 0.3, name="quick to pick up", ring={"kind": "gamma", "mean": 8, "shape": 3}),
    standard(40, 0.4, name="slow to pick up", ring={"kind": "gamma", "mean": 18, "shape": 6}, ring_timeout_s=40),
    standard(25, 0.25, name="telephones ring late", dial_delay={"kind": "gamma", "mean": 4, "shape": 4}),
    standard(25, 0.3, name="p in waves of 80 minutes", answers={"p": _WAVE}),
    standard(24, 0.35, name="lunch").changed(agents=_LUNCH),
    standard(20, 0.25, name="unlike leads, known", leads={"spread_cv": 0.9, "known": True, "noise": 0.5}),
    standard(20, 0.25, name="unlike leads, unknown", leads={"spread_cv": 0.9}),
    standard(25, 0.3, name="lent to inbound calls", inbound={"per_hour": 60}),
    standard(20, 0.3, name="events half a second late", events={"delay_s": 0.5, "loss": 0.002}),
    standard(
        25,
        0.35,
        name="50 % machines, good detection",
        machines={"share": 0.5, "delay_s": 1.2, "false_positive": 0.004, "false_negative": 0.1},
    ),
    standard(30, 0.3, name="unlike agents", speed_cv=0.4),
)
