"""`dialer serve`, `dialer doctor` and `dialer asterisk-conf`: the engine room."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dialer.asterisk.site import Network, write_site
from dialer.cli.terminal import Json, console, print_json, run, settings
from dialer.logs import set_up_logs

_OWNER_ALONE = 0o077
"""Recordings and the record are nobody else's to read, in every folder and at every moment."""


def serve() -> None:
    """Run the controller until it is told to stop (SIGTERM, Ctrl-C); talks then end within the drain time."""
    os.umask(_OWNER_ALONE)
    set_up_logs()
    run(_serve())


async def _serve() -> None:
    from dialer.service import Service  # noqa: PLC0415 - half a second of imports that other commands do without

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await Service(settings()).run(stop)


def doctor(as_json: Json = False) -> None:
    """Check every part and say what to do about each that is ill; exits with 1 if one is."""
    run(_doctor(as_json=as_json))


async def _doctor(*, as_json: bool) -> None:
    from dialer.doctor import examine  # noqa: PLC0415 - likewise

    parts = await examine(settings())
    if as_json:
        print_json([asdict(part) for part in parts])
    else:
        for part in parts:
            console.print("[green]  well[/green]" if part.ok else "[red]   ill[/red]", f" {part.part:<12}", end="")
            console.print(f"{part.detail}", markup=False, highlight=False, soft_wrap=True)
            if part.remedy and not part.ok:
                console.print(f"        -> {part.remedy}", markup=False, highlight=False, soft_wrap=True)
    if not all(part.ok for part in parts):
        raise typer.Exit(1)


def asterisk_conf(
    to: Annotated[Path, typer.Option("--to", help="The directory to write; Asterisk's configuration directory.")],
    host: Annotated[str, typer.Option(help="The address that SIP and RTP listen on.")] = "0.0.0.0",  # noqa: S104
    sip_port: Annotated[int, typer.Option(help="The SIP port.")] = 5060,
) -> None:
    """Write Asterisk's configuration with this installation's ports, trunks, agents and secrets."""
    write_site(settings(), to, Network(host, sip_port, 10_000, 20_000))
    console.print(f"written to {to}: reload Asterisk to use it", markup=False)
