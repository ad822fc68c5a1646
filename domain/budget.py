"""The budget of work: how many changes one caller may make in a minute."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from domain.access import Actor
from domain.errors import TooManyRequests
from domain.identifiers import UserId
from domain.ports import Clock

COUNTED = 16
"""Of so many single changes one is counted on average, with this weight. Larger requests are always counted."""

_OF_ADMINS, _OF_SERVICES = 10, 20  # times the budget of a user
_MINUTE = timedelta(minutes=1)


class ChangeCounts(Protocol):
    """Counts the changes of each spender in each minute."""

    def add(self, spender: UserId | str, minute: datetime, changes: int) -> int:
        """Add to the count of a user or of a service. Returns the count with it."""


@dataclass(slots=True)
class WorkBudget:
    """Refuses changes beyond a number in a minute, approximately (docs/decisions/0023-a-budget-of-work.md).

    `per_user` is the number for a user; admins and services have more. `chance` returns a random number from 0 to 1.
    """

    spending: ChangeCounts
    clock: Clock
    per_user: int
    chance: Callable[[], float]
    _minute: datetime | None = field(default=None, init=False)
    _spent: set[UserId | str] = field(default_factory=set, init=False)

    def charge(self, actor: Actor, changes: int) -> None:
        """Count changes that the actor is about to make. Raises TooManyRequests when the budget is spent."""
        now = self.clock()
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self._spent = minute, set()
        spender = actor.user_id or actor.service
        if spender not in self._spent:
            weight = max(changes, COUNTED)
            if self.chance() * weight >= changes:
                return
            if self.spending.add(spender, minute, weight) <= self._limit(actor):
                return
            self._spent.add(spender)
        raise TooManyRequests(int((minute + _MINUTE - now).total_seconds()) + 1)

    def _limit(self, actor: Actor) -> int:
        if actor.user_id is None:
            return self.per_user * _OF_SERVICES
        return self.per_user * _OF_ADMINS if actor.acts_for_anyone else self.per_user
