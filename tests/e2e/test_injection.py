"""Names that would be orders to a shell, a dialplan, a database, a file system, a spreadsheet or a log, carried through
a whole shift: each is refused with its reason, or stays the text that it is."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import stat
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio

from dialer.core.model import Outcome, RecordingState
from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from lab.process import until
from tests.e2e.reach import open_to_others
from tests.e2e.scene import now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

AGENTS = ("agent1", "agent2", "agent3", "agent4")
CAMPAIGN = "'; DROP TABLE lead;-- ${SHELL(id)} [red]<b>"

STAYS_TEXT = (
    "${{SHELL(touch {trap})}}",
    "$(touch {trap})`touch {trap}`|touch {trap}",
    "x,b,touch {trap}",
    "'; DROP TABLE lead;--",
    "../../../../etc/passwd",
    "<script>alert(1)</script>",
    "[red]{{0.__class__}}%s%(x)s[/red]",
    "Action: Hangup",
    "\u202egnp.exe\u2066\u200b",
)
"""As name, key and attribute at once; `{trap}` becomes the path of a file that nobody may make."""

MARKUP = 6
"""Which of these a terminal would colour."""

REFUSED = {
    "a\r\nAction: Hangup\r\nChannel: all\r\n\r\n": "control character",
    "a\rb": "control character",
    "\x1b[2Jcleared": "control character",
    "a\x00b": "control character",
    "a\x85b\u2028c": "control character",
    "=cmd|' /C calc'!A0": "formula",
    "@SUM(1)": "formula",
    "+cmd()": "formula",
}
"""By the reason."""


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=len(AGENTS), drain_s=3)


@dataclass(frozen=True)
class Shift:
    """What was imported, and what was seen while it was called."""

    campaign_id: int
    trap: Path
    names: tuple[str, ...]
    refusals: list[dict[str, Any]]
    screens: dict[str, dict[str, Any]]
    """What the agents' screens showed, by customer."""
    readable: set[Path]
    """What others could read of the data while talks went on."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shift(scene: Scene) -> Shift:
    """All who can be called are called, bridged, recorded and wrapped up."""
    trap = scene.parts.root / "trap"
    names = tuple(text.format(trap=trap) for text in STAYS_TEXT)
    campaign_id = await scene.campaign(CAMPAIGN)
    listed = scene.parts.root / "list.csv"
    with listed.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                ("key", "name", "phone", "note"),
                *((f"k {name}"[:100], name, dialled(serial), name) for serial, name in enumerate(names)),
                *((f"r{serial}", name, dialled(100 + serial), "") for serial, name in enumerate(REFUSED)),
            ]
        )
    # The file's own name is told in messages, and is from outside as well.
    hostile = listed.rename(listed.with_name("${SHELL(id)}; [red]list\r\n.csv"))
    said = await scene.controller.command("leads", "import", str(hostile), "--campaign", str(campaign_id), "--json")
    refusals = json.loads(said.out)["rejected"]
    screens: dict[str, dict[str, Any]] = {}
    watching = asyncio.create_task(_watch(scene, screens))
    await scene.log_in(*AGENTS)
    await scene.start(campaign_id)
    readable: set[Path] = set()
    written: set[str] = set()

    async def all_over() -> bool:
        readable.update(open_to_others(scene.parts.settings.data_dir))
        written.update(raw.stem for raw in scene.parts.settings.spool_dir.glob("*.raw"))
        rows = await scene.record.attempts.of_campaign(campaign_id)
        return sum(row.outcome is not None for row in rows) == len(names)

    await until(all_over, within_s=120)
    assert len(written) == len(names)  # it was looked at while each was being written
    for serial in range(len(names)):
        await scene.stored(await scene.attempt(dialled(serial)))
    watching.cancel()
    return Shift(campaign_id, trap, names, refusals, screens, readable)


def dialled(serial: int) -> str:
    return number(FarEnd.PERSON, 0, talk_s=3, serial=serial)


async def _watch(scene: Scene, screens: dict[str, dict[str, Any]]) -> None:
    async with scene.news.connection("operator") as client:
        await client.subscribe(f"{scene.news.root}/agents/+/screen", qos=1)
        async for message in client.messages:
            if shown := json.loads(bytes(message.payload) or b"null"):
                screens[shown["name"]] = shown


def log_lines(scene: Scene) -> Iterator[dict[str, Any]]:
    """The controller's log; it is an error if a line is no entry of its own."""
    # Split as any reader might, not only at line feeds.
    for line in (scene.parts.root / "log/dialer.log").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


async def test_what_could_be_an_order_to_a_protocol_is_refused_by_row_and_field(shift: Shift) -> None:
    assert [(found["row"], found["field"]) for found in shift.refusals] == [
        (row, "name") for row in range(len(shift.names) + 2, len(shift.names) + 2 + len(REFUSED))
    ]
    assert [
        reason for reason, found in zip(REFUSED.values(), shift.refusals, strict=True) if reason not in found["reason"]
    ] == []
    assert all(found["raw"].isprintable() for found in shift.refusals)


async def test_the_rest_is_shown_stored_and_exported_as_the_text_it_is(scene: Scene, shift: Shift) -> None:
    assert {name: shown["attributes"] for name, shown in shift.screens.items()} == {
        name: {"note": name} for name in shift.names
    }
    assert {shown["campaign"] for shown in shift.screens.values()} == {CAMPAIGN}
    rows = await scene.record.attempts.of_campaign(shift.campaign_id)
    assert [row.outcome for row in rows] == [Outcome.ANSWERED] * len(shift.names)
    assert all(row.bridged_at for row in rows)
    stored = [(await scene.record.leads.facts(row.lead_id, now())).lead.name for row in rows]
    assert sorted(stored) == sorted(shift.names)
    for serial in (0, MARKUP):
        assert shift.names[serial] in await scene.controller.must("leads", "why", dialled(serial))
    exported = list(csv.reader(io.StringIO(await scene.controller.must("attempts", "export", "--format", "csv"))))
    assert len(exported) == 1 + len(shift.names)
    assert {len(row) for row in exported} == {len(exported[0])}
    run_by_a_spreadsheet = re.compile(r"[=+@\t\r]|-(?![0-9.]+$)")
    assert [cell for row in exported for cell in row if run_by_a_spreadsheet.match(cell)] == []
    assert [c["plan"]["name"] for c in json.loads(await scene.controller.must("campaign", "list", "--json"))] == [
        CAMPAIGN
    ]
    assert "[red]<b>" in await scene.controller.must("campaign", "list")  # as text, not as markup


async def test_nothing_was_run_and_nothing_left_its_place(scene: Scene, shift: Shift) -> None:
    assert not shift.trap.exists()
    store = scene.parts.settings.recordings_dir
    for row in await scene.record.recordings.latest(shift.campaign_id, 100):
        assert row.state is RecordingState.STORED
        assert store in type(store)(row.path).resolve().parents
    for outside in ("../../../etc/passwd", "/etc/passwd", "x/../../ringpace.toml", "${SHELL(id)}", "'; --"):
        said = await scene.controller.command("recordings", "path", "--", outside)
        assert (said.code, said.out) == (1, "")
        assert "Traceback" not in said.err


async def test_asterisk_heard_of_numbers_and_ids_alone(scene: Scene, shift: Shift) -> None:
    written = [path for path in (scene.parts.root / "asterisk/state").rglob("*") if path.is_file()]
    assert written
    for path in [*written, scene.parts.root / "log/asterisk.log"]:
        text = path.read_bytes().decode(errors="replace")
        assert [name for name in (*shift.names, CAMPAIGN) if name in text] == [], path
    # The manager interface was never cut off, which it does to whoever talks nonsense.
    metrics = (await scene.controller.ask("GET", "/metrics")).text
    assert "ringpace_ami_reconnects_total 0.0" in metrics
    with scene.parts.carrier_records.open(encoding="utf-8", newline="") as lines:
        assert Counter(row[0] for row in csv.reader(lines)) == Counter(map(dialled, range(len(shift.names))))


async def test_over_http_and_mqtt_likewise(scene: Scene, shift: Shift) -> None:
    hostile = "x\r\n${SHELL(id)}'; DROP TABLE agent;--\u2028\x9b2J"
    for path in (
        "/api/agents/..%2f..%2fetc/login",
        "/api/agents/%24%7BSHELL(id)%7D/login",
        "/api/agents/a%0d%0aAction:x/login",
    ):
        assert (await scene.controller.ask("POST", path)).status_code in {404, 422}
    answer = await scene.controller.ask("POST", "/api/campaigns/..%2f..%2fetc/commands", {"do": "pause"})
    assert answer.status_code == httpx.codes.NOT_FOUND
    for body in ({"do": hostile}, {"do": "pacing", "mode": hostile}, {"do": "pacing", hostile: 1}):
        answer = await scene.controller.ask("POST", f"/api/campaigns/{shift.campaign_id}/commands", body)
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert (await scene.news.command(shift.campaign_id, **body))["ok"] is False
    attempt = (await scene.record.attempts.of_campaign(shift.campaign_id))[0]
    said = {"disposition": "REFUSED", "attempt_id": attempt.attempt_id, "note": hostile, "reason": "'; DROP--"}
    await scene.tell_agent(str(attempt.agent_id), "disposition", said)
    assert (await scene.record.attempts.get(attempt.attempt_id)).note == hostile
    other = said | {"attempt_id": "../../etc/passwd"}
    answer = await scene.controller.ask("POST", "/api/agents/agent1/disposition", other)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    await scene.tell_agent("agent1", "pause", {"reason": hostile})
    await scene.news.until(lambda: scene.news.agent("agent1").get("reason") == hostile)
    await scene.tell_agent("agent1", "ready")
    assert await scene.rows()  # the tables are all there
    assert await scene.controller.must("report", "--json")


async def test_the_log_has_an_entry_a_line_and_none_from_outside(scene: Scene, shift: Shift) -> None:
    entries = list(log_lines(scene))
    assert entries
    assert {"at", "level", "logger", "message"} <= set.intersection(*(set(entry) for entry in entries))
    assert [entry for entry in entries if "trace" in entry] == []
    text = json.dumps(entries, ensure_ascii=False)
    # Who the customers are is no business of the log.
    assert [known for known in (*shift.names, *map(dialled, range(len(shift.names)))) if known in text] == []


async def test_nobody_else_could_read_any_of_it(scene: Scene, shift: Shift) -> None:
    assert shift.readable == set()
    data = scene.parts.settings.data_dir
    assert open_to_others(data) == set()
    files = [path for path in data.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".sealed", ".db"}
    # What the service itself has made is its own, whatever the folders above it allow.
    assert {oct(stat.S_IMODE(path.stat().st_mode)) for path in files} == {"0o600"}
    assert {path for path in _holding_secrets(scene) if path.stat().st_mode & 0o077} == set()


def _holding_secrets(scene: Scene) -> Iterator[Path]:
    secrets = scene.parts.secrets
    known = [
        secret.encode()
        for secret in (secrets.redis, secrets.ami, secrets.http, *secrets.mqtt.values(), *secrets.agents.values())
    ]
    for path in scene.parts.root.rglob("*"):
        if path.is_file() and any(secret in path.read_bytes() for secret in known):
            yield path
