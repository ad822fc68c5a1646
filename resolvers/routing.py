"""The router that every resolver registers with, the parts that they work with, and who is calling."""

from aws_lambda_powertools.event_handler.graphql_appsync.router import Router

from domain.access import Actor
from domain.identifiers import UserId
from resolvers.composition import Parts

router = Router()  # type: ignore[no-untyped-call] # Powertools leaves it untyped


def parts() -> Parts:
    """The parts of the Lambda that answers. Powertools' context hands them from the application to its router."""
    found: Parts = router.context["parts"]
    return found


def actor() -> Actor:
    """Who calls the field that is being resolved. Raises Unauthorized for credentials that are no way in."""
    event = router.current_event
    if event is None:
        raise RuntimeError("no field is being resolved")
    return parts().access.actor_of(event.raw_event)


def owner_named(user_id: str | None) -> UserId:
    """Whose tasks the field is about: the named user's, else the caller's own.

    Raises ValidationError for a malformed id and where a caller that is no user names nobody, Unauthorized where the
    caller may not act for the named user.
    """
    return actor().owner(None if user_id is None else UserId(user_id))
