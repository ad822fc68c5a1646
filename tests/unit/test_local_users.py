"""A lost user pool is named, and the accounts of the next one can get the tasks of the former one's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from local.errors import CannotRun
from local.settings import Settings
from local.users import ensure_users, record_users

COGNITO = boto3.client(
    "cognito-idp", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setattr(boto3, "client", lambda *_, **__: COGNITO)
    with Stubber(COGNITO) as stubber:
        yield stubber


def listed(stub: Stubber, sub: str) -> None:
    users: Any = [{"Username": "alice", "Attributes": [{"Name": "sub", "Value": sub}]}]
    stub.add_response("list_users", {"Users": users})


def test_a_lost_pool_is_named_with_a_way_that_keeps_the_tasks(tmp_path: Path, stub: Stubber) -> None:
    stub.add_client_error("admin_get_user", "ResourceNotFoundException")

    with pytest.raises(CannotRun, match=r"The user pool pool-1 is gone.*another id.*make reset"):
        ensure_users(Settings(data=tmp_path), "pool-1")


def test_the_next_pool_says_once_how_its_accounts_get_the_tasks(tmp_path: Path, stub: Stubber) -> None:
    settings = Settings(data=tmp_path)
    said = []
    for pool, sub in (("pool-1", "old"), ("pool-1", "old"), ("pool-2", "new"), ("pool-2", "new")):
        listed(stub, sub)
        said.append(record_users(settings, pool))

    recorded = tmp_path / "users" / "pool-1.jsonl"
    assert [bool(text) for text in said] == [False, False, True, False]
    assert f"re-own --users-from {recorded}\n" in (said[2] or "")
    assert [json.loads(line) for line in recorded.read_text().splitlines()] == [
        {"username": "alice", "attributes": {"sub": "old"}}
    ]
