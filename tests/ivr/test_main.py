"""The list of prompts, as the set-up reads it."""

from __future__ import annotations

import subprocess
import sys


def test_every_prompt_is_listed_once_in_each_language() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ivr", "--company", "光明公司"], check=True, capture_output=True, encoding="utf-8"
    )
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert sorted((language, name) for language, name, _ in rows) == [
        (language, name)
        for language in ("en", "zh")
        for name in ("abandoned", "inbound", "opted-out", "survey", "thanks")
    ]
    assert any("光明公司" in text for _, _, text in rows)
