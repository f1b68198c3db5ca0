"""Whatever is written into a settings file or a plan: it is read, or refused by the name of its key, secrets untold."""

from __future__ import annotations

import copy
import json
import math
import os
import traceback
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from dialer.core.errors import InputError, SettingsError, problems_of
from dialer.core.model import PacingMode
from dialer.core.plan import CampaignPlan, Pacing
from dialer.settings import load_settings

from .profile import examples
from .toml import document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "hunter2-hunter2"  # noqa: S105 - made up, to be looked for where it must not be
SETTINGS: dict[str, Any] = {
    "data_dir": "var",
    "node": "node1",
    "region": "CN",
    "database_url": f"postgresql://ringpace:{SECRET}@127.0.0.1/ringpace",
    "redis_url": f"redis://:{SECRET}@127.0.0.1:6379/0",
    "drain_s": 30.0,
    "ami": {"host": "127.0.0.1", "port": 5038, "secret": SECRET, "action_timeout_s": 5, "ping_interval_s": 2.0},
    "mqtt": {"port": 1883, "password": SECRET, "site": "main"},
    "http": {"port": 8600, "token": SECRET},
    "agi": {"host": "127.0.0.1", "port": 4573},
    "trunks": {
        "main": {"endpoint": "carrier", "calls_per_second": 5.0, "channels": 30, "caller_ids": ["+862112345678"]}
    },
    "agents": {"a1": {"name": "王", "sip_secret": SECRET, "skills": ["zh"]}},
    "law": {
        "legal_hours": {"opens": time(8), "closes": time(21)},
        "legal_hours_by_country": {"86": {"opens": time(9)}},
    },
}
PLAN: dict[str, Any] = {
    "name": "autumn",
    "trunk": "main",
    "caller_id": "+862112345678",
    "skills": ["zh"],
    "starts_on": date(2026, 1, 1),
    "windows": [{"days": ["mon", "makeup"], "opens": time(9), "closes": "20:00"}],
    "calendar_overrides": {"2026-02-03": "holiday"},
    "caps": {"per_number": 3, "per_days": 1, "lead_lifetime": 12},
    "pacing": {"mode": "ratio", "ratio": 1.5, "max_in_flight": 100, "max_abandonment": 0.03},
    "retries": {"BUSY": {"delay_s": 900.0, "maximum": 5, "floor_s": 300, "next_number": True}},
    "ring_timeout_s": 25,
    "abandon_limit_s": 2.0,
    "wrap_up_s": 30,
    "answering_machines": "off",
}
KEYS = (
    "_env_file",
    "_cli_parse_args",
    "_secrets_dir",
    "_case_sensitive",
    "self",
    "",
    "model_config",
    "a\nb",
    "\x1b[2J",
    "ami",
    "é",
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**30, -(10**30), 65536, 10**400])
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["\x00", "\x1b[31m", "\u202e", "x" * 5000, "+86" + "1" * 11, "nan", "1e999", "10.0.0.1", "h"])
    | st.dates()
    | st.times()
    | st.datetimes()
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=5,
)


# A secret is told only where a secret belongs: what is written as a host's name may be repeated.
SECRET_PLACES = ("secret", "password", "token", "sip_secret")
URL_PLACES = ("redis_url", "database_url")
secrets = st.sampled_from([[SECRET], {"value": SECRET}, f"{SECRET}\n", [[SECRET, 1]]])
urls = st.tuples(
    st.sampled_from(["redis://", "rediss://", "postgresql://", "sqlite:///", "", "//", "x:"]),
    st.sampled_from(
        [f":{SECRET}", f"u:{SECRET}", f"u:{SECRET}/", f"u:#{SECRET}", f"u:?{SECRET}", f"u:{SECRET}@{SECRET}"]
    ),
    st.sampled_from(["@127.0.0.1:6379/0", "@10.0.0.1/0", "@h:x", "@[::1", "", "@h/0?ssl=no"]),
).map("".join)


def without_secrets(value: Any) -> Any:
    """The same value with other words for its secrets."""
    if isinstance(value, dict):
        return {key: without_secrets(one) for key, one in value.items()}
    return value.replace(SECRET, "told") if isinstance(value, str) else value


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a tree of tables and lists."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


@st.composite
def mutated(draw: st.DrawFn, good: dict[str, Any]) -> dict[str, Any]:
    """A good tree with some of its values replaced, taken out, put elsewhere, or joined by new ones."""
    tree = copy.deepcopy(good)
    for _ in range(draw(st.integers(0, 3))):
        there = list(places(tree))
        if not there:
            break
        *path, key = draw(st.sampled_from(there))
        parent = tree
        for step in path:
            parent = parent[step]
        match draw(st.sampled_from(["replace", "remove", "add", "swap"])):
            case "replace":
                parent[key] = draw(values)
            case "remove":
                del parent[key]
            case "add" if isinstance(parent, dict):
                parent[draw(st.sampled_from(KEYS) | st.text(max_size=6))] = draw(values)
            case _ if key in SECRET_PLACES:
                parent[key] = draw(secrets)
            case _ if key in URL_PLACES:
                parent[key] = draw(urls)
            case _:
                parent[key] = without_secrets(copy.deepcopy(good[draw(st.sampled_from(sorted(good)))]))
    return tree


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of this machine play a part."""
    for name in [name for name in os.environ if name.startswith("RINGPACE_")]:
        monkeypatch.delenv(name)


def refused(path: Path, data: bytes) -> str | None:
    """What is said against a settings file, None where it is read; no other error, and no secret in it."""
    path.write_bytes(data)
    try:
        settings = load_settings(path)
    except SettingsError as error:
        told, trace = str(error), "".join(traceback.format_exception(error))
        assert SECRET not in trace
        assert told.startswith(f"{path}: ")
        assert told.isprintable()
        assert len(told) > len(f"{path}: ")
        return told
    assert SECRET not in repr(settings)
    fits(settings)
    return None


def fits(model: BaseModel) -> None:
    """What is accepted can be used: numbers are finite, times of waiting can be added to a clock, ports exist."""
    for name, value in model:
        if isinstance(value, BaseModel):
            fits(value)
        elif isinstance(value, dict):
            for one in value.values():
                if isinstance(one, BaseModel):
                    fits(one)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            assert math.isfinite(value)
            assert abs(value) < 2**31, name
            if name.endswith("_s"):
                assert datetime(2026, 11, 21) + timedelta(seconds=value)  # noqa: DTZ001 - only that it exists
            if name == "port":
                assert 0 <= value < 65536


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings") / "ringpace.toml"


def test_the_tree_that_is_mutated_is_a_good_one(path: Path) -> None:
    assert refused(path, document(SETTINGS).encode()) is None
    assert CampaignPlan.model_validate(PLAN).pacing.mode is PacingMode.RATIO


@examples(150)
@given(tree=mutated(SETTINGS))
@example(tree=SETTINGS | {"_cli_parse_args": True})
@example(tree=SETTINGS | {"_env_prefix": "X"})
@example(tree=SETTINGS | {"drain_s": 10**400})
@example(tree=SETTINGS | {"drain_s": math.inf})
@example(tree=SETTINGS | {"agi": {"port": 70000}})
@example(tree=SETTINGS | {"a\nb": 1})
def test_settings_are_read_or_refused_by_the_name_of_their_key(path: Path, tree: dict[str, Any]) -> None:
    told = refused(path, document(tree).encode())
    assert told or not [key for key in tree if key not in {*SETTINGS, "trusted_network"} and tree[key] is not None]


@examples(60)
@given(
    data=st.binary(max_size=200)
    | st.tuples(st.integers(0, len(document(SETTINGS))), st.binary(max_size=4)).map(
        lambda cut: document(SETTINGS).encode()[: cut[0]] + cut[1]
    )
)
@example(data=b"a = " + b"[" * 5000)
@example(data=b"a = " + b"9" * 5000)
def test_what_is_no_toml_is_said_to_be_none(path: Path, data: bytes) -> None:
    assert refused(path, data) or b"trunks" in data  # cut behind all that must be there


# --- plans and pacing ----------------------------------------------------------------------------


@examples(200)
@given(mutated(PLAN))
@example(PLAN | {"retries": {"BUSY": {"delay_s": math.inf, "maximum": 1}}})
@example(PLAN | {"retries": {"BUSY": {"delay_s": 1e300, "maximum": 1}}})
@example(PLAN | {"caps": {"per_number": 10**400}})
@example(PLAN | {"\x1b[2J": 1})
def test_a_plan_is_kept_as_it_is_or_refused_by_the_name_of_its_key(tree: dict[str, Any]) -> None:
    try:
        plan = CampaignPlan.model_validate(tree)
    except ValidationError as error:
        told = problems_of(error)
    else:
        told = "kept"
        fits(plan)
        assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in plan.name)
        written = json.dumps(plan.model_dump(mode="json"), allow_nan=False)
        assert CampaignPlan.model_validate(json.loads(written)) == plan
    assert told
    assert told.isprintable()


changes = st.dictionaries(
    st.sampled_from(["mode", "ratio", "max_in_flight", "max_abandonment"]) | st.text(max_size=6) | st.just("\ud800"),
    values | st.sampled_from(["ratio", "AGENTLESS", 2, 2.5, True, "\ud800", "2", [[]], 10**30]),
    max_size=4,
)


@examples(200)
@given(changes)
@example({"\ud800": 1})
@example({"max_in_flight": 10**30})
def test_a_pace_is_changed_by_what_was_asked_or_not_at_all(asked: dict[str, Any]) -> None:
    pacing = Pacing(ratio=2.0)
    try:
        changed = pacing.changed(asked)
    except InputError as error:
        told = str(error)
    else:
        told = "changed"
        fits(changed)
        assert set(asked) <= set(Pacing.model_fields)
        assert all(getattr(changed, key) == getattr(pacing, key) for key in Pacing.model_fields if key not in asked)
    assert told.isprintable()
    assert pacing == Pacing(ratio=2.0)
