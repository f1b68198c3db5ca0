"""What is heard in row `numberstate` besides speech: tones, music, noise; and the telephone line that it comes over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.spoken import babble
from dialer.core.model import NumberState
from dialer.hearing.frames import RATE_HZ
from dialer.hearing.wav import ALAW, MULAW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


# --- tones --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tone:
    """A network's tone: in which plan, what it says, and its pieces in turn: frequencies (none: silence), seconds."""

    name: str
    plan: str
    state: NumberState
    pieces: tuple[tuple[tuple[float, ...], float], ...]


def _on_off(name: str, plan: str, state: NumberState, hz: Sequence[float], *on_off_s: float) -> Tone:
    pieces = tuple((tuple(hz) if place % 2 == 0 else (), length_s) for place, length_s in enumerate(on_off_s))
    return Tone(name, plan, state, pieces)


def _sit(name: str, state: NumberState, *pieces: tuple[float, float]) -> Tone:
    """Special information tones, once and then the silence in which an announcement would follow."""
    return Tone(name, "us", state, (*(((hz,), length_s) for hz, length_s in pieces), ((), 20.0)))


RING_BACK = _on_off("cn ring-back", "cn", NumberState.RINGING, [450], 1.0, 4.0)
TONES = (
    # YD/T 729: 450 Hz and its cadences.
    RING_BACK,
    _on_off("cn busy", "cn", NumberState.BUSY, [450], 0.35, 0.35),
    _on_off("cn congestion", "cn", NumberState.NETWORK_BUSY, [450], 0.7, 0.7),
    _on_off("cn vacant number", "cn", NumberState.INVALID, [450], 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.4),
    # Telcordia GR-506-CORE: the precise tone plan; SR-2275, section 6.19: special information tones.
    _on_off("us ring-back", "us", NumberState.RINGING, [440, 480], 2.0, 4.0),
    _on_off("us busy", "us", NumberState.BUSY, [480, 620], 0.5, 0.5),
    _on_off("us reorder", "us", NumberState.NETWORK_BUSY, [480, 620], 0.25, 0.25),
    _sit("us SIT vacant code", NumberState.INVALID, (985.2, 0.38), (1370.6, 0.274), (1776.7, 0.38)),
    _sit("us SIT no circuit", NumberState.NETWORK_BUSY, (985.2, 0.38), (1428.5, 0.38), (1776.7, 0.38)),
)
MACHINES = (
    # ITU-T T.30, section 4: a calling and a called fax machine; no state of a number.
    _on_off("fax calls", "cn", NumberState.UNKNOWN, [1100], 0.5, 3.0),
    _on_off("fax answers", "cn", NumberState.UNKNOWN, [2100], 3.0, 1.0),
    # ITU-T Q.23: keys.
    Tone(
        "DTMF",
        "cn",
        NumberState.UNKNOWN,
        tuple(
            piece for key in ((697, 1209), (770, 1336), (852, 1477), (941, 1336)) for piece in ((key, 0.1), ((), 0.1))
        ),
    ),
)

_TONE_LEVEL = 0.2
"""-14 dB of full scale for each frequency."""


def tone(what: Tone, length_s: float, off_by: float = 0.0) -> NDArray[np.float64]:
    """So much of a tone, over and over; `off_by` shifts its frequencies by that share, as exchanges do."""
    pieces = [_piece(hz, piece_s, off_by) for hz, piece_s in what.pieces]
    return np.resize(np.concatenate(pieces), round(length_s * RATE_HZ))


def _piece(hz: Sequence[float], length_s: float, off_by: float) -> NDArray[np.float64]:
    at_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    made = np.zeros(len(at_s))
    for each in hz:
        made += _TONE_LEVEL * np.sin(2 * np.pi * each * (1 + off_by) * at_s)
    return made


# --- music --------------------------------------------------------------------------------------------------------

_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 7, 10))
"""Major, minor, and the two pentatonic scales."""
_VOWELS_HZ = ((800, 1200, 2600), (400, 2000, 2600), (300, 2300, 3000), (450, 800, 2600), (325, 700, 2600))
"""First formants of a, e, i, o, u."""
_HIGHEST_HZ = 3800.0
_TABLE = 2048


def music(rng: np.random.Generator, length_s: float) -> NDArray[np.float64]:
    """A tune that nobody has heard before: chords, bass, a melody that is played or sung, drums; peaks at -3 dB."""
    beat = round(RATE_HZ * 60 / rng.uniform(66, 160))
    beats = -(-round(length_s * RATE_HZ) // beat)
    scale, root = _SCALES[rng.integers(len(_SCALES))], float(rng.integers(45, 62))
    mixed = np.zeros((beats + 4) * beat)
    layers = rng.random(4) < (0.7, 0.6, 0.85, 0.55)
    if not layers.any():
        layers[2] = True
    for plays, layer in zip(layers, (_chords, _bass, _melody, _drums), strict=True):
        if plays:
            layer(rng, mixed, beat, tuple(root + step for step in scale))
    mixed = mixed[: round(length_s * RATE_HZ)]
    return mixed * (0.7 / max(float(np.abs(mixed).max()), 1e-9))


def _chords(rng: np.random.Generator, mixed: NDArray[np.float64], beat: int, scale: Sequence[float]) -> None:
    degrees, timbre = rng.integers(0, len(scale), 4), rng.uniform(0.8, 2.5)
    for bar, start in enumerate(range(0, len(mixed) - 4 * beat + 1, 4 * beat)):
        for third in (0, 2, 4):
            degree = degrees[bar % 4] + third
            key = scale[degree % len(scale)] + 12 * (degree // len(scale))
            mixed[start : start + 4 * beat] += 0.15 * _note(_hz(key), 4 * beat, timbre, 0.4)


def _bass(rng: np.random.Generator, mixed: NDArray[np.float64], beat: int, scale: Sequence[float]) -> None:
    for start in range(0, len(mixed) - beat + 1, beat):
        mixed[start : start + beat] += 0.3 * _note(_hz(float(rng.choice(scale)) - 12), beat, 1.5, 3.0)


def _melody(rng: np.random.Generator, mixed: NDArray[np.float64], beat: int, scale: Sequence[float]) -> None:
    sung, timbre, degree = rng.random() < 0.4, rng.uniform(0.6, 2.5), int(rng.integers(len(scale)))  # noqa: PLR2004 - two in five
    start = 0
    while True:
        length = int(beat * rng.choice((0.5, 1.0, 1.0, 2.0)))
        if start + length > len(mixed):
            return
        degree = int(np.clip(degree + rng.integers(-2, 3), 0, 2 * len(scale) - 1))
        hz = _hz(scale[degree % len(scale)] + 12 * (degree // len(scale)) + (0 if sung else 12))
        if rng.random() > 0.15:  # noqa: PLR2004 - else a rest
            note = _vowel(rng, hz, length) if sung else _note(hz, length, timbre, float(rng.uniform(0.5, 5)))
            mixed[start : start + length] += 0.4 * note
        start += length


def _drums(rng: np.random.Generator, mixed: NDArray[np.float64], beat: int, scale: Sequence[float]) -> None:
    del scale
    at_s = np.arange(beat) / RATE_HZ
    kick = np.sin(2 * np.pi * 55 * at_s * (1 + np.exp(-30 * at_s))) * np.exp(-12 * at_s)
    snare = rng.normal(0, 0.5, beat) * np.exp(-18 * at_s)
    hat = np.diff(rng.normal(0, 0.3, beat + 1)) * np.exp(-60 * at_s)
    for place, start in enumerate(range(0, len(mixed) - beat + 1, beat)):
        mixed[start : start + beat] += 0.5 * (kick if place % 2 == 0 else snare)
        half = start + beat // 2
        mixed[half : half + beat] += 0.3 * hat[: len(mixed) - half]


def _hz(key: float) -> float:
    return float(440 * 2 ** ((key - 69) / 12))


def _note(hz: float, length: int, timbre: float, decay: float) -> NDArray[np.float64]:
    """Harmonics that fall with their order to the power of `timbre`, and with time by `decay` nepers a second."""
    at_s = np.arange(length) / RATE_HZ
    weights = np.arange(1.0, max(2, min(12, int(_HIGHEST_HZ / hz)))) ** -timbre
    return _wave(weights, hz * at_s) * np.minimum(1, at_s * 80) * np.exp(-decay * at_s)


def _vowel(rng: np.random.Generator, hz: float, length: int) -> NDArray[np.float64]:
    """A sung note, with vibrato."""
    at_s = np.arange(length) / RATE_HZ
    order = np.arange(1, max(2, int(_HIGHEST_HZ / hz)))
    formants = np.array(_VOWELS_HZ[rng.integers(len(_VOWELS_HZ))])
    weights = np.exp(-(((order[:, None] * hz - formants) / 160) ** 2)).sum(axis=1) + 0.02
    turns = hz * at_s + 0.02 * hz / 34 * np.sin(2 * np.pi * 5.5 * at_s)
    return _wave(weights, turns) * np.minimum(1, at_s * 30) * np.minimum(1, at_s[::-1] * 30)


def _wave(weights: NDArray[np.floating], turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """A sum of harmonics, looked up in a table of one period; `turns` is the phase in periods."""
    order = np.arange(1, len(weights) + 1)[:, None]
    period = (np.sin(2 * np.pi * order * np.arange(_TABLE) / _TABLE) * weights[:, None]).sum(axis=0)
    wave: NDArray[np.float64] = period[(turns * _TABLE).astype(np.intp) % _TABLE]
    return wave


# --- noise --------------------------------------------------------------------------------------------------------

KNOWN_NOISES = ("white", "pink", "babble")
HELD_OUT_NOISES = ("brown", "hum", "street")
_CLICKS = 5e-4
"""A sample in two thousand of the street's noise."""


class Noises:
    """Half a minute of each noise, made once; every case takes its own piece of it."""

    _LENGTH_S = 30.0

    def __init__(self, rng: np.random.Generator) -> None:
        length = round(self._LENGTH_S * RATE_HZ)
        at_s = np.arange(length) / RATE_HZ
        hum = sum(np.sin(2 * np.pi * 50 * k * at_s + k) / k for k in range(1, 20))
        clicks = 0.3 * (rng.uniform(size=length) > 1 - _CLICKS)
        passing = _coloured(rng, length, 1.0) * (1.2 + np.sin(2 * np.pi * 0.4 * at_s)) + clicks
        made = {
            "white": _coloured(rng, length, 0.0),
            "pink": _coloured(rng, length, 0.5),
            "brown": _coloured(rng, length, 1.0),
            "hum": np.asarray(hum) + 0.2 * _coloured(rng, length, 0.0),
            "street": passing + 0.5 * babble(rng, self._LENGTH_S, 4),
            "babble": babble(rng, self._LENGTH_S),
        }
        self._made = {name: noise / np.sqrt(np.mean(noise**2)) for name, noise in made.items()}

    def piece(self, name: str, length: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """`length` samples of a noise, of effective value 1."""
        return np.resize(np.roll(self._made[name], int(rng.integers(len(self._made[name])))), length)


def _coloured(rng: np.random.Generator, length: int, power: float) -> NDArray[np.float64]:
    """Noise whose amplitude falls with the frequency to this power, from 20 Hz on; effective value 1."""
    spectrum = np.fft.rfft(rng.normal(size=length))
    hz = np.fft.rfftfreq(length, 1 / RATE_HZ)
    noise = np.fft.irfft(spectrum / np.maximum(hz, 20.0) ** power, length)
    return noise / float(np.sqrt(np.mean(noise**2)))


# --- the line -----------------------------------------------------------------------------------------------------

_PACKET = 160
_FULL_SCALE = 32768


@dataclass(frozen=True, slots=True)
class Line:
    """How a sound comes over: codec, gain, noise (None: none) at a signal-to-noise ratio, share of packets lost."""

    codec: str
    gain_db: float
    noise: str | None
    snr_db: float
    loss: float
    conceals: bool
    """Whether a lost packet sounds like the one before it, or is silent."""


def any_line(rng: np.random.Generator, noises: Sequence[str] = KNOWN_NOISES) -> Line:
    """A line by chance: half are noisy, two in five lose packets."""
    return Line(
        codec=str(rng.choice(("alaw", "mulaw"))),
        gain_db=float(rng.uniform(-30, 6)),
        noise=str(rng.choice(noises)) if rng.random() < 0.5 else None,  # noqa: PLR2004 - half
        snr_db=float(rng.uniform(10, 30)),
        loss=float(rng.uniform(0.005, 0.05)) if rng.random() < 0.4 else 0.0,  # noqa: PLR2004 - two in five
        conceals=bool(rng.random() < 0.5),  # noqa: PLR2004 - half
    )


def through(line: Line, clean: NDArray[np.float64], noises: Noises, rng: np.random.Generator) -> NDArray[np.int16]:
    """What is recorded of a sound at the other end of a line: 16 bit, 8 kHz."""
    mixed = clean
    if line.noise is not None:
        loud = np.abs(clean) > 0.02  # noqa: PLR2004 - the ratio is that of what is said, not of its pauses
        level = float(np.sqrt(np.mean(clean[loud] ** 2))) if loud.any() else 0.1
        mixed = clean + noises.piece(line.noise, len(clean), rng) * level * 10 ** (-line.snr_db / 20)
    scaled = np.clip(np.round(mixed * (_FULL_SCALE * 10 ** (line.gain_db / 20))), -_FULL_SCALE, _FULL_SCALE - 1)
    samples = _CODECS[line.codec][scaled.astype(np.int32) + _FULL_SCALE]
    return _with_losses(samples, line, rng)


def _with_losses(samples: NDArray[np.int16], line: Line, rng: np.random.Generator) -> NDArray[np.int16]:
    packets = samples[: len(samples) // _PACKET * _PACKET].reshape(-1, _PACKET).copy()
    for lost in np.flatnonzero(rng.random(len(packets)) < line.loss):
        packets[lost] = packets[lost - 1] if line.conceals and lost else 0
    return packets.reshape(-1)


def _coded(levels: NDArray[np.float64]) -> NDArray[np.int16]:
    """For each 16-bit sample the nearest level of a codec: what is left of it after coding and decoding (G.711)."""
    ordered = np.sort(levels)
    borders = (ordered[1:] + ordered[:-1]) / 2
    return ordered[np.searchsorted(borders, np.arange(-_FULL_SCALE, _FULL_SCALE))].astype(np.int16)


_CODECS = {"alaw": _coded(ALAW), "mulaw": _coded(MULAW)}
