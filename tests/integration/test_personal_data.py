"""A person's data are found whole and erased whole, and nobody else's are touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import pytest
from botocore.stub import Stubber

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.items import deserialize
from domain.changes import TaskChange
from domain.details import TaskDetails
from domain.identifiers import UserId
from domain.task import Task
from operations.command_line import main
from operations.deployed import Consumer, Deployed
from operations.personal_messages import is_about
from tests.builders import ANNA, BORIS, an_id, later
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

USERNAME = "anna-of-the-pool"


@pytest.fixture
def sqs(dynamodb: DynamoDBClient) -> SQSClient:
    return boto3.client("sqs")


@dataclass
class UserPool:
    """The one account of a user pool, Anna's, as far as operators see it. (tests/e2e has a whole user pool.)"""

    enabled: bool = True
    there: bool = True
    modified_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    did: list[str] = field(default_factory=list)

    def list_users(self, UserPoolId: str, Filter: str) -> dict[str, Any]:
        attributes = [{"Name": "sub", "Value": str(ANNA)}, {"Name": "email", "Value": "anna@example.com"}]
        found = self.there and Filter == f'sub = "{ANNA}"'
        user = {
            "Username": USERNAME,
            "Attributes": attributes,
            "Enabled": self.enabled,
            "UserLastModifiedDate": self.modified_at,
        }
        return {"Users": [user] if found else []}

    def admin_list_groups_for_user(self, UserPoolId: str, Username: str) -> dict[str, Any]:
        return {"Groups": [{"GroupName": "admins"}]}

    def admin_disable_user(self, UserPoolId: str, Username: str) -> None:
        assert (UserPoolId, Username) == ("pool", USERNAME)
        self.enabled, self.modified_at = False, datetime.now(UTC)

    def admin_user_global_sign_out(self, UserPoolId: str, Username: str) -> None:
        assert not self.enabled, "locked before it is signed out, so that nobody signs in in between"
        self.did.append("signed out")

    def admin_delete_user(self, UserPoolId: str, Username: str) -> None:
        assert (UserPoolId, Username) == ("pool", USERNAME)
        self.there = False


@pytest.fixture
def user_pool() -> UserPool:
    return UserPool()


@pytest.fixture
def before_calls(monkeypatch: pytest.MonkeyPatch, user_pool: UserPool) -> dict[str, Callable[[], object]]:
    """What happens before a call of this name is made by an operator's command."""
    make = boto3.client
    happens: dict[str, Callable[[], object]] = {}

    def client(service: str) -> Any:
        if service == "cognito-idp":
            return user_pool
        made = make(service)  # type: ignore[call-overload]
        made.meta.events.register("before-call", lambda model, **_: happens.get(model.name, lambda: None)() and None)
        return made

    monkeypatch.setattr("operations.erase_user.boto3.client", client)
    monkeypatch.setattr("operations.personal_messages.LONG_POLL", 0)
    return happens


@pytest.fixture
def deployed(
    sqs: SQSClient, monkeypatch: pytest.MonkeyPatch, before_calls: dict[str, Callable[[], object]]
) -> Deployed:
    """What a stack's outputs name."""
    queue, dead, undelivered, unrelayed = (
        sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("q", "dead", "undelivered", "unrelayed")
    )
    names = Deployed(TABLE_NAME, "topic", "pool", unrelayed, [Consumer("Processor", queue, dead, undelivered)])
    monkeypatch.setattr(Deployed, "of", lambda _: names)
    return names


@pytest.fixture
def work(dynamodb: DynamoDBClient) -> Callable[[UserId], Task]:
    """Somebody works, and leaves open, completed and deleted tasks, histories and statistics. Returns the open task."""
    tasks = DynamoDBTasks(dynamodb, TABLE_NAME, correlation_id=lambda: None)
    projections = DynamoDBProjections(dynamodb, TABLE_NAME)

    def worked(user_id: UserId) -> Task:
        first, done, deleted, with_token = (
            Task.create(
                task_id=an_id(),
                user_id=user_id,
                details=TaskDetails(title=f"Secret plan {number}", description="Nobody's business"),
                at=later(number),
                idempotent=number == 3,
            )
            for number in range(4)
        )
        for task in (first, done, deleted, with_token):
            record(projections, task)
            tasks.add(task)
        done.complete(later(5))
        deleted.delete(later(6))
        with_token.delete(later(7))
        for task in (done, deleted, with_token):
            record(projections, task)
            tasks.save(task)
        return first

    return worked


def record(projections: DynamoDBProjections, task: Task) -> None:
    projections.record(TaskChange(task.state, task.events))


def table(dynamodb: DynamoDBClient) -> list[dict[str, Any]]:
    return [deserialize(item) for item in dynamodb.scan(TableName=TABLE_NAME)["Items"]]


def erased(user_id: object, *, stack: str = "s") -> int:
    return main(["erase-user", "--stack", stack, f"--user={user_id}", "--patience", "0"])


def exported(user_id: object, *arguments: str) -> int:
    return main(["export-user", "--stack", "s", f"--user={user_id}", *arguments])


def test_erasing_a_person_leaves_nothing_of_them_and_everything_of_others(
    dynamodb: DynamoDBClient, sqs: SQSClient, deployed: Deployed, user_pool: UserPool, work: Callable[[UserId], Task]
) -> None:
    work(BORIS)
    work(UserId(f"{ANNA}-2"))  # somebody whose id begins with hers
    of_others = table(dynamodb)
    work(ANNA)
    for url in deployed.queues_of_failures:
        for user in (ANNA, BORIS, f"{ANNA}-2"):
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"task": {"userId": str(user)}}))

    assert erased(ANNA) == 0

    assert table(dynamodb) == of_others
    for url in deployed.queues_of_failures:
        left = [message["Body"] for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]]
        assert sorted(json.loads(body)["task"]["userId"] for body in left) == sorted(["boris", f"{ANNA}-2"])
    assert (user_pool.enabled, user_pool.did, user_pool.there) == (False, ["signed out"], False)


def test_the_erasure_says_what_it_found_and_what_it_took(
    deployed: Deployed, work: Callable[[UserId], Task], capsys: pytest.CaptureFixture[str]
) -> None:
    work(ANNA)

    erased(ANNA)

    told = capsys.readouterr().out
    assert "Account: locked and signed out.\n" in told
    assert "Pass 1: 2 deleted tasks, 7 history entries, 1 statistics, 2 tasks.\nPass 2: nothing.\n" in told
    assert "Account: deleted. Access tokens stay valid for up to an hour" in told
    assert "Erased: 2 deleted tasks, 7 history entries, 1 statistics, 2 tasks.\nIt took " in told


def test_erasing_twice_and_erasing_nobody_finds_nothing(
    dynamodb: DynamoDBClient,
    deployed: Deployed,
    work: Callable[[UserId], Task],
    capsys: pytest.CaptureFixture[str],
) -> None:
    work(BORIS)
    work(ANNA)
    erased(ANNA)
    capsys.readouterr()
    before = table(dynamodb)

    codes = [erased(ANNA), erased("nobody-at-all")]

    assert codes == [0, 0]
    assert capsys.readouterr().out.count("Account: none.\nPass 1: nothing.\nErased: nothing.\n") == 2
    assert table(dynamodb) == before


@pytest.mark.parametrize("user_id", ["a#b", "x" * 129])
def test_what_cannot_be_a_user_id_is_refused_before_anything_is_touched(
    dynamodb: DynamoDBClient,
    deployed: Deployed,
    work: Callable[[UserId], Task],
    user_id: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    work(BORIS)
    before = table(dynamodb)

    assert [erased(user_id), exported(user_id)] == [2, 2]

    assert capsys.readouterr().err.startswith("userId must be 1 to 128 letters")
    assert table(dynamodb) == before


def test_an_erasure_that_was_interrupted_is_finished_by_the_next(
    dynamodb: DynamoDBClient,
    deployed: Deployed,
    user_pool: UserPool,
    before_calls: dict[str, Callable[[], object]],
    work: Callable[[UserId], Task],
) -> None:
    for _ in range(5):
        work(ANNA)
    whole = len(table(dynamodb))
    batches = iter([False, True])

    def cut() -> None:
        if next(batches):
            raise KeyboardInterrupt

    before_calls["BatchWriteItem"] = cut
    assert erased(ANNA) == 130
    assert 0 < len(table(dynamodb)) < whole
    assert not user_pool.enabled

    del before_calls["BatchWriteItem"]
    assert erased(ANNA) == 0
    assert table(dynamodb) == []
    assert not user_pool.there


def test_a_person_who_goes_on_working_is_told_and_the_account_stays_locked(
    deployed: Deployed,
    user_pool: UserPool,
    before_calls: dict[str, Callable[[], object]],
    work: Callable[[UserId], Task],
    capsys: pytest.CaptureFixture[str],
) -> None:
    work(ANNA)

    before_calls["GetQueueAttributes"] = lambda: work(ANNA)

    assert erased(ANNA) == 1

    assert "Not finished: 0 messages wait in the queue, and the last pass still found 2 del" in capsys.readouterr().out
    assert (user_pool.enabled, user_pool.there) == (False, True)


def test_messages_that_wait_keep_an_erasure_from_being_finished_until_all_of_the_persons_must_have_arrived(
    sqs: SQSClient, deployed: Deployed, user_pool: UserPool, capsys: pytest.CaptureFixture[str]
) -> None:
    sqs.send_message(QueueUrl=deployed.consumers[0].queue, MessageBody="{}")

    assert erased(ANNA) == 1

    told = capsys.readouterr().out
    all_arrived_at = user_pool.modified_at + timedelta(minutes=90)
    assert "Not finished: 1 messages wait in the queue, and the last pass still found nothing." in told
    assert f"Run this again after {all_arrived_at:%H:%M} UTC." in told
    assert (user_pool.enabled, user_pool.there) == (False, True)

    user_pool.modified_at -= timedelta(minutes=89)
    assert erased(ANNA) == 1, "and asking again does not lock the account anew"
    assert "Account: locked since " in capsys.readouterr().out

    user_pool.modified_at -= timedelta(minutes=2)
    assert erased(ANNA) == 0
    assert "Account: deleted.\nErased: nothing." in capsys.readouterr().out
    assert not user_pool.there


def test_a_person_without_an_account_is_erased_in_two_runs_where_the_queue_is_never_empty(
    sqs: SQSClient,
    deployed: Deployed,
    user_pool: UserPool,
    work: Callable[[UserId], Task],
    capsys: pytest.CaptureFixture[str],
) -> None:
    user_pool.there = False
    sqs.send_message(QueueUrl=deployed.consumers[0].queue, MessageBody="{}")
    work(ANNA)

    assert erased(ANNA) == 1
    assert "Run this again in half an hour." in capsys.readouterr().out
    assert erased(ANNA) == 0
    assert "Account: none.\nPass 1: nothing.\nErased: nothing." in capsys.readouterr().out


def test_an_export_holds_everything_about_a_person_and_nothing_of_others(
    sqs: SQSClient, deployed: Deployed, work: Callable[[UserId], Task], tmp_path: Path
) -> None:
    first = work(ANNA)
    work(BORIS)
    body = json.dumps({"task": {"userId": str(ANNA), "title": "Secret plan 9"}})
    sqs.send_message(QueueUrl=deployed.queues_of_failures[0], MessageBody=body)
    sqs.send_message(QueueUrl=deployed.queues_of_failures[0], MessageBody=json.dumps({"userId": "boris"}))
    file = tmp_path / "anna.json"

    assert exported(ANNA, "--output", str(file)) == 0

    assert file.stat().st_mode & 0o777 == 0o600
    export = json.loads(file.read_text())
    assert export["userId"] == str(ANNA)
    assert (export["account"]["username"], export["account"]["attributes"]["email"]) == (USERNAME, "anna@example.com")
    assert [(task["title"], task["status"]) for task in export["tasks"]] == [
        ("Secret plan 1", "COMPLETED"),
        ("Secret plan 0", "PENDING"),
    ]
    assert export["tasks"][1]["id"] == str(first.id)
    assert [event["type"] for event in export["tasks"][0]["history"]] == ["CREATED", "STATUS_CHANGED", "COMPLETED"]
    assert [[event["type"] for event in task["history"]] for task in export["deletedTasks"]] == [
        ["CREATED", "DELETED"],
        ["CREATED", "DELETED"],
    ]
    assert (export["statistics"]["total"], export["statistics"]["completed"]) == (2, 1)
    assert export["undeliveredMessages"] == [body]
    assert exported(ANNA) == 0, "and a second search sees the same messages"
    assert "boris" not in file.read_text()


def test_an_export_overwrites_no_file(deployed: Deployed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "there.json"
    file.write_text("something else")

    assert exported(ANNA, "--output", str(file)) == 2

    assert file.read_text() == "something else"
    assert "there.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"data": {"task": {"userId": "anna"}}}', True),
        ('[{"dynamodb": {"NewImage": {"UserId": {"S": "anna"}}}}]', True),
        ('{"data": {"task": {"userId": "anna-2", "title": "for anna"}}}', False),
        ('{"anna": 1}', False),
        ('{"userId": "anna"', True),
        ('{"userId": "anna-2"', False),
        ('{"Message": "{\\"task\\": {\\"userId\\": \\"anna\\"}}"}', True),
        ("[" * 100_000 + '"anna"' + "]" * 100_000, True),
        ("[" * 100_000 + '"anna-2"' + "]" * 100_000, False),
        ("null", False),
        ("", False),
    ],
)
def test_a_message_is_about_who_is_a_value_in_it(body: str, expected: bool) -> None:
    assert is_about(body, UserId("anna")) is expected


def test_a_stack_that_is_not_there_or_not_ours_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    cloudformation = boto3.client("cloudformation")
    output = {"OutputKey": "QueueUrl", "OutputValue": "https://queue"}
    stack = {"StackName": "s", "CreationTime": later(), "StackStatus": "CREATE_COMPLETE", "Outputs": [output]}
    with Stubber(cloudformation) as answers, patch("operations.deployed.boto3.client", return_value=cloudformation):
        answers.add_response("describe_stacks", {"Stacks": [stack]})
        answers.add_client_error("describe_stacks", "ValidationError", "Stack with id missing does not exist")
        codes = [erased("anna"), erased("anna", stack="missing")]

    assert codes == [2, 2]
    told = capsys.readouterr().err
    assert "The stack s has no output " in told
    assert "There is no stack missing in this account and region." in told
