"""New code is published as a version, takes over through an alias, and is rolled back when it fails."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import aws_codedeploy as codedeploy

from cdk.bundling import ROOT
from cdk.metrics import ARRIVAL
from cdk.stages import STAGES, TRAFFIC_SHIFTS, InvalidSetting, role_of, stage_named
from probes.deployment_check import RECORDED
from tests.infrastructure.conftest import Synthesized

SHIFTS = ("ALL_AT_ONCE", "CANARY_", "LINEAR_")
LAMBDAS = (
    *("Resolver", "OutboxRelay", "ProcessorFunction", "RemindersFunction"),
    *("WebhooksFunction", "WebhookDeliveryDeliveriesFunction"),
    *("MailerFunction", "MailUnsubscribe", "MailMailFeedback"),
)


def aliases(stack: Synthesized) -> dict[str, Any]:
    return {id_: resource for id_, resource in stack.resources.items() if resource["Type"] == "AWS::Lambda::Alias"}


@pytest.mark.parametrize("stage", STAGES)
def test_each_lambda_has_an_alias_live_of_a_published_version(
    synthesized: Callable[[str], Synthesized], stage: str
) -> None:
    by_id = aliases(synthesized(stage))

    assert [alias["Properties"]["Name"] for alias in by_id.values()] == ["live"] * len(LAMBDAS)
    for name in LAMBDAS:
        (alias,) = (resource["Properties"] for id_, resource in by_id.items() if id_.startswith(f"{name}Live"))
        assert alias["FunctionVersion"]["Fn::GetAtt"][0].startswith(f"{name}CurrentVersion")


@pytest.mark.parametrize("stage", STAGES)
def test_AppSync_and_the_event_sources_call_the_alias(synthesized: Callable[[str], Synthesized], stage: str) -> None:
    stack = synthesized(stage)
    source = stack.the("AWS::AppSync::DataSource", named="ResolverFunction")
    mappings = [mapping["FunctionName"] for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values()]

    assert source["LambdaConfig"]["LambdaFunctionArn"]["Ref"] in aliases(stack)
    assert len(mappings) == 5  # the stream, the consumers and the deliveries
    for name in mappings:
        assert "Live" in json.dumps(name)
        assert ":live" in json.dumps(name)


def test_AppSync_may_invoke_the_alias_alone(production: Synthesized) -> None:
    (policy,) = (
        properties["PolicyDocument"]["Statement"]
        for id_, properties in production.of_type("AWS::IAM::Policy").items()
        if "ResolverFunctionServiceRole" in id_
    )

    (statement,) = policy
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"]["Ref"] in aliases(production)


@pytest.mark.parametrize(("stage", "shift"), [("staging", 5), ("production", 10)])
def test_staging_and_production_give_new_code_a_tenth_of_the_calls_first(
    synthesized: Callable[[str], Synthesized], stage: str, shift: int
) -> None:
    stack = synthesized(stage)
    groups = stack.of_type("AWS::CodeDeploy::DeploymentGroup")

    assert [group["DeploymentConfigName"] for group in groups.values()] == [
        f"CodeDeployDefault.LambdaCanary10Percent{shift}Minutes"
    ] * len(LAMBDAS)
    updates = [alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"] for alias in aliases(stack).values()]
    assert sorted(update["DeploymentGroupName"]["Ref"] for update in updates) == sorted(groups)


def metric_stats(alarm: Any) -> dict[str, Any]:
    return {query["Id"]: query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query}


@pytest.mark.parametrize(("stage", "shift"), [("staging", 5), ("production", 10)])
def test_failures_of_new_code_take_the_deployment_back_while_it_is_shifted(
    synthesized: Callable[[str], Synthesized], stage: str, shift: int
) -> None:
    stack = synthesized(stage)
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    watched = set()
    for group in stack.of_type("AWS::CodeDeploy::DeploymentGroup").values():
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        for name in group["AlarmConfiguration"]["Alarms"]:
            alarm = alarms[name["Name"]["Ref"]]
            failures = metric_stats(alarm)["failures"]
            watched.add(failures["Metric"]["MetricName"])
            assert alarm["EvaluationPeriods"] * failures["Period"] // 60 + ARRIVAL <= shift

    assert watched == {
        *("Errors", "Failed", "RecordsFailed"),
        *("ChangesFailed", "LiveUpdatesFailed", "UnreadableMessages", "RemindersFailed"),
        *("DeliveriesFailed", "UnreadableDeliveries"),
    }


def fires(alarm: Any, minutes: list[tuple[int, int]]) -> bool:
    """Returns whether minutes with (failures, total) raise an alarm of a rate, as CloudWatch evaluates it."""
    (expression,) = (query["Expression"] for query in alarm["Metrics"] if "Expression" in query)
    least = int(re.fullmatch(r"IF\(failures >= (\d+), 100 \* failures / total, 0\)", expression)[1])  # type: ignore[index]
    breaching = [failures >= least and 100 * failures / total > alarm["Threshold"] for failures, total in minutes]
    window, needed = alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]
    return any(sum(breaching[start : start + window]) >= needed for start in range(len(breaching)))


@pytest.mark.parametrize(
    ("minutes", "is_taken_back"),
    [
        ([(10, 100), (10, 100), (10, 100)], True),  # a tenth of the calls reach code that always fails
        ([(1, 1), (1, 1), (1, 1)], False),  # one user repeats what fails, alone
        ([(40, 1000), (40, 1000), (40, 1000)], False),  # one user among many
        ([(100, 100), (0, 100), (0, 100)], False),  # DynamoDB was away for a minute
    ],
)
def test_what_one_user_or_one_minute_can_cause_takes_nothing_back(
    production: Synthesized, minutes: list[tuple[int, int]], is_taken_back: bool
) -> None:
    for id_, alarm in production.of_type("AWS::CloudWatch::Alarm").items():
        assert fires(alarm, minutes) is is_taken_back, id_


def test_errors_of_the_old_code_take_nothing_back(production: Synthesized) -> None:
    for id_, alarm in production.of_type("AWS::CloudWatch::Alarm").items():
        metric = metric_stats(alarm)["failures"]["Metric"]
        if metric["MetricName"] == "Errors":
            versions = [named["Value"] for named in metric["Dimensions"] if named["Name"] == "ExecutedVersion"]
            assert "CurrentVersion" in json.dumps(versions), id_


def test_code_that_reads_takes_over_before_code_that_writes_what_it_reads(production: Synthesized) -> None:
    def needs(kind: str) -> str:
        (resource,) = (alias for id_, alias in aliases(production).items() if id_.startswith(kind))
        return json.dumps(resource["DependsOn"])

    assert "ProcessorFunctionLive" in needs("OutboxRelayLive")
    assert "OutboxRelayLive" in needs("ResolverLive")
    assert "WebhooksFunctionLive" in needs("OutboxRelayLive")
    assert "WebhookDeliveryDeliveriesFunctionLive" in needs("WebhooksFunctionLive")
    assert "WebhookDeliveryDeliveriesFunctionLive" in needs("ResolverLive")
    assert "OutboxRelayLive" in needs("RemindersFunctionLive")


def test_a_field_is_in_the_schema_when_the_code_that_answers_it_serves(production: Synthesized) -> None:
    (schema,) = (
        resource for resource in production.resources.values() if resource["Type"] == "AWS::AppSync::GraphQLSchema"
    )

    assert any(id_.startswith("ResolverLive") for id_ in schema["DependsOn"])
    for resolver in production.resources.values():
        if resource_type(resolver) == "AWS::AppSync::Resolver":
            assert any("Schema" in id_ for id_ in resolver["DependsOn"])


def resource_type(resource: Any) -> str:
    return str(resource["Type"])


@pytest.mark.parametrize(
    "name",
    [
        *("Resolver", "Relay", "Processor", "Webhooks", "Deliveries", "Reminders"),
        *("Mailer", "Unsubscribe", "MailFeedback"),
    ],
)
def test_a_new_version_answers_recorded_events_before_it_gets_traffic(production: Synthesized, name: str) -> None:
    (hook,) = (
        resource
        for id_, resource in production.of_type("AWS::Lambda::Function").items()
        if id_.startswith(f"Canary{name}Hook")
    )
    updates = [alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"] for alias in aliases(production).values()]

    assert any(update["BeforeAllowTrafficHook"]["Ref"].startswith(f"Canary{name}Hook") for update in updates)
    variables = hook["Environment"]["Variables"]
    assert f"{name}" in variables["FUNCTION"]["Ref"]
    assert "CurrentVersion" in variables["FUNCTION"]["Ref"]
    assert (RECORDED / variables["RECORDED"]).is_file()


def test_the_alarms_see_all_of_the_traffic_before_a_deployment_ends(production: Synthesized) -> None:
    alarms = production.of_type("AWS::CloudWatch::Alarm").values()
    evaluated = max(alarm["EvaluationPeriods"] * metric_stats(alarm)["failures"]["Period"] for alarm in alarms)
    updates = [alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"] for alias in aliases(production).values()]
    functions = production.of_type("AWS::Lambda::Function")

    for update in updates:
        watch = functions[update["AfterAllowTrafficHook"]["Ref"]]
        seconds = int(watch["Environment"]["Variables"]["SECONDS"])
        assert seconds >= evaluated + 60 * ARRIVAL
        assert seconds < watch["Timeout"] <= 900
    assert len({update["AfterAllowTrafficHook"]["Ref"] for update in updates}) == len(LAMBDAS)


# What one user can cause: conflicts on their own statistics, throttles, live updates that AppSync refuses, and what
# newer code wrote (processor/consumer.py, processor/relay.py, resolvers/telemetry.py).
OF_ONE_USER = {
    *("Throttled", "RecordsThrottled", "RecordsParked", "ChangesContended", "ChangesGivenBack", "DamagedStatistics"),
    *("RemindersOvertaken", "RemindersContended"),
    *("LiveUpdatesRefused", "LiveUpdatesThrottled", "UnknownTasks", "UnknownChanges", "UnknownLiveUpdates"),
    *("DeliveriesRefused", "DeliveriesGivenUp", "DeliveriesDropped", "DeliveriesContended"),
}


def test_no_kind_of_failure_that_one_user_can_cause_takes_a_deployment_back(production: Synthesized) -> None:
    watched = {
        query["MetricStat"]["Metric"]["MetricName"]
        for alarm in production.of_type("AWS::CloudWatch::Alarm").values()
        for query in alarm["Metrics"]
        if "MetricStat" in query
    }

    assert watched & OF_ONE_USER == set()
    code = "".join(
        file.read_text() for room in ("processor", "resolvers", "webhooks") for file in (ROOT / room).glob("*.py")
    )
    assert {name for name in OF_ONE_USER if f'"{name}"' not in code} == set()


@pytest.mark.parametrize(("stage", "policy"), [("dev", "Delete"), ("staging", "Retain"), ("production", "Retain")])
def test_versions_to_which_one_can_go_back_are_kept(
    synthesized: Callable[[str], Synthesized], stage: str, policy: str
) -> None:
    versions = [
        resource for resource in synthesized(stage).resources.values() if resource["Type"] == "AWS::Lambda::Version"
    ]

    assert [version.get("DeletionPolicy", "Delete") for version in versions] == [policy] * len(LAMBDAS)


def test_dev_goes_all_at_once(dev: Synthesized) -> None:
    assert dev.of_type("AWS::CodeDeploy::DeploymentGroup") == {}
    assert all("UpdatePolicy" not in alias for alias in aliases(dev).values())


def test_every_traffic_shift_is_one_of_CodeDeploys() -> None:
    kinds = codedeploy.LambdaDeploymentConfig
    names = {getattr(kinds, name).deployment_config_name for name in dir(kinds) if name.startswith(SHIFTS)}

    assert {f"CodeDeployDefault.Lambda{shift}" for shift in TRAFFIC_SHIFTS} == names


def test_a_deployment_may_name_another_traffic_shift() -> None:
    assert stage_named("production", traffic_shift="AllAtOnce").traffic_shift == "AllAtOnce"
    with pytest.raises(InvalidSetting, match="There is no traffic shift 'Canary7Percent': name one of AllAtOnce, "):
        stage_named("production", traffic_shift="Canary7Percent")


@pytest.mark.parametrize(
    "text", ["deployer", "arn:aws:iam::999999999999:role/deployer", "arn:aws:iam::123456789012:user/anna", ""]
)
def test_what_is_no_role_of_the_account_deploys_nothing(text: str) -> None:
    assert role_of("123456789012", "arn:aws:iam::123456789012:role/ci/deployer")
    with pytest.raises(InvalidSetting, match="must be the ARN of a role of account 123456789012"):
        role_of("123456789012", text)


@pytest.mark.parametrize(("stage", "starts"), [("dev", []), ("staging", []), ("production", ["PublishedVersions"])])
def test_the_resolver_starts_from_a_snapshot_in_production(
    synthesized: Callable[[str], Synthesized], stage: str, starts: list[str]
) -> None:
    functions = synthesized(stage).of_type("AWS::Lambda::Function")
    snap_starts = {
        id_: function["SnapStart"]["ApplyOn"] for id_, function in functions.items() if "SnapStart" in function
    }

    assert list(snap_starts.values()) == starts
    assert all(id_.startswith("Resolver") for id_ in snap_starts)


@pytest.mark.parametrize(("stage", "is_protected"), [("dev", False), ("staging", False), ("production", True)])
def test_a_stack_that_keeps_data_is_protected_against_deletion(
    assemblies: Callable[[str], Any], stage: str, is_protected: bool
) -> None:
    stacks = assemblies(stage).stacks

    assert len(stacks) == 2
    assert {bool(stack.termination_protection) for stack in stacks} == {is_protected}


def test_user_names_do_not_differ_by_case(production: Synthesized) -> None:
    assert production.the("AWS::Cognito::UserPool")["UsernameConfiguration"] == {"CaseSensitive": False}
