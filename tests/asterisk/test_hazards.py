"""What a manager interface that lies, repeats itself, mixes things up or never ends does to the client: nothing."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from dialer.asterisk.client import SwitchState
from dialer.core.errors import SwitchError, SwitchTimeoutError

from .fake_ami import FakeAmi, FakeConnection, block, ignore, login, succeed
from .line import AT_ONCE, ForEver, Line, connected, running

if TYPE_CHECKING:
    from collections.abc import Callable

HUGE = 10_000_000


def channels(*parts: Callable[[FakeConnection, dict[str, str]], None]) -> Callable[..., None]:
    """A list that is told in these parts, in this order."""

    def tell(connection: FakeConnection, action: dict[str, str]) -> None:
        for part in parts:
            part(connection, action)

    return tell


def start(connection: FakeConnection, action: dict[str, str]) -> None:
    connection.answer(action, EventList="start", Message="Channels will follow")


def row(uniqueid: str) -> Callable[[FakeConnection, dict[str, str]], None]:
    return lambda connection, action: connection.event(
        "CoreShowChannel", ActionID=action["ActionID"], Uniqueid=uniqueid
    )


def end(items: int) -> Callable[[FakeConnection, dict[str, str]], None]:
    return lambda connection, action: connection.event(
        "CoreShowChannelsComplete", ActionID=action["ActionID"], EventList="Complete", ListItems=str(items)
    )


# --- events ---------------------------------------------------------------------------------------


async def test_events_are_handed_on_as_often_and_in_the_order_they_came() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        twice = block(Event="Hangup", Uniqueid="A1") * 2
        fake.connection.send(block(Event="BridgeLeave", Uniqueid="A1") + twice + block(Event="BridgeEnter"))
        heard = [(await line.events.get())["Event"] for _ in range(5)]
        # Whether it is old, double or early is for the machines to judge: they know the call.
        assert heard == ["FullyBooted", "BridgeLeave", "Hangup", "Hangup", "BridgeEnter"]


async def test_a_hangup_before_the_reply_to_its_originate() -> None:
    def hang_up_first(connection: FakeConnection, action: dict[str, str]) -> None:
        connection.event("Hangup", Uniqueid=action["ChannelId"])
        connection.answer(action, Message="Originate successfully queued")

    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["Originate"] = hang_up_first
        answer = await line.client.action("Originate", ChannelId="A1", Async="true")
        assert answer["message"] == "Originate successfully queued"
        assert (await line.next_named("Hangup"))["Uniqueid"] == "A1"


async def test_an_unknown_event_is_an_event_like_any_other() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.connection.send(b"Event: StarAligned\r\nHouse\r\n: nameless\r\nPath: a: b\r\nHouse: 7\r\n\r\n\r\n\r\n")
        fake.connection.event("Hangup", Uniqueid="A1")
        await line.next_named("StarAligned")
        assert (await line.events.get())["Event"] == "Hangup"
        assert line.client.counters.callback_errors == 0


async def test_a_huge_header_costs_one_block_and_little_memory() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        await line.next_named("FullyBooted")
        gc.collect()
        tracemalloc.start()
        fake.connection.send(b"Event: Newchannel\r\nCallerIDName: ")
        for _ in range(HUGE // 100_000):
            fake.connection.send(b"x" * 100_000)
            await fake.connection.sent()  # else the server's own buffer is what grows
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        fake.connection.send(b"\r\n\r\n" + block(Event="Hangup", Uniqueid="A1"))
        assert (await line.events.get())["Event"] == "Hangup"
        assert line.client.counters.dropped_blocks == 1
        assert line.client.counters.losses == 0
        assert highest < HUGE / 2
        await line.client.action("Ping")


# --- answers --------------------------------------------------------------------------------------


async def test_answers_in_another_order_than_asked() -> None:
    waiting: list[dict[str, str]] = []

    def backwards(connection: FakeConnection, action: dict[str, str]) -> None:
        waiting.append(action)
        if len(waiting) == 3:
            for one in reversed(waiting):
                connection.answer(one, Message=one["Channel"])

    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["Hangup"] = backwards
        asked = [line.client.action("Hangup", Channel=f"A{number}") for number in range(3)]
        assert [answer["message"] for answer in await asyncio.gather(*asked)] == ["A0", "A1", "A2"]


async def test_an_answer_that_comes_twice_and_one_that_nobody_asked_for() -> None:
    def twice(connection: FakeConnection, action: dict[str, str]) -> None:
        connection.answer(action, Message="first")
        connection.answer(action, Message="second")
        connection.answer({"ActionID": "nobody/1"}, Message="for nobody")
        connection.answer({"ActionID": "nobody/2"}, "Error", Message="for nobody")
        connection.send(block(Response="Success", Message="for nobody at all"))

    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["Hangup"] = twice
        assert (await line.client.action("Hangup", Channel="A1"))["message"] == "first"
        assert (await line.client.action("Hangup", Channel="A2"))["message"] == "first"
        assert await line.client.ping() >= 0


async def test_a_list_whose_beginning_comes_twice_is_not_taken_for_an_empty_one() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["CoreShowChannels"] = channels(start, start, row("A1"), end(1))
        rows = await line.client.list_action("CoreShowChannels")
        assert [one["Uniqueid"] for one in rows] == ["A1"]


async def test_a_list_that_lacks_a_row_is_refused() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        # Whoever is not in a list counts as gone: a row lost on the way would end a living call.
        fake.scripts["CoreShowChannels"] = channels(start, row("A1"), end(2))
        with pytest.raises(SwitchError, match="only 1 of 2"):
            await line.client.list_action("CoreShowChannels")


@pytest.mark.parametrize("items", ["", "many", "-1"])
async def test_a_list_that_does_not_count_its_rows_is_taken_as_it_is(items: str) -> None:
    def ends(connection: FakeConnection, action: dict[str, str]) -> None:
        connection.event("CoreShowChannelsComplete", ActionID=action["ActionID"], ListItems=items)

    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["CoreShowChannels"] = channels(start, row("A1"), ends)
        assert len(await line.client.list_action("CoreShowChannels")) == 1


async def test_a_list_that_breaks_off_is_a_timeout_and_its_rest_joins_no_other_list() -> None:
    asked: list[dict[str, str]] = []

    def breaks_off(connection: FakeConnection, action: dict[str, str]) -> None:
        asked.append(action)
        start(connection, action)
        row("A1")(connection, action)

    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["CoreShowChannels"] = breaks_off
        with pytest.raises(SwitchTimeoutError):
            await line.client.list_action("CoreShowChannels", timeout_s=0.01)
        fake.scripts["CoreShowChannels"] = channels(
            start, lambda c, _: row("A2")(c, asked[0]), row("A3"), lambda c, _: end(2)(c, asked[0]), end(1)
        )
        rows = await line.client.list_action("CoreShowChannels")
        assert [one["Uniqueid"] for one in rows] == ["A3"]


async def test_a_list_cut_in_the_middle_with_its_connection_fails_at_once() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["CoreShowChannels"] = channels(start, row("A1"), lambda connection, _: connection.drop())
        with pytest.raises(SwitchError, match="closed the connection"):
            await line.client.list_action("CoreShowChannels")


# --- the connection -------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["2.8.0", "99.0.1", "", "\xe9\xff"])
async def test_whatever_version_the_banner_tells(version: str) -> None:
    banner = f"Asterisk Call Manager/{version}\r\n".encode("latin-1")
    async with FakeAmi(banner) as fake, connected(fake) as line:
        await line.client.action("Ping")


async def test_without_a_banner_nothing_is_believed() -> None:
    async with FakeAmi(banner=b"") as fake:
        stopped = ForEver()
        line = Line(fake, lost=stopped)
        async with running(line.client):
            await stopped.begun.wait()
            assert line.state() is SwitchState.DOWN
            assert "not Asterisk's manager interface" in line.client.why_not_up
            assert line.events.empty()


async def test_a_server_that_says_nothing_at_all_is_left_in_time() -> None:
    async with FakeAmi(banner=b"") as fake:
        fake.scripts["Login"] = ignore
        stopped = ForEver()
        line = Line(fake, lost=stopped, action_timeout_s=0.01)
        async with running(line.client):
            await stopped.begun.wait()
            assert "Login: no answer" in line.client.why_not_up


async def test_a_login_that_is_refused_and_later_accepted() -> None:
    def refuse_twice(connection: FakeConnection, action: dict[str, str]) -> None:
        if fake.names().count("Login") > 2:
            fake.scripts["Login"] = login
            login(connection, action)
        else:
            connection.answer(action, "Error", Message="Authentication failed")
            connection.drop()

    async with FakeAmi() as fake:
        fake.scripts["Login"] = refuse_twice
        line = Line(fake, lost=ForEver(), refused=AT_ONCE)
        async with running(line.client):
            await line.ups.get()
            assert line.state() is SwitchState.UP
            assert line.client.why_not_up == ""
            assert line.client.counters.refusals == 2
            assert line.downs.empty()


async def test_fully_booted_may_come_before_the_answer_to_the_login() -> None:
    def booted_first(connection: FakeConnection, action: dict[str, str]) -> None:
        connection.event("FullyBooted")
        connection.answer(action)

    async with FakeAmi() as fake:
        fake.scripts["Login"] = booted_first
        async with connected(fake) as line:
            await line.client.action("Ping")


async def test_fully_booted_twice_is_one_login() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.connection.event("FullyBooted")
        fake.connection.event("Hangup", Uniqueid="A1")
        await line.next_named("Hangup")
        assert line.ups.empty()
        assert line.client.counters.connects == 1


async def test_given_up_a_connection_is_reset_so_that_nothing_of_it_is_delivered_later() -> None:
    async with FakeAmi() as fake:
        fake.scripts["Ping"] = ignore
        async with connected(fake, ping_interval_s=0.01) as line:
            half_open = fake.connection
            await line.downs.get()
            fake.scripts["Ping"] = succeed
            await half_open.gone.wait()
            # A plain close would let the kernel go on delivering what is still on its way, an Originate too.
            assert half_open.was_reset
