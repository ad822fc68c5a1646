"""Every kind of caller has its access to every field of the schema (docs/contract.md, "Who may call what")."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from appsync_offline.schema.executable import PRELUDE
from gql.transport.appsync_auth import AppSyncAuthentication
from gql.transport.exceptions import TransportQueryError, TransportServerError
from graphql import GraphQLObjectType, build_schema

from local.settings import ROOT
from tests.e2e.clients import Api, Subscribed

CALLERS = ("owner", "other", "admin", "key", "iam", "nobody")
OWNERS = dict(zip(CALLERS, ("ok", "TaskNotFound", "ok", "ok", "ok", "UnauthorizedException"), strict=True))
USERS = dict(zip(CALLERS, ("ok", "Unauthorized", "ok", "ok", "ok", "UnauthorizedException"), strict=True))
# Nobody else's tasks are null or a problem, which the tests of integration look into.
SEVERAL = dict(zip(CALLERS, ("ok",) * 5 + ("UnauthorizedException",), strict=True))
PROBLEM = "id task { id } problem { errorType }"
SERVICES = dict(zip(CALLERS, ("Unauthorized",) * 4 + ("ok", "UnauthorizedException"), strict=True))

SNAPSHOT = """{ id: "task-1", userId: "nobody", title: "T", description: "", status: PENDING, version: 1,
    createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z" }"""


@dataclass(frozen=True)
class Field:
    """A root field, a call of it about the owner's task `$id` or the owner `$user`, and the result for each caller."""

    call: str
    outcome: Mapping[str, str]


MATRIX: Mapping[str, Field] = {
    "Query.task": Field("query { task(id: $id) { id } }", OWNERS),
    "Query.tasks": Field("query { tasks(ids: [$id]) { id } }", SEVERAL),
    "Mutation.createTasks": Field(
        f'mutation {{ createTasks(input: [{{ userId: $user, title: "T", clientToken: "t" }}]) {{ {PROBLEM} }} }}',
        SEVERAL,
    ),
    "Mutation.changeTasks": Field(
        f"mutation {{ changeTasks(input: [{{ id: $id, action: START }}]) {{ {PROBLEM} }} }}", SEVERAL
    ),
    "Query.tasksByUser": Field("query { tasksByUser(userId: $user) { items { id } } }", USERS),
    "Query.taskChanges": Field("query { taskChanges(userId: $user) { token } }", USERS),
    "Query.taskEvents": Field("query { taskEvents(userId: $user) { nextToken } }", USERS),
    "Query.taskStatistics": Field("query { taskStatistics(userId: $user) { total } }", USERS),
    "Mutation.createTask": Field('mutation { createTask(input: { userId: $user, title: "T" }) { id } }', USERS),
    "Mutation.updateTask": Field('mutation { updateTask(input: { id: $id, title: "U" }) { id } }', OWNERS),
    "Mutation.startTask": Field("mutation { startTask(id: $id) { id } }", OWNERS),
    "Mutation.completeTask": Field("mutation { completeTask(id: $id) { id } }", OWNERS),
    "Mutation.cancelTask": Field("mutation { cancelTask(id: $id) { id } }", OWNERS),
    "Mutation.reopenTask": Field("mutation { reopenTask(id: $id) { id } }", OWNERS),
    "Mutation.deleteTask": Field("mutation { deleteTask(id: $id) { id } }", OWNERS),
    "Mutation.endSubscriptions": Field(
        'mutation { endSubscriptions(field: onTaskChanged, userId: "nobody") }', SERVICES
    ),
    "Mutation.publishTaskCompleted": Field(f"mutation {{ publishTaskCompleted(task: {SNAPSHOT}) {{ id }} }}", SERVICES),
    "Mutation.publishTaskChange": Field(
        f"mutation {{ publishTaskChange(change: {{ event: CREATED, task: {SNAPSHOT} }}) {{ event }} }}", SERVICES
    ),
    "Subscription.onTaskCompleted": Field("subscription { onTaskCompleted(userId: $user) { id } }", USERS),
    "Subscription.onTaskChanged": Field("subscription { onTaskChanged(userId: $user) { event } }", USERS),
}
# The fields of types are selected through the owner's task, page, history and statistics.
TYPES = {
    "Task": "id userId title description due { date } priority labels status createdAt updatedAt completedAt version "
    "rank history { id }",
    "TaskDue": "date at timeZone",
    "TaskConnection": "items { id } nextToken",
    "TaskOutcome": "id task { id } problem { message }",
    "TaskProblem": "errorType message field code currentVersion currentStatus",
    "TaskChanges": "changed { id } deleted { id } token hasMore",
    "DeletedTask": "id version",
    "TaskEventConnection": "items { id } nextToken",
    "TaskEvent": "id taskId type timestamp version status by { kind } changed",
    "TaskActor": "kind",
    "TaskStatistics": "userId total pending inProgress completed cancelled completedToday completedLast7Days",
}


def schema_fields() -> Iterator[tuple[str, str]]:
    schema = build_schema(PRELUDE + (ROOT / "schema.graphql").read_text())
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            yield from ((name, field) for field in kind.fields)


def credentials(api: Api, caller: str) -> AppSyncAuthentication:
    match caller:
        case "key":
            return api.with_key()
        case "iam":
            return api.as_service()
        case "nobody":
            return api.with_key("da2-of-nobody")
        case _:
            return api.as_user({"owner": "alice", "other": "bob", "admin": "ada"}[caller])


async def outcome(api: Api, caller: str, call: str) -> str:
    """Returns `ok` or the errorType. A refused connection has no other errorType than UnauthorizedException."""
    try:
        if call.startswith("subscription"):
            async with api.realtime(credentials(api, caller)) as realtime, Subscribed(api, realtime, call) as running:
                running.raise_if_refused()
            return "ok"
        async with api.http(credentials(api, caller)) as http:
            await http(call)
    except TransportServerError:
        return "UnauthorizedException"
    except TransportQueryError as refused:
        if call.startswith("subscription"):
            return "Unauthorized" if "Unauthorized" in str(refused) else str(refused)
        return str((refused.errors or [{}])[0].get("errorType", "UnauthorizedException"))
    return "ok"


def test_the_matrix_names_every_root_field() -> None:
    roots = {f"{kind}.{name}" for kind, name in schema_fields() if kind in {"Query", "Mutation", "Subscription"}}

    assert set(MATRIX) == roots


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("field", MATRIX)
async def test_each_caller_gets_what_the_matrix_says(api: Api, field: str, caller: str) -> None:
    async with api.http(api.with_key()) as developer:
        task = await developer.create(api.sub("alice"))
        if field == "Mutation.reopenTask":
            await developer(f'mutation {{ cancelTask(id: "{task}") {{ id }} }}')
    call = MATRIX[field].call.replace("$id", f'"{task}"').replace("$user", f'"{api.sub("alice")}"')

    assert await outcome(api, caller, call) == MATRIX[field].outcome[caller]


@pytest.mark.parametrize("caller", ["owner", "admin", "key", "iam"])
async def test_who_may_see_a_task_sees_every_field_of_every_type(api: Api, caller: str) -> None:
    named = {(kind, name) for kind, names in TYPES.items() for name in fields(names)} | {
        *(("TaskChange", name) for name in ("event", "by", "changed", "mutationId")),
        ("TaskChange", "task"),
    }
    assert named == {field for field in schema_fields() if field[0] not in {"Query", "Mutation", "Subscription"}}
    owner = api.sub("alice")
    async with api.http(credentials(api, caller)) as http:
        task = await http.create(owner)
        answer: dict[str, Any] = await http(
            f"""query {{
                task(id: "{task}") {{ {TYPES["Task"]} due {{ {TYPES["TaskDue"]} }} history {{ {TYPES["TaskEvent"]} }} }}
                tasksByUser(userId: "{owner}") {{ {TYPES["TaskConnection"]} }}
                tasks(ids: ["{task}"]) {{ {TYPES["Task"]} }}
                taskChanges(userId: "{owner}") {{ {TYPES["TaskChanges"]} deleted {{ {TYPES["DeletedTask"]} }} }}
                taskEvents(userId: "{owner}") {{ {TYPES["TaskEventConnection"]} }}
                taskStatistics(userId: "{owner}") {{ {TYPES["TaskStatistics"]} }} }}"""
        )

    assert all(value is not None for value in answer.values())


def fields(selection: str) -> list[str]:
    depth, names = 0, []
    for word in selection.split():
        depth += (word == "{") - (word == "}")
        if depth == 0 and word != "}":
            names.append(word)
    return names
