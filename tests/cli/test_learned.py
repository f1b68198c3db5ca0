from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.cli import learned
from dialer.cli.learned import chosen_scenario, since_when
from dialer.cli.terminal import Chosen
from dialer.core.errors import InputError
from dialer.record.record import Record
from dialer.simulation.floor import run_shift
from dialer.simulation.pacer import Floor, Move
from dialer.simulation.scenario import Scenario, read_scenario, standard
from tests.simulation.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Operator

LONG_AGO = datetime(2020, 1, 1)  # noqa: DTZ001 - as typer reads it


def chosen(operator: Operator, monkeypatch: pytest.MonkeyPatch, *which: str | None, **how: Any) -> Scenario:
    monkeypatch.setattr(Chosen, "path", operator.folder / "ringpace.toml")
    name, campaign = which
    since: datetime = how.pop("since", LONG_AGO)
    return asyncio.run(chosen_scenario(name, campaign, since, **{"fill": False, "save": None} | how))


def patient(floor: Floor, _now_s: float) -> Move:
    return Move(2 * floor.ready - len(floor.ringing_s))


def test_a_campaign_is_learned_saved_and_read_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.has_campaign("autumn [b]", more="wrap_up_s = 600\n")

    async def dial() -> None:
        truth = standard(20, 0.4, hours=1)
        recorder = Recorder(patient)
        run_shift(truth, recorder, 1)
        async with Record(f"sqlite:///{operator.folder}/record.db") as record:
            await recorder.write(record, await record.campaigns.get("1"), truth.end_s)

    asyncio.run(dial())
    file = operator.folder / "autumn.toml"
    scenario = chosen(operator, monkeypatch, None, "autumn [b]", save=file)
    assert scenario.name == "autumn [b]"
    assert scenario.mean_p == pytest.approx(0.4, abs=0.04)
    assert scenario.caps.channels == 30  # of the trunk in the settings
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# learned: ")
    assert read_scenario(str(file)) == scenario
    assert "one day; hour 0 is 02:30 UTC" in capsys.readouterr().err


def test_what_the_record_lacks_is_an_error_or_filled_and_told(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.has_campaign()
    with pytest.raises(InputError, match="'autumn': too little in the record"):
        chosen(operator, monkeypatch, None, "autumn")
    assert chosen(operator, monkeypatch, None, "autumn", fill=True).mean_agents == 30
    assert "not learned: talk = {" in capsys.readouterr().err


def test_one_source_is_chosen_and_a_name_is_one(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert chosen(operator, monkeypatch, "flips", None, save=tmp_path / "f.toml").name == "flips"
    assert read_scenario(str(tmp_path / "f.toml")) == read_scenario("flips")
    for which in ((None, None), ("flips", "autumn")):
        with pytest.raises(InputError, match="--from-campaign: give either"):
            chosen(operator, monkeypatch, *which)
    with pytest.raises(InputError, match="--save: cannot be written"):
        chosen(operator, monkeypatch, "flips", None, save=tmp_path)


def test_without_a_time_four_weeks_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    monkeypatch.setattr(learned, "now", lambda: moment)
    assert since_when(None) == moment - timedelta(days=28)
    assert since_when(LONG_AGO) == datetime(2020, 1, 1, tzinfo=UTC)
