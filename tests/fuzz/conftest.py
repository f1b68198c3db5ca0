"""How long the fuzzers look: a moment in CI, and as long as one likes with `--hypothesis-profile=long`.

.venv/bin/pytest tests/fuzz --hypothesis-profile=long                          # a few minutes each
.venv/bin/pytest tests/fuzz/test_fuzz_ami.py --hypothesis-seed=4711            # what a seed found, again
"""

from __future__ import annotations

import pytest
from hypothesis import settings

LONG = 2000
"""Examples of a test that looks at 100 otherwise."""
LONG_TIMEOUT_S = 1800

settings.register_profile("long", max_examples=LONG, deadline=None, print_blob=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long way takes longer than any test may otherwise."""
    if config.getoption("--hypothesis-profile") == "long":
        for item in items:
            item.add_marker(pytest.mark.timeout(LONG_TIMEOUT_S))
