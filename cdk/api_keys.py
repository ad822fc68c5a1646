"""The API keys of a stage and their expiry."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from aws_cdk import aws_appsync as appsync
from constructs import Construct

# AppSync accepts at most 365 days. The lifetime starts at the start of a quarter, so that the template changes four
# times a year and not with every synthesis. A stage that is deployed at least once in 268 days always has valid keys.
_LIFETIME = timedelta(days=360)


def expiry(today: date) -> int:
    """Returns the expiry of keys that are deployed today, in epoch seconds: 268 to 360 days from now.

    AppSync rounds expiry down to hours, and the value is a whole hour.
    """
    quarter = date(today.year, today.month - (today.month - 1) % 3, 1)
    return int(datetime.combine(quarter + _LIFETIME, datetime.min.time(), UTC).timestamp())


def add_keys(scope: Construct, api: appsync.GraphqlApi, names: Sequence[str], today: date) -> None:
    """Create one key for each name. Adding a name adds a key, and removing a name removes its key.

    No key is an output of the stack, because outputs are printed into the logs of deployments. Whoever may call
    `appsync:ListApiKeys` finds the keys.
    """
    # The construct's own key always has the same logical id, so that it could not be replaced without an interruption.
    api.node.try_remove_child("DefaultApiKey")
    for name in names:
        appsync.CfnApiKey(
            scope, f"ApiKey{name}", api_id=api.api_id, description=f"Exploring, {name}", expires=expiry(today)
        )
