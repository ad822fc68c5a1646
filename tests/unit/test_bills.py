"""What operations cost, on figures that can be checked in the head."""

import json

import pytest

from benchmarks.bills import Batches, Operation, baseline_bill, busy_bill, lambda_dollars, our_bill, queue_dollars
from benchmarks.lambdas import Measured

PUT = ("dynamodb.PutItem", json.dumps({"Item": {"PK": {"S": "TASK#1"}}}), "{}")
PUBLISH = ("sns.PublishBatch", "Action=PublishBatch", "")
RECORD = ("dynamodb.TransactWriteItems", json.dumps({"TransactItems": [{"Update": {}}]}), "{}")
HISTORY = ("dynamodb.Query", "{}", json.dumps({"Items": []}))
LIVE_UPDATE = ("appsync.GraphQL", "{}", "{}")


def an_invocation(*calls: tuple[str, str, str], spent: float = 9.5) -> Measured:
    return Measured(answer={}, spent=spent, waited=0, calls=calls)


def a_change(messages: int = 1) -> Operation:
    return Operation(
        request=an_invocation(PUT),
        relay=an_invocation(PUBLISH),
        processor=[an_invocation(RECORD, LIVE_UPDATE)] * messages,
        history=[an_invocation(HISTORY)] * messages,
    )


def test_a_lambda_costs_its_request_and_its_duration_in_whole_milliseconds() -> None:
    assert lambda_dollars([an_invocation(spent=9.5)]) == pytest.approx(0.20 + 0.010 * 0.5 * 13.3334)


def test_a_message_is_delivered_received_and_deleted() -> None:
    assert queue_dollars(batch=1) == pytest.approx(1.20)
    assert queue_dollars(batch=10) == pytest.approx(0.48)


def test_a_change_costs_everything_that_follows_from_it() -> None:
    invocation = 0.20 + 0.010 * 0.5 * 13.3334

    assert our_bill([a_change(messages=2)]) == pytest.approx(
        {
            "AppSync": 4.00,
            "resolver": invocation,
            "table": 0.625,
            "relay": invocation,
            "topic": 0.50,
            "queue": 2 * 1.20,
            "processor": 2 * invocation,
            "projections": 2 * 2 * 0.625,
            "live updates": 2 * (4.00 + invocation + 0.5 * 0.125),
        }
    )


def test_a_read_costs_the_request_alone() -> None:
    read = Operation(an_invocation(("dynamodb.GetItem", "{}", "{}")), None, [], [])

    assert our_bill([read]).keys() == {"AppSync", "resolver", "table"}


def test_full_batches_share_their_invocations_and_requests() -> None:
    change = a_change(messages=2)
    full = Batches(relay=an_invocation(*[PUBLISH] * 20, spent=50), processor=an_invocation(spent=100))

    bill = busy_bill(our_bill([change]), [change], [full])

    assert bill["relay"] == pytest.approx((0.20 + 0.050 * 0.5 * 13.3334) / 100)
    assert bill["topic"] == pytest.approx(20 / 100 * 0.50)
    assert bill["processor"] == pytest.approx(2 * (0.20 + 0.100 * 0.5 * 13.3334) / 10)
    assert bill["queue"] == pytest.approx(2 * 0.48)
    assert bill["projections"] == our_bill([change])["projections"]


def test_the_baseline_pays_for_each_message_that_it_publishes() -> None:
    bill = baseline_bill([an_invocation(PUT, PUBLISH, PUBLISH)])

    assert (bill["table"], bill["topic"]) == (0.625, 1.00)
