"""Every AWS client gives up in time for the Lambda to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.clients import BUDGET, client
from adapters.time_budget import OutOfTime

CALLS: dict[Any, Callable[[Any], Any]] = {
    "dynamodb": lambda client: client.get_item(TableName="tasks", Key={"PK": {"S": "1"}}),
    "sns": lambda client: client.publish(TopicArn="arn:aws:sns:us-east-1:123456789012:events", Message="1"),
    "sqs": lambda client: client.send_message(QueueUrl="https://sqs.us-east-1.amazonaws.com/1/queue", MessageBody="1"),
}


@pytest.fixture
def _no_time() -> Iterator[None]:
    BUDGET.start(0)
    yield
    BUDGET.start(3_600_000)


@pytest.mark.parametrize("service", CALLS)
def test_a_call_makes_three_short_attempts_at_most(service: Any) -> None:
    config = client(service).meta.config

    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.user_agent.startswith("tasks-api Boto3/")


@pytest.mark.usefixtures("_no_time")
@pytest.mark.parametrize("service", CALLS)
def test_no_call_is_sent_when_no_time_is_left(service: Any) -> None:
    with pytest.raises(OutOfTime, match="no time left"):
        CALLS[service](client(service))
