"""The use case that decides to whose tasks a caller may subscribe."""

from dataclasses import dataclass

from domain.access import Actor
from domain.errors import Unauthorized
from domain.identifiers import UserId
from domain.ports import Clock, EndedAccess, Listeners


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Grants a subscription to the changes of one user's tasks or of everyone's, and records its listener."""

    listeners: Listeners
    ended_access: EndedAccess
    clock: Clock

    def __call__(self, actor: Actor, owner: UserId | None) -> UserId | None:
        """Returns the user whose tasks the subscription is about, or None for the tasks of all users.

        Without an owner, an actor who acts for anyone subscribes to all users, and any other actor to their own tasks.
        Raises Unauthorized when the actor may not act for the owner, or has a token that was issued before their access
        was ended: a subscription would outlive the token by a day. The listener is recorded before this returns, so
        that every change that is recorded after the subscription's acknowledgement is published.
        """
        permitted = None if owner is None and actor.acts_for_anyone else actor.owner(owner)
        if self._has_ended(actor):
            raise Unauthorized("Your access has been ended. Sign in again.")
        self.listeners.add(permitted, self.clock())
        return permitted

    def _has_ended(self, actor: Actor) -> bool:
        ended_at = self.ended_access.ended_at(actor.user_id) if actor.user_id else None
        return ended_at is not None and (actor.token_issued_at is None or actor.token_issued_at <= ended_at)
