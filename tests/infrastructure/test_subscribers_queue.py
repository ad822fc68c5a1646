"""The kit gives a subscriber a queue, dead letters, a filter that admits erasures, and alarms (packages/subscriber)."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import subscriber_app
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_sns as sns
from tasks_subscriber.infrastructure import TasksSubscription

from tests.infrastructure.conftest import Synthesized

TOPIC = "arn:aws:sns:eu-central-1:123456789012:changes"
ANOTHER_ACCOUNT = Environment(account="210987654321", region="eu-central-1")


def synthesized(environment: Environment = ANOTHER_ACCOUNT, **options: Any) -> Synthesized:
    app = App()
    stack = Stack(app, "Reports", env=environment)
    TasksSubscription(stack, "Tasks", topic_arn=TOPIC, alarm_topic=sns.Topic(stack, "Alarms"), **options)
    return Synthesized(app.synth().get_stack_by_name("Reports").template)


def subscription(**options: Any) -> Mapping[str, Any]:
    return synthesized(**options).the("AWS::SNS::Subscription")


def test_without_a_choice_every_change_arrives_as_it_was_sent() -> None:
    whole = subscription()

    assert whole["TopicArn"] == TOPIC
    assert whole["RawMessageDelivery"] is True
    assert "FilterPolicy" not in whole
    assert "TasksUndelivered" in json.dumps(whole["RedrivePolicy"])


def test_a_filter_always_admits_erasures() -> None:
    assert subscription(event_types=["TaskCompleted"])["FilterPolicy"] == {
        "eventTypes": ["TaskCompleted", "UserErased"]
    }
    assert subscription(statuses=["COMPLETED"])["FilterPolicy"] == {"status": ["COMPLETED", {"exists": False}]}


def test_the_topic_alone_may_send_and_only_by_TLS() -> None:
    policies = [
        statement
        for policy in synthesized().of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    allowed = [statement for statement in policies if statement["Effect"] == "Allow"]
    assert {statement["Principal"]["Service"] for statement in allowed} == {"sns.amazonaws.com"}
    assert {json.dumps(statement["Condition"]) for statement in allowed} >= {
        json.dumps({"ArnEquals": {"aws:SourceArn": TOPIC}})
    }
    assert sum(statement["Effect"] == "Deny" for statement in policies) == 3


def test_messages_stay_for_14_days_and_are_encrypted() -> None:
    queues = synthesized().of_type("AWS::SQS::Queue").values()

    assert {queue["MessageRetentionPeriod"] for queue in queues} == {14 * 86_400}
    assert {queue["SqsManagedSseEnabled"] for queue in queues} == {True}
    assert [queue["RedrivePolicy"]["maxReceiveCount"] for queue in queues if "RedrivePolicy" in queue] == [10]


def test_letters_and_a_reader_that_is_behind_raise_alarms() -> None:
    alarms = list(synthesized().of_type("AWS::CloudWatch::Alarm").values())

    assert [alarm["MetricName"] for alarm in alarms] == [
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesVisible",
        "ApproximateAgeOfOldestMessage",
    ]
    assert all(alarm["AlarmActions"] and alarm["AlarmDescription"] for alarm in alarms)


def test_a_queue_in_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match="the topic's region"):
        synthesized(Environment(account="210987654321", region="us-east-1"))


def test_the_example_app_subscribes_to_completions_and_reopenings() -> None:
    app = App(context={"topicArn": TOPIC})
    name = subscriber_app.build(app).stack_name

    template = Synthesized(app.synth().get_stack_by_name(name).template)

    assert template.the("AWS::SNS::Subscription")["FilterPolicy"] == {
        "eventTypes": ["TaskCompleted", "TaskReopened", "UserErased"]
    }
