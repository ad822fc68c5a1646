"""The simulation of the queue is right for figures that a reader can check mentally."""

import pytest

from benchmarks.queue_age import simulated


def test_a_load_below_what_the_processor_takes_does_not_age() -> None:
    outcome = simulated(load=40, concurrency=5, message_seconds=0.1)

    assert outcome.greatest_age == 0
    assert outcome.drained_after < 1


def test_a_load_of_twice_what_the_processor_takes_ages_by_half_of_its_time() -> None:
    outcome = simulated(load=100, concurrency=5, message_seconds=0.1, burst=600)

    # The processor takes 50 of 100 messages each second. After 600 s half are left, and the last one waits for 600 s.
    assert outcome.greatest_age == pytest.approx(600, rel=0.01)
    assert outcome.drained_after == pytest.approx(600, rel=0.01)


def test_lambda_takes_its_time_to_reach_a_concurrency() -> None:
    # 1,000 messages a second need 100 concurrent invocations; Lambda adds five a second.
    outcome = simulated(load=1_000, concurrency=200, message_seconds=0.1)

    assert 5 < outcome.greatest_age < 30
    assert outcome.drained_after < 1
