"""Nothing of an erased person stays or comes back: relay off, hidden letters, redelivery, replay, restore, kills.

The product's commands and its processor run on AWS in memory. A round erases a person among random disturbances, goes
on disturbing, and then searches table, queues, updates and logs.
"""

import random
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from adapters.indexes import create_table_request
from operations import account
from tests.integration.conftest import TABLE_NAME
from tests.integration.operators import Operators
from tests.integration.test_nothing_comes_back import a_round
from tests.trust.scale import SEED, figures, scaled

ROUNDS = scaled(2, 200)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Operators]:
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        for name in (TABLE_NAME, "backup"):
            dynamodb.create_table(**create_table_request(name))
        monkeypatch.setattr(account.Account, "find", lambda *_: None)  # a person whom a service named
        yield Operators.deploy(dynamodb, monkeypatch)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_round_of_disturbances_leaves_nothing(
    stack: Operators, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    a_round(stack, random.Random(f"{SEED}-{number}"), caplog)

    if number == ROUNDS - 1:
        figures.append(f"erasures: {ROUNDS} rounds under disturbance, 0 left something or let it come back")
