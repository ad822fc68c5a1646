"""The costs of operations are right for figures that a reader can check mentally."""

import json

import pytest

from benchmarks.bills import (
    APPSYNC_LOG,
    PLATFORM_LOG,
    Batches,
    Operation,
    bill_of,
    busy_bill,
    lambda_dollars,
    queue_dollars,
    with_firewall_and_logs,
)
from benchmarks.lambdas import Measured

PUT = ("dynamodb.PutItem", json.dumps({"Item": {"PK": {"S": "TASK#1"}}}), "{}")
PUBLISH = ("sns.PublishBatch", "Action=PublishBatch", "")
RECORD = ("dynamodb.TransactWriteItems", json.dumps({"TransactItems": [{"Update": {}}]}), "{}")
LIVE_UPDATE = ("appsync.GraphQL", json.dumps({"query": "mutation { publishTaskChange { event } }"}), "{}")
COMPLETION = (
    "appsync.GraphQL",
    json.dumps({"query": "mutation { publishTaskChange { event } publishTaskCompleted { id } }"}),
    "{}",
)


def an_invocation(*calls: tuple[str, str, str], spent: float = 9.5, logged: int = 0) -> Measured:
    return Measured(answer={}, spent=spent, waited=0, calls=calls, logged=logged)


def a_change(live_update: tuple[str, str, str] = LIVE_UPDATE) -> Operation:
    return Operation(
        request=an_invocation(PUT, logged=1000),
        relay=an_invocation(PUBLISH),
        processor=[an_invocation(RECORD, live_update)],
    )


def test_a_lambda_costs_its_request_and_its_duration_in_whole_milliseconds() -> None:
    assert lambda_dollars([an_invocation(spent=9.5)]) == pytest.approx(0.20 + 0.010 * 0.5 * 13.3334)


def test_a_message_is_delivered_received_and_deleted() -> None:
    assert queue_dollars(batch=1) == pytest.approx(1.20)
    assert queue_dollars(batch=10) == pytest.approx(0.48)


def test_a_change_costs_everything_that_follows_from_it() -> None:
    invocation = 0.20 + 0.010 * 0.5 * 13.3334

    assert bill_of([a_change()]) == pytest.approx(
        {
            "AppSync": 4.00,
            "resolver": invocation,
            "table": 0.625,
            "relay": invocation,
            "topic": 0.50,
            "queue": 1.20,
            "processor": invocation,
            "projections": 2 * 0.625,
            "live updates": 4.00,
        }
    )


def test_a_read_costs_the_request_alone() -> None:
    read = Operation(an_invocation(("dynamodb.GetItem", "{}", "{}")), None, [])

    assert bill_of([read]).keys() == {"AppSync", "resolver", "table"}


def test_the_firewall_looks_at_each_request_and_every_byte_of_the_logs_is_paid() -> None:
    samples = [a_change()]

    bill = with_firewall_and_logs(bill_of(samples), samples)

    assert bill["firewall"] == pytest.approx(2 * 0.60)
    assert bill["logs"] == pytest.approx((1000 + 3 * PLATFORM_LOG + 2 * APPSYNC_LOG) / 1000 * 0.50)


def test_full_batches_share_their_invocations_and_requests() -> None:
    change = a_change()
    full = Batches(relay=an_invocation(*[PUBLISH] * 10, spent=50), processor=an_invocation(spent=100))

    bill = busy_bill(bill_of([change]), [change], [full])

    assert bill["relay"] == pytest.approx((0.20 + 0.050 * 0.5 * 13.3334) / 100)
    assert bill["topic"] == pytest.approx(10 / 100 * 0.50)
    assert bill["processor"] == pytest.approx((0.20 + 0.100 * 0.5 * 13.3334) / 10)
    assert bill["queue"] == pytest.approx(0.48)
    assert bill["projections"] == bill_of([change])["projections"]


def test_a_design_that_publishes_within_the_request_pays_for_each_message() -> None:
    bill = bill_of([Operation(an_invocation(PUT, PUBLISH, PUBLISH), None, [])])

    assert (bill["table"], bill["topic"]) == (0.625, 1.00)
