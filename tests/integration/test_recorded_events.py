"""The product answers the recorded events with which a deployment tries new code before it gets traffic."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.messages import ChangeMessage
from domain.details import DEFAULTS, details_of
from probes import deployment_check
from probes.deployment_check import RECORDED, holds, wrong_answers
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import LambdaContext
from tests.integration.resolver_lambda import handler as resolver
from tests.integration.test_event_path import Consumer, Relay

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def invoked(answer: Callable[[Any], Any]) -> deployment_check.Invoke:
    return lambda event: {"Payload": json.dumps(answer(event))}


def test_the_resolver_answers_them_at_every_deployment_and_creates_one_task(dynamodb: DynamoDBClient) -> None:
    for _ in range(2):
        assert list(wrong_answers(recorded("resolver"), invoked(lambda event: resolver(event, LambdaContext())))) == []

    tasks = [item for item in dynamodb.scan(TableName=TABLE_NAME)["Items"] if "Title" in item]
    assert [item["UserId"]["S"] for item in tasks] == ["deployment-check"]


def test_the_relay_publishes_the_change_that_the_processor_is_tried_with() -> None:
    relayed = Relay()

    def relay(event: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": number} for number in relayed(*event["Records"])]}

    assert list(wrong_answers(recorded("relay"), invoked(relay))) == []
    # A message may hold more than the recorded one: a field of a later version.
    sent = [json.loads(body) for body in relayed.topic.published]
    assert all(holds(message, recorded_one) for message, recorded_one in zip(sent, bodies(), strict=True))


def test_the_processor_records_the_change_once(dynamodb: DynamoDBClient) -> None:
    projections = DynamoDBProjections(dynamodb, TABLE_NAME)
    consumed = Consumer(projections)

    def processor(event: Any) -> Any:
        failures = consumed(*(record["body"] for record in event["Records"]))
        return {"batchItemFailures": [{"itemIdentifier": number} for number in failures]}

    for _ in range(2):
        assert list(wrong_answers(recorded("consumer"), invoked(processor))) == []

    assert {item["UserId"]["S"] for item in dynamodb.scan(TableName=TABLE_NAME)["Items"] if "Events" in item} == {
        "deployment-check"
    }


def bodies() -> list[Any]:
    return [json.loads(record["body"]) for record in recorded("consumer")[0]["event"]["Records"]]


def test_the_recorded_changes_publish_every_detail_and_both_mutations() -> None:
    creation, completion = (ChangeMessage.read(json.dumps(body)).change for body in bodies())

    written = details_of(creation.task)
    recorded_details = {name for name in DEFAULTS if name in bodies()[0]["task"]}  # without those of later versions
    assert {name for name in recorded_details if written[name] == DEFAULTS[name]} == set()
    assert len(recorded_details) >= 4
    assert (creation.completes_the_task, completion.completes_the_task) == (False, True)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"Payload": '{"data": null}'}, 'a list: the answer was {"data": null}'),
        ({"Payload": '{"error": {"type": "InternalError"}}'}, "a list: the answer was "),
        (
            {"Payload": '{"errorType": "Runtime.ImportModuleError"}', "FunctionError": "Unhandled"},
            "a list: the function raised Runtime.ImportModuleError",
        ),
    ],
)
def test_a_wrong_answer_is_told_by_the_name_of_its_event(answer: dict[str, str], fault: str) -> None:
    example = {"name": "a list", "event": {}, "answer": {"data": {}}}

    (sentence,) = wrong_answers([example], lambda _: answer)

    assert sentence.startswith(fault)


def test_an_answer_may_hold_more_than_the_recorded_one() -> None:
    example = {"name": "a task", "event": {}, "answer": {"data": {"title": "Milk"}}}

    assert list(wrong_answers([example], lambda _: {"Payload": '{"data": {"title": "Milk", "priority": 3}}'})) == []


@pytest.mark.parametrize(("answer", "status"), [('{"batchItemFailures": []}', "Succeeded"), ("{}", "Failed")])
def test_CodeDeploy_is_told_whether_the_version_may_get_traffic(
    monkeypatch: pytest.MonkeyPatch, answer: str, status: str
) -> None:
    codedeploy = boto3.client("codedeploy")
    monkeypatch.setattr(boto3, "client", lambda _service: codedeploy)
    monkeypatch.setattr(deployment_check, "_invocation", lambda _function: lambda _event: {"Payload": answer})
    monkeypatch.setenv("FUNCTION", "arn:aws:lambda:us-east-1:123456789012:function:relay:7")
    monkeypatch.setenv("RECORDED", "relay.json")

    with Stubber(codedeploy) as stub:
        stub.add_response(
            "put_lifecycle_event_hook_execution_status",
            {},
            {"deploymentId": "d-1", "lifecycleEventHookExecutionId": "e-1", "status": status},
        )
        deployment_check.handler({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}, None)
        stub.assert_no_pending_responses()


def test_a_check_that_breaks_fails_the_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    codedeploy = boto3.client("codedeploy")
    monkeypatch.setattr(boto3, "client", lambda _service: codedeploy)
    monkeypatch.setenv("FUNCTION", "arn")
    monkeypatch.setenv("RECORDED", "nothing.json")

    with Stubber(codedeploy) as stub:
        stub.add_response(
            "put_lifecycle_event_hook_execution_status",
            {},
            {"deploymentId": ANY, "lifecycleEventHookExecutionId": ANY, "status": "Failed"},
        )
        with pytest.raises(FileNotFoundError):
            deployment_check.handler({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}, None)
        stub.assert_no_pending_responses()
