"""How much is tried, from which seed, and what came of it: the same for every test of this folder."""

import os
import random

from hypothesis import HealthCheck, Phase, settings

FULL = os.environ.get("TRUST_SCALE", "short") == "full"
SEED = int(os.environ.get("TRUST_SEED") or (random.SystemRandom().randrange(10**6) if FULL else 20261124))

figures: list[str] = []
"""Lines for the end of the run: what was measured."""


def scaled(short: int, full: int) -> int:
    """One of the two, as TRUST_SCALE says."""
    return full if FULL else short


def searched(short: int, full: int, *, steps: int = 50) -> settings:
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
