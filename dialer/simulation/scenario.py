"""A simulated shift as its author writes it: who works, who is called, how long all takes, what goes wrong.

Durations are in seconds (`_s`), moments of the shift in hours since its begin, probabilities and shares in 0..1.
The defaults are the standard population: ring gamma k=4 mean 12 s, talk log-normal mean 120 s CV 1, wrap-up log-normal
mean 15 s CV 0.5, a quarter of the non-answers fail after 1-6 s and the rest ring out at 25 s.
"""

from __future__ import annotations

import math
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from dialer.core.errors import InputError, problems_of
from dialer.simulation.answers import HOUR_S, Answers, Hour, Leads, Share, check_steps, one_step
from dialer.simulation.draw import Distribution, Gamma, LogNormal, Mixture, Part, Positive, Seconds, Uniform

_MOST = 1_000_000

PerHour = Annotated[float, Field(ge=0, le=1e6)]
Count = Annotated[int, Field(ge=0, le=100_000)]


class Pauses(Part):
    """Pauses that agents ask for, each so often on average; one asked for in a talk begins after its wrap-up."""

    per_hour: PerHour = 0.0
    length: Distribution = Gamma(mean=300, shape=4)


class FastFailures(Part):
    """Calls that are busy, refused or invalid: their share of the non-answers, and how soon they end."""

    share: Share = 0.25
    after: Distribution = Uniform(low=1, high=6)


class Machines(Part):
    """Answering machines, and their detection. Without it whatever answers goes to an agent."""

    share: Share = 0.0
    """Of all that is picked up."""
    detection: bool = True
    delay_s: Seconds = 1.5
    false_positive: Share = 0.0
    """Persons who are taken for machines, hung up, and counted as abandoned."""
    false_negative: Share = 0.0
    """Machines that are taken for persons and put through to an agent."""
    talk: Distribution = Gamma(mean=8, shape=4)
    """How long it takes an agent to notice and go on."""


class Outage(Part):
    """The trunk is away: from this hour on, for so long, every new call fails at once."""

    from_h: Hour
    length_s: Positive


class Events(Part):
    """How what happens reaches the pacer: so late, and this share of it never. Its own acts it knows at once."""

    delay_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    loss: Share = 0.0


class Inbound(Part):
    """Calls from outside that take an agent from the campaign, and go before its customers."""

    per_hour: PerHour = 0.0
    handle: Distribution = LogNormal(mean=135, cv=1)


class Caps(Part):
    """What the floor holds to whatever the pacer says. The bucket holds one second's worth of calls, at least one."""

    calls_per_second: Annotated[float, Field(gt=0, le=1e5)] | None = None
    channels: Annotated[int, Field(ge=1, le=_MOST)] | None = None
    """Of the trunk: calls that ring, are being listened to, wait or talk."""
    max_in_flight: Annotated[int, Field(ge=1, le=_MOST)] = 10_000


class Scenario(Part):
    """A whole shift."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029/\\]+$")]
    about: Annotated[str, Field(max_length=400)] = ""
    hours: Annotated[float, Field(gt=0, le=168)] = 4.0
    agents: tuple[tuple[Hour, Count], ...]
    """Steps of [hour, how many are logged in]; who leaves finishes the call first."""
    speed_cv: Annotated[float, Field(ge=0, le=3)] = 0.0
    """How unlike the agents are: each has a factor on talk and wrap-up, log-normal around 1."""
    leads: Leads = Leads()
    answers: Answers = Field(default_factory=lambda values: _answers_of(values.get("leads")))
    """Where the leads are of classes, theirs is the default."""
    ring: Distribution = Gamma(mean=12, shape=4)
    """From ringing to picking up; draws above the ring timeout are drawn anew, so that p is exact."""
    ring_timeout_s: Annotated[float, Field(gt=0, le=600)] = 25.0
    ring_floor_s: Seconds = 15.0
    """Nobody is withdrawn who has rung for less, 16 CFR 310.4(b)(4)(ii)."""
    dial_delay: Distribution | None = None
    """From sending a call to its ringing."""
    fast_failures: FastFailures = FastFailures()
    talk: Distribution = LogNormal(mean=120, cv=1)
    wrap_up: Distribution = LogNormal(mean=15, cv=0.5)
    pauses: Pauses = Pauses()
    machines: Machines = Machines()
    inbound: Inbound = Inbound()
    outages: tuple[Outage, ...] = ()
    events: Events = Events()
    caps: Caps = Caps()
    patience_s: Annotated[float, Field(ge=0, le=600)] = 2.0
    """From the answer on: who has no agent by then is abandoned, 16 CFR 310.4(b)(4)(i)."""
    max_abandonment: Annotated[float, Field(gt=0, le=1)] = 0.03

    _number = field_validator("agents", mode="before")(staticmethod(one_step))

    @field_validator("agents")
    @classmethod
    def _in_order(cls, steps: tuple[tuple[float, int], ...]) -> tuple[tuple[float, int], ...]:
        check_steps(steps)
        return steps

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not any(count for hour, count in self.agents if hour < self.hours):
            raise ValueError("agents: at least one must be logged in at some time of the shift")
        self._check_leads()
        self._check_ring()
        return self

    def _check_leads(self) -> None:
        leads, levels = self.leads, self.answers.levels
        for p in levels:
            if 0 < p < 1 and leads.spread_cv**2 >= (1 - p) / p:
                most = math.sqrt((1 - p) / p)
                raise ValueError(f"leads.spread_cv: must be below {most:.3g} where answers.p is {p:g}")
        if leads.classes:
            most = max(each.p for each in leads.classes) * self.class_factor(max(levels))
            if most > 1 + 1e-9:
                raise ValueError(f"leads.classes: in proportion with answers.p one would answer with p = {most:.3g}")

    def _check_ring(self) -> None:
        parts = [part for _, part in self.ring.parts] if isinstance(self.ring, Mixture) else [self.ring]
        if any(part.uncapped_mean_s > self.ring_timeout_s for part in parts):
            raise ValueError("ring: its mean lies beyond ring_timeout_s, so that hardly anybody answers in time")

    def changed(self, **changes: Any) -> Scenario:
        """The same shift but for these keys, plain values or parts; InputError names one that is wrong."""
        return checked({key: getattr(self, key) for key in self.model_fields_set} | changes)

    def class_factor(self, level: float) -> float:
        """What the probabilities of the lead classes are multiplied with while `answers` stands at this level."""
        return level / self.leads.classes_p

    @property
    def mean_p(self) -> float:
        """The probability that a call is picked up, by a person or a machine, averaged over leads and time."""
        return self.answers.mean(self.hours)

    @property
    def mean_agents(self) -> float:
        """Agents logged in, averaged over the time of the shift."""
        begins = [hour for hour, _ in self.agents if hour < self.hours]
        ends = [*begins[1:], self.hours]
        counts = [count for _, count in self.agents]
        return sum(count * (end - begin) for begin, end, count in zip(begins, ends, counts, strict=False)) / self.hours

    @property
    def end_s(self) -> float:
        """When the shift ends, in seconds since its begin."""
        return self.hours * HOUR_S


def _answers_of(leads: Leads | None) -> Answers:
    return Answers(p=((0.0, leads.classes_p),)) if leads and leads.classes else Answers()


def standard(agents: int, p: float, hours: float = 4.0, **changes: Any) -> Scenario:
    """The cell of the benchmark with so many agents and this answer probability: nothing changes, a cold start.

    `changes` are other keys of the scenario, as they stand in TOML or as parts; InputError names one that is wrong.
    """
    cell = {"name": f"{agents} agents, p={p:g}", "hours": hours, "agents": agents, "answers": {"p": p}}
    return checked(cell | changes)


def checked(values: dict[str, Any]) -> Scenario:
    """A scenario of plain values; InputError names the key that is wrong."""
    try:
        return Scenario.model_validate(values)
    except ValidationError as error:
        raise InputError(problems_of(error)) from error


def read_scenario(name_or_file: str) -> Scenario:
    """A scenario from a TOML file, or one that comes with Ringpace by its name; InputError names the key."""
    if name_or_file in shipped():
        text, where = _folder().joinpath(f"{name_or_file}.toml").read_text(encoding="utf-8"), name_or_file
    else:
        text, where = _read(Path(name_or_file)), name_or_file
    try:
        return Scenario.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise InputError(f"{where}: {problems_of(error)}") from error
    except (ValueError, RecursionError) as error:  # nested too deep, or a number too long
        raise InputError(f"{where}: not a scenario: {error}") from error


def shipped() -> list[str]:
    """The names of the scenarios that come with Ringpace."""
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def _folder() -> Any:
    return files("dialer.simulation").joinpath("scenarios")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        known = ", ".join(shipped())
        raise InputError(f"{file}: not a scenario: {error}; give a TOML file, or one of {known}") from error
