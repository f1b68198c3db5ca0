"""Every far end there is, on real calls that a running `dialer serve` places, all in one shift of eight agents.

The agents' skills keep the campaigns apart, so that each call meets the floor it is about.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from dialer.core.model import Disposition, Hold, HungUpBy, Outcome, PacingMode
from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from tests.e2e.sound import likeness, read, voice

if TYPE_CHECKING:
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

RINGING = number(FarEnd.RINGS_FOR_EVER, 0, serial=1)
CODED = {
    FarEnd.BUSY: (Outcome.BUSY, 486),
    FarEnd.REJECTS: (Outcome.REJECTED, 603),
    FarEnd.CONGESTION: (Outcome.CONGESTION, 503),
}
"""What the network says with its codes."""
ANNOUNCED = {
    FarEnd.POWERED_OFF: Outcome.POWERED_OFF,
    FarEnd.NOT_REACHABLE: Outcome.UNREACHABLE,
    FarEnd.SUSPENDED: Outcome.SUSPENDED,
    FarEnd.INVALID: Outcome.INVALID,
}
"""What it says in words, once, before it sends a code; test_early_media.py has more of them."""
UNANSWERED = (*CODED, *ANNOUNCED)
STAYS = number(FarEnd.PATIENT_PERSON, 1, serial=20)
LEAVES = number(FarEnd.PERSON, 1, talk_s=9, serial=21)
GONE = number(FarEnd.HANGS_UP, 1, serial=22)
PERSON_TESTED = number(FarEnd.PERSON, 1, talk_s=9, serial=30)
MACHINE = number(FarEnd.MACHINE, 1, serial=31)
KEEPS_THE_AGENT = number(FarEnd.PATIENT_PERSON, 0, serial=40)
PRESSES_NINE = number(FarEnd.PRESSES_NINE, 3, serial=41)
"""Answers when the only agent has been talking for seconds."""

SKILLS = {
    **dict.fromkeys(("agent1", "agent2"), ("network",)),
    **dict.fromkeys(("agent3", "agent4", "agent5"), ("talk",)),
    **dict.fromkeys(("agent6", "agent7"), ("tested",)),
    "agent8": ("alone",),
}


def unanswered(far_end: FarEnd) -> str:
    return number(far_end, 0, serial=2 + UNANSWERED.index(far_end))


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=8, skills=SKILLS, drain_s=3)


@dataclass(frozen=True)
class Shift:
    """The campaigns of the shift, by id."""

    network: int
    talk: int
    tested: int
    alone: int


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def shift(scene: Scene) -> Shift:
    """All agents in line, all campaigns started, and the call that rings for ever ringing."""
    ahead = {"mode": PacingMode.RATIO, "ratio": 5}
    numbers = (RINGING, *map(unanswered, UNANSWERED))
    made = Shift(
        network=await scene.campaign("network", *numbers, skills=["network"], pacing=ahead),
        talk=await scene.campaign("talk", STAYS, LEAVES, GONE, skills=["talk"]),
        tested=await scene.campaign("tested", PERSON_TESTED, MACHINE, skills=["tested"], answering_machines="asterisk"),
        alone=await scene.campaign(
            "alone", KEEPS_THE_AGENT, PRESSES_NINE, skills=["alone"], pacing={"mode": PacingMode.RATIO, "ratio": 2}
        ),
    )
    await scene.log_in(*SKILLS)
    await scene.start(made.network, made.talk, made.tested, made.alone)
    await scene.attempt(RINGING, lambda row: row.ringing_at)
    return made


# --- while it goes on -----------------------------------------------------------------------------


async def test_a_lead_that_rings_is_in_flight(scene: Scene) -> None:
    said = await scene.why(RINGING)
    assert (said["hold"], said["until"]) == (Hold.IN_FLIGHT, None)


async def test_a_wallboard_sees_the_retained_states_and_the_calls(scene: Scene, shift: Shift) -> None:
    account = ("-u", "monitor", "-P", scene.parts.secrets.mqtt["monitor"])
    wallboard = await asyncio.create_subprocess_exec(
        *("mosquitto_sub", "-h", "127.0.0.1", "-p", str(scene.parts.ports.mqtt), *account),
        *("-t", f"{scene.news.root}/#", "-F", "%r %t %p"),
        stdout=asyncio.subprocess.PIPE,
    )
    retained: dict[str, Any] = {}
    told: Any = None
    try:
        assert wallboard.stdout
        async with asyncio.timeout(30):
            while told is None:
                flag, topic, payload = (await wallboard.stdout.readline()).decode().split(" ", 2)
                values = json.loads(payload) if payload.strip() else None
                name = topic.removeprefix(f"{scene.news.root}/")
                if flag == "1":
                    retained[name] = values
                elif name.startswith("calls/"):
                    told = values
    finally:
        wallboard.terminate()
        await wallboard.wait()
    assert retained["service/node1"] == {"state": "up"}
    assert {f"agents/{name}" for name in SKILLS} <= retained.keys()
    assert retained["agents/agent8"]["state"] == "TALKING"
    assert "agents/agent8/screen" not in retained  # who the customers are is no wallboard's business
    assert retained[f"campaigns/{shift.alone}"]["status"] == "RUNNING"
    assert not any(name.startswith("calls/") for name in retained)
    assert {"attempt_id", "campaign_id", "lead_id", "number", "state", "at", "agent_id", "outcome"} <= told.keys()
    assert "*" in told["number"]


async def test_health_and_metrics_show_the_shift(scene: Scene, shift: Shift) -> None:
    assert await scene.health() == (200, [])
    await scene.news.until(lambda: scene.news.campaign(shift.alone).get("calls", {}).get("TALKING"))
    text = (await scene.controller.ask("GET", "/metrics")).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families.keys() >= PROMISED
    samples = {(s.name, *sorted(s.labels.values())): s.value for family in families.values() for s in family.samples}
    assert samples["ringpace_agents", "TALKING"] >= 1
    assert samples["ringpace_calls_live", "TALKING", "alone"] == 1
    assert samples["ringpace_calls_placed_total", "alone", "carrier"] == 2
    assert samples["ringpace_part_up", "asterisk"] == 1


PROMISED = {
    "ringpace_calls_placed",
    "ringpace_call_outcomes",
    "ringpace_trunk_causes",
    "ringpace_answer_to_bridge_seconds",
    "ringpace_calls_live",
    "ringpace_agents",
    "ringpace_live_answers",
    "ringpace_abandoned",
    "ringpace_abandonment_ratio",
    "ringpace_leads",
    "ringpace_pacing_decision_seconds",
    "ringpace_recordings",
    "ringpace_part_up",
    "ringpace_ami_ping_seconds",
    "ringpace_ami_lag_seconds",
    "ringpace_ami_timeouts",
    "ringpace_ami_events",
    "ringpace_ami_reconnects",
    "ringpace_news_dropped",
}

# --- a test for each far end ----------------------------------------------------------------------


async def test_answers_and_the_agent_hangs_up(scene: Scene) -> None:
    row = await scene.bridged(STAYS)
    assert row.agent_id
    await scene.recorded(row, seconds=5)
    entry = {"attempt_id": row.attempt_id, "disposition": "AGREED", "note": "两年合约"}
    await scene.tell_agent(row.agent_id, "hangup")
    await scene.tell_agent(row.agent_id, "disposition", entry)
    row = await scene.attempt(STAYS, lambda row: row.outcome and row.disposition)
    assert (row.outcome, row.hung_up_by, row.disposition) == (Outcome.ANSWERED, HungUpBy.AGENT, Disposition.AGREED)
    recording = await scene.stored(row)
    customer, agent = read(scene.store.whole(scene.store.inside(recording.path)))
    # The lab's phones share four voices, in turn.
    spoken = voice(f"agents/agent{(int(str(row.agent_id).removeprefix('agent')) - 1) % 4 + 1}")
    assert likeness(customer, voice("far-end/person1")) > 0.9 > likeness(agent, voice("far-end/person1"))
    assert likeness(agent, spoken) > 0.9 > likeness(customer, spoken)


async def test_hangs_up_in_mid_talk(scene: Scene) -> None:
    row = await scene.attempt(LEAVES, lambda row: row.outcome and row.wrapped_up_at)
    assert (row.outcome, row.hung_up_by, row.cause) == (Outcome.ANSWERED, HungUpBy.CUSTOMER, 16)
    assert row.disposition is Disposition.NOT_RECORDED
    assert row.bridged_at
    assert row.unbridged_at
    recording = await scene.stored(row)
    assert recording.duration_s
    assert recording.duration_s == pytest.approx((row.unbridged_at - row.bridged_at).total_seconds(), abs=1)


async def test_hangs_up_at_once(scene: Scene) -> None:
    row = await scene.attempt(GONE)
    # All are true stories of a customer who stays for a twentieth of a second: met by an agent, with one on the way
    # (answered, and not bridged), or by nobody yet.
    assert row.outcome in {Outcome.ANSWERED, Outcome.ABANDONED}
    assert row.hung_up_by is HungUpBy.CUSTOMER
    assert row.answered_at
    assert row.bridged_at is None or row.outcome is Outcome.ANSWERED


@pytest.mark.parametrize("far_end", CODED)
async def test_ends_unanswered(scene: Scene, far_end: FarEnd) -> None:
    row = await scene.attempt(unanswered(far_end))
    assert (row.outcome, row.sip_code) == CODED[far_end]
    assert row.hung_up_by is HungUpBy.NETWORK
    assert (row.answered_at, row.agent_id, row.progress_at) == (None, None, None)
    assert row.number_state is None


@pytest.mark.parametrize("far_end", ANNOUNCED)
async def test_is_announced(scene: Scene, far_end: FarEnd) -> None:
    row = await scene.attempt(unanswered(far_end))
    assert row.outcome is ANNOUNCED[far_end]
    assert (row.answered_at, row.agent_id) == (None, None)
    assert row.progress_at
    assert row.number_state


async def test_rings_for_ever(scene: Scene) -> None:
    row = await scene.attempt(RINGING)
    assert (row.outcome, row.hung_up_by) == (Outcome.NO_ANSWER, HungUpBy.SYSTEM)
    assert row.sent_at
    assert row.ended_at
    assert row.ended_at - row.sent_at >= timedelta(seconds=14.9)


async def test_answers_as_a_machine(scene: Scene) -> None:
    row = await scene.attempt(MACHINE)
    assert (row.outcome, row.hung_up_by) == (Outcome.MACHINE, HungUpBy.SYSTEM)
    assert (row.agent_id, row.bridged_at) == (None, None)
    assert row.detail
    assert row.detail.startswith("answering-machine detection")


async def test_a_person_is_bridged_in_time_though_a_machine_is_listened_for(scene: Scene) -> None:
    row = await scene.attempt(PERSON_TESTED)
    assert row.outcome is Outcome.ANSWERED
    assert row.answered_at
    assert row.bridged_at
    assert row.bridged_at - row.answered_at <= timedelta(seconds=2)


async def test_is_abandoned_and_presses_nine(scene: Scene) -> None:
    row = await scene.attempt(PRESSES_NINE, lambda row: row.outcome and row.opted_out)
    assert (row.outcome, row.agent_id, row.bridged_at) == (Outcome.ABANDONED, None, None)
    assert row.answered_at
    assert row.message_at
    assert timedelta(0) < row.message_at - row.answered_at < timedelta(seconds=2.5)
    # Asterisk's own record of the leg: it was in the flow when it ended.
    (leg,) = [line for line in scene.call_records() if row.attempt_id in line]
    assert '"ivr"' in leg
    assert '"abandoned"' in leg
    assert await scene.record.do_not_call.listed([PRESSES_NINE])
    assert (await scene.why(PRESSES_NINE))["hold"] == Hold.DO_NOT_CALL


# --- and when it is over --------------------------------------------------------------------------

TIMELINE = ("queued_at", "sent_at", "ringing_at", "answered_at", "bridged_at", "unbridged_at", "ended_at")


async def test_the_export_has_every_lead_with_its_whole_timeline(scene: Scene) -> None:
    if scene.news.agent("agent8")["state"] == "TALKING":
        await scene.tell_agent("agent8", "hangup")
    talks = {customer: await scene.attempt(customer) for customer in (STAYS, LEAVES, KEEPS_THE_AGENT, PERSON_TESTED)}
    for row in talks.values():
        await scene.stored(row)
    exported = await scene.controller.must("attempts", "export", "--format", "jsonl")
    rows = {row["attempt_id"]: row for row in map(json.loads, exported.splitlines())}
    assert rows.keys() == {row.attempt_id for row in await scene.rows()}
    assert len({row["lead_id"] for row in rows.values()}) == len(rows) == 15
    for row in rows.values():
        moments = {name: row[name] for name in TIMELINE if row[name]}
        assert moments.keys() >= {"queued_at", "sent_at", "ended_at"}
        assert list(moments.values()) == sorted(moments.values())
        assert row["outcome"]
        assert row["decision_mode"] in {"PROGRESSIVE", "RATIO"}
        assert row["decision_reason"]
        assert row["decision_place"] >= 1
        assert (row["bridged_at"] is None) == (row["recording_state"] is None)
        assert "*" in row["number"]
    for talk in talks.values():
        row = rows[talk.attempt_id]
        assert all(row[name] for name in TIMELINE if name != "ringing_at")
        assert row["recording_state"] == "STORED"
        assert row["recording_sha256"]
        assert row["recording_duration_s"] > 0
    assert rows[talks[LEAVES].attempt_id]["ringing_at"]


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []
