"""Production's data have a backup outside the table, its users an export, and every stage's bill a budget."""

from __future__ import annotations

import json
from collections.abc import Callable

import boto3
import pytest
from botocore.stub import Stubber

from cdk.stages import STAGES
from probes import export_users
from tests.infrastructure.conftest import Synthesized


@pytest.fixture
def operations(synthesized: Callable[[str], Synthesized]) -> Synthesized:
    return synthesized("production-Operations")


def test_the_table_is_backed_up_daily_into_a_vault_that_outlives_the_stack(operations: Synthesized) -> None:
    plan = operations.the("AWS::Backup::BackupPlan")["BackupPlan"]
    vault = next(
        resource for resource in operations.resources.values() if resource["Type"] == "AWS::Backup::BackupVault"
    )

    (rule,) = plan["BackupPlanRule"]
    assert rule["Lifecycle"]["DeleteAfterDays"] == 35
    assert vault["DeletionPolicy"] == "Retain"
    assert vault["Properties"]["LockConfiguration"]["MinRetentionDays"] == 7
    (resource,) = operations.the("AWS::Backup::BackupSelection")["BackupSelection"]["Resources"]
    assert "Table" in json.dumps(resource)


def test_stages_without_lasting_data_have_no_backup(synthesized: Callable[[str], Synthesized]) -> None:
    for stage in ("dev", "staging"):
        assert synthesized(f"{stage}-Operations").of_type("AWS::Backup::BackupPlan") == {}


def test_the_export_of_users_is_encrypted_private_and_deleted_like_the_backups(operations: Synthesized) -> None:
    bucket = operations.the("AWS::S3::Bucket")

    (lifecycle,) = bucket["LifecycleConfiguration"]["Rules"]
    assert lifecycle["ExpirationInDays"] == 35
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert "BucketEncryption" in bucket


@pytest.mark.parametrize("stage", STAGES)
def test_the_bill_of_every_stage_has_a_budget_and_its_anomalies_are_told(
    synthesized: Callable[[str], Synthesized], stage: str
) -> None:
    stack = synthesized(f"{stage}-Operations")
    budget = stack.the("AWS::Budgets::Budget")

    assert budget["Budget"]["BudgetLimit"] == {"Amount": STAGES[stage].monthly_budget, "Unit": "USD"}
    thresholds = [
        (notified["Notification"]["NotificationType"], notified["Notification"]["Threshold"])
        for notified in budget["NotificationsWithSubscribers"]
    ]
    assert thresholds == [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    (subscriber,) = stack.the("AWS::CE::AnomalySubscription")["Subscribers"]
    assert "SeveritiesTicket" in json.dumps(subscriber["Address"])
    assert stage in stack.the("AWS::CE::AnomalyMonitor")["MonitorSpecification"]


def test_an_exported_user_has_what_a_new_pool_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client(
        "cognito-idp", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    monkeypatch.setattr(boto3, "client", lambda _service: client)

    def user(name: str) -> dict[str, object]:
        return {"Username": name, "Enabled": True, "Attributes": [{"Name": "sub", "Value": f"sub-of-{name}"}]}

    with Stubber(client) as stub:
        stub.add_response("list_groups", {"Groups": [{"GroupName": "admins"}]})
        stub.add_response("list_users_in_group", {"Users": [user("ada")]})
        stub.add_response("list_users", {"Users": [user("ada")], "PaginationToken": "next"})
        stub.add_response("list_users", {"Users": [user("anna")]})
        exported = list(export_users.users("pool"))

    assert [(user["username"], user["attributes"], user["groups"]) for user in exported] == [
        ("ada", {"sub": "sub-of-ada"}, ["admins"]),
        ("anna", {"sub": "sub-of-anna"}, []),
    ]
