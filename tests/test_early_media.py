"""One leg's growing file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.model import NumberState
from dialer.early_media import EarlyMedia
from dialer.hearing.ear import Ear
from dialer.hearing.fingerprints import Fingerprints
from dialer.hearing.tones import tone_plan

from .fakes.early_media import busy_tone, noise

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.virtual_time

BLOCK = 32 * 1024


def listened(path: Path) -> EarlyMedia:
    return EarlyMedia("a1", path, Ear(Fingerprints(()), tone_plan("cn")), since_s=0.0)


@given(st.lists(st.integers(0, 4000), max_size=8))
def test_in_whatever_pieces_it_grows_each_sample_is_read_once(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("spool") / "a1.sln32"
    written, leg, read = noise(0.05), listened(path), []
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(written)], strict=True):
        with path.open("ab") as file:
            file.write(written[begin:end])
        read.append(leg.read())
    assert np.array_equal(np.concatenate(read), np.frombuffer(written, "<i2")[::4])
    assert np.array_equal(leg.read_anew(), np.concatenate(read))


def test_a_file_that_is_not_there_is_no_sound(tmp_path: Path) -> None:
    leg = listened(tmp_path / "a1.sln32")
    assert leg.hear(0.9) is None
    heard = leg.hear_out()
    assert heard
    assert (heard.state, leg.fault, leg.size()) == (NumberState.UNKNOWN, None, -1)


def test_a_file_that_cannot_be_read_is_a_fault_and_is_left_alone(tmp_path: Path) -> None:
    leg = listened(tmp_path)  # a folder
    assert leg.hear(0.9) is None
    assert "cannot be read" in str(leg.fault)
    assert leg.hear_out() is None


async def test_a_file_is_whole_once_its_last_block_is_not_full(tmp_path: Path) -> None:
    path = tmp_path / "a1.sln32"
    path.write_bytes(busy_tone(BLOCK / 64000)[:BLOCK])
    before = asyncio_time()
    await listened(path).until_whole(0.3, 0.02)
    assert asyncio_time() - before >= 0.3  # given up: it may just end there
    path.write_bytes(busy_tone(1))
    before = asyncio_time()
    await listened(path).until_whole(0.3, 0.02)
    assert asyncio_time() == before


def asyncio_time() -> float:
    return asyncio.get_running_loop().time()
