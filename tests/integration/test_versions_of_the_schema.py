"""A processor publishes against the schema of the version before and after its own."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from appsync_offline.authentication.caller import Caller
from appsync_offline.control_plane.deployed_api import AuthMode, DeployedApi
from appsync_offline.testing.apis import a_gateway

from adapters.appsync_live_updates import AppSyncLiveUpdates
from domain.changes import TaskChange
from domain.events import TaskCompleted, TaskStatusChanged, UnknownEvent
from domain.ports import LiveUpdateRefused
from domain.status import TaskStatus, UnknownStatus
from processor.follow_change import EveryoneListens, FollowChange
from tests.builders import a_task, changes_of, later
from tests.in_memory_projections import InMemoryErasures, InMemoryProjections, InMemorySettings
from tests.integration.lambda_events import IAM
from tests.trust.product import api_of


@dataclass
class Response:
    """AppSync's response to a publish."""

    data: bytes
    status: int = 200


@dataclass
class AppSync:
    """The gateway with a schema of its own, in the place of urllib3's pool."""

    api: DeployedApi
    responses: list[dict[str, Any]] = field(default_factory=list)

    def request(self, _method: str, _url: str, *, body: bytes, headers: Any, retries: Any) -> Response:
        operation = json.loads(body)
        answer = a_gateway(self.api).answer(
            operation["query"], operation["variables"], None, Caller(AuthMode.IAM, "processor", IAM), {}
        )
        self.responses.append(asyncio.run(answer))
        return Response(json.dumps(self.responses[-1]).encode())


def published(change: TaskChange, *edits: tuple[str, str]) -> AppSync:
    """Publishes a change to the API whose schema has the edits."""
    api = api_of("staging")
    sdl = api.sdl
    for old, new in edits:
        assert old in sdl
        sdl = sdl.replace(old, new)
    appsync = AppSync(replace(api, sdl=sdl))
    AppSyncLiveUpdates("http://appsync/graphql", appsync).publish(change, None)  # type: ignore[arg-type]
    return appsync


def a_completion() -> TaskChange:
    task = a_task()
    task.complete(later())
    (change,) = changes_of(task)
    return change


def test_a_newer_processor_publishes_without_the_field_that_the_schema_does_not_have() -> None:
    appsync = published(
        a_completion(),
        ('  "When it was completed (UTC, milliseconds); null unless the task is completed."\n', ""),
        ('  "When it was completed, if it was."\n', ""),
        ("  completedAt: AWSDateTime\n", ""),
    )

    refused, accepted = appsync.responses
    assert "Field 'completedAt' in type 'Task' is undefined" in str(refused["errors"])
    assert not accepted.get("errors")
    assert accepted["data"]["publishTaskCompleted"]["title"] == "Write the report"
    assert "completedAt" not in accepted["data"]["publishTaskChange"]["task"]


def test_an_older_processor_publishes_to_a_schema_with_a_new_field() -> None:
    appsync = published(
        a_completion(),
        ("  description: String!\n", "  description: String!\n  mood: Int\n"),
    )

    (accepted,) = appsync.responses
    assert not accepted.get("errors")


def of_an_unknown_status() -> TaskChange:
    change = a_completion()
    task = replace(change.task, status=UnknownStatus("PAUSED"))
    return TaskChange(task, (TaskStatusChanged.of(task, previous_status=TaskStatus.PENDING),))


def of_an_unknown_event() -> TaskChange:
    change = a_completion()
    return TaskChange(change.task, (UnknownEvent.of(change.task, named="TaskPraised", facts={"stars": 5}),))


@pytest.mark.parametrize("change", [of_an_unknown_status(), of_an_unknown_event()])
def test_what_this_code_does_not_know_is_published_if_the_schema_knows_it(change: TaskChange) -> None:
    appsync = published(
        change,
        ("enum TaskStatus {\n", "enum TaskStatus {\n  PAUSED\n"),
        ("enum TaskEventType {\n", "enum TaskEventType {\n  PRAISED\n"),
    )

    (accepted,) = appsync.responses
    assert not accepted.get("errors")
    shown = accepted["data"]["publishTaskChange"]
    assert (shown["event"], shown["task"]["status"]) in {("STATUS_CHANGED", "PAUSED"), ("PRAISED", "COMPLETED")}


@pytest.mark.parametrize("change", [of_an_unknown_status(), of_an_unknown_event()])
def test_what_neither_this_code_nor_the_schema_knows_is_recorded_and_its_live_update_left_out(
    change: TaskChange, caplog: pytest.LogCaptureFixture
) -> None:
    projections, appsync = InMemoryProjections(), AppSync(api_of("staging"))
    live_updates = AppSyncLiveUpdates("http://appsync/graphql", appsync)  # type: ignore[arg-type]

    with pytest.raises(LiveUpdateRefused):
        live_updates.publish(change, None)
    assert (
        FollowChange(projections, live_updates, InMemoryErasures(), EveryoneListens(), InMemorySettings(), later)(
            change, None
        )
        is True
    )

    assert [event.event_id for event in projections.history(change.task_id, 10)] == [
        event.event_id for event in change.events
    ]
    assert "unknown live update left out" in caplog.messages


def test_a_known_change_that_the_schema_refuses_is_delivered_again() -> None:
    api = api_of("staging")
    appsync = AppSync(replace(api, sdl=api.sdl.replace("  COMPLETED\n", "  FINISHED\n")))

    with pytest.raises(LiveUpdateRefused):
        FollowChange(
            InMemoryProjections(),
            AppSyncLiveUpdates("http://appsync/graphql", appsync),  # type: ignore[arg-type]
            InMemoryErasures(),
            EveryoneListens(),
            InMemorySettings(),
            later,
        )(a_completion(), None)
    assert TaskCompleted.of(a_completion().task).is_known
