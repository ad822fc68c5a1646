"""The router that every resolver registers with, and who is calling it."""

from aws_lambda_powertools.event_handler.graphql_appsync.router import Router

from domain.access import Actor
from resolvers.access import actor_of

router = Router()  # type: ignore[no-untyped-call] # Powertools leaves it untyped


def actor() -> Actor:
    """Who calls the field that is being resolved. Raises Unauthorized for credentials that are no way in."""
    event = router.current_event
    if event is None:
        raise RuntimeError("no field is being resolved")
    return actor_of(event.raw_event)
