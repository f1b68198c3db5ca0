"""What the watch finds out after it could not hear Asterisk for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from dialer.core.errors import SwitchError
from dialer.core.model import AgentState, Outcome, SupervisionMode
from dialer.watch import Watch

from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign

    from .fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


@pytest.fixture
def watch(centre: Centre) -> Watch:
    """A watch that looks at calls and agents; the parts that it would look at beside them are not there."""
    absent = dict.fromkeys(Watch.__dataclass_fields__.keys() - {"may_place"} - _private())
    present = {
        "switch": centre.switch,
        "switchboard": centre.switchboard,
        "roster": centre.roster,
        "supervision": centre.supervision,
        "recovery": centre.recovery(),
        "clock": virtual_now,
    }
    made = Watch(**cast("dict[str, Any]", absent | present))
    made.may_place.set()
    return made


def _private() -> set[str]:
    return {name for name in Watch.__dataclass_fields__ if name.startswith("_")}


async def test_until_it_has_looked_nothing_may_be_placed(watch: Watch) -> None:
    assert watch.doubt_of_legs()
    await watch.reconcile(certain=True)
    assert watch.doubt_of_legs() is None
    watch.fall_behind()
    await watch.reconcile(certain=False)
    assert watch.doubt_of_legs()


async def test_a_supervisors_leg_that_went_unheard_is_found_and_one_that_nobody_knows_is_ended(
    centre: Centre, watch: Watch
) -> None:
    await centre.log_in("agent1")
    listen = SupervisionMode.LISTEN
    supervisor = await centre.supervision.listen("user:ada", "agent2", "agent1", listen)
    await until(lambda: supervisor.up)
    await watch.reconcile(certain=False)
    assert centre.supervision.supervisors() == [supervisor]
    await centre.switch.call_supervisor(
        "supervisor-agent2-9", "agent2", centre.roster.standing_leg("agent1"), listen, 9
    )
    centre.switch.lose(supervisor.leg_id)
    await watch.reconcile(certain=False)
    assert centre.supervision.supervisors() == [supervisor]  # the list may have been made before it was there
    await until(lambda: "supervisor-agent2-9" not in centre.switch.legs)
    await watch.reconcile(certain=False)
    assert centre.supervision.supervisors() == []


async def test_an_answer_that_was_not_heard_is_found_and_served(
    centre: Centre, watch: Watch, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1")
    attempt_id = await centre.place(campaign, lead)
    centre.switch.legs[attempt_id].up = True
    await watch.reconcile(certain=True)
    await until(lambda: centre.is_talking(attempt_id))


async def test_the_end_of_a_talk_that_was_not_heard_is_found_on_both_sides(
    centre: Centre, watch: Watch, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1")
    attempt_id = await centre.talking(campaign, lead)
    agent_leg = centre.switch.legs[attempt_id].partner
    centre.switch.lose(attempt_id)
    centre.switch.legs[str(agent_leg)].partner = None
    await watch.reconcile(certain=True)
    assert (await centre.over(attempt_id)).outcome is Outcome.ANSWERED
    await centre.agent_is("agent1", AgentState.WRAP_UP)


async def test_whom_the_dialplan_had_to_attend_to_is_counted(
    centre: Centre, watch: Watch, campaign: Campaign, lead: Lead
) -> None:
    attempt_id = await centre.place(campaign, lead)
    centre.switch.lose(attempt_id)
    centre.switch.notes[attempt_id] = virtual_now()
    await watch.reconcile(certain=True)
    assert (await centre.over(attempt_id)).outcome is Outcome.ABANDONED
    await until(lambda: not centre.switch.notes)


async def test_in_passing_a_leg_must_be_missing_twice(
    centre: Centre, watch: Watch, campaign: Campaign, lead: Lead
) -> None:
    attempt_id = await centre.place(campaign, lead)
    centre.switch.lose(attempt_id)
    await watch.reconcile(certain=False)
    assert centre.switchboard.call(attempt_id)
    await watch.reconcile(certain=False)
    assert (await centre.over(attempt_id)).outcome is Outcome.FAILED


async def test_a_leg_of_an_agent_who_logged_out_unheard_is_hung_up(centre: Centre, watch: Watch) -> None:
    await centre.log_in("agent1")
    (leg_id,) = centre.roster.legs()
    centre.switch.refuse("hang_up", SwitchError("not logged in to Asterisk"))
    centre.roster.logout("agent1")
    await until(lambda: "hang_up" in centre.switch.verbs(leg_id))
    assert leg_id in centre.switch.legs
    await watch.reconcile(certain=True)
    assert leg_id not in centre.switch.legs
