"""The API keys of a stage: which there are, and when they expire."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from aws_cdk import aws_appsync as appsync
from constructs import Construct

# AppSync takes at most 365 days. Counted from the start of a quarter, so that the template changes four times a year
# and not with every synthesis; a stage that is deployed once in nine months never loses its keys.
_LIFETIME = timedelta(days=360)


def expiry(today: date) -> int:
    """When keys that are deployed today expire, in 268 to 360 days: epoch seconds, whole hours (AppSync's rule)."""
    quarter = date(today.year, today.month - (today.month - 1) % 3, 1)
    return int(datetime.combine(quarter + _LIFETIME, datetime.min.time(), UTC).timestamp())


def add_keys(
    scope: Construct, api: appsync.GraphqlApi, names: Sequence[str], today: date
) -> Sequence[appsync.CfnApiKey]:
    """One key per name. A new name is a new key beside the others; a name that goes takes its key with it."""
    # The construct's own key has one logical id for ever: it could not be replaced without an interruption.
    api.node.try_remove_child("DefaultApiKey")
    return [
        appsync.CfnApiKey(
            scope, f"ApiKey{name}", api_id=api.api_id, description=f"Exploring, {name}", expires=expiry(today)
        )
        for name in names
    ]
