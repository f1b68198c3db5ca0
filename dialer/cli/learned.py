"""What commands share that learn a scenario from a campaign's record: options, the learning itself, and its words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.cli.terminal import errors, now, open_record, settings
from dialer.core.errors import InputError

if TYPE_CHECKING:
    from dialer.simulation.learn import Learned
    from dialer.simulation.scenario import Scenario

_DAYS = 28
"""How far back is looked where nothing is said: four times each day of the week."""

FromCampaign = Annotated[
    str | None, typer.Option("--from-campaign", help="Learn from the record of this campaign, by its name or id.")
]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help=f"Learn from this time (UTC) on; else {_DAYS} days."),
]
Fill = Annotated[
    bool, typer.Option("--fill", help="Take what the record has too little of from the standard population.")
]
Save = Annotated[Path | None, typer.Option("--save", help="Write the scenario to this TOML file.")]


def since_when(since: datetime | None) -> datetime:
    """The moment that was given, or the usual one."""
    return now() - timedelta(days=_DAYS) if since is None else since.replace(tzinfo=UTC)


async def learn_from(name_or_id: str, since: datetime | None, *, fill: bool) -> Learned:
    """What the record of a campaign tells; what it rests on goes to standard error."""
    from dialer.simulation.learn import scenario_of  # noqa: PLC0415 - numpy, that other commands do without

    async with open_record() as record:
        campaign = await record.campaigns.get(name_or_id)
        trunk = settings().trunks.get(campaign.plan.trunk)
        found = await scenario_of(record, campaign.campaign_id, since_when(since), trunk=trunk, fill=fill)
    for line in _remarks(found):
        errors.print(line, markup=False, highlight=False, soft_wrap=True)
    return found


async def chosen_scenario(
    name_or_file: str | None, campaign: str | None, since: datetime | None, *, fill: bool, save: Path | None
) -> Scenario:
    """The scenario of a file or name, or learned from a campaign; written to `save` where that is given."""
    from dialer.simulation.scenario import read_scenario  # noqa: PLC0415 - likewise
    from dialer.simulation.written import to_toml  # noqa: PLC0415 - likewise

    if (name_or_file is None) == (campaign is None):
        raise InputError("--from-campaign: give either this or a scenario's file or name")
    comments: list[str] = []
    if campaign is not None:
        found = await learn_from(campaign, since, fill=fill)
        chosen, comments = found.scenario, _remarks(found)
    elif name_or_file is not None:
        chosen = read_scenario(name_or_file)
    if save is not None:
        _write(save, to_toml(chosen, tuple(comments)))
    return chosen


def _remarks(found: Learned) -> list[str]:
    """What was learned from what, line by line; what was not learned comes first."""
    return [*(f"not learned: {line}" for line in found.filled), *(f"learned: {line}" for line in found.notes)]


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--save: cannot be written: {error}") from error
