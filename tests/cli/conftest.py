"""The command line on a settings file and a record of its own, as an operator types it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from dialer.__main__ import main
from tests.fakes.centre import CALLER_ID

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

SETTINGS = """
data_dir = "{folder}"
database_url = "sqlite:///{folder}/record.db"
redis_url = "redis://:s3cret@127.0.0.1:1/0"
ami.secret = "s3cret"
ami.port = 1
mqtt.password = "s3cret"
mqtt.port = 1
http.token = "s3cret"
http.port = 1
[trunks.carrier]
endpoint = "carrier"
caller_ids = ["{caller_id}"]
[agents.agent1]
sip_secret = "s3cret"
"""
PLAN = """
name = "{name}"
trunk = "carrier"
caller_id = "{caller_id}"
{more}
"""
LEADS = """name,phone,city
王小明,13800000001,上海
李华,13800000002,北京
"""


@dataclass(frozen=True, slots=True)
class Operator:
    """Types commands; `folder` holds the files."""

    folder: Path

    def types(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["--settings", str(self.folder / "ringpace.toml"), *words], env=_WIDE)

    def does(self, *words: str) -> str:
        """What a command prints; it must succeed."""
        result = self.types(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def reads(self, *words: str) -> Any:
        """What a command prints with --json."""
        return json.loads(self.does(*words, "--json"))

    def is_told(self, *words: str) -> str:
        """The error of a command that must fail, without a trace of ours."""
        result = self.types(*words)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        return result.stderr

    def writes(self, name: str, text: str) -> str:
        file = self.folder / name
        file.write_text(text, "utf-8")
        return str(file)

    def has_campaign(self, name: str = "autumn", more: str = "") -> None:
        plan = self.writes(f"{name}.toml", PLAN.format(name=name, caller_id=CALLER_ID, more=more))
        self.does("campaign", "create", plan)

    def has_leads(self, campaign: str = "autumn", text: str = LEADS) -> None:
        self.does("leads", "import", self.writes("leads.csv", text), "--campaign", campaign)


_WIDE = {"COLUMNS": "240", "TERM": "dumb", "NO_COLOR": "1"}


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    made = Operator(tmp_path)
    made.writes("ringpace.toml", SETTINGS.format(folder=tmp_path, caller_id=CALLER_ID))
    return made
