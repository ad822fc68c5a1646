"""An attempt starts only while there is time for it, the pause after it and the answer."""

import pytest

from adapters.time_budget import ANSWER, ATTEMPT, PAUSE, OutOfTime, TimeBudget

NEEDED = ATTEMPT + PAUSE + ANSWER


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Returns the time in seconds, as the only element."""
    now = [100.0]
    monkeypatch.setattr("adapters.time_budget.monotonic", lambda: now[0])
    return now


def test_nothing_is_limited_before_the_first_invocation() -> None:
    TimeBudget().check(model="of botocore")


def test_an_attempt_needs_five_and_a_half_seconds(clock: list[float]) -> None:
    budget = TimeBudget()
    budget.start(10_000)

    clock[0] += 10 - NEEDED
    budget.check()
    clock[0] += 0.01
    with pytest.raises(OutOfTime, match=r"^The invocation has no time left for another attempt\.$"):
        budget.check()

    assert NEEDED == 5.5


def test_each_invocation_has_its_own_budget(clock: list[float]) -> None:
    budget = TimeBudget()
    budget.start(0)
    budget.start(10_000)

    budget.check()
