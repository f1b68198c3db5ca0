"""What earlier calls of a campaign teach a forecaster before its first decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.core.budget import Budget
from dialer.core.forecast import Ages
from dialer.core.level import AnswerLevel
from dialer.core.model import Outcome
from dialer.switchboard import WITHDRAWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dialer.core.forecast import Forecaster
    from dialer.record.decisions import PastCall

_OWN_FAULTS = frozenset({Outcome.CANCELLED, Outcome.FAILED})
_WORTH_ANSWERS = 12
"""The level of earlier days is believed as if so many answers had shown it today: this day may be another."""
_NO_CHANCE = float("nan")


def teach(forecaster: Forecaster, past: Iterable[PastCall], *, wrap_up_s: float) -> None:
    """Let a new forecaster learn from calls that are over; no wrap-up can have lasted longer than `wrap_up_s`."""
    for call in past:
        _teach_ringing(forecaster, call)
        if call.bridged_at is not None:
            _teach_talk(forecaster, call, wrap_up_s)


def begin_anew(forecaster: Forecaster, now_s: float) -> None:
    """All was taught: from here on the answer level, and what a risk comes to, are those of today."""
    forecaster.outlook(Ages(), 0, now_s)  # what was taught is reckoned up
    forecaster.level = AnswerLevel()
    forecaster.level.learn(_WORTH_ANSWERS, _WORTH_ANSWERS)
    forecaster.budget = Budget()


def _teach_ringing(forecaster: Forecaster, call: PastCall) -> None:
    if call.outcome in _OWN_FAULTS:
        return
    one, until = call.attempt_id, call.answered_at or call.ended_at
    forecaster.placed(one, _NO_CHANCE, 0.0)
    rung_s = (until - call.sent_at).total_seconds()
    if call.answered_at is None:
        tell = forecaster.dropped if call.detail == WITHDRAWN else forecaster.ended
        tell(one, rung_s)
        return
    forecaster.answered(one, rung_s)
    if call.outcome is Outcome.MACHINE:
        forecaster.machine(one)
    else:
        forecaster.person(one, abandoned=call.outcome is Outcome.ABANDONED)


def _teach_talk(forecaster: Forecaster, call: PastCall, wrap_up_s: float) -> None:
    """Of an agent who is nobody in particular: only how long it lasts is of interest."""
    if call.bridged_at is None:
        return
    over = call.unbridged_at or call.ended_at
    talked_s = (over - call.bridged_at).total_seconds()
    forecaster.talk_began(call.attempt_id, 0.0)
    forecaster.talk_over(call.attempt_id, talked_s)
    if call.wrapped_up_at is not None:
        # A disposition that was given in mid-talk ends the wrap-up with the talk; one given hours later did not last.
        wrapped_s = min(wrap_up_s, max(0.0, (call.wrapped_up_at - over).total_seconds()))
        forecaster.wrapped_up(call.attempt_id, talked_s + wrapped_s)
