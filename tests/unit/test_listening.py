"""A client that subscribes and then reads misses no change, wherever its steps fall between those of the change.

The model runs the real use case and the real processor, and places the steps of a client between the steps of a change
in every possible way (docs/decisions/0037-publishing-to-listeners.md).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations_with_replacement

import pytest

from domain.access import Actor
from domain.changes import TaskChange
from domain.events import Calendar, utc_day
from domain.identifiers import UserId
from domain.ports import Listeners
from domain.services.subscribe import Subscribe
from processor.follow_change import FollowChange
from tests.builders import ANNA, BORIS, a_created_task, changes_of, later
from tests.in_memory_projections import (
    InMemoryEndedAccess,
    InMemoryErasures,
    InMemoryListeners,
    InMemoryProjections,
    InMemorySettings,
    Subscribers,
)

OWNER = Actor(ANNA, acts_for_anyone=False)
ADMIN = Actor(BORIS, acts_for_anyone=True)
CLIENT_STEPS = 3  # the resolver's record, AppSync's start of the subscription, and the client's read after its answer
SLOTS = 5  # before the write, the record of the change, the read of the listeners and the publication, and after it


@dataclass
class World:
    """One change and one client, whose steps happen in the given slots."""

    actor: Actor
    slots: Sequence[int]
    listeners: Listeners
    is_written: bool = False
    is_subscribed: bool = False
    client_knows: bool = False
    done: int = 0
    steps: Sequence[Callable[[], None]] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = [self.registers, self.is_started, self.reads]

    def registers(self) -> None:
        Subscribe(self.listeners, InMemoryEndedAccess(), later)(self.actor, None)

    def is_started(self) -> None:
        self.is_subscribed = True

    def reads(self) -> None:
        self.client_knows |= self.is_written

    def reach(self, slot: int) -> None:
        while self.done < CLIENT_STEPS and self.slots[self.done] <= slot:
            self.steps[self.done]()
            self.done += 1

    def run(self) -> bool:
        """Returns whether the client knows of the change in the end."""
        world, (change,) = self, changes_of(a_created_task())

        class Recording(InMemoryProjections):
            def record(self, change: TaskChange, day_of: Calendar = utc_day) -> bool:
                world.reach(1)
                return InMemoryProjections.record(self, change, day_of)

        class Reading(Listeners):
            def add(self, owner: UserId | None, at: datetime) -> None:
                raise AssertionError("the processor records no listener")

            def include(self, owner: UserId, at: datetime) -> bool:
                world.reach(2)
                return world.listeners.include(owner, at)

        class Publishing(Subscribers):
            def publish(self, change: TaskChange, correlation_id: str | None) -> None:
                world.reach(3)
                Subscribers.publish(self, change, correlation_id)
                world.client_knows |= world.is_subscribed

        self.reach(0)
        self.is_written = True
        FollowChange(Recording(), Publishing(), InMemoryErasures(), Reading(), InMemorySettings(), later)(change, None)
        self.reach(SLOTS)
        return self.client_knows


def orders() -> Iterator[tuple[int, ...]]:
    """Yields every way to place the client's steps, in their order, in the slots."""
    return combinations_with_replacement(range(SLOTS), CLIENT_STEPS)


@pytest.mark.parametrize("actor", [OWNER, ADMIN])
def test_no_order_of_a_registration_and_a_change_leaves_a_gap(actor: Actor) -> None:
    missed = [slots for slots in orders() if not World(actor, slots, InMemoryListeners()).run()]

    assert missed == []


def test_an_answer_from_before_the_write_would_leave_a_gap() -> None:
    @dataclass
    class Remembering(InMemoryListeners):
        """Answers what it knew before the change, as a cache would."""

        def include(self, owner: UserId, at: datetime) -> bool:
            return False

    missed = [slots for slots in orders() if not World(OWNER, slots, Remembering()).run()]

    assert missed == [(0, 0, 0)], "who has read before the write depends on the publication"
