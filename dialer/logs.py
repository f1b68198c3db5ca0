"""Logs are data: one JSON object a line, a fixed message with its facts beside it; secrets and numbers stay out."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime

_MISLEADING = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON lets through and a terminal or an editor obeys: controls, other line ends, marks that turn a line round."""

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Time, level, logger, message, and whatever the call gave as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({key: value for key, value in vars(record).items() if key not in _OWN})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        text = json.dumps(line, ensure_ascii=False, default=str)
        return _MISLEADING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def set_up_logs() -> None:
    """Send all logs to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # These tell of every request and every ping; what matters of them is in our own metrics.
    for noisy in ("httpx", "uvicorn.access", "alembic", "panoramisk"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
