"""What nobody knows is gathered by likeness, kept within its bounds and its days, and can be given a name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dialer.core.errors import InputError, NotFoundError
from dialer.core.model import NumberState
from dialer.hearing.library import Library
from dialer.hearing.unknowns import KEPT_S, Bounds, Unknowns
from tests.fakes.speech import RATE_HZ, sentence, silence, tone

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def unknowns(tmp_path: Path, clock: Clock) -> Unknowns:
    return Unknowns(tmp_path / "unknown", clock=clock)


def noisy(samples: NDArray[np.int16], seed: int) -> NDArray[np.int16]:
    rng = np.random.default_rng(seed)
    return (samples * rng.uniform(0.3, 1.0) + rng.normal(0, 60, len(samples))).astype(np.int16)


def rung(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.concatenate((tone((450,), 1.0), silence(4.0), samples))


def test_what_sounds_alike_is_one_cluster_and_the_most_frequent_stands_first(unknowns: Unknowns, clock: Clock) -> None:
    first_seen = clock.now
    rare = unknowns.offer("r", sentence(7))
    often = set()
    for place in range(4):
        clock.later(minutes=1)
        sound = noisy(sentence(1), place)
        often.add(unknowns.offer(f"a{place}", rung(sound) if place % 2 else sound))
    assert len(often) == 1
    assert rare not in often
    most, least = unknowns.clusters()
    assert (most.name, most.count, most.last_seen - most.first_seen) == (*often, 4, timedelta(minutes=3))
    assert (least.name, least.count, least.first_seen, least.last_seen) == (rare, 1, first_seen, first_seen)
    assert least.length_s == pytest.approx(len(sentence(7)) / RATE_HZ, abs=0.2)


def test_a_new_run_goes_on_where_the_last_one_stopped(unknowns: Unknowns, tmp_path: Path, clock: Clock) -> None:
    cluster = unknowns.offer("a", sentence(1))
    again = Unknowns(tmp_path / "unknown", clock=clock)
    assert again.offer("b", noisy(sentence(1), 1)) == cluster
    assert again.clusters()[0].count == 2


def test_nothing_to_hear_is_not_kept(unknowns: Unknowns, tmp_path: Path) -> None:
    for nothing in (silence(5), tone((450,), 5), sentence(1, 0.5), np.empty(0, np.int16)):
        assert unknowns.offer("a", nothing) is None
    assert not (tmp_path / "unknown").exists()


def test_nobody_else_may_listen_and_an_attempts_id_is_never_a_path(unknowns: Unknowns, tmp_path: Path) -> None:
    unknowns.offer("../../x y", sentence(1))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {file.name for file in files} == {"______x_y.wav", "seen.json"}
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
    assert {oct(path.stat().st_mode & 0o77) for path in tmp_path.rglob("*") if path.is_dir()} == {"0o0"}


def test_of_a_long_sound_only_the_beginning_is_kept(unknowns: Unknowns) -> None:
    unknowns.offer("a", sentence(1, 30))
    assert unknowns.clusters()[0].length_s == KEPT_S


def test_past_its_bounds_the_oldest_of_the_largest_cluster_goes_first_but_not_its_example(
    tmp_path: Path, clock: Clock
) -> None:
    unknowns = Unknowns(tmp_path / "unknown", Bounds(sounds=3), clock)
    rare = unknowns.offer("rare", sentence(7))
    for attempt, length_s in (("longest", 5), ("second", 4), ("third", 4), ("fourth", 4)):
        clock.later(minutes=1)
        unknowns.offer(attempt, sentence(1, length_s))
    most, least = unknowns.clusters()
    assert (most.count, least.name) == (4, rare)
    assert most.example.name == "longest.wav"
    assert {file.stem for file in most.example.parent.glob("*.wav")} == {"longest", "fourth"}


def test_bytes_are_bounded_too_and_of_single_sounds_the_oldest_goes(tmp_path: Path, clock: Clock) -> None:
    unknowns = Unknowns(tmp_path / "unknown", Bounds(size_bytes=140_000), clock)
    clusters = []
    for seed in (11, 12, 13):
        clock.later(minutes=1)
        clusters.append(unknowns.offer(f"s{seed}", sentence(seed)))
    assert [one.name for one in unknowns.clusters()] == [clusters[2], clusters[1]]


def test_of_too_many_clusters_the_rarest_goes_and_of_these_the_one_longest_not_heard(
    tmp_path: Path, clock: Clock
) -> None:
    unknowns = Unknowns(tmp_path / "unknown", Bounds(clusters=2), clock)
    names: list[str | None] = []
    for seed in (11, 11, 12, 13):
        clock.later(minutes=1)
        names.append(unknowns.offer(f"s{len(names)}", sentence(seed)))
    assert [one.name for one in unknowns.clusters()] == [names[0], names[3]]


def test_after_its_days_a_sound_is_gone(tmp_path: Path, clock: Clock) -> None:
    unknowns = Unknowns(tmp_path / "unknown", Bounds(days=2), clock)
    unknowns.offer("old", sentence(1))
    clock.later(days=1)
    unknowns.offer("new", sentence(1))
    unknowns.offer("other", sentence(7))
    clock.later(days=1, seconds=1)
    assert [(one.count, one.example.stem) for one in unknowns.clusters()] == [(2, "new"), (1, "other")]
    clock.later(days=1)
    assert unknowns.clusters() == []
    assert list((tmp_path / "unknown").iterdir()) == []


def test_what_comes_while_another_is_being_compared_is_let_go(tmp_path: Path) -> None:
    meanwhile: list[str | None] = []
    unknowns: Unknowns

    def clock() -> datetime:
        if not meanwhile:
            meanwhile.append(unknowns.offer("second", sentence(2)))
        return datetime(2026, 11, 22, tzinfo=UTC)

    unknowns = Unknowns(tmp_path / "unknown", clock=clock)
    assert unknowns.offer("first", sentence(1)) is not None
    assert meanwhile == [None]
    assert unknowns.offer("third", sentence(2)) is not None


def test_with_no_days_nothing_is_kept(tmp_path: Path, clock: Clock) -> None:
    assert Unknowns(tmp_path / "unknown", Bounds(days=0), clock).offer("a", sentence(1)) is None


def test_a_named_cluster_becomes_an_announcement_and_is_forgotten(
    unknowns: Unknowns, tmp_path: Path, clock: Clock
) -> None:
    cluster = unknowns.offer("a", sentence(1)) or ""
    library = Library(tmp_path / "announcements")
    with pytest.raises(InputError, match="name"):
        unknowns.name(cluster, "not a name", NumberState.OFF, library)
    entry = unknowns.name(cluster, "off", NumberState.OFF, library, language="zh")
    assert (entry.state, entry.language, entry.since) == (NumberState.OFF, "zh", clock.now.date())
    assert [one.name for one in library.load()] == ["off"]
    assert unknowns.clusters() == []
    assert unknowns.offer("b", sentence(1)) is not None


@pytest.mark.parametrize("name", ["", "..", "0123abcd", "x"])
def test_a_cluster_that_is_not_there_is_told(name: str, unknowns: Unknowns) -> None:
    with pytest.raises(NotFoundError, match="no cluster"):
        unknowns.cluster(name)
    with pytest.raises(NotFoundError, match="no cluster"):
        unknowns.forget(name)


def test_a_damaged_count_is_made_from_the_sounds(unknowns: Unknowns, tmp_path: Path, clock: Clock) -> None:
    for attempt in "ab":
        cluster = unknowns.offer(attempt, sentence(1))
    (tmp_path / "unknown" / str(cluster) / "seen.json").write_text("{", "utf-8")
    assert unknowns.clusters()[0].count == 2
    unknowns.offer("c", sentence(1))
    assert (unknowns.clusters()[0].count, unknowns.clusters()[0].first_seen) == (3, clock.now)
