"""The command line: `dialer serve`, `doctor`, and one group of commands for each thing that can be asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dialer.cli import (
    abandonment,
    agents,
    announcements,
    attempts,
    campaigns,
    do_not_call,
    engine,
    leads,
    plan,
    quality,
    scripts,
    simulate,
    upkeep,
    users,
)
from dialer.cli.terminal import Chosen

main = typer.Typer(
    name="dialer",
    help="Ringpace: a predictive dialler on Asterisk.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@main.callback()
def choose(
    settings: Annotated[
        Path | None,
        typer.Option("--settings", "-s", help="The settings file; else RINGPACE_SETTINGS, else looked for."),
    ] = None,
) -> None:
    """Remember which settings to use."""
    Chosen.path = settings


main.command("serve")(engine.serve)
main.command("doctor")(engine.doctor)
main.command("asterisk-conf")(engine.asterisk_conf)
main.command("report")(quality.report)
main.command("abandonment")(abandonment.abandonment)
main.command("simulate")(simulate.simulate)
main.command("plan")(plan.plan)
main.add_typer(campaigns.app, name="campaign")
leads.app.command("feedback")(quality.feedback)
main.add_typer(leads.app, name="leads")
main.add_typer(agents.app, name="agents")
main.add_typer(attempts.app, name="attempts")
main.add_typer(upkeep.app, name="recordings")
main.add_typer(do_not_call.app, name="do-not-call")
main.add_typer(announcements.app, name="announcements")
main.add_typer(scripts.app, name="script")
main.add_typer(users.app, name="users")

if __name__ == "__main__":
    main()
