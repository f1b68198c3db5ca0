"""What a switch tells of legs and what it refuses, asked of a real Asterisk and of the fake that stands for it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Protocol

import pytest

from dialer.asterisk.channels import Place, standings
from dialer.asterisk.client import AmiClient, SwitchState
from dialer.asterisk.switch import Switch
from dialer.asterisk.translate import translate
from dialer.core import events as ev
from dialer.core.errors import SwitchError
from dialer.core.model import SupervisionMode
from lab.carrier import FarEnd, number
from lab.parts import Parts
from lab.phones import Phones
from lab.plan import LabPlan

from .switch import FakeSwitch
from .virtual_time import MIDMORNING, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from dialer.ports import SwitchPort

PATIENCE_S = 20
UNATTENDED_S = 3
TALKER, BUSY, PATIENT = number(FarEnd.PERSON, 0, 3), number(FarEnd.BUSY, 0), number(FarEnd.PATIENT_PERSON, 0)


class Stage(Protocol):
    """A switch, what it told, and far ends that do what their numbers say."""

    switch: SwitchPort
    spool: Path
    told: list[ev.LegEvent]

    def customer_answers(self, leg_id: str) -> None: ...

    def customer_leaves(self, leg_id: str, cause: int, sip_code: int | None) -> None: ...

    def nobody_comes(self, leg_id: str) -> None: ...


class FakeStage:
    def __init__(self, spool: Path) -> None:
        self.told: list[ev.LegEvent] = []
        self.spool = spool
        self.fake = FakeSwitch(self.told.append, lambda: MIDMORNING)
        self.switch: SwitchPort = self.fake

    def customer_answers(self, leg_id: str) -> None:
        self.fake.answer(leg_id)

    def customer_leaves(self, leg_id: str, cause: int, sip_code: int | None) -> None:
        self.fake.leave(leg_id, cause, sip_code)

    def nobody_comes(self, leg_id: str) -> None:
        self.fake.play_unattended(leg_id)


class RealStage:
    """The far ends answer and leave by themselves."""

    def __init__(self, switch: Switch, spool: Path, told: list[ev.LegEvent]) -> None:
        self.switch: SwitchPort = switch
        self.spool = spool
        self.told = told

    def customer_answers(self, leg_id: str) -> None: ...

    def customer_leaves(self, leg_id: str, cause: int, sip_code: int | None) -> None: ...

    def nobody_comes(self, leg_id: str) -> None: ...


@pytest.fixture(params=["fake", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    if request.param == "fake":
        yield FakeStage(tmp_path)
        return
    async with real_stage(tmp_path) as real:
        yield real


@asynccontextmanager
async def real_stage(folder: Path) -> AsyncIterator[RealStage]:
    told: list[ev.LegEvent] = []

    def hear(message: Mapping[str, str]) -> None:
        event = translate(message, MIDMORNING)
        if isinstance(event, ev.LegEvent):
            told.append(event)

    async with Parts(folder / "lab", LabPlan(agents=2)) as parts:
        client = AmiClient(parts.settings.ami, on_event=hear, on_up=lambda: None, on_down=lambda: None, rng=Random(1))
        running = asyncio.create_task(client.run())
        async with Phones(parts.sip_server, parts.secrets.agents, parts.root / "log/phones.log"):
            await until(lambda: client.state is SwitchState.UP, within_s=PATIENCE_S)
            yield RealStage(Switch(client, f"127.0.0.1:{parts.ports.agi}"), parts.settings.spool_dir, told)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def told_of(stage: Stage, leg_id: str) -> list[str]:
    """What matters of what was told of a leg, in order: nothing twice, without what only some far ends do."""
    words: list[str] = []
    for event in stage.told:
        if event.leg_id != leg_id or isinstance(event, ev.LegProgress | ev.LegRinging | ev.OriginateFailed):
            continue
        word = type(event).__name__
        if isinstance(event, ev.LegBridged | ev.LegUnbridged):
            word += " waiting" if event.holding else " talk"
        if isinstance(event, ev.LegEnded):
            word += f" {event.cause} {event.sip_code}"
        words.append(word)
    return words


async def until_told(stage: Stage, leg_id: str, last: str) -> list[str]:
    await until(lambda: last in told_of(stage, leg_id)[-1:], within_s=PATIENCE_S)
    return told_of(stage, leg_id)


async def place(stage: Stage, leg_id: str, e164: str) -> None:
    await stage.switch.place(leg_id, e164, "carrier", "+862166880000", 20, "answered", "zh", UNATTENDED_S, "abandoned")


async def test_a_customer_on_hold_comes_back_and_goes_to_another_agent(stage: Stage) -> None:
    switch = stage.switch
    for phone in ("agent1", "agent2"):
        await switch.call_agent(f"{phone}-leg", phone, 10)
        await until_told(stage, f"{phone}-leg", "LegBridged waiting")
    await place(stage, "held-leg", PATIENT)
    stage.customer_answers("held-leg")
    await until_told(stage, "held-leg", "LegAnswered")
    await switch.bridge("held-leg", "agent1-leg")
    customer = await until_told(stage, "held-leg", "LegBridged talk")
    agent = await until_told(stage, "agent1-leg", "LegBridged talk")

    await switch.mute("agent1-leg", on=True)
    await switch.mute("agent1-leg", on=False)
    await switch.press("held-leg", "5")

    await switch.hold("held-leg")
    customer += ["LegUnbridged talk"]
    agent += ["LegUnbridged talk", "LegBridged waiting"]
    assert await until_told(stage, "agent1-leg", "LegBridged waiting") == agent
    assert await until_told(stage, "held-leg", "LegUnbridged talk") == customer
    stands = standings(await switch.channels())
    assert (stands["held-leg"].place, stands["agent1-leg"].place) == (Place.HELD, Place.HOLDING)

    await switch.bridge("held-leg", "agent1-leg")
    customer += ["LegBridged talk"]
    agent += ["LegUnbridged waiting", "LegBridged talk"]
    assert await until_told(stage, "held-leg", "LegBridged talk") == customer
    assert await until_told(stage, "agent1-leg", "LegBridged talk") == agent
    assert standings(await switch.channels())["held-leg"].partner == "agent1-leg"

    # To another agent by way of a hold: who goes straight from one talk into another hears nothing of the second.
    await switch.hold("held-leg")
    await until_told(stage, "held-leg", "LegUnbridged talk")
    await switch.bridge("held-leg", "agent2-leg")
    customer += ["LegUnbridged talk", "LegBridged talk"]
    agent += ["LegUnbridged talk", "LegBridged waiting"]
    assert await until_told(stage, "agent1-leg", "LegBridged waiting") == agent
    await until_told(stage, "agent2-leg", "LegBridged talk")
    assert await until_told(stage, "held-leg", "LegBridged talk") == customer
    assert standings(await switch.channels())["held-leg"].partner == "agent2-leg"

    await switch.hold("held-leg")
    await until_told(stage, "agent2-leg", "LegBridged waiting")
    stage.customer_leaves("held-leg", 16, None)
    if isinstance(stage, RealStage):  # a patient person leaves only when we hang up
        await switch.hang_up("held-leg")
    assert (await until_told(stage, "held-leg", "LegEnded 16 None"))[-1] == "LegEnded 16 None"
    assert set(await switch.channels()) == {"agent1-leg", "agent2-leg"}
    for ask in (switch.hold("held-leg"), switch.mute("held-leg", on=True), switch.press("held-leg", "1")):
        with pytest.raises(SwitchError):
            await ask
    for leg in ("agent1-leg", "agent2-leg"):
        await switch.hang_up(leg)
        await until_told(stage, leg, "LegEnded 16 None")


async def test_a_supervisors_leg_ends_with_that_of_the_agent(stage: Stage) -> None:
    switch = stage.switch
    await switch.call_agent("agent-leg", "agent1", 10)
    await until_told(stage, "agent-leg", "LegBridged waiting")
    await switch.call_supervisor("supervisor-leg", "agent2", "agent-leg", SupervisionMode.LISTEN, 10)
    assert await until_told(stage, "supervisor-leg", "LegAnswered") == ["LegCreated", "LegAnswered"]
    await switch.supervise("supervisor-leg", "agent-leg", SupervisionMode.WHISPER)
    living = await switch.channels()
    assert (living["supervisor-leg"].context, living["supervisor-leg"].exten) == ("supervisors", "whisper")
    assert standings(living)["agent-leg"].place is Place.HOLDING  # the agent's leg stands where it stood
    await switch.hang_up("agent-leg")
    ended = ["LegCreated", "LegAnswered", "LegEnded 16 None"]
    assert await until_told(stage, "supervisor-leg", "LegEnded 16 None") == ended

    # The leg of an agent who is gone already.
    await switch.call_supervisor("late-leg", "agent2", "agent-leg", SupervisionMode.BARGE, 10)
    ended = ["LegCreated", "LegAnswered", "LegEnded 0 None"]
    assert await until_told(stage, "late-leg", "LegEnded 0 None") == ended
    with pytest.raises(SwitchError):
        await switch.supervise("late-leg", "agent-leg", SupervisionMode.LISTEN)
    assert await switch.channels() == {}


async def test_a_talk_from_the_agents_login_to_the_customers_goodbye(stage: Stage) -> None:
    switch = stage.switch
    await switch.call_agent("agent-leg", "agent1", 10)
    agent = ["LegCreated", "LegAnswered", "LegBridged waiting"]
    assert await until_told(stage, "agent-leg", "LegBridged waiting") == agent

    await place(stage, "customer-leg", TALKER)
    stage.customer_answers("customer-leg")
    customer = ["LegCreated", "LegAnswered"]
    assert await until_told(stage, "customer-leg", "LegAnswered") == customer
    assert {leg: one.place for leg, one in standings(await switch.channels()).items()} == {
        "agent-leg": Place.HOLDING,
        "customer-leg": Place.ALONE,
    }

    early_media = await switch.listen("customer-leg", stage.spool / "customer-leg.sln32")
    await switch.record("customer-leg", stage.spool / "talk.raw")
    await switch.stop_listening("customer-leg", early_media)  # of the two writings this one alone
    await switch.bridge("customer-leg", "agent-leg")
    customer += ["RecordingStopped", "LegBridged talk"]
    agent += ["LegUnbridged waiting", "LegBridged talk"]
    assert await until_told(stage, "customer-leg", "LegBridged talk") == customer
    assert await until_told(stage, "agent-leg", "LegBridged talk") == agent

    assert standings(await switch.channels())["customer-leg"].partner == "agent-leg"

    stage.customer_leaves("customer-leg", 16, None)
    customer += ["LegHangupAsked", "LegUnbridged talk", "LegEnded 16 None"]
    agent += ["LegUnbridged talk", "LegBridged waiting"]
    assert await until_told(stage, "customer-leg", "LegEnded 16 None") == customer
    assert await until_told(stage, "agent-leg", "LegBridged waiting") == agent
    assert set(await switch.channels()) == {"agent-leg"}
    assert (stage.spool / "talk.raw").stat().st_size > 0
    assert (stage.spool / "customer-leg.sln32").exists()

    await switch.hang_up("agent-leg")
    agent += ["LegUnbridged waiting", "LegEnded 16 None"]
    assert await until_told(stage, "agent-leg", "LegEnded 16 None") == agent

    await place(stage, "busy-leg", BUSY)
    stage.customer_leaves("busy-leg", 17, 486)
    assert await until_told(stage, "busy-leg", "LegEnded 17 486") == [
        "LegCreated",
        "LegHangupAsked",
        "LegEnded 17 486",
    ]
    assert await switch.channels() == {}

    # Nobody comes for this one, and nobody is told to play anything.
    await place(stage, "unattended-leg", PATIENT)
    stage.customer_answers("unattended-leg")
    await until_told(stage, "unattended-leg", "LegAnswered")
    stage.nobody_comes("unattended-leg")
    async with asyncio.timeout(PATIENCE_S):
        while set(await switch.unattended()) != {"unattended-leg"}:  # noqa: ASYNC110 - nothing tells of a note
            await asyncio.sleep(0.1)
    assert standings(await switch.channels())["unattended-leg"].flow == "abandoned"
    await switch.forget_unattended("unattended-leg")
    assert await switch.unattended() == {}
    with pytest.raises(SwitchError):
        await switch.forget_unattended("unattended-leg")
    await switch.hang_up("unattended-leg")

    # What is asked of a leg that is gone.
    await switch.hang_up("customer-leg")
    for ask in (
        switch.bridge("customer-leg", "agent-leg"),
        switch.play_flow("customer-leg", "abandoned"),
        switch.record("customer-leg", stage.spool / "again.raw"),
        switch.listen("customer-leg", stage.spool / "again.sln32"),
        switch.stop_listening("customer-leg", early_media),
    ):
        with pytest.raises(SwitchError):
            await ask
