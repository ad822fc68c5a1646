"""Publishes live updates through mutations of this API that only IAM callers may use and that trigger subscriptions.

AppSync sends to subscribers only the fields that the publishing mutation selects. Therefore the mutations select every
stored field. They do not select `history`, which is derived: each update would then wait for a Lambda and a query.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError

from adapters.clients import BUDGET
from adapters.correlation import as_correlation_id
from adapters.task_json import TASK_FIELDS, event_name, task_json
from adapters.time_budget import ANSWER, OutOfTime, TimeBudget
from domain.changes import TaskChange
from domain.ports import LiveUpdateFailed, LiveUpdates

_TASK = " ".join(TASK_FIELDS.values())
_CHANGE = f"publishTaskChange(change: $change) {{ event task {{ {_TASK} }} }}"
_PUBLISH_CHANGE = f"mutation PublishTaskChange($change: TaskChangeInput!) {{ {_CHANGE} }}"
# One request has two root fields. Neither has an alias, because an aliased field does not reach
# subscribers (aws-appsync-community#160).
_PUBLISH_COMPLETION = f"""mutation PublishTaskCompletion($change: TaskChangeInput!, $task: TaskSnapshotInput!) {{
  {_CHANGE}
  publishTaskCompleted(task: $task) {{ {_TASK} }}
}}"""


_ATTEMPTS = 3
_ATTEMPT = 4.5  # seconds: 1 to connect, 3 to read, and up to half a second of backoff with jitter


def connections(size: int) -> urllib3.PoolManager:
    """Returns a pool for `size` concurrent publishes. An attempt takes at most 1 s to connect and 3 s to read."""
    return urllib3.PoolManager(timeout=urllib3.Timeout(connect=1, read=3), maxsize=size)


def _retries(attempts: int) -> urllib3.Retry:
    """Returns the rule that repeats a request after a throttle, a temporary AppSync error or a broken connection.

    A publish may be repeated after it succeeded, so that subscribers receive each live update at least once.
    """
    return urllib3.Retry(
        total=attempts - 1,
        allowed_methods=None,
        status_forcelist=(429, 500, 502, 503, 504),
        backoff_factor=0.1,
        backoff_jitter=0.2,
        respect_retry_after_header=False,  # the header may ask for more time than the Lambda has
        raise_on_status=False,
    )


@dataclass(frozen=True, slots=True)
class AppSyncLiveUpdates(LiveUpdates):
    """Publishes changes to subscribers through AppSync and signs requests with the Lambda's own credentials."""

    graphql_url: str
    http: urllib3.PoolManager
    session: boto3.Session = field(default_factory=boto3.Session)
    budget: TimeBudget = BUDGET

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        """Send one HTTP request that carries the correlation id as its trace header.

        The request is attempted up to three times, as often as the time budget allows. Raises OutOfTime when it allows
        no attempt. Raises LiveUpdateFailed when AppSync cannot be reached or refuses the update. The message of a
        refusal holds the HTTP status and the response.
        """
        task = task_json(change.task)
        variables: dict[str, object] = {"change": {"event": event_name(change.event_type), "task": task}}
        if change.completes_the_task:
            self._post(_PUBLISH_COMPLETION, variables | {"task": task}, correlation_id)
        else:
            self._post(_PUBLISH_CHANGE, variables, correlation_id)

    def _post(self, mutation: str, variables: Mapping[str, object], correlation_id: str | None) -> None:
        attempts = int(min(_ATTEMPTS, (self.budget.remaining() - ANSWER) // _ATTEMPT))
        if attempts < 1:
            raise OutOfTime("The invocation has no time left to publish a live update.")
        body = json.dumps({"query": mutation, "variables": variables}, ensure_ascii=False).encode()
        headers = {"content-type": "application/json"}
        if trace := as_correlation_id(correlation_id):
            headers["x-amzn-trace-id"] = trace
        try:
            request = AWSRequest("POST", self.graphql_url, data=body, headers=headers)
            SigV4Auth(self._credentials(), "appsync", self.session.region_name).add_auth(request)
            response = self.http.request(
                "POST", self.graphql_url, body=body, headers=dict(request.headers), retries=_retries(attempts)
            )
            if response.status == 200 and not json.loads(response.data).get("errors"):
                return
        except (BotoCoreError, urllib3.exceptions.HTTPError, ValueError) as fault:
            raise LiveUpdateFailed(f"{type(fault).__name__}: {fault}") from fault
        # AppSync's refusals name fields and rules, and no task's content.
        raise LiveUpdateFailed(f"HTTP {response.status}: {response.data[:500].decode(errors='replace')}")

    def _credentials(self) -> Credentials:
        credentials = self.session.get_credentials()
        if credentials is None:
            raise LiveUpdateFailed("no AWS credentials to sign with")
        return credentials
