"""`dialer do-not-call ...`: numbers that are never called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dialer.cli.terminal import console, errors, now, open_record, run, settings, who
from dialer.core.errors import InputError
from dialer.core.numbers import mask, parse

app = typer.Typer(help="The do-not-call list: one for all campaigns.", no_args_is_help=True)


@app.command("add")
def add(
    number: Annotated[str, typer.Argument(help="The telephone number.")],
    reason: Annotated[str, typer.Option(help="Who asked for it, and how.")],
) -> None:
    """Never call this number again."""
    run(_add(number, reason))


async def _add(number: str, reason: str) -> None:
    e164 = parse(number, settings().region).e164
    async with open_record() as record:
        await record.do_not_call.add(e164, source=who(), reason=reason, now=now())
    console.print(f"{mask(e164)} is never called again", highlight=False)


@app.command("remove")
def remove(
    number: Annotated[str, typer.Argument(help="The telephone number.")],
    why: Annotated[str, typer.Option("--why", help="How its holder agreed; stays in the audit trail.")],
) -> None:
    """Take a number off the list."""
    run(_remove(number, why))


async def _remove(number: str, why: str) -> None:
    e164 = parse(number, settings().region).e164
    async with open_record() as record:
        gone = await record.do_not_call.remove(e164, now=now(), who=who(), why=why)
    console.print(f"{mask(e164)} " + ("may be called again" if gone else "was not on the list"), highlight=False)


@app.command("import")
def import_list(file: Annotated[Path, typer.Argument(help="A text file with one number a line.")]) -> None:
    """Add a whole list; lines that are no numbers are named and left out."""
    run(_import(file))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error


async def _import(file: Path) -> None:
    numbers: list[str] = []
    for row, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            numbers.append(parse(line, settings().region).e164)
        except InputError as error:
            errors.print(f"line {row}: {error}", markup=False, highlight=False)
    async with open_record() as record:
        added = await record.do_not_call.add_many(numbers, source=file.name, reason="imported", now=now())
    console.print(f"{added} numbers added, {len(numbers) - added} were on the list already")
