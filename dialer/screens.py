"""What is shown of a call: on the agent's screen, and to whoever hears the news. Numbers are masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.core.numbers import mask

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.call import Call
    from dialer.core.model import Attempt
    from dialer.core.plan import CampaignPlan


def call_news(attempt: Attempt, call: Call, at: datetime) -> dict[str, object]:
    """What goes out when a call has moved on."""
    return {
        "attempt_id": call.attempt_id,
        "campaign_id": attempt.campaign_id,
        "lead_id": attempt.lead_id,
        "number": mask(attempt.e164),
        "state": call.state.value,
        "at": at.timestamp(),
        "agent_id": call.agent_id,
        "outcome": call.outcome.value if call.outcome else None,
    }


def screen_of(attempt: Attempt, plan: CampaignPlan, flow: dict[str, object] | None = None) -> dict[str, object]:
    """The customer's card and script, as the agent's screen shows them the moment the voices meet.

    `flow` is the script to be walked, in the words for this customer; without one there is the plain text.
    """
    return {
        "attempt_id": attempt.attempt_id,
        "campaign": plan.name,
        "lead_id": attempt.lead_id,
        "name": attempt.name,
        "number": mask(attempt.e164),
        "attributes": attempt.attributes,
        "script": plan.script,
        "flow": flow,
        "wrap_up_s": plan.wrap_up_s,
        "wrap_up_longest_s": plan.wrap_up_longest_s,
        "hold_reminder_s": plan.hold_reminder_s,
        "hold_longest_s": plan.hold_longest_s,
    }
