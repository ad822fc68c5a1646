"""Who may act on whose tasks: the one rule."""

from dataclasses import dataclass

from domain.errors import Unauthorized, ValidationError
from domain.identifiers import UserId


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks for something. `user_id` is None for those who are no user: services and API keys."""

    user_id: UserId | None
    acts_for_anyone: bool

    def may_act_for(self, owner: UserId) -> bool:
        """Whether the owner's tasks are theirs to see and change."""
        return self.acts_for_anyone or owner == self.user_id

    def owner(self, named: UserId | None) -> UserId:
        """Whose tasks are meant: the named user's, else one's own.

        Raises Unauthorized when they may not act for the named user, ValidationError when nobody is named and the
        actor is no user.
        """
        if named is None:
            if self.user_id is None:
                raise ValidationError("userId", "must be given by a caller that is not a signed-in user")
            return self.user_id
        if not self.may_act_for(named):
            raise Unauthorized("You may only act on your own tasks.")
        return named
