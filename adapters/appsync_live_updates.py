"""Live updates: mutations on our own API that only IAM may call, and that subscriptions listen to.

AppSync hands subscribers only what the publishing mutation selected, so every stored field is selected here. `history`
is not: it is derived, and would put a Lambda and a query between each change and its subscribers.
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
# Two root fields, in one request. Neither has an alias: aliases reach subscribers as missing fields
# (aws-appsync-community#160).
_PUBLISH_COMPLETION = f"""mutation PublishTaskCompletion($change: TaskChangeInput!, $task: TaskSnapshotInput!) {{
  {_CHANGE}
  publishTaskCompleted(task: $task) {{ {_TASK} }}
}}"""


def connections(size: int) -> urllib3.PoolManager:
    """Connections for so many publishes at the same time.

    Throttles, passing faults of AppSync and cut connections are tried again: three attempts of 1 + 3 s at most, with
    half a second of backoff and jitter before each. A publish may be repeated: live updates arrive at least once.
    """
    retries = urllib3.Retry(
        total=2,
        allowed_methods=None,
        status_forcelist=(429, 500, 502, 503, 504),
        backoff_factor=0.1,
        backoff_jitter=0.2,
        backoff_max=0.5,
        respect_retry_after_header=False,  # it may ask for more time than there is
        raise_on_status=False,
    )
    return urllib3.PoolManager(timeout=urllib3.Timeout(connect=1, read=3), retries=retries, maxsize=size)


@dataclass(frozen=True, slots=True)
class AppSyncLiveUpdates(LiveUpdates):
    """Publishes to subscribers through AppSync, signed with the Lambda's own credentials."""

    graphql_url: str
    http: urllib3.PoolManager
    session: boto3.Session = field(default_factory=boto3.Session)

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        """Send one HTTP request, with the correlation id as its trace header.

        Raises LiveUpdateFailed: AppSync cannot be reached, or does not take the update (HTTP status and answer).
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
