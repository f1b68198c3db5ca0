"""Whoever calls the IVR, and whatever they answer: each visit is reported to its end, and the next call is served."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from ivr.library import load_flows
from ivr.server import IvrServer, Visit
from tests.fakes.virtual_time import until

from .profile import examples

PATIENCE_S = 30
KEYS = ["agi_network_script", "agi_uniqueid", "agi_callerid", "agi_network", ""]
words = st.sampled_from(["abandoned", "survey", "inbound", "../abandoned", "A-1", "x" * 70_000]) | st.text(max_size=10)
requests = (
    st.lists(st.tuples(st.sampled_from(KEYS) | st.text(max_size=5), words).map(": ".join), max_size=8).map(
        lambda lines: "\n".join([*lines, "", ""]).encode(errors="replace")
    )
    | st.binary(max_size=80)
    | st.integers(190, 210).map(lambda count: b"a: b\n" * count + b"\n")
)
replies = st.lists(
    st.sampled_from(
        [
            b"200 result=57 endpos=8000",
            b"200 result=0",
            b"200 result=49",
            b"200 result=-5",
            b"200 result=999",
            b"HANGUP",
        ]
    )
    | st.binary(max_size=40)
    | st.integers().map(lambda number: b"200 result=%d endpos=%d" % (number, abs(number)))
    | st.just(b"x" * 70_000),
    max_size=12,
)
ASKED = b"agi_network_script: survey\nagi_uniqueid: A-1\n\n"
_ids = itertools.count()


@examples(100)
@given(request=requests | st.just(ASKED), replies=replies)
@example(request=ASKED, replies=[b"200 result=-5"])
async def test_whatever_calls_the_ivr_the_next_good_call_is_served(request: bytes, replies: list[bytes]) -> None:
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    started: list[Visit] = []
    ended: list[Visit] = []
    wished: list[Visit] = []

    async def listed(visit: Visit) -> None:
        wished.append(visit)

    async with IvrServer(
        load_flows(),
        "127.0.0.1",
        0,
        on_started=started.append,
        on_opted_out=listed,
        on_ended=lambda visit, _o, _a: ended.append(visit),
    ) as server:
        await call(server, request, replies)
        good = Visit(f"good-{next(_ids)}", "abandoned", "")
        await call(
            server,
            f"agi_network_script: abandoned\nagi_uniqueid: {good.leg_id}\n\n".encode(),
            [b"200 result=57 endpos=8000", b"200 result=0 endpos=8000"],
        )
        await until(lambda: good in ended, within_s=PATIENCE_S)
        await until(lambda: not server._visits, within_s=PATIENCE_S)  # noqa: SLF001 - told nowhere else
    assert wished[-1] == good
    assert started == ended  # each visit that began was reported to its end
    assert faults == []


async def call(server: IvrServer, request: bytes, replies: list[bytes]) -> None:
    """Say all that there is to say, then hang up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(request + b"".join(reply + b"\n" for reply in replies))
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        writer.close()  # the server had heard enough
