"""`dialer announcements ...`: what networks say of a number, recordings to know it by, and what nobody knows yet."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.cli.terminal import Json, console, errors, now, open_record, print_json, print_table, run, settings, who
from dialer.core.model import NumberState
from dialer.hearing.cutting import cut_out
from dialer.hearing.ear import Ear, Heard
from dialer.hearing.fingerprints import Fingerprints
from dialer.hearing.frames import RATE_HZ
from dialer.hearing.library import Library
from dialer.hearing.tones import tone_plan
from dialer.hearing.unknowns import Bounds, Unknowns
from dialer.hearing.wav import read
from dialer.record.audit import AuditLine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dialer.hearing.fingerprints import Announcement
    from dialer.settings import Settings

app = typer.Typer(help="Announcements: what networks say of a number before anybody answers.", no_args_is_help=True)

_PIECE_S = 0.2
"""In such pieces a file is heard, as a call is."""
_NEAREST = 3

Name = Annotated[str, typer.Option("--name", help="What it is called: letters, digits, hyphens.")]
State = Annotated[NumberState, typer.Option("--state", case_sensitive=False, help="What it says of the number.")]
Language = Annotated[str, typer.Option("--language", help="In which language, such as zh or zh+en.")]
Text = Annotated[str, typer.Option("--text", help="What it says, for whoever looks at the list.")]
Cluster = Annotated[str, typer.Argument(help="The cluster, as `dialer announcements unknown` lists it.")]


@app.command("list")
def list_all(*, as_json: Json = False) -> None:
    """The announcements that are known; one that is broken is named, and the others are heard."""
    run(_list(as_json=as_json))


async def _list(*, as_json: bool) -> None:
    library = _library()
    entries = library.entries()
    for problem in library.problems:
        errors.print(problem, markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json([asdict(entry) for entry in entries])
        return
    cells = ((e.name, e.state, f"{e.length_s:.1f} s", e.language, e.since, e.text) for e in entries)
    print_table(("name", "state", "length", "language", "since", "text"), cells)


@app.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="The recording: WAV, or raw .alaw, .ulaw, .sln.")],
    name: Name,
    state: State,
    language: Language = "",
    text: Text = "",
) -> None:
    """Know an announcement from now on; a service that runs notices it by itself."""
    run(_add(file, name, state, language, text))


async def _add(file: Path, name: str, state: NumberState, language: str, text: str) -> None:
    library = _library()
    entry = await asyncio.to_thread(library.add, file, name, state, language=language, text=text, since=now().date())
    await _write_down("announcement added", entry.name, f"{entry.state}, from {file.name}")
    console.print(f"{entry.name}: {entry.length_s:.1f} s, means {entry.state}", highlight=False)


@app.command("test")
def try_out(
    file: Annotated[Path, typer.Argument(help="A recording of early media, or of an announcement.")],
    *,
    as_json: Json = False,
) -> None:
    """What would be heard in a file, after how much of it, how surely, and which announcements are nearest."""
    run(_test(file, as_json=as_json))


async def _test(file: Path, *, as_json: bool) -> None:
    announcements = _library().load()
    samples = read(file)
    ear = Ear(Fingerprints(announcements), tone_plan(settings().hearing.tones))
    heard, certain = await asyncio.to_thread(_hear, ear, samples)
    nearest = await asyncio.to_thread(_nearest, announcements, cut_out(samples))
    if as_json:
        print_json(_values(heard, certain=certain, nearest=nearest))
        return
    told = f"{heard.state} ({heard.what or 'nothing known'}), confidence {heard.confidence:.2f}"
    after = f"certain after {heard.at_s:.1f} s: the call ends" if certain else f"after {heard.at_s:.1f} s, not certain"
    console.print(f"{told}, {after}", markup=False, highlight=False)
    rows = ((one.name, one.state, f"{likeness:.2f}") for one, likeness in nearest)
    print_table(("nearest", "state", "likeness"), rows)


def _hear(ear: Ear, samples: NDArray[np.int16]) -> tuple[Heard, bool]:
    """What is heard at last, and whether it was certain."""
    piece = round(_PIECE_S * RATE_HZ)
    for begin in range(0, len(samples), piece):
        if verdict := ear.hear(samples[begin : begin + piece]):
            return verdict, True
    return ear.so_far(), False


def _nearest(announcements: list[Announcement], samples: NDArray[np.int16]) -> list[tuple[Announcement, float]]:
    each = [(one, found[1]) for one in announcements if (found := Fingerprints((one,)).nearest(samples))]
    return sorted(each, key=lambda pair: -pair[1])[:_NEAREST]


def _values(heard: Heard, *, certain: bool, nearest: list[tuple[Announcement, float]]) -> dict[str, Any]:
    return {
        **asdict(heard),
        "certain": certain,
        "nearest": [{"name": one.name, "state": one.state, "likeness": likeness} for one, likeness in nearest],
    }


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="The announcement's name.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget an announcement, and its recording."""
    if not yes:
        typer.confirm(f"Forget announcement {name} and delete its recording?", abort=True)
    run(_remove(name))


async def _remove(name: str) -> None:
    _library().remove(name)
    await _write_down("announcement removed", name)
    console.print(f"{name} is forgotten", markup=False, highlight=False)


@app.command("unknown")
def unknown(*, as_json: Json = False) -> None:
    """What was heard and is not known, gathered by likeness, the most frequent first."""
    run(_unknown(as_json=as_json))


async def _unknown(*, as_json: bool) -> None:
    clusters = await asyncio.to_thread(_unknowns().clusters)
    if as_json:
        # Without the example's path: whoever wants to hear it leaves a line in the audit.
        print_json([{key: value for key, value in asdict(one).items() if key != "example"} for one in clusters])
        return
    cells = (
        (c.name, c.count, f"{c.first_seen:%Y-%m-%d %H:%M}", f"{c.last_seen:%Y-%m-%d %H:%M}", f"{c.length_s:.1f} s")
        for c in clusters
    )
    print_table(("cluster", "heard", "first (UTC)", "last (UTC)", "length"), cells)


@app.command("listen")
def listen(cluster: Cluster) -> None:
    """Print where a cluster's example is; it may hold a person's own ring-back, so this leaves an audit line."""
    run(_listen(cluster))


async def _listen(cluster: str) -> None:
    example = _unknowns().cluster(cluster).example
    await _write_down("unknown sound opened", cluster, example.name)
    console.print(str(example), markup=False, highlight=False, soft_wrap=True)


@app.command("name")
def name_cluster(cluster: Cluster, name: Name, state: State, language: Language = "", text: Text = "") -> None:
    """Say what a cluster of unknown sounds is: its example becomes an announcement, its sounds are deleted."""
    run(_name(cluster, name, state, language, text))


async def _name(cluster: str, name: str, state: NumberState, language: str, text: str) -> None:
    entry = await asyncio.to_thread(_unknowns().name, cluster, name, state, _library(), language=language, text=text)
    await _write_down("announcement added", entry.name, f"{entry.state}, from cluster {cluster}")
    console.print(f"{entry.name}: {entry.length_s:.1f} s, means {entry.state}", highlight=False)


def unknowns_of(chosen: Settings) -> Unknowns:
    """Where an installation keeps what nobody knows."""
    return Unknowns(chosen.unknown_sounds_dir, Bounds(days=chosen.hearing.keep_unknown_days))


def _library() -> Library:
    return Library(settings().announcements_dir)


def _unknowns() -> Unknowns:
    return unknowns_of(settings())


async def _write_down(what: str, subject: str, detail: str = "") -> None:
    async with open_record() as record:
        await record.audit.add(AuditLine(now(), who(), what, subject, detail))
