"""Whether this installation can follow a plan or a script: what is asked once, before the one or the other is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.core.calendar import next_opening
from dialer.core.errors import InputError, NotFoundError
from dialer.core.numbers import parse

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.plan import CampaignPlan
    from dialer.core.script import Script
    from dialer.record.campaigns import Campaigns
    from dialer.record.scripts import Scripts
    from dialer.settings import Settings


def refuse_unworkable(plan: CampaignPlan, settings: Settings, now: datetime) -> None:
    """InputError, which names the key, for a trunk or caller id that is not in the settings, or no time to call."""
    trunk = settings.trunks.get(plan.trunk)
    if trunk is None:
        raise InputError(f"trunk: {plan.trunk!r} is not in the settings ({', '.join(settings.trunks)})")
    if plan.caller_id not in trunk.caller_ids:
        may_show = ", ".join(trunk.caller_ids)
        raise InputError(f"caller_id: trunk {plan.trunk!r} may not show {plan.caller_id!r}, only {may_show}")
    try:
        home = parse(plan.caller_id, settings.region)
    except InputError:
        return  # where the caller id is at home is unknown, which is not never
    if next_opening(plan, settings.law, home.time_zones, home.country_code, now) is None:
        raise InputError("windows: never open: dates, windows and legal hours leave no time to call")


async def refuse_unknown_script(plan: CampaignPlan, scripts: Scripts) -> None:
    """InputError where the plan names a script that is not in the record."""
    for name in plan.scripts():
        try:
            await scripts.get(name)
        except NotFoundError as error:
            key = "script_flow" if name == plan.script_flow else "script_flow_by.scripts"
            raise InputError(f"{key}: {error}: save it first") from error


async def refuse_unknown_campaigns(script: Script, campaigns: Campaigns) -> None:
    """InputError where a second call is to go into a campaign that does not exist."""
    known = {one.name for one in await campaigns.all()}
    for name, step in script.steps.items():
        if step.end and step.end.confirm and step.end.confirm.campaign not in known:
            raise InputError(f"step {name}, end.confirm.campaign: there is no campaign {step.end.confirm.campaign}")
