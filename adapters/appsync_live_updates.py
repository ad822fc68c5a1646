"""Publishes live updates through mutations of this API that only IAM callers may use and that trigger subscriptions.

AppSync sends to subscribers only the fields that the publishing mutation selects. Therefore the mutations select every
stored field. They do not select `history`, which is derived: each update would then wait for a Lambda and a query.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from pydantic.alias_generators import to_camel

from adapters.clients import BUDGET
from adapters.correlation import as_correlation_id
from adapters.task_json import TaskJson, actor_json, event_name, task_json
from adapters.time_budget import ANSWER, OutOfTime, TimeBudget
from adapters.tracing import subsegment
from domain.changes import TaskChange
from domain.ports import LiveUpdateFailed, LiveUpdateRefused, LiveUpdates, LiveUpdateThrottled

# AppSync's text for a selected field that its schema lacks, which graphql-java writes (graphql-over-http#81).
_UNDEFINED_FIELD = re.compile(r"Field '(\w+)' in type '(Task|TaskChange)' is undefined")
_ABOUT = ("event", "by", "changed", "mutationId")  # the fields of a change beside its task
# With this, AppSync begins every refusal of a document, which is the same for all changes. Refusals of variables and of
# results begin otherwise and depend on the change.
_DOCUMENT_REFUSED = "Validation error of type "
_DENIED = ("Unauthorized", "UnauthorizedException")  # error types
_TOO_MANY_REQUESTS = 429


def _publish_change(task: TaskJson, about: Iterable[str] = _ABOUT) -> str:
    return f"mutation PublishTaskChange($change: TaskChangeInput!) {{ {_change(task, about)} }}"


def _publish_completion(task: TaskJson, about: Iterable[str] = _ABOUT) -> str:
    # One request has two root fields. Neither has an alias, because an aliased field does not reach
    # subscribers (aws-appsync-community#160).
    return f"""mutation PublishTaskCompletion($change: TaskChangeInput!, $task: TaskSnapshotInput!) {{
  {_change(task, about)}
  publishTaskCompleted(task: $task) {{ {_selection(task)} }}
}}"""


def _change(task: TaskJson, about: Iterable[str]) -> str:
    return f"publishTaskChange(change: $change) {{ {_selection(about)} task {{ {_selection(task)} }} }}"


def _selection(names: Iterable[str]) -> str:
    return " ".join(f"{name} {{ {_NESTED[name]} }}" if name in _NESTED else name for name in names)


_NESTED = {"due": "date at timeZone", "by": "kind"}  # the fields that have fields of their own


_ANSWERED = {200, 400}  # the statuses with which AppSync answers an operation that its schema refuses
_SHOWN = 500  # characters of a response
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


class _DocumentRefused(LiveUpdateFailed):
    """`undefined` holds the selected fields that the deployed schema does not have, each with its type."""

    def __init__(self, message: str, undefined: frozenset[tuple[str, str]]) -> None:
        super().__init__(message)
        self.undefined = undefined


def _about(change: TaskChange) -> dict[str, object]:
    """Returns the schema's `TaskChangeInput` without its task."""
    return {
        "event": event_name(change.event_type),
        "by": actor_json(change.by),
        "changed": [to_camel(name) for name in change.changed],
        "mutationId": change.mutation_id,
    }


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
        no attempt. Raises LiveUpdateThrottled, LiveUpdateRefused when AppSync refuses the values of this change, and
        LiveUpdateFailed for every other reason, which no change causes. The message of a refusal holds the HTTP status
        and the response. A schema that is older than this code refuses fields that it does not have; the change is then
        published at once without them.
        """
        task, about = task_json(change.task), _about(change)
        try:
            self._publish(change, about, task, correlation_id)
        except _DocumentRefused as refusal:
            if not refusal.undefined:
                raise
            known_task = {name: value for name, value in task.items() if (name, "Task") not in refusal.undefined}
            known = {name: value for name, value in about.items() if (name, "TaskChange") not in refusal.undefined}
            if (len(known_task), len(known)) == (len(task), len(about)):
                raise
            self._publish(change, known, known_task, correlation_id)

    def _publish(
        self, change: TaskChange, about: Mapping[str, object], task: TaskJson, correlation_id: str | None
    ) -> None:
        variables: dict[str, object] = {"change": {**about, "task": task}}
        if change.completes_the_task:
            self._post(_publish_completion(task, about), variables | {"task": task}, correlation_id)
        else:
            self._post(_publish_change(task, about), variables, correlation_id)

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
            with subsegment("AppSync", trace, calls=True):
                response = self.http.request(
                    "POST", self.graphql_url, body=body, headers=dict(request.headers), retries=_retries(attempts)
                )
            errors = json.loads(response.data).get("errors") if response.status in _ANSWERED else None
        except (BotoCoreError, urllib3.exceptions.HTTPError, ValueError) as fault:
            raise LiveUpdateFailed(f"{type(fault).__name__}: {fault}") from fault
        if response.status == 200 and not errors:
            return
        text = response.data.decode(errors="replace")
        # AppSync's refusals name fields and rules, and no task's content.
        raise _failure(response.status, errors or (), text, f"HTTP {response.status}: {text[:_SHOWN]}")

    def _credentials(self) -> Credentials:
        credentials = self.session.get_credentials()
        if credentials is None:
            raise LiveUpdateFailed("no AWS credentials to sign with")
        return credentials


def _failure(status: int, errors: Sequence[Mapping[str, object]], text: str, message: str) -> LiveUpdateFailed:
    """Returns the failure of a publish by its kind, so that one user's changes are told from a fault of the code."""
    if status == _TOO_MANY_REQUESTS:
        return LiveUpdateThrottled(message)
    if any(str(error.get("message")).startswith(_DOCUMENT_REFUSED) for error in errors):
        return _DocumentRefused(message, frozenset(_UNDEFINED_FIELD.findall(text)))
    if not errors or any(error.get("errorType") in _DENIED for error in errors):
        return LiveUpdateFailed(message)
    return LiveUpdateRefused(message)
