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

from adapters.correlation import as_correlation_id
from adapters.task_json import EVENT_NAMES, TASK_FIELDS, task_json
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


def connections(size: int) -> urllib3.PoolManager:
    """Returns a connection pool for `size` concurrent publishes.

    The pool repeats a request after a throttle, a temporary AppSync error or a broken connection: it makes at most
    three attempts of 1 s to connect and 3 s to read, each preceded by up to half a second of backoff with jitter. A
    publish may be repeated after it succeeded, so that subscribers receive each live update at least once.
    """
    retries = urllib3.Retry(
        total=2,
        allowed_methods=None,
        status_forcelist=(429, 500, 502, 503, 504),
        backoff_factor=0.1,
        backoff_jitter=0.2,
        respect_retry_after_header=False,  # the header may ask for more time than the Lambda has
        raise_on_status=False,
    )
    return urllib3.PoolManager(timeout=urllib3.Timeout(connect=1, read=3), retries=retries, maxsize=size)


@dataclass(frozen=True, slots=True)
class AppSyncLiveUpdates(LiveUpdates):
    """Publishes changes to subscribers through AppSync and signs requests with the Lambda's own credentials."""

    graphql_url: str
    http: urllib3.PoolManager
    session: boto3.Session = field(default_factory=boto3.Session)

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        """Send one HTTP request that carries the correlation id as its trace header.

        Raises LiveUpdateFailed when AppSync cannot be reached or refuses the update. The message of a refusal holds the
        HTTP status and the answer.
        """
        task = task_json(change.task)
        variables: dict[str, object] = {"change": {"event": EVENT_NAMES[change.event_type], "task": task}}
        if change.completes_the_task:
            self._post(_PUBLISH_COMPLETION, variables | {"task": task}, correlation_id)
        else:
            self._post(_PUBLISH_CHANGE, variables, correlation_id)

    def _post(self, mutation: str, variables: Mapping[str, object], correlation_id: str | None) -> None:
        body = json.dumps({"query": mutation, "variables": variables}, ensure_ascii=False).encode()
        headers = {"content-type": "application/json"}
        if trace := as_correlation_id(correlation_id):
            headers["x-amzn-trace-id"] = trace
        try:
            request = AWSRequest("POST", self.graphql_url, data=body, headers=headers)
            SigV4Auth(self._credentials(), "appsync", self.session.region_name).add_auth(request)
            answer = self.http.request("POST", self.graphql_url, body=body, headers=dict(request.headers))
            if answer.status == 200 and not json.loads(answer.data).get("errors"):
                return
        except (BotoCoreError, urllib3.exceptions.HTTPError, ValueError) as fault:
            raise LiveUpdateFailed(f"{type(fault).__name__}: {fault}") from fault
        # What AppSync says of it names fields and rules, no task's content.
        raise LiveUpdateFailed(f"HTTP {answer.status}: {answer.data[:500].decode(errors='replace')}")

    def _credentials(self) -> Credentials:
        credentials = self.session.get_credentials()
        if credentials is None:
            raise LiveUpdateFailed("no AWS credentials to sign with")
        return credentials
