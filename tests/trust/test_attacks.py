"""An attacker with a valid account gains nothing by forged keys, foreign ids, stolen tokens or poisoned logs."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from threading import Thread
from typing import Any

import pytest

from adapters import page_token
from adapters.appsync_live_updates import AppSyncLiveUpdates, connections
from adapters.page_token import issue
from adapters.task_items import snapshot_of
from adapters.timestamps import to_text
from domain.identifiers import UserId
from domain.lists import TaskOrder, TaskQuery, chosen_statuses
from processor import telemetry as processor_telemetry
from processor.consumer_handler import handler as consume
from processor.relay_handler import handler as relay
from resolvers import telemetry
from tests.builders import a_created_task, changes_of
from tests.integration.lambda_events import LambdaContext, a_user, field_event
from tests.integration.resolver_lambda import dynamodb, handler
from tests.root_fields import Subject, naming, root_fields
from tests.trust.callers import OPERATORS, PEOPLE, call
from tests.trust.cloud import Cloud, a_cloud

ANNA, BORIS = PEOPLE["anna"], PEOPLE["boris"]
SECRET = "the most private plan"
_CONTEXT: Any = LambdaContext()
LINE = '\n{"level":"INFO","message":"answered","service":"forged"}'


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with a_cloud() as cloud:
        yield cloud


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """Returns the text that all Lambdas log."""
    written = StringIO()
    for logger in (telemetry.logger, processor_telemetry.logger):
        monkeypatch.setattr(logger.registered_handler, "stream", written)
    return written


def created(caller: Any, title: str = SECRET) -> str:
    task = call("Mutation.createTask", {"input": {"title": title, "description": title}}, caller)["data"]
    return str(task["id"])


def message(body: str) -> dict[str, Any]:
    return {"Records": [{"messageId": "1", "body": body, "eventSource": "aws:sqs", "attributes": {}}]}


FORGED_IDS = [
    "task-1#EVENT",
    "task-1\n",
    "task-1\0",
    "TASK#task-1",
    "t\u0430sk-1",
    "task\u20101",
    "\uff54ask-1",
    "task-1\u202e",
    " task-1",
]
FORGED_USERS = ["anna#PENDING", "anna\n", "\u0430nna", "\uff41nna", "anna ", "USER#anna", "anna\u200b", ""]
TASK_FIELDS, USER_FIELDS = naming("id"), naming("userId")


@pytest.fixture
def calls() -> Iterator[list[str]]:
    """Yields the AWS calls that the resolver makes."""
    names: list[str] = []

    def note(model: Any, **_: object) -> None:
        names.append(model.name)

    events = dynamodb.meta.events
    events.register("before-call", note)
    yield names
    events.unregister("before-call", note)


@pytest.mark.parametrize("field", TASK_FIELDS)
@pytest.mark.parametrize("id_", FORGED_IDS)
def test_an_id_that_would_forge_a_key_never_reaches_the_table(
    cloud: Cloud, calls: list[str], field: str, id_: str
) -> None:
    answer = call(field, TASK_FIELDS[field].arguments(id_, "anna"), ANNA)

    assert (answer["error"]["type"], answer["error"]["info"]["field"]) == ("ValidationError", "id")
    assert calls == []


@pytest.mark.parametrize("field", USER_FIELDS)
@pytest.mark.parametrize("user", FORGED_USERS)
def test_a_user_id_that_would_forge_a_key_never_reaches_the_table(
    cloud: Cloud, calls: list[str], field: str, user: str
) -> None:
    for caller in PEOPLE["anna"], *OPERATORS:
        answer = call(field, USER_FIELDS[field].arguments("task-1", user), caller)

        assert (answer["error"]["type"], answer["error"]["info"]["field"]) == ("ValidationError", "userId")
    assert calls == []


def test_another_users_id_in_any_argument_shows_and_changes_nothing(cloud: Cloud) -> None:
    foreign = created(BORIS)
    hook = {"input": {"url": "https://hooks.example.com/boris", "events": ["CREATED"]}}
    webhook = call("Mutation.createWebhook", hook, BORIS)["data"]["webhook"]["id"]
    before = cloud.items()

    fields = [field for field in root_fields() if field.subject is not Subject.SERVICE]
    answers = [call(str(field), field.arguments(foreign, "boris", webhook), ANNA) for field in fields]
    answers += [
        call("Mutation.updateTask", {"input": {"id": foreign, "title": "x", "expectedVersion": version}}, ANNA)
        for version in (None, 1, 2)
    ]

    assert {answer["error"]["type"] for answer in answers} == {"TaskNotFound", "Unauthorized", "WebhookNotFound"}
    assert SECRET not in json.dumps(answers)
    assert "hooks.example.com" not in json.dumps(answers)
    assert cloud.items() == before


@pytest.mark.parametrize("claim", ["username", "cognito:username", "email", "userId", "custom:sub"])
def test_only_sub_says_who_somebody_is(cloud: Cloud, claim: str) -> None:
    foreign = created(BORIS)
    liar = a_user("mallory")
    liar["username"] = "boris"
    liar["claims"] |= {claim: "boris"}

    answer: Any = handler(field_event("Query.task", {"id": foreign}, liar), _CONTEXT)

    assert answer["error"]["type"] == "TaskNotFound"


def test_a_forged_source_does_not_open_another_users_history(cloud: Cloud) -> None:
    event = field_event("Task.history", {}, ANNA.identity, source={"id": created(BORIS), "userId": "boris"})

    (answer,) = handler([event], _CONTEXT)

    assert answer["error"]["type"] == "Unauthorized"


def test_another_users_next_token_is_no_way_into_their_list(cloud: Cloud) -> None:
    for _ in range(3):
        created(BORIS)
        created(ANNA, "mine")
    stolen = call("Query.tasksByUser", {"userId": "boris", "limit": 1}, BORIS)["data"]["nextToken"]

    in_own = call("Query.tasksByUser", {"userId": "anna", "nextToken": stolen}, ANNA)
    in_theirs = call("Query.tasksByUser", {"userId": "boris", "nextToken": stolen}, ANNA)
    of_status = call("Query.tasksByUser", {"userId": "boris", "status": "PENDING", "nextToken": stolen}, BORIS)

    assert in_own["error"]["info"]["field"] == of_status["error"]["info"]["field"] == "nextToken"
    assert in_theirs["error"]["type"] == "Unauthorized"


def test_a_forged_next_token_moves_about_in_ones_own_list_only(cloud: Cloud) -> None:
    created(ANNA, "mine")
    foreign_id = created(BORIS)
    foreign = snapshot_of(cloud.tasks()[foreign_id])
    forged = issue(TaskQuery(UserId("anna")), (to_text(foreign.created_at), str(foreign.id)))

    answer = call("Query.tasksByUser", {"userId": "anna", "nextToken": forged}, ANNA)

    assert [task["title"] for task in answer["data"]["items"]] == ["mine"]


@pytest.mark.parametrize(
    ("order", "position"),
    [
        ("NEWEST_FIRST", ("2026-11-24T00:00:00.000Z", "task-1#USER")),
        ("NEWEST_FIRST", ("2026-11-24#", "task-1")),
        ("NEWEST_FIRST", ("2026-12-01##task-1",)),
        ("DUE_FIRST", ("2026-12-01##task-1#USER",)),
        ("DUE_FIRST", ("",)),
        ("DUE_FIRST", ("2026-11-24T00:00:00.000Z", "task-1")),
    ],
)
def test_a_next_token_with_a_position_that_no_list_has_is_refused(
    cloud: Cloud, order: str, position: tuple[str, ...]
) -> None:
    statuses = chosen_statuses(None, None, TaskOrder(order))
    query = TaskQuery(UserId("anna"), statuses, order=TaskOrder(order))
    forged = [*position, page_token._checksum(query, position)]
    token = urlsafe_b64encode(json.dumps(forged).encode()).decode()

    answer = call("Query.tasksByUser", {"userId": "anna", "orderBy": order, "nextToken": token}, ANNA)

    assert answer["error"]["info"]["field"] == "nextToken"


@pytest.mark.parametrize("place", ["id", "title", "clientToken", "trace header"])
def test_no_input_forges_a_line_of_the_log(cloud: Cloud, logs: StringIO, place: str) -> None:
    input_ = {"title": LINE if place == "title" else "x", "clientToken": LINE if place == "clientToken" else None}
    create = field_event("Mutation.createTask", {"input": input_}, ANNA.identity)
    if place == "trace header":
        create["request"]["headers"]["x-amzn-trace-id"] = LINE

    handler(create, _CONTEXT)
    handler(field_event("Query.task", {"id": LINE if place == "id" else "x"}, ANNA.identity), _CONTEXT)

    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    assert len(lines) == 2
    assert all(line["service"] != "forged" for line in lines)


def test_no_log_holds_content_or_credentials_whatever_goes_wrong(cloud: Cloud, logs: StringIO) -> None:
    id_ = created(ANNA)
    call("Subscription.onTaskChanged", {"userId": "anna"}, ANNA)  # without a listener, nothing is published
    for name, field in TASK_FIELDS.items():
        if name != "Mutation.deleteTask":
            call(name, field.arguments(id_, "anna"), ANNA)
    for title in (SECRET + "\a", SECRET * 20, SECRET * 1000):
        call("Mutation.updateTask", {"input": {"id": id_, "title": title}}, ANNA)
    relay({"Records": list(cloud.task_records())}, _CONTEXT)
    bodies = [record["Body"] for record in cloud.sqs.receive_message(QueueUrl=cloud.queue_url)["Messages"]]
    mangled = json.dumps(
        {"eventType": "TaskCreated", "timestamp": "2026", "data": {"task": {"id": "#", "title": SECRET}}}
    )
    for body in (*bodies, SECRET, json.dumps(SECRET), mangled):
        # No server answers live updates in this test, so that the processor also fails on the valid message.
        assert consume(message(body), _CONTEXT)["batchItemFailures"]

    logged = logs.getvalue()
    assert logged
    assert SECRET not in logged
    assert "secret-token" not in logged
    assert "testing" not in logged, "the Lambda's own credentials"


BAD_TRACES = ["\u043c\u044f\u0443", "a\nX-Forged: 1"]


@pytest.mark.parametrize("trace", ["Root=1-abc", "caf\u00e9", "x" * 5000, *BAD_TRACES])
def test_no_trace_header_of_a_request_keeps_its_live_update_back(trace: str) -> None:
    headers_received: list[str | None] = []

    class AppSync(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers_received.append(self.headers.get("X-Forged"))
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"data": {}}')

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), AppSync) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/graphql"
        updates = AppSyncLiveUpdates(url, connections(1))
        try:
            updates.publish(changes_of(a_created_task())[0], trace)
        finally:
            server.shutdown()

    assert headers_received == [None]
