"""`dialer recordings ...`: find and check recordings; every look at one is in the audit trail."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.cli.terminal import Json, console, now, open_record, print_json, print_table, run, settings, who
from dialer.core.errors import InputError, NotFoundError
from dialer.core.model import RecordingState
from dialer.record.audit import AuditLine
from dialer.upkeep import trouble_of
from recordings.keys import KeyFile
from recordings.store import Store

if TYPE_CHECKING:
    from dialer.record.recordings import RecordingRow

app = typer.Typer(help="Recordings: the sound of the talks.", no_args_is_help=True)


def store() -> Store:
    """The recordings of this installation."""
    chosen = settings()
    return Store(chosen.recordings_dir, KeyFile(chosen.recording_keys))


@app.command("list")
def list_all(
    campaign: Annotated[str | None, typer.Option("--campaign", help="Name or id; without it, all.")] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """The newest recordings with their measures; a missing one is a gap that is shown."""
    run(_list(campaign, limit, as_json=as_json))


async def _list(name_or_id: str | None, limit: int, *, as_json: bool) -> None:
    async with open_record() as record:
        campaign_id = (await record.campaigns.get(name_or_id)).campaign_id if name_or_id else None
        rows = await record.recordings.latest(campaign_id, limit)
    if as_json:
        print_json([_values(row) for row in rows])
        return
    cells = (
        (
            r.attempt_id,
            r.state,
            _shown(r.duration_s, "s"),
            _shown(r.level_left_dbfs, "dB"),
            _shown(r.level_right_dbfs, "dB"),
        )
        for r in rows
    )
    print_table(("attempt", "state", "length", "customer", "agent"), cells)


@app.command("path")
def path(
    attempt: Annotated[str, typer.Argument(help="The attempt's id.")],
    wav: Annotated[Path | None, typer.Option("--wav", help="Write it there as WAV, in the clear.")] = None,
) -> None:
    """Print where a recording is, after checking that it is what was stored; leaves an audit line."""
    run(_path(attempt, wav))


async def _path(attempt_id: str, to: Path | None) -> None:
    async with open_record() as record:
        row = await record.recordings.get(attempt_id)
        if row.state is not RecordingState.STORED:
            raise NotFoundError(f"the recording of {attempt_id} is {row.state}: {row.detail or 'no detail'}")
        if trouble := await trouble_of(store(), row):
            raise NotFoundError(f"{row.path}: {trouble}")
        if to is not None:
            await asyncio.to_thread(_write, row, to)
        await record.audit.add(AuditLine(now(), who(), "recording opened", attempt_id))
    console.print(row.path if to is None else str(to), markup=False, highlight=False, soft_wrap=True)


def _write(row: RecordingRow, to: Path) -> None:
    """The WAV in the clear, for its owner alone."""
    at = store()
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InputError(f"--wav: {to} cannot be made: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(at.whole(at.inside(row.path)))


def _shown(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.1f} {unit}"


def _values(row: RecordingRow) -> dict[str, Any]:
    return {
        "attempt_id": row.attempt_id,
        "state": row.state.value,
        "duration_s": row.duration_s,
        "bytes": row.bytes,
        "sha256": row.sha256,
        "level_left_dbfs": row.level_left_dbfs,
        "level_right_dbfs": row.level_right_dbfs,
        "detail": row.detail,
    }
