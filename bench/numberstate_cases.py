"""The labelled cases of row `numberstate`: what stands on each line, what may be told of it, and how it sounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.sounds import HELD_OUT_NOISES, KNOWN_NOISES, MACHINES, RING_BACK, TONES, Tone, any_line, music, through, tone
from bench.spoken import connecting, held_out_texts, held_out_voices, library, persons, sound, speaking_ring_backs
from dialer.core.model import NumberState
from dialer.hearing.frames import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bench.sounds import Line, Noises
    from bench.spoken import Spoken

SEED = 20_261_122
HARMLESS = frozenset({NumberState.UNKNOWN, NumberState.RINGING})
"""After these a call goes on."""

KNOWN, OTHER_NOISE = "known announcement", "known announcement, held-out noise"
VOICE, TEXT = "held-out voice", "held-out text"
TONE, MACHINE, NOTHING = "tone", "fax, keys", "silence, noise"
MUSIC, SPEECH, PERSON = "ring-back: music", "ring-back: speech", "person"
OWN_VOICE = "ring-back: the network speaks"
TEXT_LEARNT, OWN_VOICE_LEARNT = f"{TEXT}, once added", f"{OWN_VOICE}, once added"
LEARNT = (TEXT_LEARNT, OWN_VOICE_LEARNT)
"""The same again where an operator has added a recording of each to the library."""
SETS = (
    KNOWN,
    OTHER_NOISE,
    VOICE,
    TEXT,
    TEXT_LEARNT,
    TONE,
    MUSIC,
    SPEECH,
    OWN_VOICE,
    OWN_VOICE_LEARNT,
    PERSON,
    MACHINE,
    NOTHING,
)
ALIVE = (MUSIC, SPEECH, OWN_VOICE, OWN_VOICE_LEARNT, PERSON)
"""Telephones that a person answers or will answer: taken for dead they would be hung up on."""

_TIMES = {
    KNOWN: 30,
    OTHER_NOISE: 10,
    VOICE: 8,
    TEXT: 25,
    TEXT_LEARNT: 10,
    OWN_VOICE: 20,
    OWN_VOICE_LEARNT: 20,
    TONE: 20,
    MACHINE: 20,
}
"""How often each announcement or tone is heard, every time over another line."""
_COUNTS = {MUSIC: 800, SPEECH: 700, PERSON: 700, NOTHING: 80}
_SET_NOISES = {KNOWN: KNOWN_NOISES, OTHER_NOISE: HELD_OUT_NOISES}

_AFTER_RING_BACKS = {KNOWN, OTHER_NOISE, VOICE, TEXT, OWN_VOICE, PERSON, *LEARNT}

_LENGTH_S = 12.0
"""From the start of what is to be heard on."""
_MOST_RING_BACKS = 2
_LATEST_S = 1.0
_OFF_BY = 0.01


@dataclass(frozen=True, slots=True)
class Case:
    """One call. `truth` is what it means; `number` is the seed of all that is left to chance."""

    number: int
    kind: str
    name: str
    truth: NumberState
    plan: str = "cn"
    spoken: Spoken | None = None
    tone: Tone | None = None

    @property
    def right(self) -> frozenset[NumberState]:
        """What is to be told: another state is an error, and so is nothing where a state is known."""
        if self.kind == VOICE:
            return HARMLESS | {self.truth}
        return HARMLESS if self.truth in HARMLESS else frozenset({self.truth})


@dataclass(frozen=True, slots=True)
class Call:
    """How a case sounds; `start_s` is where what is to be heard begins, and `lost_s` how much of it came before."""

    samples: NDArray[np.int16]
    start_s: float
    lost_s: float
    line: Line
    ring_backs: int


def cases(share: float = 1.0) -> tuple[Case, ...]:
    """All cases, or a share of each set; the same whenever they are made."""
    made = [
        Case(number, kind, name, truth, plan, spoken, its_tone)
        for number, (kind, name, truth, plan, spoken, its_tone) in enumerate(_all())
    ]
    kept = round(1 / share)
    return tuple(case for case in made if case.number % kept == 0)


_Row = tuple[str, str, NumberState, str, "Spoken | None", "Tone | None"]


def _all() -> Iterator[_Row]:
    rng = np.random.default_rng(SEED)
    spoken = {KNOWN: library(), OTHER_NOISE: library(), VOICE: held_out_voices(), TEXT: held_out_texts()}
    spoken |= {TEXT_LEARNT: held_out_texts(), OWN_VOICE: connecting(), OWN_VOICE_LEARNT: connecting()}
    for kind, each in spoken.items():
        for one in each:
            yield from [(kind, one.name, one.state, "cn", one, None)] * _TIMES[kind]
    for kind, tones in ((TONE, TONES), (MACHINE, MACHINES)):
        for its in tones:
            yield from [(kind, its.name, its.state, its.plan, None, its)] * _TIMES[kind]
    for one in speaking_ring_backs(rng, _COUNTS[SPEECH]):
        yield SPEECH, one.name, NumberState.RINGING, "cn", one, None
    for one in persons(rng, _COUNTS[PERSON]):
        yield PERSON, one.name, NumberState.UNKNOWN, "cn", one, None
    for place in range(_COUNTS[MUSIC]):
        yield MUSIC, f"tune-{place}", NumberState.RINGING, "cn", None, None
    for place in range(_COUNTS[NOTHING]):
        yield NOTHING, f"nothing-{place}", NumberState.UNKNOWN, "cn", None, None


def call(case: Case, noises: Noises) -> Call:
    """How a case sounds; the same every time."""
    rng = np.random.default_rng((SEED, case.number))
    line = any_line(rng, _SET_NOISES.get(case.kind, (*KNOWN_NOISES, *HELD_OUT_NOISES)))
    body = _body(case, noises, rng)
    before, ring_backs = _before(case, rng)
    lost = 0
    if len(before) == 0 and case.spoken is not None and rng.integers(2):
        lost = int(rng.uniform(0, _LATEST_S) * RATE_HZ)  # the recording began late
    samples = through(line, np.concatenate((before, body[lost:])), noises, rng)
    return Call(samples, len(before) / RATE_HZ, lost / RATE_HZ, line, ring_backs)


def _before(case: Case, rng: np.random.Generator) -> tuple[NDArray[np.float64], int]:
    """Up to two ring-backs, the last cut short, or up to a second of silence; and how many there were."""
    ring_backs = int(rng.integers(_MOST_RING_BACKS + 1)) if case.kind in _AFTER_RING_BACKS else 0
    if ring_backs == 0:
        return np.zeros(int(rng.integers(2) * rng.uniform(0, _LATEST_S) * RATE_HZ)), 0
    cut_s = float(rng.uniform(0, 3.7))
    return tone(RING_BACK, 5.0 * ring_backs - cut_s, _detuned(rng)), ring_backs


def _body(case: Case, noises: Noises, rng: np.random.Generator) -> NDArray[np.float64]:
    length = round(_LENGTH_S * RATE_HZ)
    if case.tone is not None:
        whole = tone(case.tone, 2 * _LENGTH_S, _detuned(rng))
        begins = 0 if "SIT" in case.name else int(rng.integers(length))
        return whole[begins : begins + length]
    if case.kind == MUSIC:
        return music(rng, _LENGTH_S)
    if case.kind == NOTHING:
        name = str(rng.choice(("nothing", *KNOWN_NOISES, *HELD_OUT_NOISES)))
        level = 10 ** float(rng.uniform(-3, -1))
        return np.zeros(length) if name == "nothing" else level * noises.piece(name, length, rng)
    if case.spoken is None:
        raise ValueError(f"{case.name}: nothing is to be heard")
    said = sound(case.spoken, float(rng.uniform(0.2, 0.8)))
    if case.kind == PERSON:
        return np.concatenate((said, np.zeros(RATE_HZ)))
    if case.kind == SPEECH and rng.integers(2):
        tune = music(rng, len(said) / RATE_HZ)
        said = said + tune[: len(said)] * 10 ** float(rng.uniform(-1.2, -0.3))
    return np.resize(said, length)


def _detuned(rng: np.random.Generator) -> float:
    return float(rng.uniform(-_OFF_BY, _OFF_BY))
