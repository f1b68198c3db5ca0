"""What a walk through a script says of a disposition: its coded reason, and the second calls that it asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dialer.core.errors import InputError
from dialer.core.numbers import mask
from dialer.core.script import FieldKind
from dialer.core.script_walk import ending, missing, moment
from dialer.record.confirmations import Confirmation

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.books import DispositionEntry
    from dialer.core.script import Script
    from dialer.core.script_walk import Ending
    from dialer.record.scripts import KeptWalk


@dataclass(frozen=True, slots=True)
class Concluded:
    """A disposition as it is to be recorded, and what the other campaigns must be told of it."""

    entry: DispositionEntry
    confirmations: tuple[Confirmation, ...] = ()


def concluded(
    script: Script, kept: KeptWalk, lead_id: int, entry: DispositionEntry, who: str, now: datetime
) -> Concluded:
    """The agent's word together with the walk's: where the two agree, the walk gives the reason.

    InputError where the script asks for a reason, or for words beside it, and there are none. Who ends otherwise than
    the script has the last word, and a second call that was asked for before is asked for no more.
    """
    ended = ending(script, kept.walk)
    agrees = ended is not None and ended.end.disposition is entry.disposition
    if ended is not None and agrees and entry.reason in {None, ended.reason}:
        if says := missing(script, ended):
            raise InputError(says)
        entry = replace(entry, reason=ended.reason)
    return Concluded(entry, _confirmations(script, kept, lead_id, ended if agrees else None, who, now))


def _confirmations(
    script: Script, kept: KeptWalk, lead_id: int, ended: Ending | None, who: str, now: datetime
) -> tuple[Confirmation, ...]:
    wanted = ended.end.confirm if ended else None
    phones = {one.name for step in script.steps.values() for one in step.fields if one.kind is FieldKind.PHONE}
    moments = {one.name for step in script.steps.values() for one in step.fields if one.kind is FieldKind.DATETIME}
    passed = {one.name for move in kept.walk.path for one in script.steps[move.step].fields}
    answers: dict[str, str] = {}
    for name, answer in kept.walk.answers.items():
        if name in passed:
            # A lead's attributes are shown: numbers are masked, times are those of whoever took the booking.
            shown = mask(answer) if name in phones else answer
            answers[name] = f"{moment(answer):%Y-%m-%d %H:%M}" if name in moments else shown
    campaigns = {step.end.confirm.campaign for step in script.steps.values() if step.end and step.end.confirm}
    return tuple(
        Confirmation(
            attempt_id=kept.attempt_id,
            lead_id=lead_id,
            campaign=campaign,
            due_at=moment(kept.walk.answers[wanted.at]) if wanted and wanted.campaign == campaign else None,
            attributes=answers,
            script=kept.script,
            now=now,
            who=who,
        )
        for campaign in sorted(campaigns)
    )
