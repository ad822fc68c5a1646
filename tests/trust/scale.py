"""How much is tried, from which seed, and what came of it: the same for every test of this folder."""

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
"""Lines of the running test for the end of the run: what was measured."""


def scaled(short: int, full: int) -> int:
    """One of the two, as TRUST_SCALE says."""
    return full if FULL else short


def bounds(short: int, full: int, *, steps: int = 50) -> settings:
    """Hypothesis settings: so many examples (of so many steps), no deadline, and a way to repeat each failure."""
    return settings(
        max_examples=scaled(short, full),
        stateful_step_count=steps,
        deadline=None,
        print_blob=True,
        # To shrink a failure of many steps takes minutes: a short run shows it as it was found.
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if FULL else [])],
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


def searched(short: int, full: int) -> Callable[[Any], Any]:
    """Decorates a hypothesis test with its bounds; the table at the end counts its examples as cases."""

    def decorate(test: Any) -> Any:
        return pytest.mark.cases(scaled(short, full))(bounds(short, full)(test))

    return decorate
