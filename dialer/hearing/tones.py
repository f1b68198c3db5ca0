"""The tones of the world's networks, as data: what each sounds like, and what it means.

ITU-T E.180/Q.35 gives their form, its Supplement 2 what each country plays. The special information tone (E.180/Q.35,
section 7: 950, 1400 and 1800 Hz within 50 Hz, for 330 ms each within 70 ms) says that some trouble will be announced;
where a plan lists no variants of it, it means nothing by itself.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from dialer.core.errors import InputError, problems_of
from dialer.core.model import NumberState  # noqa: TC001 - pydantic reads it at run time

Hertz = Annotated[float, Field(ge=200, le=3500)]
Seconds = Annotated[float, Field(ge=0.08, le=10)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tone(_Part):
    """Frequencies that sound together, in a rhythm: seconds of sound, of silence, of sound, of silence, ..."""

    name: str
    state: NumberState
    hz: Annotated[tuple[Hertz, ...], Field(min_length=1, max_length=2)]
    rhythm_s: Annotated[tuple[Seconds, ...], Field(min_length=2, max_length=12)]

    @model_validator(mode="after")
    def _ends_in_silence(self) -> Self:
        if len(self.rhythm_s) % 2:
            raise ValueError("rhythm_s: each sound needs its silence after it")
        return self


class InformationTone(_Part):
    """A variant of the special information tone that says by itself what the trouble is."""

    name: str
    state: NumberState
    hz: tuple[Hertz, Hertz, Hertz]
    length_s: tuple[Seconds, Seconds, Seconds]


class TonePlan(_Part):
    """The tones that a network plays before an answer. One without any tones hears none."""

    tones: tuple[Tone, ...] = ()
    information_tones: tuple[InformationTone, ...] = ()


def tone_plan(name: str) -> TonePlan:
    """The plan that comes with Ringpace under this name (`cn`, `us`, ...); InputError names those there are."""
    plans = _shipped()
    if name not in plans:
        raise InputError(f"there is no tone plan {name!r}: give one of {', '.join(sorted(plans))}")
    return plans[name]


def read_tone_plans(text: str) -> dict[str, TonePlan]:
    """The plans in a TOML text, by their names; InputError names the key that is wrong."""
    try:
        return TypeAdapter(dict[str, TonePlan]).validate_python(tomllib.loads(text))
    except ValidationError as error:
        raise InputError(f"tone plans: {problems_of(error)}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"tone plans: not TOML: {error}") from error


@cache
def _shipped() -> dict[str, TonePlan]:
    return read_tone_plans(files("dialer.hearing").joinpath("tone_plans.toml").read_text(encoding="utf-8"))
