"""The JavaScript code of the resolvers does its work in the gateway's APPSYNC_JS runtime."""

from collections.abc import Callable
from typing import Any

import pytest
from appsync_offline.back_ends.lambda_functions import FunctionFailed
from appsync_offline.resolver_code.evaluation import Evaluation, JavaScript, programs
from appsync_offline.testing.apis import BY_API_KEY, Function, a_gateway, ask

from local.settings import ROOT
from probes.deployment_check import holds
from tests.integration.lambda_events import ANNA, API_KEY, IAM, IDENTITY_POOL, LAMBDA_AUTHORIZER, field_event
from tests.trust.product import api_of

TASK = {"id": "task-1", "userId": "anna"}


async def published_by(identity: dict[str, Any] | None) -> Evaluation:
    code = (ROOT / "resolvers" / "publish_resolver.js").read_text()
    program = programs([code])[code]
    assert isinstance(program, JavaScript)
    return await program.request(field_event("Mutation.publishTaskCompleted", {"task": TASK}, identity))


async def test_a_service_publishes_what_it_gives() -> None:
    evaluation = await published_by(IAM)

    assert evaluation.error is None
    assert holds(evaluation.result, {"payload": {"priority": "NONE", "labels": [], "rank": ""} | TASK})


@pytest.mark.parametrize("publish", [{"task": TASK}, {"change": {"event": "CREATED", "task": TASK}}])
async def test_a_field_that_an_older_processor_does_not_send_gets_the_default_of_the_resolver(
    publish: dict[str, Any],
) -> None:
    code = (ROOT / "resolvers" / "publish_resolver.js").read_text()
    code = code.replace("rank: '' };", "rank: '', mood: 3, userId: 'nobody' };")
    assert "mood: 3" in code
    program = programs([code])[code]
    assert isinstance(program, JavaScript)

    evaluation = await program.request(field_event("Mutation.publishTaskChange", publish, IAM))

    payload = evaluation.result["payload"]
    assert holds(payload.get("task", payload), TASK | {"priority": "NONE", "labels": [], "rank": "", "mood": 3})


@pytest.mark.parametrize("identity", [API_KEY, ANNA, IDENTITY_POOL, LAMBDA_AUTHORIZER])
async def test_who_is_no_service_publishes_nothing(identity: dict[str, Any] | None) -> None:
    evaluation = await published_by(identity)

    assert evaluation.error is not None
    assert evaluation.error.error_type == "Unauthorized"


async def ended_by(identity: dict[str, Any] | None, **arguments: object) -> tuple[Evaluation, Evaluation]:
    code = (ROOT / "resolvers" / "end_subscriptions_resolver.js").read_text()
    program = programs([code])[code]
    assert isinstance(program, JavaScript)
    event = field_event("Mutation.endSubscriptions", {"field": "onTaskChanged", **arguments}, identity)
    return await program.request(event), await program.response(event | {"result": None})


@pytest.mark.parametrize(
    ("arguments", "payload"),
    [
        ({"userId": "anna"}, {"userId": "anna"}),
        ({"userId": ""}, {"userId": ""}),
        ({"userId": None}, {"everyone": True}),
        ({}, {"everyone": True}),
    ],
)
async def test_an_operator_ends_the_subscriptions_of_a_user_or_of_everyone(
    arguments: dict[str, Any], payload: dict[str, Any]
) -> None:
    request, response = await ended_by(IAM, **arguments)

    assert request.error is None
    assert response.result is True
    assert list(response.invalidations) == [{"subscriptionField": "onTaskChanged", "payload": payload}]


@pytest.mark.parametrize("identity", [API_KEY, ANNA, IDENTITY_POOL, LAMBDA_AUTHORIZER])
async def test_who_is_no_service_ends_no_subscription(identity: dict[str, Any] | None) -> None:
    request, _ = await ended_by(identity)

    assert request.error is not None
    assert request.error.error_type == "Unauthorized"


PAGE_WITH_HISTORIES = '{ tasksByUser(userId: "anna", limit: 100) { items { id history { id } } nextToken } }'


async def page_with_histories(answer_of: Callable[[str], Any]) -> tuple[dict[str, Any], Function]:
    """Returns the API's answer to a page of 100 tasks with histories, and the resolver Lambda that was invoked."""

    def answer(payload: Any) -> Any:
        if isinstance(payload, list):
            return [answer_of(context["source"]["id"]) for context in payload]
        items = [{"id": str(number), "userId": "anna"} for number in range(100)]
        return {"data": {"items": items, "nextToken": None}}

    function = Function(answer)
    return await ask(api_of("staging"), PAGE_WITH_HISTORIES, function), function


async def test_the_histories_of_a_page_of_100_tasks_are_one_invocation() -> None:
    answered, function = await page_with_histories(lambda task_id: {"data": [{"id": f"entry of {task_id}"}]})

    (_, histories) = function.payloads
    assert [context["source"]["id"] for context in histories] == [str(number) for number in range(100)]
    assert all(context["info"]["fieldName"] == "history" for context in histories)
    tasks = answered["data"]["tasksByUser"]["items"]
    assert [task["history"] for task in tasks] == [[{"id": f"entry of {number}"}] for number in range(100)]


async def test_a_refused_history_has_its_own_error_with_information_for_programs() -> None:
    error = {"type": "InternalError", "message": "Please try again.", "info": {"correlationId": "Root=1-test"}}

    answered, _ = await page_with_histories(lambda task_id: {"error": error} if task_id == "7" else {"data": []})

    (fault,) = answered["errors"]
    assert fault["path"] == ["tasksByUser", "items", 7, "history"]
    assert (fault["errorType"], fault["errorInfo"]) == ("InternalError", {"correlationId": "Root=1-test"})
    histories = [task["history"] for task in answered["data"]["tasksByUser"]["items"]]
    assert histories == [None if number == 7 else [] for number in range(100)]


async def test_an_invocation_without_an_answer_tells_no_history_the_reason() -> None:
    def run_out_of_memory(_task_id: str) -> Any:
        raise FunctionFailed("Runtime exited with error: signal: killed", "Runtime.ExitError")

    answered, _ = await page_with_histories(run_out_of_memory)

    assert {fault["errorType"] for fault in answered["errors"]} == {"InternalError"}
    assert "signal" not in str(answered)


async def test_an_invocation_without_an_answer_names_the_correlation_id_of_its_log_lines() -> None:
    def run_out_of_memory(_payload: Any) -> Any:
        raise FunctionFailed("Runtime exited with error: signal: killed", "Runtime.ExitError")

    gateway = a_gateway(api_of("staging"), Function(run_out_of_memory))
    headers = {"x-amzn-trace-id": "Root=1-test"}
    answered = await gateway.answer('{ task(id: "task-1") { id } }', {}, None, BY_API_KEY, headers)

    (fault,) = answered["errors"]
    assert (fault["errorType"], fault["errorInfo"]) == ("InternalError", {"correlationId": "Root=1-test"})


async def answered(query: str, data: Any) -> dict[str, Any]:
    """Returns the API's answer when the Lambda, whose code may be older than the schema, answers with `data`."""
    return await ask(api_of("staging"), query, Function(lambda _event: {"data": data}))


UNSERVED = "completedAt is not served yet. Please try again later."


@pytest.mark.parametrize(
    ("query", "data", "messages"),
    [
        ('{ task(id: "1") { id completedAt } }', {"id": "1"}, [UNSERVED]),
        ('{ task(id: "1") { ...on Task { id completedAt } } }', {"id": "1"}, [UNSERVED]),
        ('{ task(id: "1") { id due { date at } } }', {"id": "1", "due": {"date": "2026-01-01"}}, ["due/at is not"]),
        ("{ tasksByUser { items { id completedAt } } }", {"items": [{"id": "1"}] * 3}, ["items/completedAt is not"]),
        ('{ task(id: "1") { id completedAt } }', {"id": "1", "completedAt": None}, []),
        ('{ task(id: "1") { id due { date at } } }', {"id": "1", "due": None}, []),
        ("{ tasksByUser { items { id completedAt } } }", {"items": []}, []),
        ('{ tasks(ids: ["1"]) { id completedAt } }', [{"id": "1", "completedAt": None}], []),
        ('{ tasks(ids: ["1"]) { id completedAt } }', [None], []),
        ("{ webhooks { id state } }", [], []),
        ('{ tasks(ids: ["1"]) { id completedAt } }', [{"id": "1"}], [UNSERVED]),
        ('{ task(id: "1") { text: completedAt __typename } }', {"id": "1", "completedAt": None}, []),
    ],
)
async def test_a_field_that_older_code_does_not_answer_is_an_error_and_no_silent_null(
    query: str, data: Any, messages: list[str]
) -> None:
    answer = await answered(query, data)

    errors = [error for error in answer.get("errors", []) if error.get("errorType") == "InternalError"]
    assert [error["message"].startswith(message) for error, message in zip(errors, messages, strict=True)] == [
        True
    ] * len(messages)
