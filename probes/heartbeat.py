"""Changes a task as a client does, and measures which of the product's paths work: requests, events, live updates.

EventBridge invokes it every five minutes. It acts for the user `heartbeat`, who has one task. Each beat completes or
reopens the task. Its metrics are 1 for a path that works and 0 for one that does not; alarms also fire if they are
missing (cdk/heartbeat.py). Each beat also counts the topics of alarms that reach nobody.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from websockets.exceptions import WebSocketException

from probes.appsync import AppSync, Refused, Subscription

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

USER = "heartbeat"
WITHIN = 20  # seconds after which a change must be recorded and published
_POLL = 0.5  # seconds
_CREATE = "mutation Create($input: CreateTaskInput!) { createTask(input: $input) { id status version } }"
_COMPLETE = "mutation Complete($id: ID!) { completeTask(id: $id) { status version } }"
_REOPEN = "mutation Reopen($id: ID!) { reopenTask(id: $id) { status version } }"
_READ = """query Read($id: ID!, $user: ID!) {
  task(id: $id) { history { version } }
  taskStatistics(userId: $user) { pending completed }
}"""
_CHANGED = "subscription Changed($user: ID) { onTaskChanged(userId: $user) { task { id version } } }"


@dataclass(slots=True)
class Beat:
    """What a beat measured: 1, 0, or None if an earlier path failed; delays in milliseconds."""

    request: int = 0
    event: int | None = None
    live: int | None = None
    request_delay: float | None = None
    event_delay: float | None = None
    live_delay: float | None = None
    fault: str | None = None


def handler(_event: object, _context: object) -> None:
    """Print the metrics of one beat in CloudWatch's embedded metric format."""
    beat = measure(AppSync(os.environ["GRAPHQL_URL"], os.environ["REALTIME_URL"]))
    namespace, timestamp = os.environ["NAMESPACE"], int(time.time() * 1000)
    print(json.dumps(embedded(beat, namespace, timestamp)))
    if topics := os.environ.get("TOPICS", "").split():
        print(json.dumps(of_topics(unconfirmed(topics, boto3.client("sns")), namespace, timestamp)))


def unconfirmed(topics: Sequence[str], sns: SNSClient) -> Sequence[str]:
    """Returns the topics of which nobody receives the mails, or one of whose addresses waits for its confirmation."""
    counts = {topic: sns.get_topic_attributes(TopicArn=topic)["Attributes"] for topic in topics}
    return [
        topic
        for topic, attributes in counts.items()
        if int(attributes["SubscriptionsConfirmed"]) == 0 or int(attributes["SubscriptionsPending"]) > 0
    ]


def measure(api: AppSync, *, within: float = WITHIN, clock: Callable[[], float] = time.monotonic) -> Beat:
    """Returns what one beat measures. A fault of the product is a result and raises nothing."""
    beat = Beat()
    try:
        details = {"userId": USER, "title": "Heartbeat", "clientToken": USER}
        task = api.execute(_CREATE, {"input": details})["createTask"]
        start = clock()
        try:
            with api.subscription(_CHANGED, {"user": USER}) as changes:
                start = clock()
                changed = _try_requests_and_events(api, task, beat, within=within, clock=clock)
                _hear(changes, task["id"], changed["version"], within)
                beat.live, beat.live_delay = 1, _milliseconds(clock() - start)
        except (Refused, TimeoutError, WebSocketException) as fault:
            beat.live, beat.fault = 0, f"{type(fault).__name__}: {fault}"
            if beat.event is None:  # the subscription was refused, which says nothing of the other paths
                _try_requests_and_events(api, task, beat, within=within, clock=clock)
    except Refused as fault:
        beat.fault = f"{type(fault).__name__}: {fault}"
    return beat


def _try_requests_and_events(
    api: AppSync, task: Mapping[str, Any], beat: Beat, *, within: float, clock: Callable[[], float]
) -> dict[str, Any]:
    """Returns the changed task. Raises Refused."""
    start = clock()
    changed = _change(api, task)
    beat.request, beat.request_delay = 1, _milliseconds(clock() - start)
    beat.event = _is_recorded(api, task["id"], changed, until=start + within, clock=clock)
    beat.event_delay = _milliseconds(clock() - start) if beat.event else None
    return changed


def _change(api: AppSync, task: Mapping[str, Any]) -> dict[str, Any]:
    mutation, name = (_REOPEN, "reopenTask") if task["status"] == "COMPLETED" else (_COMPLETE, "completeTask")
    changed: dict[str, Any] = api.execute(mutation, {"id": task["id"]})[name]
    return changed


def _is_recorded(
    api: AppSync, task_id: str, changed: Mapping[str, Any], *, until: float, clock: Callable[[], float]
) -> int:
    """Returns 1 when the history and the statistics show the change, or 0 after `until`."""
    while True:
        answer = api.execute(_READ, {"id": task_id, "user": USER})
        versions = {entry["version"] for entry in answer["task"]["history"] or ()}
        if changed["version"] in versions and answer["taskStatistics"][changed["status"].lower()] == 1:
            return 1
        if clock() > until:
            return 0
        time.sleep(_POLL)


def _hear(changes: Subscription, task_id: str, version: int, within: float) -> None:
    while True:
        task = changes.wait_for("data", within)["payload"]["data"]["onTaskChanged"]["task"]
        if task["id"] == task_id and task["version"] >= version:
            return


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def embedded(beat: Beat, namespace: str, timestamp: int) -> dict[str, object]:
    """Returns the log line from which CloudWatch makes the metrics. `timestamp` is in milliseconds."""
    paths = {"RequestPath": beat.request, "EventPath": beat.event, "LivePath": beat.live}
    delays = {"RequestDelay": beat.request_delay, "EventDelay": beat.event_delay, "LiveDelay": beat.live_delay}
    values = {name: value for name, value in (paths | delays).items() if value is not None}
    metrics = [{"Name": name, "Unit": "Milliseconds" if name in delays else "Count"} for name in values]
    return {**_metrics(metrics, namespace, timestamp), "fault": beat.fault, **values}


def of_topics(unconfirmed: Sequence[str], namespace: str, timestamp: int) -> dict[str, object]:
    """Returns the log line that counts the topics that reach nobody, in the same form."""
    metrics = [{"Name": "UnconfirmedTopics", "Unit": "Count"}]
    return {
        **_metrics(metrics, namespace, timestamp),
        "topics": list(unconfirmed),
        "UnconfirmedTopics": len(unconfirmed),
    }


def _metrics(metrics: Sequence[Mapping[str, str]], namespace: str, timestamp: int) -> dict[str, object]:
    definition = {"Namespace": namespace, "Dimensions": [["service"]], "Metrics": metrics}
    return {"_aws": {"Timestamp": timestamp, "CloudWatchMetrics": [definition]}, "service": "heartbeat"}
