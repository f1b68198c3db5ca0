"""Row `numberstate`: what is heard in some four thousand calls made from code, and what hearing costs.

Each call is an announcement, a tone, a ring-back of music or speech, a person, a fax or nothing at all, over a line
with its codec, gain, noise and losses. The library holds one clean recording of each known announcement. Every error
stands in the result with its line.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.figures import paired_ratio, quantile
from bench.numberstate_cases import HARMLESS, KNOWN, LEARNT, SEED, SETS, Case, call, cases
from bench.numberstate_table import figures, terminal
from bench.results import Result
from bench.sounds import Noises
from bench.spoken import connecting, held_out_texts, library, sound, speak_all, telling_s
from dialer.core.model import NumberState
from dialer.hearing.ear import Ear
from dialer.hearing.fingerprints import Announcement, Fingerprints
from dialer.hearing.frames import HOP, RATE_HZ, WINDOW
from dialer.hearing.tones import tone_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bench.numberstate_cases import Call

PIECE_S = 0.512
"""The sound is handed in in such pieces: so much Asterisk writes at a time (see dialer/early_media.py)."""
CONFIDENT = 0.9
"""From this confidence on what is heard is believed: the settings' own default."""
WIDTH = 170


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of one case and would be believed, after how much sound from its start, and what that cost."""

    case: Case
    call: Call
    state: NumberState
    what: str
    confidence: float
    after_s: float
    heard_s: float
    processor_s: float
    fft_s: float

    @property
    def is_right(self) -> bool:
        """Whether it is what was to be told."""
        return self.state in self.case.right

    @property
    def is_dead_wrong(self) -> bool:
        """Whether a call would have been ended for a reason that is none."""
        return not self.is_right and self.state not in HARMLESS


def main() -> None:
    """Speak, hear, write."""
    chosen = _arguments()
    console = Console() if Console().is_terminal else Console(width=WIDTH)
    chosen_cases = [case for case in cases(chosen.share) if chosen.only is None or case.kind in chosen.only]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        spoken = {one.name: one for one in (*library(), *(case.spoken for case in chosen_cases if case.spoken))}
        for one in progress.track(list(spoken.values()), description="speaking"):
            speak_all([one])
        noises = Noises(np.random.default_rng(SEED))
        known, learnt = _fingerprints()
        told = [
            hear(learnt if case.kind in LEARNT else known, case, noises)
            for case in progress.track(chosen_cases, description="hearing")
        ]
    repeats = summed_up(told, telling_s())
    costs = cost(told)
    made = tuple(figures(repeats, costs))
    if chosen.errors:
        for error in ({"set": row["set"], **error} for row in repeats for error in row["errors"]):
            console.print_json(data=error, indent=None)
    console.print(*terminal(repeats, made))
    if chosen.share == 1 and chosen.only is None:
        parameters = {
            "seed": SEED,
            "piece_s": PIECE_S,
            "confident": CONFIDENT,
            "announcements": len(library()),
            **costs,
        }
        Result("numberstate", "make bench-numberstate", parameters, repeats, made).write()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.numberstate", description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the cases, evenly; then no result is written")
    parser.add_argument("--only", nargs="+", choices=SETS, help="these sets alone; then no result is written")
    parser.add_argument("--errors", action="store_true", help="list every error with its line")
    return parser.parse_args()


def _fingerprints() -> tuple[Fingerprints, Fingerprints]:
    """Of the library, and of the library to which an operator has added what else the networks say."""
    known = [Announcement(one.name, one.state, _clean(sound(one))) for one in library()]
    more = [
        Announcement(one.name, NumberState.RINGING, _clean(sound(one))) for one in (*held_out_texts(), *connecting())
    ]
    return Fingerprints(known), Fingerprints([*known, *more])


def _clean(samples: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.round(samples * 32767).astype(np.int16)


def hear(known: Fingerprints, case: Case, noises: Noises) -> Told:
    """One case, heard piece by piece until something is certain or the call ends."""
    heard = call(case, noises)
    ear = Ear(known, tone_plan(case.plan))
    piece, verdict = round(PIECE_S * RATE_HZ), None
    began_s = time.process_time()
    for begin in range(0, len(heard.samples), piece):
        verdict = ear.hear(heard.samples[begin : begin + piece])
        if verdict is not None:
            break
    last = verdict or ear.so_far()
    ended_s = time.process_time()
    _spectra(heard.samples[: round(ear.heard_s * RATE_HZ)])
    fft_s = time.process_time() - ended_s
    believed = last.confidence >= CONFIDENT
    return Told(
        case,
        heard,
        last.state if believed else NumberState.UNKNOWN,
        last.what,
        last.confidence,
        last.at_s - heard.start_s,
        ear.heard_s,
        ended_s - began_s,
        fft_s,
    )


def _spectra(samples: NDArray[np.int16]) -> None:
    """What stands beside: numpy's spectra of the same frames, in the same pieces, and nothing else."""
    piece, window = round(PIECE_S * RATE_HZ), np.hanning(WINDOW).astype(np.float32)
    for begin in range(WINDOW, len(samples), piece):
        frames = np.lib.stride_tricks.sliding_window_view(samples[begin - WINDOW : begin + piece], WINDOW)[::HOP]
        np.abs(np.fft.rfft(frames * window))


def summed_up(told: Sequence[Told], telling: Mapping[str, float]) -> list[dict[str, Any]]:
    """For each set and each meaning: how many were told as what, how soon, and every error with its line."""
    groups: dict[tuple[str, NumberState], list[Told]] = defaultdict(list)
    for one in told:
        groups[one.case.kind, one.case.truth].append(one)
    order = {kind: place for place, kind in enumerate(SETS)}
    return [_summary(*key, groups[key], telling) for key in sorted(groups, key=lambda key: (order[key[0]], key[1]))]


def _summary(kind: str, truth: NumberState, told: Sequence[Told], telling: Mapping[str, float]) -> dict[str, Any]:
    right = [one for one in told if one.is_right and one.state not in HARMLESS]
    after_s = [one.after_s for one in right]
    since_s = [one.after_s + one.call.lost_s - telling[one.case.name] for one in right if kind == KNOWN]
    return {
        "set": kind,
        "truth": truth,
        "calls": len(told),
        "told": dict(Counter(one.state for one in told).most_common()),
        "right": sum(one.is_right for one in told),
        "right_within_3_s": sum(after <= 3 for after in after_s),  # noqa: PLR2004 - the aim
        "dead_wrong": sum(one.is_dead_wrong for one in told),
        "after_s": [round(after, 2) for after in after_s] if kind == KNOWN else [],
        "since_telling_syllable_s": [round(since, 2) for since in since_s],
        "after_median_s": round(median(after_s), 2) if after_s else None,
        "after_p98_s": round(quantile(after_s, 0.98), 2) if after_s else None,
        "errors": [_error(one) for one in told if not one.is_right],
    }


def _error(one: Told) -> dict[str, Any]:
    line = {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(one.call.line).items()}
    said = {"name": one.case.name, "told": one.state, "what": one.what, "confidence": round(one.confidence, 3)}
    return {**said, "after_s": round(one.after_s, 2), "ring_backs": one.call.ring_backs, **line}


def cost(told: Sequence[Told]) -> dict[str, float]:
    """Processor seconds for a second of sound, the ear's and the bare spectra's, and their ratio call by call."""
    heard_s = sum(one.heard_s for one in told)
    ratio = paired_ratio([one.processor_s for one in told], [one.fft_s for one in told])
    return {
        "heard_s": round(heard_s, 1),
        "processor_share": sum(one.processor_s for one in told) / heard_s,
        "fft_share": sum(one.fft_s for one in told) / heard_s,
        "ratio": ratio or 0.0,
    }


if __name__ == "__main__":
    main()
