"""Every hazard of a manager connection, each against a server that brings it about."""

from __future__ import annotations

import asyncio
import logging
import time
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.asterisk.client import AmiClient, BackOff, SwitchState
from dialer.core.errors import InputError, SwitchError, SwitchTimeoutError

from .fake_ami import FakeAmi, FakeConnection, block, ignore, login, succeed
from .line import AT_ONCE, ForEver, Line, connected, running


async def test_up_only_after_fully_booted() -> None:
    async with FakeAmi() as fake:
        fake.scripts["Login"] = succeed
        line = Line(fake)
        async with running(line.client):
            await fake.until(lambda: "Login" in fake.names())
            fake.connection.event("Newchannel", Uniqueid="1")
            await line.next_named("Newchannel")
            assert line.state() is SwitchState.CONNECTING
            with pytest.raises(SwitchError, match="not logged in"):
                await line.client.action("Ping")
            fake.connection.event("FullyBooted")
            await line.ups.get()
            assert line.state() is SwitchState.UP
            assert line.client.why_not_up == ""


async def test_an_account_without_fully_booted_is_told_why() -> None:
    async with FakeAmi() as fake:
        fake.scripts["Login"] = succeed
        stopped = ForEver()
        line = Line(fake, lost=stopped, boot_timeout_s=0.01)
        async with running(line.client):
            await stopped.begun.wait()
            assert "read=system" in line.client.why_not_up


async def test_an_action_is_answered() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["Originate"] = lambda connection, action: connection.answer(action, Message="queued")
        answer = await line.client.action("Originate", ChannelId="A1", Async="true", Variable=["A=1"])
        assert answer["message"] == "queued"
        assert fake.received[-1]["ChannelId"] == "A1"
        assert fake.received[-1]["Variable"] == "A=1"


async def test_an_action_is_refused_in_asterisks_words() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["Bridge"] = lambda c, a: c.answer(a, "Error", Message="Channel1 does not exist: x")
        with pytest.raises(SwitchError, match="Channel1 does not exist: x"):
            await line.client.action("Bridge", Channel1="x", Channel2="y")


async def test_an_originate_response_is_an_event_though_it_carries_the_actions_id() -> None:
    def early(connection: FakeConnection, action: dict[str, str]) -> None:
        connection.event("OriginateResponse", ActionID=action["ActionID"], Response="Failure", Uniqueid="A1")
        connection.answer(action, Message="Originate successfully queued")

    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["Originate"] = early
        assert (await line.client.action("Originate", Async="true"))["Message"] == "Originate successfully queued"
        assert (await line.next_named("OriginateResponse"))["Uniqueid"] == "A1"


async def test_a_list_is_gathered_to_its_end() -> None:
    def channels(connection: FakeConnection, action: dict[str, str]) -> None:
        same = {"ActionID": action["ActionID"]}
        connection.answer(action, EventList="start", Message="Channels will follow")
        connection.event("CoreShowChannel", **same, Uniqueid="A1")
        connection.event("Hangup", Uniqueid="B1")
        connection.event("CoreShowChannel", **same, Uniqueid="A2")
        connection.event("CoreShowChannelsComplete", **same, EventList="Complete", ListItems="2")

    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["CoreShowChannels"] = channels
        rows = await line.client.list_action("CoreShowChannels")
        assert [row["Uniqueid"] for row in rows] == ["A1", "A2"]
        assert (await line.next_named("Hangup"))["Uniqueid"] == "B1"


async def test_a_refused_list_fails_at_once() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["CoreShowChannels"] = lambda c, a: c.answer(a, "Error", Message="Permission denied")
        with pytest.raises(SwitchError, match="Permission denied"):
            await line.client.list_action("CoreShowChannels")


@pytest.mark.parametrize("bad", ["x\r\nAction: Originate", "x\n", "\r", "x\0y"])
async def test_control_characters_are_refused_before_anything_is_written(bad: str) -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        with pytest.raises(InputError, match="Channel"):
            await line.client.action("Hangup", Channel=bad)
        with pytest.raises(InputError, match="Variable"):
            await line.client.action("Originate", Variable=["fine=1", bad])
        with pytest.raises(InputError):
            await line.client.action("Hangup", **dict[str, Any]({f"Channel{bad}": "x"}))
        with pytest.raises(InputError, match="longer than"):
            await line.client.action("Hangup", Channel="x" * 1100)
        await line.client.action("Ping")
        assert fake.names() == ["Login", "Ping"]


async def test_no_answer_is_a_timeout_and_a_late_answer_harms_nobody() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["Hangup"] = ignore
        with pytest.raises(SwitchTimeoutError, match=r"within 0\.01 s"):
            await line.client.action("Hangup", timeout_s=0.01, Channel="A1")
        fake.connection.answer(fake.received[-1])
        await line.client.action("Ping")
        assert line.client.counters.timeouts == 1


async def test_what_was_said_on_a_lost_connection_is_never_said_again() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["Originate"] = lambda connection, _: connection.drop()
        with pytest.raises(SwitchError, match="closed the connection"):
            await line.client.action("Originate", ChannelId="A1", Async="true")
        await line.downs.get()
        with pytest.raises(SwitchError, match="not logged in"):
            await line.client.action("Originate", ChannelId="A2", Async="true")
        await line.ups.get()
        await line.client.action("Ping")
        assert [action.get("ChannelId") for action in fake.received if action["Action"] == "Originate"] == ["A1"]
        assert line.client.counters.losses == 1


async def test_a_wrong_secret_is_said_plainly_and_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAmi() as fake:
        stopped = ForEver()
        line = Line(fake, refused=stopped, secret="not-this-one")  # noqa: S106 - of a server that lives for one test
        with caplog.at_level(logging.DEBUG):
            async with running(line.client):
                await stopped.begun.wait()
                assert line.state() is SwitchState.WRONG_SECRET
                with pytest.raises(SwitchError, match=r"check ami\.username and ami\.secret"):
                    await line.client.action("Ping")
        assert "asterisk refuses the login" in caplog.text
        assert "not-this-one" not in caplog.text
        assert line.client.counters.refusals == 1
        assert line.ups.empty()


async def test_an_asterisk_that_is_shutting_down_does_not_judge_the_account() -> None:
    def shutting_down(connection: FakeConnection, action: dict[str, str]) -> None:
        fake.scripts["Login"] = login
        connection.answer(action, "Error", Message="Asterisk is shutting down")

    async with FakeAmi() as fake:
        fake.scripts["Login"] = shutting_down
        line = Line(fake, refused=ForEver())
        async with running(line.client):
            await line.ups.get()
        assert line.client.counters.refusals == 0


async def test_a_half_open_connection_is_noticed() -> None:
    async with FakeAmi() as fake:
        fake.scripts["Ping"] = ignore
        async with connected(fake, ping_interval_s=0.01) as line:
            await line.downs.get()
            assert fake.names().count("Ping") == 2
            fake.scripts["Ping"] = succeed
            await line.ups.get()
            await fake.until(lambda: fake.names().count("Ping") > 3)
            assert line.client.timing.rtt_s is not None


@pytest.mark.parametrize(
    ("stamp", "offset_s"), [(3600.0, 3600), (-3600.0, -3600), (0.0, 0), ("never", None), ("nan", None), (None, None)]
)
async def test_a_pong_tells_how_asterisks_clock_differs(stamp: float | str | None, offset_s: float | None) -> None:
    def tell(connection: FakeConnection, action: dict[str, str]) -> None:
        told = f"{time.time() + stamp:.6f}" if isinstance(stamp, float) else stamp
        connection.answer(action, Ping="Pong", **({"Timestamp": told} if told else {}))

    async with FakeAmi() as fake:
        fake.scripts["Ping"] = tell
        async with connected(fake) as line:
            assert line.client.timing.clock_offset_s is None
            await line.client.ping()
            assert line.client.timing.clock_offset_s == (None if offset_s is None else pytest.approx(offset_s, abs=2))
            fake.connection.drop()
            await line.downs.get()
            assert line.client.timing.clock_offset_s is None


async def test_one_missed_ping_is_forgiven() -> None:
    async with FakeAmi() as fake:
        fake.scripts["Ping"] = lambda c, a: ignore(c, a) if fake.names().count("Ping") % 2 else c.answer(a)
        async with connected(fake, ping_interval_s=0.01) as line:
            await fake.until(lambda: fake.names().count("Ping") >= 6)
            assert line.downs.empty()


async def test_an_exception_in_the_callback_does_not_stop_the_stream() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.connection.send(block(Event="Poison") + block(Event="Hangup", Uniqueid="A1"))
        assert (await line.next_named("Hangup"))["Uniqueid"] == "A1"
        assert line.client.counters.callback_errors == 1
        assert line.state() is SwitchState.UP


async def test_a_failing_on_up_leaves_the_connection_up() -> None:
    async with FakeAmi() as fake:
        called = asyncio.Event()

        async def fail() -> None:
            called.set()
            raise ValueError("reconcile failed")

        line = Line(fake)
        line.client = AmiClient(
            fake.settings(), on_event=line.take, on_up=fail, on_down=lambda: None, rng=Random(1), lost=AT_ONCE
        )
        async with running(line.client):
            await called.wait()
            await line.client.action("Ping")
            assert line.client.counters.callback_errors == 1


async def test_utf8_that_is_cut_anywhere_arrives_whole() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        for byte in block(Event="Newchannel", CallerIDName="张伟🙂"):
            fake.connection.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await line.next_named("Newchannel"))["CallerIDName"] == "张伟🙂"
        assert line.client.counters.garbled_blocks == 0


async def test_a_garbled_name_does_not_cost_the_hangup_that_carries_it() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.connection.send(b"Event: Hangup\r\nCallerIDName: \xd5\xc5\xff\r\nUniqueid: A1\r\n\r\n")
        assert (await line.next_named("Hangup"))["Uniqueid"] == "A1"
        assert line.client.counters.garbled_blocks == 1


async def test_a_block_without_end_is_dropped_and_the_next_is_read() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.connection.send(b"Event: Newchannel\r\nCallerIDName: " + b"x" * 3_000_000 + b"\r\n\r\n")
        fake.connection.event("Hangup", Uniqueid="A1")
        assert (await line.events.get())["Event"] == "FullyBooted"
        assert (await line.events.get())["Event"] == "Hangup"
        assert line.client.counters.dropped_blocks == 1


async def test_whatever_else_listens_there_is_not_spoken_to_for_long() -> None:
    async with FakeAmi(banner=b"220 smtp ready\r\n") as fake:
        fake.scripts["Login"] = ignore
        line = Line(fake)
        async with running(line.client):
            await fake.until(lambda: len(fake.connections) > 1)
            assert line.ups.empty()


async def test_closing_while_waiting_to_reconnect_closes_for_good() -> None:
    async with FakeAmi() as fake:
        line = Line(fake)
        async with running(line.client):
            await line.ups.get()
            fake.connection.drop()
            await line.downs.get()
        assert line.state() is SwitchState.DOWN
        assert line.client.why_not_up == "closed"
        assert line.downs.empty()
        assert len(fake.connections) == 1
        with pytest.raises(SwitchError, match="closed"):
            await line.client.action("Ping")


async def test_before_the_start_actions_are_refused() -> None:
    async with FakeAmi() as fake:
        with pytest.raises(SwitchError, match="not started"):
            await Line(fake).client.action("Ping")


async def test_a_server_that_is_not_there_is_named() -> None:
    async with FakeAmi() as fake:
        stopped = ForEver()
        line = Line(fake, lost=stopped)
    async with running(line.client):
        await stopped.begun.wait()
        assert line.state() is SwitchState.DOWN
        assert "Connect call failed" in line.client.why_not_up


@given(failures=st.integers(0, 10_000), seed=st.integers())
def test_back_off_stays_between_its_bounds(failures: int, seed: int) -> None:
    assert 0.2 <= BackOff(0.2, 10).delay_s(failures, Random(seed)) <= 10


def test_back_off_grows_and_differs() -> None:
    delays = [BackOff(0.2, 10).delay_s(failures, Random(failures)) for failures in range(12)]
    assert delays[0] == 0.2
    assert delays[3] < delays[-1]
    assert len(set(delays[6:])) == 6
