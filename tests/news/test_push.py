from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.news.push import Item, Push, Reader
from tests.fakes.news import FakeNews

SERVICE = {"service/node1": {"state": "up"}}


def everything(_topic: str) -> bool:
    return True


@pytest.fixture
def news() -> FakeNews:
    return FakeNews()


@pytest.fixture
def push(news: FakeNews) -> Push:
    return Push(news, "node1", most_waiting=3)


async def waiting(reader: Reader) -> list[tuple[str, Any]]:
    """All that a reader can take without waiting, as `(kind, what the JSON says)`."""
    items: list[tuple[str, Any]] = []
    while (item := await taken(reader)) is not None:
        items.append((item.kind, json.loads(item.data)))
    return items


async def taken(reader: Reader) -> Item | None:
    """The next item; None where one would have to wait for it."""
    try:
        async with asyncio.timeout(0):
            return await anext(reader, None)
    except TimeoutError:
        return None


def piece(topic: str, payload: object) -> tuple[str, Any]:
    return "news", {"topic": topic, "payload": payload}


def test_whatever_is_told_goes_on_to_the_broker(push: Push, news: FakeNews) -> None:
    push.tell("agents/a", {"state": "READY"}, retain=True)
    push.tell("agents/b", {"state": "READY"}, retain=True)
    push.tell("calls/1", {"state": "PLACED"})
    push.tell("agents/b", None, retain=True)
    assert news.told == [
        ("agents/a", {"state": "READY"}),
        ("agents/b", {"state": "READY"}),
        ("calls/1", {"state": "PLACED"}),
        ("agents/b", None),
    ]
    assert news.retained == {"agents/a": {"state": "READY"}}


async def test_a_reader_sees_what_is_retained_and_then_the_news_in_order(push: Push) -> None:
    push.tell("agents/a", {"state": "CALLING_IN"}, retain=True)
    push.tell("agents/a", {"state": "READY", "reason": "午休"}, retain=True)
    push.tell("agents/b", {"state": "READY"}, retain=True)
    push.tell("agents/b", None, retain=True)
    push.tell("calls/1", {"state": "PLACED"})
    async with push.reader(everything) as reader:
        assert await waiting(reader) == [("snapshot", SERVICE | {"agents/a": {"state": "READY", "reason": "午休"}})]
        push.tell("calls/1", {"state": "RINGING"})
        push.tell("agents/a", None, retain=True)
        push.tell("calls/1", {"state": "ANSWERED"})
        assert await waiting(reader) == [
            piece("calls/1", {"state": "RINGING"}),
            piece("agents/a", None),
            piece("calls/1", {"state": "ANSWERED"}),
        ]


async def test_a_reader_who_waits_is_woken(push: Push) -> None:
    async with push.reader(everything) as reader, asyncio.timeout(5):
        await anext(reader)
        coming = asyncio.ensure_future(anext(reader))
        await asyncio.sleep(0)
        push.tell("calls/1", {})
        assert json.loads((await coming).data)["topic"] == "calls/1"


async def test_a_reader_sees_only_what_it_may(push: Push) -> None:
    push.tell("agents/a", {}, retain=True)
    push.tell("agents/b", {}, retain=True)
    async with push.reader(lambda topic: topic.startswith("agents/a")) as reader:
        assert await waiting(reader) == [("snapshot", {"agents/a": {}})]
        for topic in ("agents/b", "calls/1", "agents/a/screen", "service/node1"):
            push.tell(topic, {"of": topic})
        assert await waiting(reader) == [piece("agents/a/screen", {"of": "agents/a/screen"})]


async def test_whoever_comes_or_goes_in_between_changes_who_sees_a_topic(push: Push) -> None:
    async with push.reader(everything) as early:
        await waiting(early)
        push.tell("calls/1", {"count": 1})
        async with push.reader(everything) as late:
            await waiting(late)
            push.tell("calls/1", {"count": 2})
            assert await waiting(late) == [piece("calls/1", {"count": 2})]
        push.tell("calls/1", {"count": 3})
        assert await waiting(late) == []
        assert await waiting(early) == [piece("calls/1", {"count": count}) for count in (1, 2, 3)]


async def test_of_a_million_calls_not_every_one_is_remembered(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialer.news.push._MOST_REMEMBERED", 5)
    async with push.reader(everything) as reader:
        for count in range(20):
            await waiting(reader)
            push.tell(f"calls/{count}", {})
            assert len(push._seeing) <= 5  # noqa: SLF001 - what it remembers is the point
            assert len(await waiting(reader)) == 1


async def test_one_that_falls_behind_gets_a_new_snapshot_and_the_others_miss_nothing(push: Push) -> None:
    async with push.reader(everything) as slow, push.reader(everything) as quick:
        await waiting(slow)
        await waiting(quick)
        seen = []
        for count in range(4):
            push.tell("campaigns/1", {"count": count}, retain=True)
            seen += await waiting(quick)
        assert [told["payload"]["count"] for _kind, told in seen] == [0, 1, 2, 3]
        push.tell("agents/a", {}, retain=True)  # while it is behind
        assert await waiting(slow) == [("snapshot", SERVICE | {"campaigns/1": {"count": 3}, "agents/a": {}})]
        push.tell("calls/1", {})
        assert await waiting(slow) == [piece("calls/1", {})]


async def test_the_same_bytes_go_to_every_reader(push: Push) -> None:
    async with push.reader(everything) as one, push.reader(everything) as other:
        await waiting(one)
        await waiting(other)
        push.tell("agents/a", {"state": "READY"}, retain=True)
        assert await taken(one) is await taken(other)


async def test_who_has_left_is_handed_nothing(push: Push) -> None:
    async with push.reader(everything) as reader:
        await waiting(reader)
        assert push.readers == 1
    push.tell("calls/1", {})
    assert (push.readers, await waiting(reader)) == (0, [])


async def test_at_the_end_readers_are_told_and_end(push: Push) -> None:
    async with push.reader(everything) as reader, push.reader(everything) as behind, asyncio.timeout(5):
        await waiting(reader)
        push.tell("calls/1", {})
        push.close()
        push.close()
        left = [json.loads(item.data) async for item in reader]
        assert left == [
            {"topic": "calls/1", "payload": {}},
            {"topic": "service/node1", "payload": {"state": "down"}},
        ]
        assert [json.loads(item.data) async for item in behind] == [{"service/node1": {"state": "down"}}]
        async with push.reader(everything) as late:
            assert len([item async for item in late]) == 1


async def test_a_browser_can_read_whatever_is_told(push: Push) -> None:
    async with push.reader(everything) as reader:
        await waiting(reader)
        push.tell("campaigns/1", {"rate": float("nan"), "in": [float("inf"), 1.5]})
        push.tell("agents/a", {"name": "half \ud83d", "script": "one\ntwo\r\u2028"})
        numbers, text = await taken(reader), await taken(reader)
    assert numbers is not None
    assert json.loads(numbers.data)["payload"] == {"rate": None, "in": [None, 1.5]}
    assert text is not None
    assert json.loads(text.data)["payload"] == {"name": "half ?", "script": "one\ntwo\r\u2028"}
    assert b"\n" not in text.data  # a line break would end the event in the middle
    assert b"\r" not in text.data


TOPICS = ("agents/a", "agents/b", "campaigns/1", "campaigns/2")
STEPS = st.one_of(
    st.tuples(st.just("retain"), st.sampled_from(TOPICS)),
    st.tuples(st.just("clear"), st.sampled_from(TOPICS)),
    st.tuples(st.just("tell"), st.just("calls/1")),
    st.tuples(st.just("read"), st.integers(1, 4)),
)


class Screen:
    """What somebody knows who goes by a reader's items alone."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.state: dict[str, Any] = {}
        self.counts: list[int] = []
        """The numbers of the pieces of news, which are told with rising numbers."""

    async def read(self, most: int) -> bool:
        """Whether there was so much to read."""
        for _ in range(most):
            if (item := await taken(self._reader)) is None:
                return False
            self._apply(item.kind, json.loads(item.data))
        return True

    def _apply(self, kind: str, told: dict[str, Any]) -> None:
        if kind == "snapshot":
            self.state = told
            return
        if told["payload"] is None:
            self.state.pop(told["topic"], None)
            return
        self.counts.append(told["payload"]["count"])
        if told["topic"] != "calls/1":
            self.state[told["topic"]] = told["payload"]


@settings(deadline=None, max_examples=300)
@given(st.lists(STEPS, max_size=60), st.integers(1, 5), st.sampled_from(["", "agents/"]))
def test_whoever_reads_however_slowly_knows_in_the_end_what_is_so(
    steps: list[tuple[str, Any]], most_waiting: int, seen: str
) -> None:
    def may_see(topic: str) -> bool:
        return topic.startswith(seen)

    async def play() -> None:
        news = FakeNews()
        push = Push(news, "node1", most_waiting=most_waiting)
        async with push.reader(may_see) as reader:
            screen = Screen(reader)
            for count, (verb, what) in enumerate(steps):
                if verb == "read":
                    await screen.read(what)
                elif verb == "clear":
                    push.tell(what, None, retain=True)
                else:
                    push.tell(what, {"count": count}, retain=verb == "retain")
            while await screen.read(1):
                pass
        truth: dict[str, Any] = SERVICE | news.retained
        assert screen.state == {topic: payload for topic, payload in truth.items() if may_see(topic)}
        assert screen.counts == sorted(set(screen.counts))

    asyncio.run(play())
