"""The scenarios of the pacing benchmark: the stationary cells, what drifts, what binds; and some kept aside.

Those of KEPT_ASIDE, and the seeds from 1001 on, were never looked at while the pacing was worked on.
"""

from __future__ import annotations

from dialer.simulation.scenario import Scenario, standard

_SHORT_TALKS = [[0.4, {"kind": "constant", "value": 12}], [0.6, {"kind": "log_normal", "mean": 120, "cv": 1}]]

STATIONARY = tuple(standard(agents, p) for agents in (10, 30, 100) for p in (0.1, 0.3, 0.6))

DRIFTING = (
    standard(3, 0.3),
    standard(5, 0.3),
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
