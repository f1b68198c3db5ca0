"""The people of row `reality`: drawn once by the simulator's own luck, dialled for real and simulated.

A scenario says how people are: whole seconds of ringing, talks in steps of three seconds, for that is what a number of
the simulated network can ask for. `Fates` draws what becomes of the n-th call, as it does in a simulated shift, and the
n-th number of the list asks the network for just that. So a real shift and the simulated one of the same seed meet the
same luck; what the real parts add to it (post-dial delay, bridge, disposition) is measured and put into the scenario.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from dialer.simulation.draw import Constant, Empirical, Uniform, generator, times
from dialer.simulation.fate import Fates, Luck, PickedUp
from dialer.simulation.scenario import Scenario, standard
from lab.carrier import FarEnd, far_end_of, number

if TYPE_CHECKING:
    from collections.abc import Iterator

P = 0.35
RING_TIMEOUT_S = 18.0
"""Of the plan, and counted from the sending. Beyond the 15 s before which nobody is withdrawn."""
RINGS_S = tuple(range(1, 10))
FAIL_AFTER_S = tuple(range(1, 7))
TALKS_S = (3, 6, 6, 9, 9, 9, 12, 12, 12, 15, 15, 18, 18, 21, 24, 24)
"""Each as likely as the others: mean 13.3 s, a tenth of the standard population's."""
WRAP_UP_S = (2.0, 6.0)
"""Between which the agents' script takes its time."""
CAPS = {"calls_per_second": 20, "channels": 200, "max_in_flight": 100}

_STEP_S = 3.0


@dataclass(frozen=True, slots=True)
class Overheads:
    """What real parts add to what was asked of them, in seconds; means, but for the first."""

    dial_delay_s: tuple[float, ...]
    """From the decision to the ringing, equally likely values."""
    ring_s: float
    """From ringing to the answer, beyond the seconds asked for."""
    failure_s: float
    """From the decision to the end of a call that fails early, beyond the seconds asked for."""
    rings_out_s: float
    """From ringing to the end of a call that nobody answers, all of it."""
    talk_s: float
    """From the bridge to its end, beyond the seconds asked for: the far end counts from its answer."""
    wrap_up_s: float
    """From the end of the talk until the agent is free, beyond the mean of what the script draws; with few talks that
    is mostly the luck of these draws."""


def as_asked(agents: int, minutes: float) -> Scenario:
    """The scenario as the numbers and the agents' script carry it out, had the real parts no delays."""
    return standard(
        agents,
        P,
        minutes / 60,
        name="through real Asterisk",
        ring=Empirical(values=RINGS_S),
        ring_timeout_s=RING_TIMEOUT_S,
        fast_failures={"after": Empirical(values=FAIL_AFTER_S)},
        talk=Empirical(values=TALKS_S),
        wrap_up=Uniform(low=WRAP_UP_S[0], high=WRAP_UP_S[1]),
        caps=CAPS,
    )


def as_measured(asked: Scenario, over: Overheads) -> Scenario:
    """The same people with what the real parts added; every call keeps its luck."""
    return asked.changed(
        dial_delay=Empirical(values=over.dial_delay_s),
        ring=_longer(RINGS_S, over.ring_s),
        ring_timeout_s=over.rings_out_s,
        fast_failures={"after": _longer(FAIL_AFTER_S, over.failure_s)},
        talk=_longer(TALKS_S, over.talk_s),
        wrap_up=Uniform(low=WRAP_UP_S[0] + over.wrap_up_s, high=WRAP_UP_S[1] + over.wrap_up_s),
    )


def _longer(values_s: tuple[int, ...], by_s: float) -> Empirical | Constant:
    return Empirical(values=tuple(max(0.0, value + by_s) for value in values_s))


def numbers(asked: Scenario, seed: int) -> Iterator[str]:
    """Without end, the number for each call of a shift, in their order: what is found there is that call's fate."""
    fates, talks = Fates(asked, seed), times(asked.talk, generator(seed, Luck.TALK.value))
    for serial in count():
        by, after_s, rings_s, _ = fates.next(0.0)
        talk_s = talks()
        if by is PickedUp.BY_PERSON:
            yield number(FarEnd.PERSON, round(after_s), talk_s, serial)
        elif math.isinf(rings_s):
            yield number(FarEnd.REJECTS if serial % 2 else FarEnd.BUSY, round(after_s), serial=serial)
        else:
            yield number(FarEnd.RINGS_FOR_EVER, 0, serial=serial)


def asked_ring_s(dialled: str) -> float:
    """How long a number asks the network to ring before something happens, in seconds."""
    return float(dialled[-2])


def asked_talk_s(dialled: str) -> float:
    """How long the person at a number stays, from the answer on, in seconds; ValueError where it is no person."""
    if far_end_of(dialled) is not FarEnd.PERSON:
        raise ValueError(f"nobody talks at a number that ends in {dialled[-3:]}")
    return _STEP_S * int(dialled[-1])
