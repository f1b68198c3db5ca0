"""`dialer script ...`: check a script's file, keep it as a new version, see which there are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.cli.terminal import Json, console, now, open_record, print_json, print_table, run, who
from dialer.core.errors import InputError
from dialer.core.script_file import MOST_BYTES, read
from dialer.workable import refuse_unknown_campaigns

if TYPE_CHECKING:
    from dialer.core.script import Script
    from dialer.record.scripts import ScriptVersion

app = typer.Typer(help="Scripts: what agents say.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A YAML file with the script.")]


@app.command("check")
def check(file: File) -> None:
    """Look whether a script can be used; keeps nothing."""
    run(_check(file))


async def _check(file: Path) -> None:
    script, _ = _read(file)
    ends = sum(step.end is not None for step in script.steps.values())
    console.print(f"script {script.script}: {len(script.steps)} steps, {ends} ends, all in order", markup=False)


@app.command("save")
def save(file: File) -> None:
    """Keep a script as its new version; calls from now on are shown it, within two seconds."""
    run(_save(file))


async def _save(file: Path) -> None:
    script, text = _read(file)
    async with open_record() as record:
        try:
            await refuse_unknown_campaigns(script, record.campaigns)
        except InputError as error:
            raise InputError(f"{file}: {error}") from error
        saved = await record.scripts.save(script.script, text, now(), who())
    console.print(f"script {saved.name}: version {saved.version}", markup=False)


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """The newest version of each script."""
    run(_list(as_json=as_json))


async def _list(*, as_json: bool) -> None:
    async with open_record() as record:
        found = await record.scripts.newest()
    if as_json:
        print_json([_values(one) for one in found])
        return
    print_table(
        ("script", "version", "made by", "made at"),
        ((one.name, one.version, one.made_by, f"{one.made_at:%Y-%m-%d %H:%M} UTC") for one in found),
    )


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="The script's name.")],
    version: Annotated[int | None, typer.Option(min=1, help="Which version; else the newest.")] = None,
    versions: Annotated[bool, typer.Option("--versions", help="Which versions there are.")] = False,
) -> None:
    """A script as it was written."""
    run(_show(name, version, versions=versions))


async def _show(name: str, version: int | None, *, versions: bool) -> None:
    async with open_record() as record:
        found = await record.scripts.get(name, version)
        every = await record.scripts.versions(name)
    if versions:
        rows = ((one.version, one.made_by, f"{one.made_at:%Y-%m-%d %H:%M} UTC") for one in every)
        print_table(("version", "made by", "made at"), rows)
        return
    sys.stdout.write(found.text if found.text.endswith("\n") else f"{found.text}\n")


def _read(file: Path) -> tuple[Script, str]:
    try:
        with file.open("rb") as opened:
            text = opened.read(MOST_BYTES + 1).decode()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not in UTF-8") from error
    try:
        return read(text.replace("\r\n", "\n")), text.replace("\r\n", "\n")
    except InputError as error:
        raise InputError(f"{file}: {error}") from error


def _values(one: ScriptVersion) -> dict[str, Any]:
    return {"name": one.name, "version": one.version, "made_by": one.made_by, "made_at": one.made_at}
