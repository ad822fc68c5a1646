"""The firewall, the alarms, the logs and the data protection around the product are complete."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from cfnlint.api import lint  # type: ignore[import-untyped] # it ships no types
from cfnlint.config import ManualArgs  # type: ignore[import-untyped] # it ships no types

from adapters.indexes import INDEXES
from cdk.stages import STAGES, InvalidSetting, email_address
from local.settings import ROOT
from local.status import ALARMS_BY_METRIC, QueueFigures, alarms
from tests.infrastructure.conftest import DOCUMENTS, Synthesized


@pytest.fixture
def operations(synthesized: Callable[[str], Synthesized]) -> Synthesized:
    return synthesized("production-Operations")


def alarms_of(stack: Synthesized) -> dict[str, Any]:
    """Returns the alarms by their name in the runbook."""
    alarms = stack.of_type("AWS::CloudWatch::Alarm").values()
    return {re.sub(r"^tasks-[a-z]+-|-Warning$", "", str(alarm["AlarmName"])): alarm for alarm in alarms}


def test_the_local_view_names_alarms_of_production(operations: Synthesized) -> None:
    figures = dict.fromkeys(ALARMS_BY_METRIC, 1.0)
    queues = [QueueFigures(name, 1, 0) for name in ("Processor", "Processor-DLQ", "Processor-Undelivered", "Unrelayed")]
    deployed = {str(alarm["AlarmName"]) for alarm in operations.of_type("AWS::CloudWatch::Alarm").values()}

    ringing = alarms(figures, queues)

    assert len(ringing) == len(set(ALARMS_BY_METRIC.values())) + 3
    assert set(ringing) <= deployed


def metrics_of(alarm: Any) -> list[Any]:
    """Returns the metrics that an alarm reads, in the form of a MetricStat's metric."""
    return [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query] or [alarm]


def dimensions(metric: Any) -> dict[str, Any]:
    return {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}


def minutes(alarm: Any) -> str:
    """Returns how long a failure must last to raise the alarm, in the runbook's words."""
    period = alarm.get("Period") or next(
        query["MetricStat"]["Period"] for query in alarm["Metrics"] if "MetricStat" in query
    )
    evaluated = alarm["EvaluationPeriods"] * period // 60
    needed = alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) * period // 60
    return str(needed) if needed == evaluated else f"{needed} of {evaluated}"


RUNBOOK_ROWS = [
    (failure.strip(), names, after.strip())
    for failure, names, after, _ in re.findall(
        r"^\| (.*?) \| (`.*?`) \| (\d[\d of]*) \| (.*?) \|$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE
    )
]


@pytest.mark.parametrize(("failure", "names", "after"), RUNBOOK_ROWS, ids=[row[0] for row in RUNBOOK_ROWS])
def test_each_failure_of_the_runbook_is_told_by_its_alarm_after_the_time_it_says(
    operations: Synthesized, failure: str, names: str, after: str
) -> None:
    alarms = alarms_of(operations)

    for name in re.findall("`(.*?)`", names):
        assert minutes(alarms[name]) == after, name


def test_each_alarm_stands_in_the_runbook(operations: Synthesized) -> None:
    documented = {name for _, names, _ in RUNBOOK_ROWS for name in re.findall("`(.*?)`", names)}

    assert set(alarms_of(operations)) == documented


def test_each_row_of_the_runbook_leads_to_a_section_that_says_what_to_do() -> None:
    runbook, alarms = ((ROOT / "docs" / name).read_text() for name in ("runbook.md", "alarms.md"))
    sections = {
        title.lower().replace(" ", "-"): text
        for title, text in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", alarms, re.MULTILINE | re.DOTALL)
    }
    linked = re.findall(r"^\| .* \| `.*` \| .*\(alarms\.md#(.*?)\)", runbook, re.MULTILINE)

    assert len(linked) == len(RUNBOOK_ROWS)
    assert set(linked) == set(sections)
    for text in sections.values():
        assert re.match(r"Severity [123]", text)
        assert all(f"**{part}**" in text for part in ("Check", "Repair", "Verify"))
        assert all(f"{number}. " in text for number in (1, 2, 3))


def test_every_alarm_leads_to_the_section_of_its_row_and_notifies_nobody_itself(operations: Synthesized) -> None:
    rows = re.findall(r"^\| .* \| (`.*`) \| \d.* \| (.*) \|$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    links = {
        name: re.findall(r"\(alarms\.md#(.*?)\)", do) for names, do in rows for name in re.findall("`(.*?)`", names)
    }

    for name, alarm in alarms_of(operations).items():
        page, _, section = alarm["AlarmDescription"].rpartition("#")
        assert page.endswith(f"{DOCUMENTS}docs/alarms.md")
        assert section in links[name], name
        assert not alarm.get("AlarmActions")


def test_every_message_leads_to_the_table_of_alarms(operations: Synthesized) -> None:
    for alarm in operations.of_type("AWS::CloudWatch::CompositeAlarm").values():
        assert alarm["AlarmDescription"].endswith(f" {DOCUMENTS}docs/runbook.md#what-each-alarm-means")
    assert "\n## What each alarm means\n" in (ROOT / "docs" / "runbook.md").read_text()


def test_alarms_budgets_and_events_of_this_account_may_publish_to_the_topics(operations: Synthesized) -> None:
    policies = operations.of_type("AWS::SNS::TopicPolicy").values()

    assert len(policies) == 2
    for policy in policies:
        statements = policy["PolicyDocument"]["Statement"]
        (allowing,) = (statement for statement in statements if statement.get("Sid") == "ReportersOfThisAccount")
        assert {"cloudwatch.amazonaws.com", "budgets.amazonaws.com", "events.amazonaws.com"} <= set(
            allowing["Principal"]["Service"]
        )
        assert allowing["Action"] == "sns:Publish"
        assert allowing["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


@pytest.mark.parametrize(
    "name",
    [
        *(f"{function}-Fault-Count" for function in ("Api", "Resolver", "Relay", "Processor")),
        *("InternalErrors", "RecordsFailed"),
        *(f"Processor-{failure}" for failure in ("ChangesFailed", "LiveUpdatesFailed", "UnreadableMessages")),
        *(f"{queue}-Queue-Message-Count-Max" for queue in ("Processor-DLQ", "Processor-Undelivered", "Unrelayed")),
    ],
)
def test_one_failure_in_one_minute_is_enough(operations: Synthesized, name: str) -> None:
    alarm = alarms_of(operations)[name]

    assert minutes(alarm) == "1"
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_a_sum_of_sparse_metrics_has_a_zero_for_each_that_is_missing(operations: Synthesized) -> None:
    for name, alarm in alarms_of(operations).items():
        parts = [query["Id"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
        # A formula with a condition is false without the metric of the condition.
        formulas = [query["Expression"] for query in alarm.get("Metrics", []) if "Expression" in query]
        expressions = [formula for formula in formulas if not formula.startswith("IF(")]
        for expression in expressions:
            assert all(re.search(rf"FILL\({part}, ?0\)", expression) for part in parts), (name, expression)


def test_failures_and_throttles_of_every_operation_and_index_are_watched(operations: Synthesized) -> None:
    alarms = alarms_of(operations)

    system = {dimensions(metric)["Operation"] for metric in metrics_of(alarms["Table-SystemErrors"])}
    assert system == {"GetItem", "PutItem", "Query", "TransactWriteItems", "GetRecords"}
    (transactions,) = metrics_of(alarms["Table-TransactWriteItems-Throttled"])
    assert (transactions["MetricName"], dimensions(transactions)["Operation"]) == (
        "ThrottledRequests",
        "TransactWriteItems",
    )
    for index in INDEXES:
        for kind in ("Read", "Write"):
            (metric,) = metrics_of(alarms[f"Table-{index.name}-{kind}-Throttled-Events"])
            assert metric["MetricName"] == f"{kind}ThrottleEvents"
            assert dimensions(metric)["GlobalSecondaryIndexName"] == index.name


@pytest.mark.parametrize("stage", STAGES)
def test_stages_that_share_an_account_share_no_metric(synthesized: Callable[[str], Synthesized], stage: str) -> None:
    functions = synthesized(stage).of_type("AWS::Lambda::Function").values()
    variables = [function["Environment"]["Variables"] for function in functions]
    written = {named["POWERTOOLS_METRICS_NAMESPACE"] for named in variables if "POWERTOOLS_METRICS_NAMESPACE" in named}
    alarms = alarms_of(synthesized(f"{stage}-Operations")).values()
    read = {metric["Namespace"] for alarm in alarms for metric in metrics_of(alarm)}

    assert written == {f"TasksApi/{stage}"}
    assert {name for name in read if not name.startswith("AWS/")} == written
    board = json.dumps(synthesized(f"{stage}-Operations").of_type("AWS::CloudWatch::Dashboard"))
    assert f'"TasksApi/{stage}"' in board.replace("\\", "")


def test_the_dashboard_shows_the_firewall_by_its_name(operations: Synthesized) -> None:
    board = json.dumps(operations.of_type("AWS::CloudWatch::Dashboard"))

    assert operations.the("AWS::WAFv2::WebACL")["Name"] == "tasks-production"
    assert r"\"WebACL\",\"tasks-production\"" in board


def test_the_second_stack_holds_nothing_of_the_first_in_place(production: Synthesized, operations: Synthesized) -> None:
    assert "Fn::ImportValue" not in json.dumps(operations.template)
    assert not [name for name, output in production.template["Outputs"].items() if "Export" in output]
    assert "Fn::GetStackOutput" in json.dumps(operations.template)


def test_an_operator_gets_one_dashboard_with_the_business_on_it(operations: Synthesized) -> None:
    boards = json.dumps(operations.of_type("AWS::CloudWatch::Dashboard"))

    for metric in ("MutationcreateTask", "MutationcompleteTask", "RefusedConflict", "ChangesProcessed"):
        assert metric in boards


def test_alarms_reach_the_address_that_is_given(synthesized: Callable[[str], Synthesized]) -> None:
    subscriptions = synthesized("staging-Operations").of_type("AWS::SNS::Subscription").values()

    assert [(subscription["Protocol"], subscription["Endpoint"]) for subscription in subscriptions] == [
        ("email", "oncall@example.com")
    ] * 2


def test_the_firewall_stands_before_the_api_and_bounds_addresses_and_callers(operations: Synthesized) -> None:
    rules = {rule["Name"]: rule for rule in operations.the("AWS::WAFv2::WebACL")["Rules"]}

    assert list(rules)[:5] == ["RatePerAddress", "RatePerCaller", "RateOfSigned", "BodySize", "CommonRules"]
    assert rules["RatePerAddress"]["Statement"]["RateBasedStatement"]["Limit"] == 10_000
    assert rules["RatePerCaller"]["Statement"]["RateBasedStatement"]["Limit"] == 2_000
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
    assert "KmsMasterKeyId" in stack.the("AWS::SNS::Topic", named="Outbox")
    queues = stack.of_type("AWS::SQS::Queue")
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    policies = [*stack.of_type("AWS::SQS::QueuePolicy").values(), *stack.of_type("AWS::SNS::TopicPolicy").values()]
    refusing = [
        policy
        for policy in policies
        if any(statement.get("Condition") == refusal for statement in policy["PolicyDocument"]["Statement"])
    ]
    assert len(refusing) == len(queues) + len(stack.of_type("AWS::SNS::Topic"))


def test_log_groups_are_kept_as_long_as_the_stage_says(synthesized: Callable[[str], Synthesized]) -> None:
    for stage, days in (("dev", 7), ("staging", 30), ("production", 180)):
        groups = synthesized(stage).of_type("AWS::Logs::LogGroup").values()
        assert len(groups) >= 4
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
    settings = ManualArgs(regions=["us-east-1"], ignore_checks=["W3005"])  # W3005: the CDK writes dependencies twice

    assert [str(finding) for finding in lint(json.dumps(synthesized(stage).template), config=settings)] == []
