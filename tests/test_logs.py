from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from dialer.logs import JsonLines, set_up_logs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _former_logs() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    for noisy in ("httpx", "uvicorn.access", "alembic", "panoramisk"):
        logging.getLogger(noisy).setLevel(logging.NOTSET)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_one_object_a_line_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs()
    logging.getLogger("dialer.test").warning("not dialling", extra={"campaign": "秋季\n", "since": datetime.now(UTC)})
    (line,) = lines(capsys)
    assert (line["level"], line["logger"], line["message"]) == ("WARNING", "dialer.test", "not dialling")
    assert line["campaign"] == "秋季\n"
    assert datetime.fromisoformat(line["at"]).tzinfo is not None


def test_what_comes_from_outside_stays_on_its_line_and_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs()
    name = 'a\r\nb\x1b[2J\x85c\u2028d\u202ee"}\x9b1m\u2066f'
    logging.getLogger("dialer.test").warning("imported", extra={"customer": name})
    written = capsys.readouterr().err
    assert json.loads(written)["customer"] == name
    assert len(written.splitlines()) == 1
    assert written.strip("\n").isprintable()


def test_a_fault_keeps_its_trace_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs()
    try:
        int("a fault of ours")
    except ValueError:
        logging.getLogger("dialer.test").exception("work broke")
    (line,) = lines(capsys)
    assert "a fault of ours" in line["trace"].splitlines()[-1]


def test_chatter_of_libraries_stays_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs()
    logging.getLogger("httpx").info("HTTP Request: GET http://127.0.0.1/health")
    logging.getLogger("panoramisk").info("connected")
    assert lines(capsys) == []


def test_what_is_no_fact_of_the_call_is_left_out() -> None:
    record = logging.LogRecord("dialer", logging.INFO, __file__, 1, "placed %d", (3,), None)
    assert json.loads(JsonLines().format(record)).keys() == {"at", "level", "logger", "message"}
