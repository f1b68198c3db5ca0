"""Distributions of times as a scenario writes them, and endless streams of draws from them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from dialer.core.plan import Frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_BLOCK = 1024
"""Numbers are drawn so many at a time: one by one costs more than the rest of the simulation."""
_LONGEST_S = 1e6
_GAUGED = 200_000
"""Draws from which the mean of a capped distribution is told, to about one part in five hundred."""

Seconds = Annotated[float, Field(ge=0, le=_LONGEST_S)]
Positive = Annotated[float, Field(gt=0, le=_LONGEST_S)]
Cv = Annotated[float, Field(gt=0, le=20)]
"""Coefficient of variation: standard deviation / mean."""


class Part(Frozen):
    """A piece of a scenario: frozen, unknown keys are errors, and so are NaN and infinity."""

    model_config = ConfigDict(allow_inf_nan=False)


class _Capped(Part):
    """A distribution whose draws above `cap` are drawn anew, so that nothing piles up there."""

    cap: Positive | None = None

    @property
    def uncapped_mean_s(self) -> float:
        """The mean, were there no cap."""
        raise NotImplementedError

    def spread_out(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draws as if there were no cap."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _cap_leaves_enough(self) -> Self:
        # From the mean on enough of the draws are kept that drawing anew soon comes to an end.
        if self.cap is not None and self.cap < self.uncapped_mean_s:
            raise ValueError(f"cap: {self.cap:g} lies below the mean {self.uncapped_mean_s:g}; give a smaller mean")
        return self

    def draw(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """So many draws, in seconds."""
        drawn = self.spread_out(rng, count)
        if self.cap is None:
            return drawn
        while (above := drawn > self.cap).any():
            drawn[above] = self.spread_out(rng, int(above.sum()))
        return drawn

    @property
    def mean_s(self) -> float:
        """The mean of what is drawn, in seconds; with a cap, gauged from draws of a fixed seed."""
        if self.cap is None:
            return self.uncapped_mean_s
        return float(self.draw(np.random.default_rng(0), _GAUGED).mean())


class _OfMean(_Capped):
    """A distribution that is written with its mean."""

    mean: Positive

    @property
    def uncapped_mean_s(self) -> float:
        """The mean, were there no cap."""
        return self.mean


class Gamma(_OfMean):
    """Gamma with a mean and either a shape or a coefficient of variation."""

    kind: Literal["gamma"] = "gamma"
    shape: Annotated[float, Field(gt=0, le=1e6)] | None = None
    cv: Cv | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.shape is None) == (self.cv is None):
            raise ValueError("shape: give either shape or cv")
        return self

    def spread_out(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draws as if there were no cap."""
        shape = self.shape or (self.cv or 1) ** -2
        return rng.gamma(shape, self.mean / shape, count)


class LogNormal(_OfMean):
    """Log-normal with this mean and coefficient of variation (of the times, not of their logarithms)."""

    kind: Literal["log_normal"] = "log_normal"
    cv: Cv

    def spread_out(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draws as if there were no cap."""
        variance = math.log1p(self.cv**2)
        return rng.lognormal(math.log(self.mean) - variance / 2, math.sqrt(variance), count)


class Exponential(_OfMean):
    """Exponential: what is without a memory."""

    kind: Literal["exponential"] = "exponential"

    def spread_out(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draws as if there were no cap."""
        return rng.exponential(self.mean, count)


class Pareto(_OfMean):
    """Pareto with a mean: P(longer than x) = (low / x) ** shape, from low = mean * (shape - 1) / shape on."""

    kind: Literal["pareto"] = "pareto"
    shape: Annotated[float, Field(gt=1, le=1e6)]

    def spread_out(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draws as if there were no cap."""
        drawn: NDArray[np.float64] = rng.pareto(self.shape, count)
        return (drawn + 1) * (self.mean * (self.shape - 1) / self.shape)


class Uniform(_Capped):
    """Anything between low and high."""

    kind: Literal["uniform"] = "uniform"
    low: Seconds
    high: Positive

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("high: lies below low")
        return self

    @property
    def uncapped_mean_s(self) -> float:
        """The mean, were there no cap."""
        return (self.low + self.high) / 2

    def spread_out(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draws as if there were no cap."""
        return rng.uniform(self.low, self.high, count)


class Constant(_Capped):
    """Always the same."""

    kind: Literal["constant"] = "constant"
    value: Seconds

    @property
    def uncapped_mean_s(self) -> float:
        """The mean, were there no cap."""
        return self.value

    def spread_out(self, _rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draws as if there were no cap."""
        return np.full(count, self.value)


class Empirical(_Capped):
    """One of the values that were measured, each as likely as the others."""

    kind: Literal["empirical"] = "empirical"
    values: Annotated[tuple[Seconds, ...], Field(min_length=1)]

    @property
    def uncapped_mean_s(self) -> float:
        """The mean, were there no cap."""
        return math.fsum(self.values) / len(self.values)

    def spread_out(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """Draws as if there were no cap."""
        return rng.choice(np.array(self.values), count)


Plain = Annotated[
    Gamma | LogNormal | Exponential | Pareto | Uniform | Constant | Empirical, Field(discriminator="kind")
]


class Mixture(Part):
    """One of several distributions, by weight; written as a list of [weight, distribution]."""

    parts: Annotated[tuple[tuple[Annotated[float, Field(ge=0, le=1e9)], Plain], ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, written: Any) -> Any:
        return {"parts": written} if isinstance(written, list | tuple) else written

    @field_validator("parts")
    @classmethod
    def _weigh_something(cls, parts: tuple[tuple[float, Plain], ...]) -> tuple[tuple[float, Plain], ...]:
        if not any(weight for weight, _ in parts):
            raise ValueError("a mixture needs a weight above 0")
        return parts

    @property
    def mean_s(self) -> float:
        """The mean of what is drawn, in seconds."""
        return sum(weight * part.mean_s for weight, part in self.parts) / sum(weight for weight, _ in self.parts)

    def draw(self, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
        """So many draws, in seconds."""
        weights = np.array([weight for weight, _ in self.parts])
        of = rng.choice(len(weights), count, p=weights / weights.sum())
        drawn = np.empty(count)
        for index, (_, part) in enumerate(self.parts):
            here = of == index
            drawn[here] = part.draw(rng, int(here.sum()))
        return drawn


def _kind_of(written: Any) -> Any:
    if isinstance(written, list | tuple | Mixture) or (isinstance(written, dict) and "parts" in written):
        return "mixture"
    return written.get("kind") if isinstance(written, dict) else getattr(written, "kind", None)


Distribution = Annotated[
    Annotated[Gamma, Tag("gamma")]
    | Annotated[LogNormal, Tag("log_normal")]
    | Annotated[Exponential, Tag("exponential")]
    | Annotated[Pareto, Tag("pareto")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[Constant, Tag("constant")]
    | Annotated[Empirical, Tag("empirical")]
    | Annotated[Mixture, Tag("mixture")],
    Discriminator(_kind_of),
]
"""Times in seconds, as TOML: `{kind = "gamma", mean = 12, shape = 4}`, or `[[weight, {...}], [weight, {...}]]`."""


def generator(seed: int, *stream: int) -> np.random.Generator:
    """The numbers of one stream of a shift: other streams never move them."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *stream])))


def stream(draw: Callable[[int], NDArray[np.float64]]) -> Callable[[], float]:
    """One number at a time, without end, of a function that draws many."""

    def numbers() -> Any:
        while True:
            yield from draw(_BLOCK).tolist()

    one: Callable[[], float] = numbers().__next__
    return one


def times(distribution: Distribution, rng: np.random.Generator, *, at_most: float = math.inf) -> Callable[[], float]:
    """Times of a distribution, in seconds, one at a time; those above `at_most` are drawn anew."""

    def draw(count: int) -> NDArray[np.float64]:
        drawn = distribution.draw(rng, count)
        while (above := drawn > at_most).any():
            drawn[above] = distribution.draw(rng, int(above.sum()))
        return drawn

    return stream(draw)
