from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recordings.joined import mix_in, voice_path

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def write(raw: Path, seconds: float, value: int) -> None:
    raw.write_bytes(np.full((int(8000 * seconds), 2), value, dtype="<i2").tobytes())


def sides(raw: Path) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    return np.frombuffer(raw.read_bytes(), dtype="<i2").reshape(-1, 2)


def test_a_voice_is_on_the_agents_side_from_where_it_began_and_never_louder_than_a_file_can_hold(
    tmp_path: Path,
) -> None:
    raw = tmp_path / "a1.raw"
    write(raw, 3, 30_000)
    for after_s, value in ((1.0, 1_000), (2.0, 10_000)):
        voice_path(raw, after_s).write_bytes(np.full(32_000, value, dtype="<i2").tobytes())
    (tmp_path / "a11@0.sln32").write_bytes(b"\1\0" * 32_000)  # another talk's
    mix_in(raw)
    mixed = sides(raw)
    assert set(mixed[:, 0]) == {30_000}
    assert [set(mixed[second * 8000 : (second + 1) * 8000, 1]) for second in range(3)] == [{30_000}, {31_000}, {32_767}]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a1.raw", "a11@0.sln32"]


def test_without_a_voice_nothing_is_touched(tmp_path: Path) -> None:
    raw = tmp_path / "a1.raw"
    mix_in(raw)
    write(raw, 1, 5)
    before = raw.stat()
    mix_in(raw)
    assert raw.stat() == before


@given(talk=st.binary(max_size=200), voice=st.binary(max_size=400), after_ms=st.integers(-5, 50))
def test_whatever_was_written_the_talk_stays_as_long_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, talk: bytes, voice: bytes, after_ms: int
) -> None:
    raw = tmp_path_factory.mktemp("spool") / "a1.raw"
    raw.write_bytes(talk)
    voice_path(raw, after_ms / 1000).write_bytes(voice)
    mix_in(raw)
    assert raw.stat().st_size == len(talk) // 4 * 4
    assert raw.read_bytes()[0::4] == talk[: len(talk) // 4 * 4][0::4]
