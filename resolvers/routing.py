"""The router with which every resolver registers, and access to the composed parts and the caller."""

from aws_lambda_powertools.event_handler.graphql_appsync.router import Router

from domain.access import Actor
from domain.identifiers import UserId
from resolvers.composition import Parts

router = Router()  # type: ignore[no-untyped-call] # Powertools does not type it


def parts() -> Parts:
    """Returns the parts of the running Lambda, which the application puts into Powertools' context."""
    found: Parts = router.context["parts"]
    return found


def actor() -> Actor:
    """Returns the caller of the field that is being resolved.

    Raises Unauthorized for credentials that the API refuses.
    """
    event = router.current_event
    if event is None:
        raise RuntimeError("no field is being resolved")
    return parts().access.actor_of(event.raw_event)


def owner_named(user_id: str | None) -> UserId:
    """Returns the user whose tasks the field concerns: the named user, or the caller when no user is named.

    Raises ValidationError for a malformed id, and when a caller that is not a user names no user. Raises Unauthorized
    when the caller may not act for the named user.
    """
    return actor().owner(None if user_id is None else UserId(user_id))
