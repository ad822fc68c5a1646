"""A caller makes a limited number of changes in a minute, counted approximately and at a small price."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from domain.access import Actor
from domain.budget import DAY, MINUTE, Limit, Work, WorkBudget
from domain.errors import TooManyRequests
from domain.identifiers import UserId
from tests.builders import ANNA, BORIS, NOON

OWNER, OTHER = Actor(ANNA, acts_for_anyone=False), Actor(BORIS, acts_for_anyone=False)
ADMIN = Actor(UserId("ada"), acts_for_anyone=True)
SERVICE = Actor(None, acts_for_anyone=True, service="arn:aws:sts::1:assumed-role/mailer")
LIMITS = (Limit(Work.CHANGES, MINUTE, 300), Limit(Work.CHANGES, DAY, 20_000))
WRITE_UNIT = 0.625  # dollars per million


@dataclass
class Spent:
    counts: Counter[tuple[object, timedelta, datetime]] = field(default_factory=Counter)
    calls: int = 0

    def add(self, spender: UserId | str, limit: Limit, start: datetime, amount: int) -> int:
        self.calls += 1
        self.counts[spender, limit.period, start] += amount
        return self.counts[spender, limit.period, start]


class World:
    """Several Lambda instances, among which requests are spread at random."""

    def __init__(self, instances: int = 4, seed: int = 1) -> None:
        self.random, self.spent, self.now = Random(seed), Spent(), NOON
        self.budgets = [WorkBudget(self.spent, lambda: self.now, LIMITS, self.random.random) for _ in range(instances)]

    def allowed(self, actor: Actor, requests: int, *, changes: int = 1) -> int:
        """Returns how many of the requests the budget lets through."""
        allowed = 0
        for _ in range(requests):
            try:
                self.random.choice(self.budgets).charge(actor, Work.CHANGES, changes)
            except TooManyRequests:
                continue
            allowed += 1
        return allowed


def test_an_ordinary_user_never_notices_the_budget() -> None:
    world = World()

    for _ in range(60):
        world.now += timedelta(minutes=1)
        assert world.allowed(OWNER, 100) == 100


@pytest.mark.parametrize("seed", range(5))
def test_a_flood_is_stopped_near_the_limit_on_all_instances(seed: int) -> None:
    assert 150 <= World(seed=seed).allowed(OWNER, 5_000) <= 600


def test_requests_of_many_changes_count_as_many() -> None:
    assert 10 <= World().allowed(OWNER, 1_000, changes=25) <= 16


def test_admins_and_services_have_larger_budgets_and_nobody_has_anothers() -> None:
    world = World()

    assert world.allowed(OWNER, 5_000) < 600
    assert world.allowed(OTHER, 100) == 100
    assert 2_500 <= world.allowed(ADMIN, 20_000) <= 3_600
    assert 5_000 <= world.allowed(SERVICE, 20_000) <= 7_000


def test_the_error_says_when_to_come_back_and_then_the_budget_is_new() -> None:
    world = World(instances=1)
    world.now = NOON + timedelta(seconds=48)
    world.allowed(OWNER, 5_000)

    with pytest.raises(TooManyRequests) as refusal:
        world.budgets[0].charge(OWNER, Work.CHANGES, 1)

    assert refusal.value.info == {"retryAfter": 13}
    world.now += timedelta(seconds=13)
    world.budgets[0].charge(OWNER, Work.CHANGES, 1)


def test_a_day_has_a_budget_of_its_own() -> None:
    world, allowed = World(), 0
    for _ in range(6 * 60):
        world.now += timedelta(minutes=1)
        allowed += world.allowed(OWNER, 200)

    assert 18_000 <= allowed <= 22_000
    world.now += timedelta(minutes=1)
    with pytest.raises(TooManyRequests) as refusal:
        world.budgets[0].charge(OWNER, Work.CHANGES, 16)
    assert refusal.value.info["retryAfter"] == (6 * 60 - 1) * 60 + 1
    world.now += timedelta(days=1)
    assert world.allowed(OWNER, 100) == 100


def test_other_work_is_counted_apart() -> None:
    world = World()
    world.allowed(OWNER, 5_000)

    world.budgets[0].charge(OWNER, Work.READS, 1_000)


def test_a_spent_budget_costs_no_call() -> None:
    world = World(instances=1)
    world.allowed(OWNER, 5_000)
    calls = world.spent.calls

    world.allowed(OWNER, 5_000)

    assert world.spent.calls == calls


def test_counting_costs_at_most_ten_cents_for_a_million_changes() -> None:
    world = World()
    for _ in range(1_000):
        world.now += timedelta(minutes=6)
        assert world.allowed(OWNER, 50) == 50

    assert world.spent.calls / 50_000 * WRITE_UNIT <= 0.10
    assert sum(world.spent.counts.values()) == pytest.approx(2 * 50_000, rel=0.05)
