"""The template configures the product's resources and permissions as designed."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from appsync_offline.schema.executable import PRELUDE
from aws_cdk import App, Stack
from aws_cdk.assertions import Template
from graphql import GraphQLObjectType, build_schema

from adapters.indexes import create_table_request
from cdk.bundling import RUNTIME_VERSION
from cdk.fields import resolved_fields
from cdk.stages import STAGES
from cdk.table import TasksTable
from tests.infrastructure.conftest import Synthesized

LAMBDAS = ("Resolver", "OutboxRelay", "ProcessorFunction", "WebhooksFunction", "WebhookDeliveryDeliveriesFunction")


def mapping(stack: Synthesized, function: str) -> Any:
    (resource,) = (
        properties
        for properties in stack.of_type("AWS::Lambda::EventSourceMapping").values()
        if function in json.dumps(properties["FunctionName"])
    )
    return resource


def policies(stack: Synthesized, role: str) -> list[Any]:
    """Returns the statements of a role's inline policies."""
    return [
        statement
        for policy in stack.of_type("AWS::IAM::Policy").values()
        if any(role in attached["Ref"] for attached in policy["Roles"])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def actions(stack: Synthesized, role: str) -> set[str]:
    listed = [statement["Action"] for statement in policies(stack, role)]
    return {action for entry in listed for action in ([entry] if isinstance(entry, str) else entry)}


def test_the_table_streams_new_images_and_can_be_restored_to_a_point_in_time(dev: Synthesized) -> None:
    table = dev.the("AWS::DynamoDB::GlobalTable")

    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ExpiresAt", "Enabled": True}
    (replica,) = table["Replicas"]
    assert replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_the_tests_create_their_tables_with_the_keys_and_indexes_of_the_template(dev: Synthesized) -> None:
    table = dev.the("AWS::DynamoDB::GlobalTable")
    request = create_table_request("tasks")

    for part in ("KeySchema", "GlobalSecondaryIndexes", "BillingMode"):
        assert table[part] == request[part], part
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in table["AttributeDefinitions"]}
    assert types == {entry["AttributeName"]: entry["AttributeType"] for entry in request["AttributeDefinitions"]}


def test_the_relay_reads_only_records_that_carry_events_and_blocks_no_shard(dev: Synthesized) -> None:
    relay = mapping(dev, "Relay")

    assert relay["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert relay.get("MaximumRetryAttempts", -1) == -1, "no bound: an SNS that is away needs no hand"
    assert relay["MaximumRecordAgeInSeconds"] == 12 * 3600
    assert relay["ParallelizationFactor"] == 1
    assert relay["StartingPosition"] == "TRIM_HORIZON"
    assert "OnFailure" in relay["DestinationConfig"]
    (pattern,) = relay["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"])["dynamodb"]["NewImage"]["OutboxId"]["S"] == [{"exists": True}]


def test_the_processor_answers_partial_failures_and_is_bounded(dev: Synthesized) -> None:
    processor = mapping(dev, "Processor")

    assert processor["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert processor["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_a_message_stays_invisible_six_times_as_long_as_its_function_may_take(dev: Synthesized) -> None:
    queue = dev.the("AWS::SQS::Queue", named="ProcessorQueue")
    function = dev.the("AWS::Lambda::Function", named="ProcessorFunction")

    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_poison_messages_reach_a_dead_letter_queue_that_keeps_them_two_weeks(dev: Synthesized) -> None:
    queue = dev.the("AWS::SQS::Queue", named="ProcessorQueue")
    dead_letters = dev.the("AWS::SQS::Queue", named="ProcessorDeadLetters")

    assert queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"] >= 30 * 60
    assert "DeadLetters" in json.dumps(queue["RedrivePolicy"]["deadLetterTargetArn"])
    assert dead_letters["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_what_the_topic_cannot_deliver_is_kept(dev: Synthesized) -> None:
    subscriptions = [each for each in dev.of_type("AWS::SNS::Subscription").values() if each["Protocol"] == "sqs"]

    assert len(subscriptions) == 3
    for subscription in subscriptions:
        assert subscription["RawMessageDelivery"] is True
        assert "deadLetterTargetArn" in subscription["RedrivePolicy"]


def test_the_mailer_receives_and_may_send_only_what_it_is_for(dev: Synthesized) -> None:
    subscription = dev.the("AWS::SNS::Subscription", named="MailerQueue")
    statements = [
        statement
        for policy in dev.of_type("AWS::IAM::Policy").values()
        if any("MailerFunctionRole" in role["Ref"] for role in policy["Roles"])
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    (sending,) = [each for each in statements if "ses:SendEmail" in each["Action"]]  # the local cloud has another one
    writing = next(each for each in statements if "dynamodb:PutItem" in each["Action"])

    assert subscription["FilterPolicy"] == {"eventTypes": ["TaskReminded", "CompletedByOther"]}
    assert sending["Condition"] == {"StringEquals": {"ses:FromAddress": "tasks@example.com"}}
    assert writing["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["MAIL#*"]}}


def test_SES_reports_bounces_and_complaints_to_the_topic_of_the_configuration(dev: Synthesized) -> None:
    destination = dev.the("AWS::SES::ConfigurationSetEventDestination")["EventDestination"]
    policy = dev.the("AWS::SNS::TopicPolicy", named="MailFeedback")
    principals = [each["Principal"] for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]

    assert set(destination["MatchingEventTypes"]) == {"bounce", "complaint"}
    assert {"Service": "ses.amazonaws.com"} in principals


def test_requests_lambdas_and_the_topic_are_traced(dev: Synthesized) -> None:
    functions = [dev.the("AWS::Lambda::Function", named=name) for name in LAMBDAS]

    assert dev.the("AWS::AppSync::GraphQLApi")["XrayEnabled"] is True
    assert [function["TracingConfig"] for function in functions] == [{"Mode": "Active"}] * len(LAMBDAS)
    assert dev.the("AWS::SNS::Topic", named="Outbox")["TracingConfig"] == "Active"


@pytest.mark.parametrize("name", LAMBDAS)
def test_each_lambda_runs_python_on_arm64_with_a_role_and_a_log_group_of_its_own(dev: Synthesized, name: str) -> None:
    function = dev.the("AWS::Lambda::Function", named=name)

    assert function["Runtime"] == f"python{RUNTIME_VERSION}"
    assert function["Architectures"] == ["arm64"]
    assert function["Timeout"] <= (60 if "Deliveries" in name else 30)
    assert name in json.dumps(function["Role"])
    assert name in json.dumps(function["LoggingConfig"]["LogGroup"])


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (
            "ResolverRole",
            {
                "dynamodb:BatchGetItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",  # the counts of callers' changes alone
                "secretsmanager:GetSecretValue",  # the master key of webhooks
                "sqs:SendMessage",  # a test of a webhook
            },
        ),
        (
            "OutboxRelayRole",
            {
                "dynamodb:BatchGetItem",  # who has webhooks
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
                "sns:Publish",
                "sqs:SendMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
            },
        ),
        (
            "WebhooksFunctionRole",
            {
                "dynamodb:GetItem",
                "sqs:SendMessage",
                "sqs:ReceiveMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueUrl",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
            },
        ),
        (
            "WebhookDeliveryDeliveriesFunctionRole",
            {
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "secretsmanager:GetSecretValue",
                "sqs:SendMessage",
                "sqs:ReceiveMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueUrl",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
            },
        ),
        (
            "ProcessorFunctionRole",
            {
                "appsync:GraphQL",
                "dynamodb:GetItem",  # the record of an erasure
                "dynamodb:PutItem",
                "dynamodb:BatchGetItem",
                "dynamodb:UpdateItem",
                "sqs:ReceiveMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueUrl",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
            },
        ),
    ],
)
def test_each_lambda_may_do_what_it_does_and_nothing_else(dev: Synthesized, role: str, expected: set[str]) -> None:
    everyones = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}

    assert actions(dev, role) == expected | everyones


@pytest.mark.parametrize("stage", STAGES)
def test_no_statement_allows_everything_of_a_kind(synthesized: Callable[[str], Synthesized], stage: str) -> None:
    stack = synthesized(stage)
    # These actions support no resource (Service Authorization Reference).
    without_resources = {
        *("xray:PutTelemetryRecords", "xray:PutTraceSegments", "dynamodb:ListStreams"),
        "cloudwatch:GetMetricStatistics",
    }

    for policy in stack.of_type("AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not any("*" in action for action in listed), statement
            if statement["Resource"] == "*":
                assert set(listed) <= without_resources, statement
    for name, role in stack.of_type("AWS::IAM::Role").items():
        assert ("ManagedPolicyArns" in role) is name.startswith("CanaryRole")


def test_the_processor_may_publish_live_updates_and_call_nothing_else_of_the_api(dev: Synthesized) -> None:
    (statement,) = (
        allowing for allowing in policies(dev, "ProcessorFunctionRole") if allowing["Action"] == "appsync:GraphQL"
    )

    resources = json.dumps(statement["Resource"])
    assert "Mutation/fields/publishTaskCompleted" in resources
    assert "Mutation/fields/publishTaskChange" in resources
    assert len(statement["Resource"]) == 2


def test_people_services_and_developers_each_have_a_way_in(dev: Synthesized) -> None:
    api = dev.the("AWS::AppSync::GraphQLApi")

    assert api["AuthenticationType"] == "AMAZON_COGNITO_USER_POOLS"
    additional = {provider["AuthenticationType"] for provider in api["AdditionalAuthenticationProviders"]}
    assert additional == {"AWS_IAM", "API_KEY"}


def test_every_root_field_of_the_schema_has_a_resolver_until_it_is_on_its_way_out(dev: Synthesized) -> None:
    schema = build_schema(PRELUDE + dev.the("AWS::AppSync::GraphQLSchema")["Definition"])
    roots = [schema.query_type, schema.mutation_type, schema.subscription_type]
    fields = {
        f"{kind.name}.{name}": field
        for kind in roots
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
    }
    needed = {name for name, field in fields.items() if field.deprecation_reason is None} | {"Task.history"}

    resolvers = {
        f"{resolver['TypeName']}.{resolver['FieldName']}" for resolver in dev.of_type("AWS::AppSync::Resolver").values()
    }

    assert resolvers == set(resolved_fields())
    assert needed <= resolvers <= needed | set(fields)


@pytest.mark.parametrize(("stage", "keys"), [("dev", 1), ("staging", 1), ("production", 0)])
def test_production_has_no_api_key(synthesized: Callable[[str], Synthesized], stage: str, keys: int) -> None:
    assert len(synthesized(stage).of_type("AWS::AppSync::ApiKey")) == keys


@pytest.mark.parametrize("stage", STAGES)
def test_no_output_is_a_secret(synthesized: Callable[[str], Synthesized], stage: str) -> None:
    """Outputs are printed into the logs of deployments, and read by the role that runs code of pull requests."""
    stack = synthesized(stage)
    keys = stack.of_type("AWS::AppSync::ApiKey")

    outputs = json.dumps(stack.template["Outputs"])

    assert "ApiKey" not in outputs
    assert not any(key in outputs for key in keys)


@pytest.mark.parametrize(("stage", "accepts"), [("dev", "true"), ("staging", "true"), ("production", "false")])
def test_the_resolver_accepts_api_keys_where_the_stage_issues_them(
    synthesized: Callable[[str], Synthesized], stage: str, accepts: str
) -> None:
    functions = synthesized(stage).of_type("AWS::Lambda::Function").values()
    variables = [function["Environment"]["Variables"] for function in functions]

    assert [named["ACCEPTS_API_KEYS"] for named in variables if "ACCEPTS_API_KEYS" in named] == [accepts]


def test_production_keeps_its_data(production: Synthesized) -> None:
    table = next(
        resource for resource in production.resources.values() if resource["Type"] == "AWS::DynamoDB::GlobalTable"
    )

    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["Replicas"][0]["DeletionProtectionEnabled"] is True


@pytest.mark.parametrize(("stage", "needs"), [("dev", False), ("staging", True), ("production", True)])
def test_tokens_name_admins_only_with_a_second_factor_where_people_work(
    synthesized: Callable[[str], Synthesized], stage: str, needs: bool
) -> None:
    stack = synthesized(stage)
    pool = stack.the("AWS::Cognito::UserPool")

    trigger = pool.get("LambdaConfig", {}).get("PreTokenGenerationConfig", {})
    assert trigger.get("LambdaVersion") == ("V2_0" if needs else None)
    assert ("AdminTokens" in json.dumps(trigger)) is needs
    assert actions(stack, "AdminTokensRole") & {"cognito-idp:AdminGetUser"} == (
        {"cognito-idp:AdminGetUser"} if needs else set()
    )
    assert (pool["UserPoolTier"], pool["MfaConfiguration"]) == ("ESSENTIALS", "OPTIONAL")


@pytest.mark.parametrize(("stage", "policy"), [("dev", "Delete"), ("production", "RetainExceptOnCreate")])
def test_logs_of_production_outlive_its_stacks(
    synthesized: Callable[[str], Synthesized], stage: str, policy: str
) -> None:
    for stack in (stage, f"{stage}-Operations"):
        groups = [
            resource for resource in synthesized(stack).resources.values() if resource["Type"] == "AWS::Logs::LogGroup"
        ]
        assert groups
        assert {group["DeletionPolicy"] for group in groups} == {policy}


def test_requests_of_production_have_concurrency_of_their_own(production: Synthesized, dev: Synthesized) -> None:
    reserved = [
        {
            name.startswith("Resolver"): function["ReservedConcurrentExecutions"]
            for name, function in stack.of_type("AWS::Lambda::Function").items()
            if "ReservedConcurrentExecutions" in function
        }
        for stack in (production, dev)
    ]

    assert reserved == [{True: 200}, {}]


def test_a_launch_warms_the_table_and_its_indexes() -> None:
    stack = Stack(App(), "Launch")
    TasksTable(stack, "Table", stage=replace(STAGES["production"], warm_throughput=(20_000, 10_000)))

    (table,) = Template.from_stack(stack).find_resources("AWS::DynamoDB::GlobalTable").values()

    warm = {"ReadUnitsPerSecond": 20_000, "WriteUnitsPerSecond": 10_000}
    assert table["Properties"]["WarmThroughput"] == warm
    assert all(index["WarmThroughput"] == warm for index in table["Properties"]["GlobalSecondaryIndexes"])


def test_production_hides_its_schema(production: Synthesized) -> None:
    assert production.the("AWS::AppSync::GraphQLApi")["IntrospectionConfig"] == "DISABLED"


def test_scripts_find_what_they_need_in_the_outputs(dev: Synthesized) -> None:
    assert set(dev.template["Outputs"]) >= {
        "GraphqlUrl",
        "ApiId",
        "UserPoolId",
        "UserPoolClientId",
        "TableName",
        "TopicArn",
        "QueueUrl",
        "DeadLetterQueueUrl",
        "UndeliveredQueueUrl",
        "UnrelayedQueueUrl",
        "ResolverFunctionName",
        "RelayFunctionName",
        "ProcessorFunctionName",
    }
