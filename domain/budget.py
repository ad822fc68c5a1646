"""The budget of work: how much one caller may change, read and subscribe to in a minute or a day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from domain.access import Actor
from domain.errors import TooManyRequests
from domain.identifiers import UserId
from domain.ports import Clock

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_OF_ADMINS, _OF_SERVICES = 10, 20  # times the budget of a user
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Work(StrEnum):
    """The kinds of work that a budget counts."""

    CHANGES = "CHANGES"
    READS = "READS"
    SUBSCRIPTIONS = "SUBSCRIPTIONS"


COUNTED: Mapping[Work, int] = MappingProxyType({Work.CHANGES: 16, Work.READS: 64, Work.SUBSCRIPTIONS: 1})
"""Of so many units of work one is counted on average, with this weight. Larger requests are always counted."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much work of a kind a user may do in each period. A day begins at midnight, UTC."""

    work: Work
    period: timedelta
    amount: int

    def start(self, at: datetime) -> datetime:
        """Returns the start of the period that contains a time."""
        return at - (at - _EPOCH) % self.period

    def of(self, actor: Actor) -> int:
        """Returns the amount of an actor: admins and services have more than users."""
        if actor.user_id is None:
            return self.amount * _OF_SERVICES
        return self.amount * _OF_ADMINS if actor.acts_for_anyone else self.amount


class WorkCounts(Protocol):
    """Counts the work of each spender in each period."""

    def add(self, spender: UserId | str, limit: Limit, start: datetime, amount: int) -> int:
        """Add to the count of a user or of a service in the period from `start`. Returns the count with it."""


@dataclass(slots=True)
class WorkBudget:
    """Refuses work beyond some limits, approximately (docs/decisions/0023-a-budget-of-work.md).

    `chance` returns a random number from 0 to 1.
    """

    counts: WorkCounts
    clock: Clock
    limits: Sequence[Limit]
    chance: Callable[[], float]
    _spent: dict[tuple[UserId | str, Limit], datetime] = field(default_factory=dict, init=False)  # until when

    def charge(self, actor: Actor, work: Work, amount: int) -> None:
        """Count work that the actor is about to do. Raises TooManyRequests when a budget of it is spent."""
        now, spender = self.clock(), actor.user_id or actor.service
        limits = [limit for limit in self.limits if limit.work is work]
        for limit in limits:
            if (end := self._spent.get((spender, limit), now)) > now:
                raise TooManyRequests(int((end - now).total_seconds()) + 1)
        weight = max(amount, COUNTED[work])
        if self.chance() * weight >= amount:
            return
        for limit in limits:
            start = limit.start(now)
            if self.counts.add(spender, limit, start, weight) > limit.of(actor):
                self._forget_before(now)
                end = self._spent[spender, limit] = start + limit.period
                raise TooManyRequests(int((end - now).total_seconds()) + 1)

    def _forget_before(self, now: datetime) -> None:
        self._spent = {key: end for key, end in self._spent.items() if end > now}
