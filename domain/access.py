"""Decides who may read and change whose tasks. No other module holds an access rule."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import Code, Unauthorized, ValidationError
from domain.identifiers import UserId


class ActorKind(StrEnum):
    """What an actor is to the owner of a task."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    SERVICE = "SERVICE"


@dataclass(frozen=True, slots=True)
class Actor:
    """The party that makes a request. `user_id` is None for services and API keys, which are not users.

    `service` names them instead: an IAM role or user, or all API keys together.
    `token_issued_at` is the time of a user's access token.
    """

    user_id: UserId | None
    acts_for_anyone: bool
    token_issued_at: datetime | None = None
    service: str = ""

    def may_act_for(self, owner: UserId) -> bool:
        """Returns whether the actor may read and change the tasks of `owner`."""
        return self.acts_for_anyone or owner == self.user_id

    def kind(self, owner: UserId) -> ActorKind:
        """Returns what the actor is to `owner`. Everybody who is no user is a service."""
        if self.user_id is None:
            return ActorKind.SERVICE
        return ActorKind.OWNER if self.user_id == owner else ActorKind.ADMIN

    def owner(self, named: UserId | None) -> UserId:
        """Returns the user whose tasks the request concerns: the named user, or the actor when no user is named.

        Raises Unauthorized when the actor may not act for the named user. Raises ValidationError when no user is named
        and the actor is not a user.
        """
        if named is None:
            if self.user_id is None:
                raise ValidationError("userId", "must be given by a caller that is not a signed-in user", Code.REQUIRED)
            return self.user_id
        if not self.may_act_for(named):
            raise Unauthorized("You may only act on your own tasks.")
        return named
