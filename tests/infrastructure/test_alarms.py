"""For each of the things that may break, the right people are told once, and of nothing when nothing is broken."""

import json
import re
from collections.abc import Callable, Mapping

import pytest

from cdk.stages import STAGES
from local.settings import ROOT
from tests.infrastructure.alarm_simulation import Values, raised
from tests.infrastructure.conftest import Synthesized

HEALTHY: Values = {
    "AppSync Latency SampleCount": 1000,
    "AppSync Latency p99": 200,
    "AppSync PublishDataMessageSuccess": 400,
    "AppSync ActiveConnections": 300,
    "AppSync 4XXError": 5,  # expired tokens
    "Lambda Duration": 80,
    "Lambda IteratorAge": 300,
    "Lambda ClaimedAccountConcurrency": 40,
    "SQS ApproximateAgeOfOldestMessage": 1,
    "SQS ApproximateNumberOfMessagesVisible": 0,
    "MessagesReceived": 400,
    "WAFV2 BlockedRequests": 3,  # the internet's usual scanners
    "DynamoDB TransactionConflict": 2,
    "RequestPath|EventPath|LivePath": 1,
    "RemindersLag": 50,
}
NO_REQUESTS: Values = {"RequestPath": 0, "EventPath|LivePath": None}
NO_EVENTS: Values = {"EventPath|LivePath": 0}
BROKEN: Mapping[str, tuple[Values, set[str]]] = {
    "the stream's mapping is disabled": (
        NO_EVENTS | {"IteratorAge": None, "MessagesReceived": None},
        {"Page-Events"},
    ),
    "the queue's mapping is disabled": (
        NO_EVENTS | {"ApproximateAgeOfOldestMessage": 1800, "MessagesReceived": None},
        {"Page-Events", "Ticket-Events"},
    ),
    "the firewall blocks everything": (
        NO_REQUESTS | {"BlockedRequests": 1000, "Latency": None},
        {"Page-Requests", "Ticket-Use"},
    ),
    "the firewall blocks a tenth of all requests": ({"BlockedRequests": 150}, {"Ticket-Use"}),
    "SNS refuses the relay's messages": (
        NO_EVENTS | {"RecordsFailed": 1, "IteratorAge": 600_000},
        {"Page-Events", "Ticket-Events"},
    ),
    "SNS cannot deliver to the queue": (
        NO_EVENTS | {"NumberOfNotificationsFailed": 10, "Visible.*Undelivered": 10},
        {"Page-Events", "Ticket-Events"},
    ),
    "Cognito throttles sign-ins": ({"SignInThrottles": 5}, {"Ticket-Requests"}),
    "Cognito is away, so that tokens expire": ({"4XXError": 400}, {"Ticket-Requests"}),
    "AppSync throttles callers": ({"4XXError": 900, "Latency SampleCount": 1500}, {"Ticket-Requests"}),
    "AppSync answers 5xx": (NO_REQUESTS | {"5XXError": 300}, {"Page-Requests", "Ticket-Requests"}),
    "the table is throttled": (
        {"WriteThrottleEvents": 500, "TasksApi/production Failed": 300},
        {"Page-Requests", "Ticket-Requests", "Ticket-Table"},
    ),
    "an index is throttled": ({"WriteThrottleEvents.*GSI1": 50}, {"Ticket-Table"}),
    "DynamoDB fails": (
        NO_REQUESTS | {"SystemErrors": 50, "TasksApi/production Failed": 900},
        {"Page-Requests", "Ticket-Requests", "Ticket-Table"},
    ),
    "one user's statistics are in conflict": ({"TransactionConflict": 900}, {"Ticket-Table"}),
    "the resolver does not start": (
        NO_REQUESTS | {"Errors Sum.*Resolver": 1000},
        {"Page-Requests", "Ticket-Requests"},
    ),
    "the account's concurrency is used up": (
        NO_REQUESTS | {"Throttles Sum.*Resolver": 300, "ClaimedAccountConcurrency": 1000},
        {"Page-Requests", "Ticket-Requests", "Ticket-Use"},
    ),
    "the resolver is slow": ({"Latency p99": 6000, "Duration Maximum.*Resolver": 9000}, {"Ticket-Requests"}),
    "the processor does not start": (
        NO_EVENTS | {"Errors Sum.*Processor": 50, "MessagesReceived": None, "ApproximateAgeOfOldestMessage": 900},
        {"Page-Events", "Ticket-Events"},
    ),
    "the processor cannot read what the relay writes": (
        NO_EVENTS | {"UnreadableMessages": 400, "Visible.*DeadLetters": 100},
        {"Page-Events", "Ticket-Events"},
    ),
    "changes are recorded late": ({"ChangesLate": 150}, {"Page-Events", "Ticket-Events"}),
    "AppSync refuses live updates": (
        {"LiveUpdatesFailed": 400, "LivePath": 0},
        {"Page-LiveUpdates", "Ticket-Events"},
    ),
    "AppSync refuses one user's live updates": ({"LiveUpdatesRefused": 3}, {"Ticket-Events"}),
    "one user's changes are in conflict six times in a row": ({"ChangesContended": 3}, {"Ticket-Events"}),
    "one user's partition throttles the resolver": ({"TasksApi/production Throttled": 0.9}, {"Ticket-Requests"}),
    "one user's task is damaged": ({"DamagedTasks": 1}, {"Ticket-Requests"}),
    "one user's statistics are damaged": ({"DamagedStatistics": 1}, {"Ticket-Events"}),
    "AppSync was away for more than 15 minutes": ({"LiveUpdatesTooOld": 100}, {"Ticket-Events"}),
    "a rollback left what only the newer version knows": ({"UnknownTasks": 5}, {"Ticket-Events"}),
    "subscriptions are refused": (
        {"SubscribeClientError": 60, "LivePath": 0},
        {"Page-LiveUpdates", "Ticket-Requests"},
    ),
    "AppSync does not deliver to subscribers": (
        {"PublishDataMessageServerError": 200, "LivePath": 0},
        {"Page-LiveUpdates", "Ticket-Requests"},
    ),
    "one change failed ten times": ({"Visible.*DeadLetters": 1}, {"Ticket-Events"}),
    "the relay parked a record": ({"Visible.*Unrelayed": 1}, {"Ticket-Events"}),
    "reminders come late": ({"RemindersLag": 200}, {"Ticket-Events"}),
    "the sweep of reminders does not run": ({"RemindersLag": None}, {"Ticket-Events"}),
    "the heartbeat is silent": ({"RequestPath|EventPath|LivePath": None}, {"Page-Requests"}),
    "one user sends twenty times the usual": ({"Latency SampleCount": 20_000}, {"Ticket-Use"}),
    "an alarm's address is not confirmed": ({"UnconfirmedTopics": 1}, {"Ticket-Use"}),
    "a program opens a thousand subscriptions": ({"ActiveConnections": 8_000}, {"Ticket-Use"}),
}


@pytest.fixture
def operations(synthesized: Callable[[str], Synthesized]) -> Synthesized:
    return synthesized("production-Operations")


def messages(names: set[str]) -> set[str]:
    """Returns the alarms that notify somebody."""
    return {name for name in names if name.startswith(("Page-", "Ticket-"))}


def test_the_document_shows_who_is_told_of_what() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", (ROOT / "docs" / "who-is-told.md").read_text(), re.MULTILINE)[1:]

    assert {what: set(alarms.replace("`", "").split(", ")) for what, alarms in rows} == {
        what: alarms for what, (_, alarms) in BROKEN.items()
    }


def test_nobody_is_told_of_a_healthy_product(operations: Synthesized) -> None:
    assert raised(operations, HEALTHY) == set()


@pytest.mark.parametrize("what", BROKEN)
def test_the_right_people_are_told_of_what_is_broken(operations: Synthesized, what: str) -> None:
    values, alarms = BROKEN[what]

    assert messages(raised(operations, HEALTHY | values)) == alarms


def test_at_night_with_few_users_a_single_failure_pages_nobody(operations: Synthesized) -> None:
    quiet: Values = {"Latency SampleCount": 0.1, "MessagesReceived": 0.1, "TasksApi/production Failed": 0.001}

    assert not any(name.startswith("Page-") for name in raised(operations, HEALTHY | quiet))


@pytest.mark.parametrize("stage", STAGES)
def test_each_alarm_is_part_of_one_message(synthesized: Callable[[str], Synthesized], stage: str) -> None:
    stack = synthesized(f"{stage}-Operations")
    parts = [
        name
        for alarm in stack.of_type("AWS::CloudWatch::CompositeAlarm").values()
        for name in re.findall(r'"Fn::GetAtt": \["(\w+)", "Arn"\]', json.dumps(alarm["AlarmRule"]))
    ]

    assert sorted(parts) == sorted(stack.of_type("AWS::CloudWatch::Alarm"))


@pytest.mark.parametrize("stage", STAGES)
def test_pages_and_tickets_go_to_topics_of_their_own(synthesized: Callable[[str], Synthesized], stage: str) -> None:
    for alarm in synthesized(f"{stage}-Operations").of_type("AWS::CloudWatch::CompositeAlarm").values():
        kind = alarm["AlarmName"].split("-")[2]
        assert kind in {"Page", "Ticket"}
        for action in (*alarm["AlarmActions"], *alarm["OKActions"]):
            assert f"Severities{kind}" in action["Ref"]


def test_a_deployment_that_fails_is_told(operations: Synthesized) -> None:
    rule = operations.the("AWS::Events::Rule", named="FailedDeployments")

    assert rule["EventPattern"]["detail-type"] == ["CloudFormation Stack Status Change"]
    assert "stack/TasksApi-production" in json.dumps(rule["EventPattern"]["resources"])
    assert "SeveritiesTicket" in rule["Targets"][0]["Arn"]["Ref"]
