"""What networks say, as an operator teaches it, tries it out, and finds what nobody knows yet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dialer.cli.announcements import unknowns_of
from dialer.record.record import Record
from dialer.settings import load_settings
from tests.fakes.speech import sentence, silence, tone, write_wav

if TYPE_CHECKING:
    from pathlib import Path

    from dialer.hearing.unknowns import Unknowns

    from .conftest import Operator


@pytest.fixture
def recording(operator: Operator) -> str:
    return str(write_wav(operator.folder / "off.wav", sentence(1)))


def unknown_sounds(operator: Operator) -> Unknowns:
    return unknowns_of(load_settings(operator.folder / "ringpace.toml"))


def audited(folder: Path) -> list[tuple[str, str]]:
    async def lines() -> list[tuple[str, str]]:
        async with Record(f"sqlite:///{folder}/record.db") as record:
            return [(line.what, line.subject) for line in await record.audit.latest()]

    return asyncio.run(lines())


def test_what_is_added_is_listed_and_what_is_removed_is_not(operator: Operator, recording: str) -> None:
    words = ("--name", "off-1", "--state", "off", "--language", "zh", "--text", "[b]已关机[/b]")
    assert "means OFF" in operator.does("announcements", "add", recording, *words)
    (listed,) = operator.reads("announcements", "list")
    assert (listed["name"], listed["state"], listed["language"]) == ("off-1", "OFF", "zh")
    assert "[b]已关机[/b]" in operator.does("announcements", "list")
    operator.does("announcements", "remove", "off-1", "--yes")
    assert operator.reads("announcements", "list") == []
    assert audited(operator.folder) == [("announcement removed", "off-1"), ("announcement added", "off-1")]


def test_removing_asks_first(operator: Operator, recording: str) -> None:
    operator.does("announcements", "add", recording, "--name", "off", "--state", "OFF")
    assert operator.types("announcements", "remove", "off").exit_code != 0
    assert len(operator.reads("announcements", "list")) == 1
    assert "'ghost'" in operator.is_told("announcements", "remove", "ghost", "--yes")


def test_what_cannot_be_taken_in_is_told_plainly(operator: Operator, recording: str) -> None:
    assert "name" in operator.is_told("announcements", "add", recording, "--name", "../x", "--state", "OFF")
    text = operator.writes("words.wav", "these are words")
    assert "words.wav: not a sound" in operator.is_told("announcements", "add", text, "--name", "x", "--state", "OFF")
    assert operator.types("announcements", "add", recording, "--name", "x", "--state", "ASLEEP").exit_code == 2


def test_a_broken_announcement_is_named_beside_the_list(operator: Operator, recording: str) -> None:
    operator.does("announcements", "add", recording, "--name", "off", "--state", "OFF")
    (entry,) = operator.folder.rglob("off.toml")
    entry.write_text("state = ", "utf-8")
    result = operator.types("announcements", "list")
    assert (result.exit_code, "off.toml: not a TOML file" in result.stderr) == (0, True)


def test_a_file_is_heard_as_a_call_would_be_and_the_nearest_are_named(operator: Operator, recording: str) -> None:
    operator.does("announcements", "add", recording, "--name", "off", "--state", "OFF")
    for seed, name in ((2, "busy"), (3, "invalid"), (4, "suspended")):
        file = str(write_wav(operator.folder / f"{name}.wav", sentence(seed)))
        operator.does("announcements", "add", file, "--name", name, "--state", name)
    said = np.concatenate((tone((450,), 1.0), silence(4.0), sentence(1, level=3000), silence(1.0)))
    call = str(write_wav(operator.folder / "call.wav", said))
    heard = operator.reads("announcements", "test", call)
    assert (heard["state"], heard["what"], heard["certain"]) == ("OFF", "off", True)
    assert 5 < heard["at_s"] < 10
    assert heard["nearest"][0]["name"] == "off"
    assert len(heard["nearest"]) == 3
    assert "OFF (off), confidence" in operator.does("announcements", "test", call)
    other = str(write_wav(operator.folder / "other.wav", sentence(9)))
    assert not operator.reads("announcements", "test", other)["certain"]


def test_what_nobody_knows_is_listed_heard_and_named(operator: Operator) -> None:
    unknowns = unknown_sounds(operator)
    cluster = unknowns.offer("a1", sentence(1)) or ""
    assert unknowns.offer("a2", sentence(1)) == cluster
    (listed,) = operator.reads("announcements", "unknown")
    assert (listed["name"], listed["count"]) == (cluster, 2)
    assert cluster in operator.does("announcements", "unknown")
    path = operator.does("announcements", "listen", cluster).strip()
    assert path == str(unknowns.cluster(cluster).example)
    operator.does("announcements", "name", cluster, "--name", "off", "--state", "OFF")
    assert operator.reads("announcements", "unknown") == []
    assert [one["name"] for one in operator.reads("announcements", "list")] == ["off"]
    assert audited(operator.folder) == [("announcement added", "off"), ("unknown sound opened", cluster)]
    assert "no cluster" in operator.is_told("announcements", "listen", "../a")
