"""What the network says before anybody answers, on real calls: heard while it plays, and believed before its codes.

Every announcement plays for forty seconds over and over, then a code is sent that tells another story.
"""

from __future__ import annotations

import wave
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from dialer.core.model import Hold, HungUpBy, NumberState, Outcome, PacingMode
from lab.carrier import FarEnd, number
from lab.installation import PROMPTS
from lab.plan import LabPlan
from lab.process import until

if TYPE_CHECKING:
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

SAID = {
    FarEnd.SAYS_POWERED_OFF: (NumberState.OFF, Outcome.POWERED_OFF, "powered-off"),
    FarEnd.SAYS_SUSPENDED: (NumberState.SUSPENDED, Outcome.SUSPENDED, "suspended"),
    FarEnd.SAYS_INVALID: (NumberState.INVALID, Outcome.INVALID, "invalid"),
    FarEnd.SAYS_INVALID_THEN_503: (NumberState.INVALID, Outcome.INVALID, "invalid"),
    FarEnd.SAYS_CHANGED_NUMBER: (NumberState.CHANGED_NUMBER, Outcome.INVALID, "changed-number"),
    FarEnd.SAYS_OUT_OF_REACH: (NumberState.OUT_OF_REACH, Outcome.UNREACHABLE, "not-reachable"),
    FarEnd.SAYS_BUSY: (NumberState.BUSY, Outcome.BUSY, "busy"),
    FarEnd.SAYS_REJECTED: (NumberState.REJECTED, Outcome.REJECTED, "rejected"),
    FarEnd.SAYS_NO_ANSWER: (NumberState.NO_ANSWER, Outcome.NO_ANSWER, "no-answer"),
    FarEnd.SAYS_BARRED: (NumberState.CALL_BARRED, Outcome.REJECTED, "barred"),
    FarEnd.SAYS_NETWORK_BUSY: (NumberState.NETWORK_BUSY, Outcome.CONGESTION, "network-busy"),
}
"""What is said, what it makes of the attempt whatever the code, and the announcement's name."""
DEAD = {FarEnd.SAYS_INVALID, FarEnd.SAYS_INVALID_THEN_503, FarEnd.SAYS_CHANGED_NUMBER}
OWN_RING_BACK = (FarEnd.RING_BACK_MUSIC, FarEnd.RING_BACK_SPEECH)
NOT_CAUGHT = {NumberState.RINGING, NumberState.UNKNOWN}
RING_S = 55.0
"""Longer than anything plays: who ends a call before that has heard it."""
UNTOLD = number(FarEnd.SAYS_SOMETHING_ELSE, 0, serial=50)
TONE = number(FarEnd.BUSY_TONE, 0, serial=51)
RINGS = number(FarEnd.RING_BACK_TONE, 0, serial=52)
UNLISTENED = number(FarEnd.SAYS_POWERED_OFF, 0, serial=53)
BEFORE, AFTER = (number(FarEnd.SAYS_SUSPENDED, 0, serial=serial) for serial in (60, 61))


def at(far_end: FarEnd) -> str:
    return number(far_end, 0, serial=20 + list(FarEnd).index(far_end))


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    skills = dict.fromkeys(("agent1", "agent2", "agent3", "agent4"), ("network",))
    return LabPlan(
        agents=7, skills=skills | {"agent5": ("short",), "agent6": ("deaf",), "agent7": ("fault",)}, drain_s=3
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def shift(scene: Scene) -> None:
    ahead = {"mode": PacingMode.RATIO, "ratio": 5}
    numbers = (UNTOLD, TONE, *map(at, (*OWN_RING_BACK, *SAID)))
    campaigns = [
        await scene.campaign("network", *numbers, skills=["network"], pacing=ahead, ring_timeout_s=RING_S),
        await scene.campaign("short", RINGS, skills=["short"]),
        await scene.campaign("deaf", UNLISTENED, skills=["deaf"], listen=False),
    ]
    await scene.log_in(*(f"agent{one}" for one in range(1, 7)))
    await scene.start(*campaigns)


@pytest.mark.parametrize("far_end", SAID)
async def test_what_is_said_is_heard_and_ends_the_call_before_it_is_said_twice(scene: Scene, far_end: FarEnd) -> None:
    state, outcome, announcement = SAID[far_end]
    row = await scene.attempt(at(far_end))
    assert (row.number_state, row.outcome, row.hung_up_by) == (state, outcome, HungUpBy.SYSTEM)
    assert row.heard == announcement
    assert row.state_confidence
    assert row.state_confidence >= 0.9
    assert row.sent_at
    assert row.progress_at
    assert row.ended_at
    assert row.ended_at - row.progress_at < timedelta(seconds=1 + length_s(announcement))
    assert row.line_saved_s == pytest.approx(RING_S - (row.ended_at - row.sent_at).total_seconds(), abs=1)
    assert "heard that" in str(row.detail)
    await scene.carrier_hung_up(at(far_end))
    said = await scene.why(at(far_end))
    if far_end in DEAD:
        assert said["hold"] == Hold.FINISHED
    elif outcome is not Outcome.SUSPENDED:
        assert said["hold"] in {Hold.RETRY_NOT_DUE, Hold.CAP_NUMBER}


async def test_the_busy_tone_is_heard(scene: Scene) -> None:
    row = await scene.attempt(TONE)
    assert (row.number_state, row.outcome, row.hung_up_by) == (NumberState.BUSY, Outcome.BUSY, HungUpBy.SYSTEM)


@pytest.mark.parametrize("far_end", OWN_RING_BACK)
async def test_whoever_has_a_ring_back_of_their_own_is_answered_and_bridged(scene: Scene, far_end: FarEnd) -> None:
    row = await scene.end_talk(at(far_end))
    assert row.number_state in NOT_CAUGHT
    assert row.line_saved_s is None
    recording = await scene.stored(row)
    assert recording.duration_s


async def test_that_it_rings_is_heard_where_the_network_does_not_say_so(scene: Scene) -> None:
    row = await scene.attempt(RINGS)
    assert (row.ringing_at, row.number_state) == (None, NumberState.RINGING)
    assert (row.outcome, row.hung_up_by) == (Outcome.NO_ANSWER, HungUpBy.SYSTEM)


async def test_where_the_plan_says_so_nothing_is_listened_to(scene: Scene) -> None:
    row = await scene.attempt(UNLISTENED)
    assert row.progress_at
    assert (row.number_state, row.heard, row.line_saved_s) == (None, None, None)


async def test_what_nobody_knows_stays_unknown_and_is_kept(scene: Scene) -> None:
    row = await scene.attempt(UNTOLD, within_s=60)
    assert (row.number_state, row.outcome, row.sip_code) == (NumberState.UNKNOWN, Outcome.UNREACHABLE, 480)
    assert row.hung_up_by is HungUpBy.NETWORK

    async def kept() -> bool:
        return any(scene.parts.settings.unknown_sounds_dir.glob(f"*/{row.attempt_id}.wav"))

    await until(kept)


async def test_the_metrics_tell_what_was_heard_and_nothing_is_left_in_the_spool(scene: Scene) -> None:
    text = (await scene.controller.ask("GET", "/metrics")).text
    samples = {(s.name, *s.labels.values()): s.value for f in text_string_to_metric_families(text) for s in f.samples}
    assert samples["ringpace_number_states_total", "INVALID"] == 2
    assert samples["ringpace_line_seconds_saved_total",] > 30 * len(SAID)
    assert samples["ringpace_legs_listened_total",] == len(SAID) + 5
    assert samples["ringpace_legs_unheard_total", "failed"] == 0
    assert list(scene.parts.settings.spool_dir.glob("*.sln32")) == []


async def test_an_announcement_that_is_broken_is_named_and_the_others_are_heard(scene: Scene) -> None:
    broken = scene.parts.settings.announcements_dir / "broken.toml"
    broken.write_text("state = ?", encoding="utf-8")
    await scene.until_ill("hearing")
    broken.unlink()
    await scene.until_healthy()


async def test_where_asterisk_cannot_write_calls_go_on_by_their_codes(scene: Scene) -> None:
    spool = scene.parts.settings.spool_dir
    away = spool.rename(spool.with_name("away"))
    spool.touch()  # no folder: nothing can be written into it, by whomever
    campaign = await scene.campaign("fault", BEFORE, skills=["fault"])
    await scene.log_in("agent7")
    await scene.start(campaign)
    row = await scene.attempt(BEFORE)
    assert (row.number_state, row.outcome) == (None, Outcome.UNREACHABLE)
    await scene.until_ill("hearing")
    spool.unlink()
    away.rename(spool)
    await scene.leads(campaign, AFTER)
    assert (await scene.attempt(AFTER)).outcome is Outcome.SUSPENDED
    await scene.until_healthy()


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []


def length_s(announcement: str) -> float:
    with wave.open(str(PROMPTS / f"far-end/{announcement}.wav"), "rb") as sound:
        return sound.getnframes() / sound.getframerate()
