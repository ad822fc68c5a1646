"""Live updates: mutations on our own API that only IAM may call, and that subscriptions listen to.

AppSync hands subscribers only what the publishing mutation selected, so every field is selected here.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from adapters.correlation import as_correlation_id
from adapters.messages import EVENT_NAMES, snapshot_json
from domain.events import DomainEvent, TaskSnapshot
from domain.ports import LiveUpdates

_TASK = """id userId title description status createdAt updatedAt completedAt version
    history { id type timestamp version status }"""
_PUBLISH_COMPLETED = f"""mutation PublishTaskCompleted($task: TaskSnapshotInput!) {{
  publishTaskCompleted(task: $task) {{ {_TASK} }}
}}"""
_PUBLISH_CHANGE = f"""mutation PublishTaskChange($change: TaskChangeInput!) {{
  publishTaskChange(change: $change) {{ event task {{ {_TASK} }} }}
}}"""


class LiveUpdateFailed(Exception):
    """AppSync did not take a live update: the HTTP status and what it answered."""


@dataclass(frozen=True, slots=True)
class AppSyncLiveUpdates(LiveUpdates):
    """Publishes to subscribers through AppSync, signed with the Lambda's own credentials.

    What the request that raised the event was correlated by goes on as its trace header.
    """

    graphql_url: str
    http: urllib3.PoolManager
    correlation_id: Callable[[], str | None]
    session: boto3.Session = field(default_factory=boto3.Session)

    def task_completed(self, task: TaskSnapshot) -> None:
        """Raises LiveUpdateFailed, or urllib3's HTTPError when AppSync cannot be reached."""
        self._publish(_PUBLISH_COMPLETED, {"task": snapshot_json(task)})

    def task_changed(self, event: DomainEvent) -> None:
        """Raises LiveUpdateFailed, or urllib3's HTTPError when AppSync cannot be reached."""
        change = {"event": EVENT_NAMES[event.event_type], "task": snapshot_json(event.task)}
        self._publish(_PUBLISH_CHANGE, {"change": change})

    def _publish(self, mutation: str, variables: Mapping[str, object]) -> None:
        body = json.dumps({"query": mutation, "variables": variables}, ensure_ascii=False).encode()
        headers = {"content-type": "application/json"}
        if correlation_id := as_correlation_id(self.correlation_id()):
            headers["x-amzn-trace-id"] = correlation_id
        request = AWSRequest("POST", self.graphql_url, data=body, headers=headers)
        credentials = self.session.get_credentials()
        if credentials is None:
            raise LiveUpdateFailed("no AWS credentials to sign with")
        SigV4Auth(credentials, "appsync", self.session.region_name).add_auth(request)
        answer = self.http.request("POST", self.graphql_url, body=body, headers=dict(request.headers))
        if answer.status != 200 or json.loads(answer.data).get("errors"):
            # What AppSync says of it names fields and rules, no task's content.
            raise LiveUpdateFailed(f"HTTP {answer.status}: {answer.data[:500].decode(errors='replace')}")
