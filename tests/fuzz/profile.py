"""How many examples a fuzzer looks at: its own number in CI, and twenty times as many in the long profile."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_USUAL = 100


def examples(number: int) -> settings:
    """So many examples, in proportion to the profile; how long one takes is not what is tested."""
    usual = settings.default.max_examples if settings.default else _USUAL
    return settings(
        max_examples=number * usual // _USUAL,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )
