"""Ends the live access of users: the subscriptions that AppSync would serve until their connections end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from adapters.dynamodb_ended_access import DynamoDBEndedAccess
from adapters.timestamps import now
from domain.identifiers import UserId
from operations.deployed import Deployed
from operations.errors import CommandCannotRun

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FIELDS = ("onTaskChanged", "onTaskCompleted")
# Seconds after which every subscription has begun whose resolver has not read the record of ended access. AppSync
# allows a request 30 s (AppSync endpoints and quotas).
GRACE = 35.0
_MUTATION = """mutation EndSubscriptions($field: SubscriptionField!, $userId: ID) {
  endSubscriptions(field: $field, userId: $userId)
}"""


def end_subscriptions(graphql_url: str, user_id: UserId | None) -> None:
    """End the user's subscriptions, or everyone's for None, to each field, signed with the operator's credentials.

    Raises CommandCannotRun when AppSync cannot be reached or refuses.
    """
    for field_name in FIELDS:
        variables = {"field": field_name, "userId": None if user_id is None else str(user_id)}
        _post(graphql_url, json.dumps({"query": _MUTATION, "variables": variables}).encode())


@dataclass(frozen=True, slots=True)
class LiveAccess:
    """The live access to one stack. `end` takes up to 40 seconds, of which it waits `grace`."""

    deployed: Deployed
    dynamodb: DynamoDBClient
    grace: float = GRACE
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = field(default=now)

    def end(self, user_id: UserId) -> None:
        """End the user's subscriptions, also those that are beginning.

        The record comes first: from then on a token of before begins no subscription. One that was beginning is ended
        by the second call. Raises CommandCannotRun.
        """
        DynamoDBEndedAccess(self.dynamodb, self.deployed.table).end(user_id, self.clock())
        self._end_twice(user_id)

    def end_everyones(self) -> None:
        """End all subscriptions once. Who may subscribe does so again. Raises CommandCannotRun."""
        end_subscriptions(self.deployed.graphql_url, None)

    def _end_twice(self, user_id: UserId) -> None:
        end_subscriptions(self.deployed.graphql_url, user_id)
        self.wait(self.grace)
        end_subscriptions(self.deployed.graphql_url, user_id)


def _post(url: str, body: bytes) -> None:
    session = boto3.Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise CommandCannotRun("There are no AWS credentials to sign with.")
    request = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    SigV4Auth(credentials, "appsync", session.region_name).add_auth(request)
    try:
        response = urllib3.request("POST", url, body=body, headers=dict(request.headers), timeout=30.0, retries=3)
    except urllib3.exceptions.HTTPError as fault:
        raise CommandCannotRun(f"The API cannot be reached: {fault}") from fault
    text = response.data.decode(errors="replace")
    if response.status != 200 or '"errors"' in text:
        raise CommandCannotRun(f"The API refused to end subscriptions: HTTP {response.status}: {text[:500]}")
