"""The router with which every resolver registers, and access to the composed parts and the caller."""

from aws_lambda_powertools.event_handler.graphql_appsync.router import Router

from domain.access import Actor
from domain.budget import Work
from domain.identifiers import UserId
from resolvers.composition import Parts

router = Router()  # type: ignore[no-untyped-call] # Powertools does not type it


def parts() -> Parts:
    """Returns the parts of the running Lambda, which the application puts into Powertools' context."""
    composed: Parts = router.context["parts"]
    return composed


def actor() -> Actor:
    """Returns the caller of the field that is being resolved.

    Raises Unauthorized for credentials that the API refuses.
    """
    event = router.current_event
    if event is None:
        raise RuntimeError("no field is being resolved")
    return parts().access.actor_of(event.raw_event)


def spender(work: Work, amount: int = 1) -> Actor:
    """Returns the caller, who is about to do some work.

    Raises Unauthorized for credentials that the API refuses, and TooManyRequests when the caller's budget is spent.
    """
    caller = actor()
    parts().budget.charge(caller, work, amount)
    return caller


def charged(changes: int) -> Actor:
    """Returns the caller, who is about to make some changes, as `spender` does."""
    return spender(Work.CHANGES, changes)


def named(user_id: str | None) -> UserId | None:
    """Returns the owner that the field's arguments name, if any. Raises ValidationError for a malformed id."""
    return None if user_id is None else UserId(user_id)
