"""The number of cases, the seed and the measured figures of every test in this folder."""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

FULL = os.environ.get("TRUST_SCALE", "short") == "full"
SEED = int(os.environ.get("TRUST_SEED") or (random.SystemRandom().randrange(10**6) if FULL else 20261124))
os.environ["TRUST_SEED"] = str(SEED)  # all processes of a run have one seed

figures: list[str] = []
"""The measurements of the running test, as lines for the end of the run."""


def scaled(short: int, full: int) -> int:
    """Returns `full` if TRUST_SCALE is `full`, else `short`."""
    return full if FULL else short


def bounds(short: int, full: int, *, steps: int = 50) -> settings:
    """Returns hypothesis settings with these bounds, without a deadline, and with a way to repeat each failure."""
    return settings(
        max_examples=scaled(short, full),
        stateful_step_count=steps,
        deadline=None,
        print_blob=True,
        # Shrinking a failure of many steps takes minutes, so that a short run shows the failure as it was found.
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if FULL else [])],
        database=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.filter_too_much,
            HealthCheck.function_scoped_fixture,  # all examples of a test share its cloud deliberately
        ],
    )


def searched(short: int, full: int) -> Callable[[Any], Any]:
    """Returns a decorator that sets the bounds of a hypothesis test. The final table counts its examples as cases."""

    def decorate(test: Any) -> Any:
        return pytest.mark.cases(scaled(short, full))(bounds(short, full)(test))

    return decorate
