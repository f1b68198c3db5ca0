"""`dialer recordings new-keys, encrypt, rotate, drop-keys, check, verify`: the keys, and whether all is whole."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from dialer import upkeep
from dialer.cli.recordings import app as recordings
from dialer.cli.recordings import store
from dialer.cli.terminal import Json, console, errors, now, open_record, print_json, run, who
from dialer.core.errors import ConflictError, InputError
from dialer.record.audit import AuditLine
from recordings import evidence
from recordings.keys import KEY_BYTES
from recordings.upkeep import one_at_a_time, rewrap_all, superseded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from recordings.keys import KeyFile
    from recordings.upkeep import Step


app = recordings


@app.command("new-keys")
def new_keys(
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Where there are keys, all is well.")] = False,
) -> None:
    """Make the key file of a new installation; where there is one, nothing is changed."""
    run(_new_keys(store().key_file, if_missing=if_missing))


async def _new_keys(key_file: KeyFile, *, if_missing: bool) -> None:
    if if_missing and key_file.path.exists():
        key_file.read()
        return
    key_file.create(now())
    console.print(f"made {key_file.path}: keep a copy of it apart from the recordings", markup=False, soft_wrap=True)


@app.command("encrypt")
def encrypt(as_json: Json = False) -> None:
    """Seal the recordings that were stored before there were keys; can be interrupted and repeated."""
    run(_encrypt(as_json=as_json))


async def _encrypt(*, as_json: bool) -> None:
    at = store()
    with one_at_a_time(at):
        async with open_record() as record:
            files = await asyncio.to_thread(lambda: [path for path in at.files() if path.suffix == ".wav"])
            steps = await _followed(upkeep.seal_old(record, at, files), len(files), "sealing")
            changed = sum(step.changed for step in steps)
            if changed:
                await record.audit.add(AuditLine(now(), who(), "recordings encrypted", "recordings", str(changed)))
    _tell("sealed", steps, as_json=as_json)


@app.command("rotate")
def rotate(as_json: Json = False) -> None:
    """Make a new key and close every recording under it; the old keys stay. Interrupted, simply do it again."""
    run(_rotate(as_json=as_json))


async def _rotate(*, as_json: bool) -> None:
    at = store()
    at.key_file.read()
    with one_at_a_time(at):
        key = at.key_file.add(now()).newest
        async with open_record() as record:
            line = AuditLine(now(), who(), "recording key made", "recordings", key.key_id.hex())
            await record.audit.add(line)
        files = await asyncio.to_thread(lambda: list(at.files()))
        steps = await _followed(_each(rewrap_all(at, files)), len(files), "changing keys")
    _tell("closed under the new key", steps, as_json=as_json)


@app.command("drop-keys")
def drop_keys(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Forget the old keys, after closing all under the newest: copies that were made before can then not be heard."""
    if not yes:
        typer.confirm(
            "Copies of recordings from before the newest key can then not be heard any more. Go on?", abort=True
        )
    run(_drop_keys(as_json=as_json))


async def _drop_keys(*, as_json: bool) -> None:
    at = store()
    old = superseded(at, now())
    with one_at_a_time(at):
        files = await asyncio.to_thread(lambda: list(at.files()))
        steps = await _followed(_each(rewrap_all(at, files)), len(files), "changing keys")
        if any(step.trouble for step in steps):
            _tell("closed under the newest key", steps, as_json=as_json)
            raise ConflictError("no key was forgotten: the recordings named above may need one")
        at.key_file.drop(old)
        async with open_record() as record:
            names = " ".join(key.key_id.hex() for key in old)
            await record.audit.add(AuditLine(now(), who(), "recording keys forgotten", "recordings", names))
    console.print(f"{len(old)} keys forgotten", markup=False)


@app.command("check")
def check(as_json: Json = False) -> None:
    """Read every recording and hold it against what was stored; names the damaged ones and exits with 1 then."""
    run(_check(as_json=as_json))


async def _check(*, as_json: bool) -> None:
    at = store()
    async with open_record() as record:
        count = sum([1 async for _ in record.recordings.all_stored()])
        steps = await _followed(upkeep.check(record, at), count, "checking")
    _tell("read", steps, as_json=as_json, all_count=True)


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="An evidence file, as the consoles export it.")],
    key: Annotated[
        str | None, typer.Option("--key", help="The public key of another installation, in base64; else our own count.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check an evidence file: every byte is what was signed, by a key of this installation, or by the one named."""
    run(_verify(file, key, as_json=as_json))


async def _verify(file: Path, key: str | None, *, as_json: bool) -> None:
    if key is None:
        trusted = store().key_file.read().signers()
    else:
        try:
            trusted = [base64.b64decode(key, validate=True)]
        except ValueError:
            trusted = []
        if [len(one) for one in trusted] != [KEY_BYTES]:
            raise InputError("--key: not 32 bytes in base64")
    found = await asyncio.to_thread(evidence.verify, file, trusted)
    if as_json:
        print_json(asdict(found))
        return
    console.print(f"whole, and signed by {found.public_key}", markup=False, soft_wrap=True)
    console.print(f"call {found.attempt_id}, made {found.made_at} by {found.made_by}", markup=False, soft_wrap=True)
    console.print(f"files: {', '.join(found.files)}", markup=False, soft_wrap=True)


async def _followed(steps: AsyncIterator[Step], count: int, what: str) -> list[Step]:
    """Every step, with a bar on a terminal."""
    done = []
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
        bar = progress.add_task(what, total=count)
        async for step in steps:
            done.append(step)
            progress.advance(bar)
    return done


async def _each(steps: Iterator[Step]) -> AsyncIterator[Step]:
    """Steps that wait for a disk, from a thread."""
    while (step := await asyncio.to_thread(next, steps, None)) is not None:
        yield step


def _tell(what: str, steps: list[Step], *, as_json: bool, all_count: bool = False) -> None:
    """What came of it; exits with 1 where something is wrong with a recording."""
    wrong: list[tuple[Path, str]] = [(step.path, step.trouble) for step in steps if step.trouble]
    count = len(steps) - len(wrong) if all_count else sum(step.changed for step in steps)
    if as_json:
        print_json({"done": count, "trouble": [{"path": str(path), "why": why} for path, why in wrong]})
    else:
        console.print(f"{count} recordings {what}", markup=False)
        for path, why in wrong:
            errors.print(f"{path}: {why}", markup=False, highlight=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(1)
