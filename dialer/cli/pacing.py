"""How a campaign's pacing does: its decision in words, its legal windows, and whether decisions keep their promise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dialer.allowance import Allowance
from dialer.calibration import calibrate
from dialer.cli.terminal import ask_service, console, now, open_record, print_json, print_table, settings
from dialer.core.call import WITHDRAWN
from dialer.core.errors import RingpaceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.calibration import Calibration, Part
    from dialer.core.standing import Standing
    from dialer.record.campaigns import Campaign
    from dialer.record.record import Record

_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Calls:
    """The calls of the last day."""

    sent: int
    answered: int
    withdrawn: int


async def show_pacing(name_or_id: str, *, as_json: bool) -> None:
    """Print it; what runs now is asked of the service, if that runs, and the rest is in the record."""
    at = now()
    async with open_record() as record:
        campaign = await record.campaigns.get(name_or_id)
        campaign_id, limit_s = campaign.campaign_id, campaign.plan.abandon_limit_s
        allowance = Allowance(record, campaign_id, limit_s, settings().law)
        await allowance.read(at)
        standings = allowance.standings(at)
        calls = _Calls(*await record.decisions.counts(campaign_id, at - _LATELY, WITHDRAWN))
        calibration = calibrate(await record.decisions.answers(campaign_id, at - _LATELY), limit_s)
        decision = await _decision(record, campaign_id)
    if as_json:
        print_json(_values(campaign, decision, allowance.summary(at), calls, calibration))
        return
    _print(campaign, decision, standings, calls)
    if calibration:
        _print_calibration(calibration)


async def _decision(record: Record, campaign_id: int) -> str | None:
    """The running loop's last decision, else the last that is in the record, with its time."""
    try:
        running = await ask_service("GET", "/api/campaigns")
    except RingpaceError:
        running = []
    for one in running:
        if one["campaign_id"] == campaign_id and one.get("decision"):
            return str(one["decision"])
    last = await record.decisions.last(campaign_id)
    return f"{last.reason} (at {last.at:%Y-%m-%d %H:%M:%S} UTC)" if last else None


def _print(campaign: Campaign, decision: str | None, standings: Sequence[Standing], calls: _Calls) -> None:
    pacing = campaign.plan.pacing
    lines = [
        f"{campaign.plan.name}: {pacing.mode}, {campaign.status}; target {pacing.max_abandonment:.1%}",
        f"last decision: {decision or 'none yet'}",
        f"last day: {calls.sent} calls, {calls.answered} answered, {calls.withdrawn} withdrawn while they rang",
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    rows = [
        (
            one.window.name,
            f"{one.share.answers:.10g}",
            f"{one.share.abandoned:.10g}",
            f"{one.share.rate:.2%}",
            f"{one.tally.lower_bound():.2%} and {one.tally.upper_bound():.2%}",
            f"{one.window.limit:.2%}",
            one.slack,
        )
        for one in standings
    ]
    print_table(("window", "live answers", "abandoned", "rate", "95 % between", "limit", "can bear"), rows)


def _print_calibration(calibration: Calibration) -> None:
    parts = [("all", calibration.whole), *((str(n), one) for n, one in enumerate(calibration.tenths, 1))]
    rows = [
        (
            name,
            one.tally.live_answers,
            f"{one.expected:.2%}",
            f"{one.tally.rate:.2%}",
            f"{one.tally.lower_bound():.2%} and {one.tally.upper_bound():.2%}",
            "yes" if one.fits else "no",
        )
        for name, one in parts
    ]
    console.print()
    print_table(("tenth", "live answers", "expected", "abandoned", "95 % between", "fits"), rows)


def _values(
    campaign: Campaign,
    decision: str | None,
    windows: list[dict[str, object]],
    calls: _Calls,
    calibration: Calibration | None,
) -> dict[str, Any]:
    return {
        "campaign_id": campaign.campaign_id,
        "pacing": campaign.plan.pacing.model_dump(mode="json"),
        "decision": decision,
        "calls": {"sent": calls.sent, "answered": calls.answered, "withdrawn": calls.withdrawn},
        "windows": windows,
        "calibration": calibration
        and {"all": _part(calibration.whole), "tenths": [_part(one) for one in calibration.tenths]},
    }


def _part(part: Part) -> dict[str, object]:
    tally = part.tally
    return {
        "expected": part.expected,
        "live_answers": tally.live_answers,
        "abandoned": tally.abandoned,
        "rate": tally.rate,
        "lower_bound": tally.lower_bound(),
        "upper_bound": tally.upper_bound(),
        "fits": part.fits,
    }
