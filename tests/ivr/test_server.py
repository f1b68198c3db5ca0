"""The FastAGI server against a client that speaks as Asterisk does, or as it should not."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from ivr import server as server_module
from ivr.library import load_flows
from ivr.server import IvrServer, Visit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ASKED = Visit("A-1", "abandoned", "+8613800000000")


class Heard:
    """What the server reported."""

    def __init__(self) -> None:
        self.started: asyncio.Queue[Visit] = asyncio.Queue()
        self.wishes: asyncio.Queue[Visit] = asyncio.Queue()
        self.ended: asyncio.Queue[tuple[Visit, bool]] = asyncio.Queue()


class Caller:
    """Asterisk's end of one FastAGI connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, text: str) -> None:
        self.writer.write(text.encode())

    async def command(self, reply: str) -> str:
        """The next command, answered."""
        command = (await self.reader.readline()).decode().strip()
        self.send(f"{reply}\n")
        return command

    async def closed(self) -> None:
        assert await self.reader.read() == b""


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[IvrServer, Heard]]:
    heard = Heard()
    async with IvrServer(
        load_flows(),
        "127.0.0.1",
        0,
        on_started=heard.started.put_nowait,
        on_opted_out=heard.wishes.put,
        on_ended=lambda visit, opted_out, _answers: heard.ended.put_nowait((visit, opted_out)),
    ) as server:
        yield server, heard


@asynccontextmanager
async def calling(server: IvrServer, flow: str = "abandoned") -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    caller = Caller(reader, writer)
    if flow:
        caller.send(
            f"agi_network: yes\nagi_network_script: {flow}\nagi_uniqueid: A-1\n"
            "agi_callerid: +8613800000000\nagi_calleridname: 张伟\n\n"
        )
    try:
        yield caller
    finally:
        writer.close()
        await writer.wait_closed()


async def test_nine_during_the_message_opts_out_and_is_confirmed() -> None:
    async with serving() as (server, heard), calling(server) as caller:
        assert await caller.command("200 result=57 endpos=8000") == 'STREAM FILE ringpace/abandoned "9"'
        confirmation = (await caller.reader.readline()).decode().strip()
        assert confirmation == 'STREAM FILE ringpace/opted-out ""'
        assert heard.wishes.get_nowait() == ASKED  # before it is confirmed, and not only when all is over
        caller.send("200 result=0 endpos=9000\n")
        assert await heard.started.get() == ASKED
        assert await heard.ended.get() == (ASKED, True)
        await caller.closed()


async def test_nine_after_the_message_counts_even_behind_another_digit() -> None:
    async with serving() as (server, heard), calling(server) as caller:
        await caller.command("200 result=0 endpos=8000")
        assert (await caller.command("200 result=53")).startswith("WAIT FOR DIGIT ")
        assert (await caller.command("200 result=57")).startswith("WAIT FOR DIGIT ")
        assert await caller.command("200 result=0 endpos=9000") == 'STREAM FILE ringpace/opted-out ""'
        assert await heard.ended.get() == (ASKED, True)


async def test_nothing_pressed_ends_without_opting_out() -> None:
    async with serving() as (server, heard), calling(server, "inbound") as caller:
        assert await caller.command("200 result=0 endpos=8000") == 'STREAM FILE ringpace/inbound "9"'
        await caller.command("200 result=0")
        assert (await heard.ended.get())[1] is False
        await caller.closed()


@pytest.mark.parametrize("reply", ["200 result=-1 endpos=400", "HANGUP", "511 result=-1 dead", "510 no", "\0", "200"])
async def test_a_hang_up_in_the_middle_is_reported(reply: str) -> None:
    async with serving() as (server, heard), calling(server) as caller:
        await caller.command(reply)
        assert await heard.ended.get() == (ASKED, False)
        await caller.closed()


async def test_a_hang_up_during_the_confirmation_is_still_an_opt_out() -> None:
    async with serving() as (server, heard), calling(server) as caller:
        await caller.command("200 result=57 endpos=8000")
        caller.writer.close()
        assert await heard.ended.get() == (ASKED, True)


async def test_a_missing_prompt_is_an_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as (server, heard), calling(server) as caller:
        await caller.command("200 result=0 endpos=0")
        await caller.command("200 result=0")
        await heard.ended.get()
    assert "prompt missing or empty" in caplog.text


@pytest.mark.parametrize("flow", ["nosuch", "../abandoned", ""])
async def test_an_unknown_flow_is_not_served(flow: str) -> None:
    async with serving() as (server, heard), calling(server, flow) as caller:
        caller.send("\n")
        await caller.closed()
        assert heard.started.empty()


@pytest.mark.parametrize("garbage", ["GET / HTTP/1.1", "x" * 100_000, "a: b\n" * 1000])
async def test_whatever_is_no_request_is_closed(garbage: str) -> None:
    async with serving() as (server, heard), calling(server, "") as caller:
        caller.send(garbage)
        caller.writer.write_eof()
        with suppress(ConnectionResetError):  # closed before all of it was read
            await caller.closed()
        assert heard.started.empty()


async def test_a_silent_client_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "HEADERS_S", 0.01)
    async with serving() as (server, _), calling(server, "") as caller:
        await caller.closed()


async def test_an_asterisk_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "PROMPT_S", 0.01)
    async with serving() as (server, heard), calling(server):
        assert await heard.ended.get() == (ASKED, False)


async def test_closing_the_server_reports_who_was_still_there() -> None:
    async with serving() as (server, heard), calling(server):
        await heard.started.get()
        await server.__aexit__(None, None, None)
        assert await heard.ended.get() == (ASKED, False)


async def test_a_failing_callback_does_not_cut_the_message_short(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_visit: Visit) -> None:
        raise ValueError("callback")

    async def fail_to_list(_visit: Visit) -> None:
        raise ValueError("wish")

    heard = Heard()
    async with (
        IvrServer(
            load_flows(),
            "127.0.0.1",
            0,
            on_started=fail,
            on_opted_out=fail_to_list,
            on_ended=lambda v, o, _a: heard.ended.put_nowait((v, o)),
        ) as server,
        calling(server) as caller,
    ):
        with caplog.at_level(logging.ERROR):
            await caller.command("200 result=57 endpos=8000")
            await caller.command("200 result=0 endpos=8000")
            assert await heard.ended.get() == (ASKED, True)
    assert "callback failed" in caplog.text
