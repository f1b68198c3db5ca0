"""The figures of row `numberstate`, and its table of what was told as what: in a terminal and as Markdown."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.figures import quantile
from bench.numberstate_cases import (
    KNOWN,
    MUSIC,
    OTHER_NOISE,
    OWN_VOICE,
    OWN_VOICE_LEARNT,
    PERSON,
    SPEECH,
    TEXT,
    TEXT_LEARNT,
    VOICE,
)
from bench.results import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RIGHT_AIM, CORES_AIM, EARS = 0.98, 0.5, 200
_SHORT = {
    "CHANGED_NUMBER": "CHANGED",
    "OUT_OF_REACH": "OUT OF REACH",
    "NETWORK_BUSY": "NET. BUSY",
    "CALL_BARRED": "BARRED",
    "NO_ANSWER": "NO ANSWER",
}


def figures(repeats: Sequence[Mapping[str, Any]], costs: Mapping[str, float]) -> Iterator[Figure]:
    """What the row's table says; what was not run is left out."""
    known = [one for one in repeats if one["set"] == KNOWN]
    if known:
        within = _sum(known, "right_within_3_s") / _sum(known, "calls")
        aim = f"at least {RIGHT_AIM:.0%}"
        yield Figure("known announcements told right within 3 s of their start", "%", 100 * within, "", None, None, aim,
                     within >= RIGHT_AIM)  # fmt: skip
    if after_s := [after for one in known for after in one["after_s"]]:
        yield Figure("from an announcement's start to the decision, p50", "s", median(after_s), "")
        yield Figure("from an announcement's start to the decision, p98", "s", quantile(after_s, 0.98), "")
        since_s = [since for one in known for since in one["since_telling_syllable_s"]]
        soon = sum(since <= 1 for since in since_s) / _sum(known, "calls")
        yield Figure(
            "known announcements told right within 1 s of the first syllable that tells them", "%", 100 * soon, ""
        )
        yield Figure("from that syllable to the decision, p50", "s", median(since_s), "")
        yield Figure("from that syllable to the decision, p98", "s", quantile(since_s, 0.98), "")
    yield from _wrongs(repeats)
    minute_ms, fft_ms = 60_000 * costs["processor_share"], 60_000 * costs["fft_share"]
    yield Figure("processor time for a minute of early media", "ms", minute_ms, "numpy's spectra of the same frames",
                 fft_ms, costs["ratio"])  # fmt: skip
    cores = EARS * costs["processor_share"]
    yield Figure(f"cores for {EARS} ears at once", "", cores, "", None, None, f"under {CORES_AIM:g}", cores < CORES_AIM)


def _wrongs(repeats: Sequence[Mapping[str, Any]]) -> Iterator[Figure]:
    groups = {
        "ring-backs and persons taken for dead": (MUSIC, SPEECH, PERSON),
        "what a network says while it connects, not in the library, taken for dead": (OWN_VOICE,),
        "announcements that the library lacks, taken for another": (TEXT,),
        "both, once they were added to the library": (TEXT_LEARNT, OWN_VOICE_LEARNT),
        "known announcements taken for another state": (KNOWN, OTHER_NOISE, VOICE),
    }
    for what, kinds in groups.items():
        if chosen := [one for one in repeats if one["set"] in kinds]:
            wrong = _sum(chosen, "dead_wrong")
            yield Figure(f"{what}, of {_sum(chosen, 'calls'):,}", "", wrong, "", None, None, "none", wrong == 0)


def _sum(rows: Sequence[Mapping[str, Any]], key: str) -> int:
    return sum(int(row[key]) for row in rows)


def rows(repeats: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """The columns and the lines: a line for each set and meaning, a column for each state that was ever told."""
    states = sorted({state for one in repeats for state in one["told"]}, key=lambda state: (state in _LAST, state))
    columns = ["heard", "means", "calls", *(_SHORT.get(state, state) for state in states), "p50", "p98"]
    lines, before = [], None
    for one in repeats:
        times = [f"{one[key]:.1f} s" if one[key] is not None else "" for key in ("after_median_s", "after_p98_s")]
        told = [str(one["told"].get(state, "")) for state in states]
        kind = one["set"] if one["set"] != before else ""
        means = "" if one["set"] in {TEXT, TEXT_LEARNT} else one["truth"].replace("_", " ")
        lines.append([kind, means, str(one["calls"]), *told, *times])
        before = one["set"]
    return columns, lines


_LAST = frozenset({"RINGING", "UNKNOWN"})


def terminal(repeats: Sequence[Mapping[str, Any]], made: Sequence[Figure]) -> tuple[Table, Table]:
    """The table of what was told, and the figures."""
    columns, lines = rows(repeats)
    told = Table(*columns, box=SIMPLE_HEAD)
    for line in lines:
        told.add_row(*line)
    met = {True: "yes", False: "no", None: ""}
    said = Table("figure", "", "aim", "met", box=SIMPLE_HEAD)
    for one in made:
        said.add_row(one.what, f"{one.median:.3g} {one.unit}", one.aim or "", met[one.met])
    return told, said


def markdown(result: Mapping[str, Any]) -> str:
    """The table of what was told, for bench/README.md."""
    columns, lines = rows(result["repeats"])
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * 2}{'---:|' * (len(columns) - 2)}"]
    return "\n".join([*head, *(f"| {' | '.join(line)} |" for line in lines)])
