"""What stands around the product: the firewall before it, the alarms over it, the logs and the rules of its data."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cfnlint.api import lint  # type: ignore[import-untyped] # it ships no types
from cfnlint.config import ManualArgs  # type: ignore[import-untyped] # it ships no types

from cdk.stages import STAGES, InvalidSetting, email_address
from tests.infrastructure.conftest import Synthesized


@pytest.fixture
def operations(synthesized: Callable[[str], Synthesized]) -> Synthesized:
    return synthesized("production-Operations")


def test_every_alarm_goes_to_the_alarm_topic(operations: Synthesized) -> None:
    alarms = operations.of_type("AWS::CloudWatch::Alarm")

    assert len(alarms) >= 15
    for alarm in alarms.values():
        assert any("Alarms" in json.dumps(action) for action in alarm["AlarmActions"])
        assert "docs/runbook.md" in alarm["AlarmDescription"]


@pytest.mark.parametrize(
    "watched",
    [
        "Api-Fault-Count",
        "Api-Latency-P99",
        "Table-Read-Throttled",
        "Table-Write-Throttled",
        "Resolver-Fault-Count",
        "Resolver-Throttled-Count",
        "Resolver-Latency-Max",
        "Relay-Fault-Count",
        "Relay-Iterator-Age-Max",
        "Processor-Fault-Count",
        "Events-Queue-Message-Age",
        "Events-DLQ-Queue-Message-Count",
        "Undelivered-Queue-Message-Count",
        "Unrelayed-Queue-Message-Count",
        "InternalErrors",
    ],
)
def test_what_can_go_wrong_is_watched(operations: Synthesized, watched: str) -> None:
    names = [str(alarm["AlarmName"]) for alarm in operations.of_type("AWS::CloudWatch::Alarm").values()]

    assert any(watched in name for name in names), sorted(names)


def test_an_operator_gets_one_dashboard_with_the_business_on_it(operations: Synthesized) -> None:
    boards = json.dumps(operations.of_type("AWS::CloudWatch::Dashboard"))

    for metric in ("MutationcreateTask", "MutationcompleteTask", "RefusedConflict", "ChangesProcessed"):
        assert metric in boards


def test_alarms_reach_the_address_that_is_given(synthesized: Callable[[str], Synthesized]) -> None:
    subscription = synthesized("staging-Operations").the("AWS::SNS::Subscription")

    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "oncall@example.com")


def test_the_firewall_bounds_rate_and_size_and_stands_before_the_api(operations: Synthesized) -> None:
    rules = {rule["Name"]: rule for rule in operations.the("AWS::WAFv2::WebACL")["Rules"]}

    assert list(rules) == ["RatePerAddress", "BodySize", "CommonRules"]
    assert rules["RatePerAddress"]["Statement"]["RateBasedStatement"]["Limit"] == 2_000
    assert rules["BodySize"]["Statement"]["SizeConstraintStatement"]["Size"] == 8191
    assert "GetAttApi" in json.dumps(operations.the("AWS::WAFv2::WebACLAssociation")["ResourceArn"])


@pytest.mark.parametrize("stage", STAGES)
def test_the_api_bounds_queries_and_logs_failures_without_what_people_wrote(
    synthesized: Callable[[str], Synthesized], stage: str
) -> None:
    api = synthesized(stage).the("AWS::AppSync::GraphQLApi")

    assert 0 < api["QueryDepthLimit"] <= 75
    assert 0 < api["ResolverCountLimit"] <= 10_000
    assert api["LogConfig"]["ExcludeVerboseContent"] is True
    assert api["LogConfig"]["FieldLogLevel"] == "ERROR"
    assert api["XrayEnabled"] is True


@pytest.mark.parametrize("stage", STAGES)
def test_data_are_encrypted_and_reached_over_tls_only(synthesized: Callable[[str], Synthesized], stage: str) -> None:
    stack = synthesized(stage)
    refusal: Any = {"Bool": {"aws:SecureTransport": "false"}}

    (replica,) = stack.the("AWS::DynamoDB::GlobalTable")["Replicas"]
    assert replica["ResourcePolicy"]["PolicyDocument"]["Statement"][0]["Condition"] == refusal
    assert stack.the("AWS::DynamoDB::GlobalTable")["SSESpecification"]["SSEEnabled"] is True
    assert "KmsMasterKeyId" in stack.the("AWS::SNS::Topic")
    queues = stack.of_type("AWS::SQS::Queue")
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    policies = [*stack.of_type("AWS::SQS::QueuePolicy").values(), *stack.of_type("AWS::SNS::TopicPolicy").values()]
    refusing = [
        policy
        for policy in policies
        if any(one.get("Condition") == refusal for one in policy["PolicyDocument"]["Statement"])
    ]
    assert len(refusing) == len(queues) + 1


def test_log_groups_are_kept_as_long_as_the_stage_says(synthesized: Callable[[str], Synthesized]) -> None:
    for stage, days in (("dev", 7), ("staging", 30), ("production", 180)):
        groups = synthesized(stage).of_type("AWS::Logs::LogGroup").values()
        assert len(groups) == 4
        assert {group["RetentionInDays"] for group in groups} == {days}


def test_people_sign_in_by_srp_outside_dev_and_are_not_told_who_exists(
    synthesized: Callable[[str], Synthesized],
) -> None:
    dev, production = (synthesized(stage).the("AWS::Cognito::UserPoolClient") for stage in ("dev", "production"))

    assert "ALLOW_USER_PASSWORD_AUTH" in dev["ExplicitAuthFlows"]
    assert "ALLOW_USER_PASSWORD_AUTH" not in production["ExplicitAuthFlows"]
    assert "ALLOW_USER_SRP_AUTH" in production["ExplicitAuthFlows"]
    assert production["PreventUserExistenceErrors"] == "ENABLED"


@pytest.mark.parametrize("text", ["nobody", "a@b", "a b@example.com", "@example.com", "https://example.com", ""])
def test_what_is_no_address_gets_no_alarms(text: str) -> None:
    with pytest.raises(InvalidSetting, match="is not an email address"):
        email_address(text)


@pytest.mark.parametrize("stage", [*STAGES, *(f"{stage}-Operations" for stage in STAGES)])
def test_cfn_lint_finds_nothing(synthesized: Callable[[str], Synthesized], stage: str) -> None:
    settings = ManualArgs(regions=["us-east-1"], ignore_checks=["W3005"])  # W3005: dependencies that CDK writes twice

    assert [str(finding) for finding in lint(json.dumps(synthesized(stage).template), config=settings)] == []
