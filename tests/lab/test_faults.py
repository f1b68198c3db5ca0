"""The plan of faults is the seed's alone, keeps apart what excludes each other, and leaves time to settle."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from contextlib import closing
from functools import partial
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from dialer.record.record import Record
from lab.controller import Controller
from lab.faults import FAULTS, FIRST_AT_S, REST_S, SETTLE_S, Stage, plan
from lab.parts import Parts
from lab.phones import Phones
from lab.plan import LabPlan
from lab.process import port_answers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SEEDS = st.integers(0, 2**32)
SECONDS = st.floats(1, 600)
unhurried = settings(deadline=None)


@unhurried
@given(SEEDS, SECONDS)
def test_a_plan_follows_its_seed(seed: int, seconds: float) -> None:
    assert plan(seed, seconds) == plan(seed, seconds)


def test_another_seed_is_another_storm() -> None:
    assert len({plan(seed, 300) for seed in range(20)}) == 20


@unhurried
@given(SEEDS, SECONDS)
def test_no_part_is_broken_twice_at_once_and_each_rests_after_it_was_mended(seed: int, seconds: float) -> None:
    for one, other in combinations(plan(seed, seconds), 2):
        assert one.at_s < other.at_s
        assert one.fault.takes != other.fault.takes or other.at_s >= one.ends_s + REST_S


@unhurried
@given(SEEDS, SECONDS)
def test_never_more_than_two_at_once(seed: int, seconds: float) -> None:
    made = plan(seed, seconds)
    assert all(sum(one.at_s <= each.at_s < one.ends_s for one in made) <= 2 for each in made)


@unhurried
@given(SEEDS, SECONDS)
def test_all_is_whole_at_first_and_mended_in_time_to_settle(seed: int, seconds: float) -> None:
    for each in plan(seed, seconds):
        assert each.at_s >= FIRST_AT_S
        assert each.fault.lasts_s[0] <= each.lasts_s <= each.fault.lasts_s[1]
        assert each.ends_s <= seconds - SETTLE_S


@unhurried
@given(SEEDS)
def test_five_minutes_are_enough_for_every_fault(seed: int) -> None:
    assert {each.fault.name for each in plan(seed, 300)} == {each.name for each in FAULTS}


def test_without_faults_there_is_no_storm() -> None:
    assert plan(1, 300, []) == ()


def test_every_fault_has_a_name_of_its_own() -> None:
    assert len({each.name for each in FAULTS}) == len(FAULTS)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """The parts, without a dialler or telephones."""
    async with Parts(tmp_path / "lab", LabPlan(agents=1, ami_wire=True)) as parts:
        phones = Phones(parts.sip_server, {}, tmp_path / "phones.log")
        controller = Controller(parts)
        async with Record(parts.settings.database_url.get_secret_value()):
            yield Stage(parts, controller, controller, phones, Random(1), log=lambda _line: None)


@pytest.mark.asterisk
async def test_what_is_broken_does_not_answer_and_what_is_mended_does(stage: Stage) -> None:
    answers = {
        "Redis killed": partial(port_answers, stage.parts.ports.redis),
        "Mosquitto killed": partial(port_answers, stage.parts.ports.mqtt),
        "Asterisk killed": partial(port_answers, stage.parts.ports.ami),
        "Asterisk frozen": partial(ami_answers, stage),
        "AMI cut": partial(ami_answers, stage),
        "AMI half-open": partial(ami_answers, stage),
        "database away": partial(is_writable, stage),
    }
    for each in FAULTS:
        if each.name not in answers:
            continue
        async with each.broken(stage):
            assert not await answers[each.name](), each.name
        assert await answers[each.name](), each.name


async def ami_answers(stage: Stage) -> bool:
    """Whether Asterisk greets where the dialler looks for it."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", stage.parts.settings.ami.port)
            try:
                return await reader.readline() != b""
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return False


async def is_writable(stage: Stage) -> bool:
    """Whether SQLite's one write lock is free."""
    file = make_url(stage.parts.settings.database_url.get_secret_value()).database
    with closing(sqlite3.connect(str(file), timeout=0)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True
