"""Row `greetings`: persons and machines that answer, told apart by their first words, over telephone lines.

Every case is another voice, text, wait before the first word, and line, all drawn by one seed. The thresholds were
chosen with the texts of OTHER_PERSONS and OTHER_MACHINES in sight as well: they are other texts, not unseen ones.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.figures import quantile
from bench.results import Figure, Result
from bench.sounds import HELD_OUT_NOISES, Line, Noises, any_line, music, through
from bench.spoken import Spoken, Voice, sound
from bench.stage import say
from dialer.core.abandonment import Tally
from dialer.core.model import NumberState
from dialer.greetings import MARGIN_S
from dialer.hearing.frames import RATE_HZ
from dialer.hearing.greeting import Greeting
from dialer.hearing.voice import Voices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

LIMIT_S = 2.0 - MARGIN_S
"""What a campaign with the longest limit, two seconds, leaves for listening."""
PIECE = 2730
"""Samples that come at once: a block of the file that Asterisk writes."""
SEED = 20261122
EACH = 200
LENGTH_S = 3.0

PERSONS = ("喂？", "喂，你好。", "你好。", "喂，你说。", "您好，哪里？", "Hello?", "Yes?", "Hello, who is this?", "Hi.")
OTHER_PERSONS = ("哎。", "喂，哪位？", "你好，请讲。", "说。", "喂，听得见吗？", "Speaking.", "Yeah, hello?", "Smith.")
AT_WORK = (
    "您好，幸福花园酒店前台，请问有什么可以帮您？",
    "Good morning, Acme Trading, Lisa speaking, how can I help you?",
    "你好，我是小王，我现在在开会，等一下打给你好不好？",
)
"""Persons who go on like a machine."""
MACHINES = (
    "您好，这里是语音信箱，机主现在不方便接听您的电话，请在提示音后留言。",
    "您好我现在不方便接听电话请稍后再拨或者给我留言",
    "Hello, you have reached the voice mail of Peter Miller, please leave a message after the tone.",
    "Hi, I am not available right now, please leave your name and number and I will call you back.",
)
OTHER_MACHINES = (
    "您拨打的用户已启用智能秘书，请说出您的来意，我会为您转告机主。",
    "我是机主的语音助手，请问您找他有什么事情，我帮您记录下来。",
    "Your call has been forwarded to an automated voice messaging system.",
    "The person you are calling is not able to take your call, please try again later.",
)
_WHO = (*(f"m{number}" for number in range(1, 9)), *(f"f{number}" for number in range(1, 6)), "klatt", "Andy", "Linda")


@dataclass(frozen=True, slots=True)
class Case:
    """Who answers: what is said, or what else sounds."""

    kind: str
    machine: bool
    texts: tuple[str, ...] = ()
    waits_s: tuple[float, float] = (0.2, 1.2)
    """Before the first word: the shortest, the longest."""


KINDS = (
    Case("persons", machine=False, texts=PERSONS),
    Case("persons, other texts", machine=False, texts=OTHER_PERSONS),
    Case("persons at work", machine=False, texts=AT_WORK),
    Case("silence", machine=False),
    Case("music", machine=False),
    Case("machines", machine=True, texts=MACHINES, waits_s=(0.1, 1.0)),
    Case("machines, other texts", machine=True, texts=OTHER_MACHINES, waits_s=(0.1, 1.0)),
    Case("machines that speak at once", machine=True, texts=MACHINES, waits_s=(0.0, 0.25)),
    Case("beeps", machine=True, waits_s=(0.3, 1.1)),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What one case was taken for: when in the sound, and how much processor time that took."""

    kind: str
    text: str
    noise: str | None
    """On the line."""
    machine: bool
    taken_for_machine: bool
    cause: str
    at_s: float
    processor_ms: float


def main() -> None:
    """Hear every case; write the row."""
    parser = argparse.ArgumentParser(prog="python -m bench.greetings", description=__doc__)
    parser.add_argument("--each", type=int, default=EACH, help="cases of each kind")
    parser.add_argument("--limit-s", type=float, default=LIMIT_S)
    chosen = parser.parse_args()
    told = list(hear_all(chosen.each, chosen.limit_s))
    parameters = {"limit_s": chosen.limit_s, "each": chosen.each, "seed": SEED, "piece_samples": PIECE}
    made = tuple(figures(told))
    wrong = [asdict(one) for one in told if one.machine != one.taken_for_machine]
    Result("greetings", "make bench-greetings", parameters, [summary(told), {"wrong": wrong}], made).write()
    for figure in made:
        say(f"{figure.what}: {figure.median:.3g} {figure.unit} ({figure.beside})")


def hear_all(each: int, limit_s: float, seed: int = SEED) -> Iterator[Told]:
    """What every case was taken for; `each` cases of each kind."""
    noises, voices = Noises(np.random.default_rng(seed)), Voices()
    for place, case in enumerate(KINDS):
        rng = np.random.default_rng((seed, place))
        for number in range(each):
            text = case.texts[number % len(case.texts)] if case.texts else ""
            line = any_line(rng, HELD_OUT_NOISES) if "other" in case.kind else any_line(rng)
            samples = through(line, _made(case, text, rng), noises, rng)
            yield _hear(case, text, line, samples, voices, limit_s)


def _hear(case: Case, text: str, line: Line, samples: NDArray[np.int16], voices: Voices, limit_s: float) -> Told:
    voice = voices.lend()
    began = time.process_time()
    greeting = Greeting(voice, limit_s)
    pieces = (samples[at : at + PIECE] for at in range(0, len(samples), PIECE))
    heard = next(found for piece in pieces if (found := greeting.hear(piece)))
    spent_ms = (time.process_time() - began) * 1000
    voices.give_back(voice)
    return Told(case.kind, text, line.noise, case.machine, heard.machine, heard.cause, heard.at_s, spent_ms)


def _made(case: Case, text: str, rng: np.random.Generator) -> NDArray[np.float64]:
    waits = np.zeros(round(rng.uniform(*case.waits_s) * RATE_HZ))
    if text:
        said = sound(Spoken(case.kind, NumberState.UNKNOWN, ((_anybody(rng, text), text),)))
    elif case.kind == "beeps":
        said = _beep(rng)
    elif case.kind == "music":
        return music(rng, LENGTH_S)
    else:
        said = np.zeros(0)
    return np.concatenate((waits, said, np.zeros(round(LENGTH_S * RATE_HZ))))[: round(LENGTH_S * RATE_HZ)]


def _beep(rng: np.random.Generator) -> NDArray[np.float64]:
    at_s = np.arange(round(rng.uniform(0.2, 0.8) * RATE_HZ)) / RATE_HZ
    return rng.uniform(0.1, 0.5) * np.sin(2 * np.pi * rng.uniform(420, 1900) * at_s)


def _anybody(rng: np.random.Generator, text: str) -> Voice:
    accent = str(rng.choice(("en-us", "en-gb"))) if text.isascii() else "cmn"
    speed = int(rng.integers(140, 190)) if text.isascii() else int(rng.integers(230, 310))
    return Voice(f"{accent}+{rng.choice(_WHO)}", speed, int(rng.integers(20, 80)))


def summary(told: Sequence[Told]) -> dict[str, Any]:
    """By kind: how many there were, and how many were taken for machines."""
    return {case.kind: list(_counted(told, case.kind)) for case in KINDS}


def _counted(told: Sequence[Told], *kinds: str) -> tuple[int, int]:
    of_kind = [one for one in told if one.kind in kinds]
    return len(of_kind), sum(one.taken_for_machine for one in of_kind)


def figures(told: Sequence[Told]) -> Iterator[Figure]:
    """How many of each kind were taken for machines, with 95 % bounds; how soon persons were; what it costs."""
    for case in KINDS:
        count, machines = _counted(told, case.kind)
        tally = Tally(count, machines)
        bounds = f"95 % between {tally.lower_bound():.2%} and {tally.upper_bound():.2%}"
        what = f"{case.kind}: taken for machines, of {count}"
        yield Figure(what, "%", 100 * tally.rate, bounds, aim="to be high" if case.machine else "to be low")
    greeted = [one for one in told if one.kind.startswith("persons") and one.kind != "persons at work"]
    for noise in sorted({one.noise or "no noise" for one in greeted}):
        over = [one for one in greeted if (one.noise or "no noise") == noise]
        taken = sum(one.taken_for_machine for one in over)
        yield Figure(f"persons, {noise}: taken for machines, of {len(over)}", "%", 100 * taken / len(over), "")
    persons = [one.at_s for one in told if one.kind.startswith("persons")]
    for share in (0.5, 0.99):
        yield Figure(f"sound until persons are told, p{100 * share:.0f}", "s", quantile(persons, share), "")
    spent = [one.processor_ms for one in told]
    yield Figure("processor time a call", "ms", sum(spent) / len(spent), "")


if __name__ == "__main__":
    main()
