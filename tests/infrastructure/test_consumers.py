"""A consumer of the topic is one call, which brings its queues, its Lambda, its alarms and its outputs."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment
from aws_cdk import aws_lambda as lambda_

from cdk.operations import OperationsStack
from cdk.stack import TasksStack
from cdk.stages import stage_named
from probes.deployment_check import RECORDED
from tests.infrastructure.conftest import Synthesized


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Synthesized]:
    """The templates of a staging with a second consumer, `Audit`."""
    sources = tmp_path_factory.mktemp("sources")
    (sources / "audit.py").write_text("def handler(event, context): ...")
    app = App(outdir=str(tmp_path_factory.mktemp("assembly")))
    env, stage = Environment(region="us-east-1"), stage_named("staging")
    product = TasksStack(
        app, "Product", stage=stage, code=lambda_.Code.from_asset(str(sources)), schema="type Query { a: ID }", env=env
    )
    product.add_consumer(
        "Audit",
        handler="audit.handler",
        environment={"TABLE_NAME": product.table.table_name},
        concurrency=2,
        failures={"AuditsFailed": ("AuditsRefused",)},
    )
    OperationsStack(app, "Operations", stage=stage, product=product, env=env, alarm_email=None)
    assembly = app.synth()
    return {name: Synthesized(assembly.get_stack_by_name(name).template) for name in ("Product", "Operations")}


@pytest.fixture
def product(stacks: Mapping[str, Synthesized]) -> Synthesized:
    return stacks["Product"]


def test_every_consumer_receives_every_change_through_a_queue_of_its_own(product: Synthesized) -> None:
    subscriptions = product.of_type("AWS::SNS::Subscription").values()

    endpoints = [subscription["Endpoint"]["Fn::GetAtt"][0] for subscription in subscriptions]
    assert sorted(re.sub(r"Queue\w+$", "", name) for name in endpoints) == ["Audit", "Processor", "Webhooks"]
    for subscription in subscriptions:
        assert subscription["RawMessageDelivery"] is True
        assert "Undelivered" in json.dumps(subscription["RedrivePolicy"])
        of_webhooks = "WebhooksQueue" in json.dumps(subscription["Endpoint"])
        assert subscription.get("FilterPolicy") == ({"webhooks": [{"exists": False}]} if of_webhooks else None)


def test_a_stage_without_a_sender_deploys_no_mailer(product: Synthesized) -> None:
    assert not any("Mail" in id_ for id_ in product.resources)


def test_another_account_may_subscribe_queues_if_the_stage_names_it(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "relay.py").touch()
    stage = replace(stage_named("staging"), subscriber_accounts=("210987654321",))
    app = App(outdir=str(tmp_path / "assembly"))
    code = lambda_.Code.from_asset(str(tmp_path / "code"))
    env = Environment(region="us-east-1")
    TasksStack(app, "Product", stage=stage, code=code, schema="type Query { a: ID }", env=env)

    policy = Synthesized(app.synth().get_stack_by_name("Product").template).the("AWS::SNS::TopicPolicy")

    (allowed,) = (each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow")
    assert "210987654321" in json.dumps(allowed["Principal"])
    assert (allowed["Action"], allowed["Condition"]) == ("sns:Subscribe", {"StringEquals": {"sns:Protocol": "sqs"}})


def test_a_consumer_reads_its_own_queue_and_may_do_nothing_else(product: Synthesized) -> None:
    statements = [
        statement
        for policy in product.of_type("AWS::IAM::Policy").values()
        if any("AuditFunctionRole" in role["Ref"] for role in policy["Roles"])
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    assert {action.partition(":")[0] for statement in statements for action in _listed(statement["Action"])} == {
        "logs",
        "sqs",
        "xray",
    }
    (queue,) = (statement["Resource"] for statement in statements if "sqs:ReceiveMessage" in statement["Action"])
    assert queue["Fn::GetAtt"][0].startswith("AuditQueue")


def _listed(actions: Any) -> list[str]:
    return [actions] if isinstance(actions, str) else actions


def test_commands_find_the_queues_of_every_consumer_by_the_names_of_outputs(product: Synthesized) -> None:
    outputs = product.template["Outputs"]

    for consumer in ("Processor", "Audit"):
        named = {
            name.removeprefix(f"Consumer{consumer}"): json.dumps(output["Value"])
            for name, output in outputs.items()
            if name.startswith(f"Consumer{consumer}")
        }
        assert set(named) == {"QueueUrl", "DeadLetterQueueUrl", "UndeliveredQueueUrl", "FunctionName"}
        assert f"{consumer}Queue" in named["QueueUrl"]
        assert f"{consumer}DeadLetters" in named["DeadLetterQueueUrl"]
        assert f"{consumer}Undelivered" in named["UndeliveredQueueUrl"]
        assert f"{consumer}Function" in named["FunctionName"]


def test_the_outputs_without_a_consumers_name_are_those_of_the_processor(product: Synthesized) -> None:
    outputs = product.template["Outputs"]

    for name in ("QueueUrl", "DeadLetterQueueUrl", "UndeliveredQueueUrl"):
        assert outputs[name]["Value"] == outputs[f"ConsumerProcessor{name}"]["Value"]
    assert outputs["ProcessorFunctionName"]["Value"] == outputs["ConsumerProcessorFunctionName"]["Value"]


def test_a_consumers_code_takes_over_gradually_and_its_failures_take_it_back(product: Synthesized) -> None:
    group = product.the("AWS::CodeDeploy::DeploymentGroup", named="Audit")
    alarms = product.of_type("AWS::CloudWatch::Alarm")
    metrics = {json.dumps(alarms[alarm["Name"]["Ref"]]) for alarm in group["AlarmConfiguration"]["Alarms"]}

    for name in ("Errors", "ChangesFailed", "UnreadableMessages", "AuditsFailed"):
        assert any(name in metric for metric in metrics), name
    for name in ("ChangesContended", "AuditsRefused"):  # one user can cause these
        assert not any(name in metric for metric in metrics), name


def test_each_consumer_is_tried_with_the_recorded_messages_before_it_gets_traffic(product: Synthesized) -> None:
    hooks = {
        id_: hook["Environment"]["Variables"]
        for id_, hook in product.of_type("AWS::Lambda::Function").items()
        if re.match(r"Canary(Audit|Processor|Webhooks)Hook", id_)
    }

    assert [variables["RECORDED"] for variables in hooks.values()] == ["consumer.json"] * 3
    assert (RECORDED / "consumer.json").is_file()
    assert len({json.dumps(variables["FUNCTION"]) for variables in hooks.values()}) == 3


def test_a_consumers_alarms_are_those_of_the_processor(stacks: Mapping[str, Synthesized]) -> None:
    names = {alarm["AlarmName"] for alarm in stacks["Operations"].of_type("AWS::CloudWatch::Alarm").values()}

    def of(consumer: str) -> set[str]:
        prefix = f"tasks-staging-{consumer}-"
        return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}

    projections_and_subscribers = {"LiveUpdatesFailed", "LiveUpdatesTooOld", "DamagedStatistics"}
    assert of("Audit") - {"AuditsFailed"} == of("Processor") - projections_and_subscribers
    assert {"AuditsFailed", "ChangesFailed", "DLQ-Queue-Message-Count-Max-Warning"} <= of("Audit")
