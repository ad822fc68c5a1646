"""The use case that decides to whose tasks a caller may subscribe."""

from dataclasses import dataclass

from domain.access import Actor
from domain.identifiers import UserId
from domain.ports import Clock, Listeners


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Grants a subscription to the changes of one user's tasks or of everyone's, and records its listener."""

    listeners: Listeners
    clock: Clock

    def __call__(self, actor: Actor, owner: UserId | None) -> UserId | None:
        """Returns the user whose tasks the subscription is about, or None for the tasks of all users.

        Without an owner, an actor who acts for anyone subscribes to all users, and any other actor to their own tasks.
        Raises Unauthorized when the actor may not act for the owner. The listener is recorded before this returns, so
        that every change that is recorded after the subscription's acknowledgement is published.
        """
        heard = None if owner is None and actor.acts_for_anyone else actor.owner(owner)
        self.listeners.add(heard, self.clock())
        return heard
