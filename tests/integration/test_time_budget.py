"""When the table does not answer, the caller receives the product's error before Lambda ends the function."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest

from adapters.clients import BUDGET, CONFIG, client
from adapters.time_budget import ANSWER, ATTEMPT, PAUSE
from cdk.function import TIMEOUT
from resolvers.application import Handler, lambda_handler
from resolvers.composition import compose
from resolvers.telemetry import logger
from tests.in_memory_webhooks import settings
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ANNA, LambdaContext, field_event

TASK = {"id": "task-1", "userId": "anna"}


@dataclass(frozen=True)
class ShortContext(LambdaContext):
    """An invocation that has six seconds left, which is enough for only one attempt."""

    ends: float = field(default_factory=lambda: monotonic() + 6)

    def get_remaining_time_in_millis(self) -> int:
        return int((self.ends - monotonic()) * 1000)


@pytest.fixture
def handler() -> Iterator[Handler]:
    """Yields the resolver's handler, whose table never answers.

    Its client is new, because a client that used up its quota of retries (botocore, "Standard retry mode") would answer
    in time without a budget.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"

        def redirect(params: dict[str, Any], **_: object) -> None:
            params["url"] = url

        dynamodb = client("dynamodb")
        dynamodb.meta.events.register("before-call", redirect)
        try:
            yield lambda_handler(
                compose(
                    dynamodb,
                    TABLE_NAME,
                    accepts_api_keys=True,
                    correlation_id=logger.get_correlation_id,
                    webhooks=settings(),
                )
            )
        finally:
            BUDGET.start(3_600_000)


def test_a_change_is_answered_before_the_function_is_ended(handler: Handler) -> None:
    context = ShortContext()

    answer: Any = handler(field_event("Mutation.completeTask", {"id": "task-1"}, ANNA), context)

    assert answer["error"]["type"] == "InternalError"
    assert answer["error"]["info"] == {"correlationId": "Root=1-test"}
    assert context.get_remaining_time_in_millis() > 0


def test_each_history_of_a_batch_is_answered_before_the_function_is_ended(handler: Handler) -> None:
    context = ShortContext()

    answers: Any = handler([field_event("Task.history", {}, ANNA, source=TASK)] * 25, context)

    assert len(answers) == 25
    assert all(answer["error"]["type"] == "InternalError" for answer in answers)
    assert all(answer["error"]["info"] == {"correlationId": "Root=1-test"} for answer in answers)
    assert context.get_remaining_time_in_millis() > 0


def test_an_attempt_takes_no_longer_than_the_budget_holds_ready_and_fits_into_a_function() -> None:
    assert CONFIG.connect_timeout + CONFIG.read_timeout <= ATTEMPT  # type: ignore[attr-defined] # Config sets them by name
    assert ATTEMPT + PAUSE + ANSWER < TIMEOUT.to_seconds() < 30
