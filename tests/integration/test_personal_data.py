"""A person's data are found whole and erased whole, and nobody else's are touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import pytest
from botocore.stub import Stubber

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.dynamodb_webhooks import DynamoDBWebhooks
from adapters.indexes import create_table_request
from adapters.items import deserialize, serialize
from adapters.task_items import task_item
from adapters.timestamps import now
from domain.changes import TaskChange
from domain.details import TaskDetails
from domain.identifiers import UserId
from domain.task import Task
from domain.webhooks import WebhookId
from operations.command_line import main
from operations.deployed import Deployed, DeployedConsumer
from operations.personal_items import PersonalItems
from operations.personal_messages import is_about
from operations.queues import Queue
from tests.builders import ANNA, BORIS, an_id, later
from tests.in_memory_webhooks import NUMBER, a_webhook
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
        exists = self.there and Filter == f'sub = "{ANNA}"'
        user = {
            "Username": USERNAME,
            "Attributes": attributes,
            "Enabled": self.enabled,
            "UserLastModifiedDate": self.modified_at,
        }
        return {"Users": [user] if exists else []}

    def admin_list_groups_for_user(self, UserPoolId: str, Username: str) -> dict[str, Any]:
        return {"Groups": [{"GroupName": "admins"}]}

    def admin_disable_user(self, UserPoolId: str, Username: str) -> None:
        assert (UserPoolId, Username) == ("pool", USERNAME)
        self.enabled, self.modified_at = False, datetime.now(UTC)

    def admin_user_global_sign_out(self, UserPoolId: str, Username: str) -> None:
        assert not self.enabled, "locked before it is signed out, so that nobody signs in in between"
        self.did.append("signed out")

    def end_subscriptions(self, graphql_url: str, user_id: UserId | None) -> None:
        """Replace the mutation, which needs a running API."""
        assert (graphql_url, user_id) == ("https://api.example.com/graphql", ANNA)
        assert not self.enabled, "locked before, so that nobody subscribes again with a new token"
        self.did.append("subscriptions ended")

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
        client = make(service)  # type: ignore[call-overload]

        def before_call(model: Any, **_: object) -> None:  # botocore would take another answer for the response
            happens.get(model.name, lambda: None)()

        client.meta.events.register("before-call", before_call)
        return client

    monkeypatch.setattr("operations.erase_user.boto3.client", client)
    monkeypatch.setattr("operations.live_access.end_subscriptions", user_pool.end_subscriptions)
    monkeypatch.setattr("operations.queues.LONG_POLL", 0)
    return happens


@pytest.fixture
def deployed(
    sqs: SQSClient, monkeypatch: pytest.MonkeyPatch, before_calls: dict[str, Callable[[], object]]
) -> Deployed:
    """What a stack's outputs name."""
    queue, dead, undelivered, unrelayed = (
        sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("q", "dead", "undelivered", "unrelayed")
    )
    topic = boto3.client("sns").create_topic(Name="events")["TopicArn"]
    names = Deployed(
        TABLE_NAME,
        topic,
        "pool",
        unrelayed,
        [DeployedConsumer("Processor", queue, dead, undelivered)],
        "https://api.example.com/graphql",
    )
    monkeypatch.setattr(Deployed, "of", lambda _: names)
    return names


@pytest.fixture
def work(dynamodb: DynamoDBClient) -> Callable[[UserId], Task]:
    """Somebody works, and leaves tasks, tombstones, histories, statistics and a webhook. Returns the open task."""
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
        webhook = a_webhook(id=WebhookId.of(user_id, NUMBER), url=f"https://hooks.example.com/{user_id}")
        webhooks = DynamoDBWebhooks(dynamodb, TABLE_NAME)
        if not (stored := webhooks.of(user_id)).webhooks:
            webhooks.save(stored.with_new(webhook))
        return first

    return worked


def record(projections: DynamoDBProjections, task: Task) -> None:
    projections.record(TaskChange(task.state, task.events))


def everything(dynamodb: DynamoDBClient) -> list[dict[str, Any]]:
    return [deserialize(item) for item in dynamodb.scan(TableName=TABLE_NAME)["Items"]]


def table(dynamodb: DynamoDBClient) -> list[dict[str, Any]]:
    """Returns every item except the records of erasures and of ended access."""
    return [item for item in everything(dynamodb) if not item["PK"].startswith(("ERAS", "ENDED#"))]


def erased(user_id: object, *, stack: str = "s") -> int:
    return main(["erase-user", "--stack", stack, f"--user={user_id}", "--patience", "0", "--grace", "0"])


def again(*arguments: str) -> int:
    return main(["erase-again", "--stack", "s", *arguments])


def counts_of(sqs: SQSClient, url: str) -> int:
    return Queue(sqs, url).counts().total


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
    assert (user_pool.enabled, user_pool.did, user_pool.there) == (
        False,
        ["signed out", *["subscriptions ended"] * 2],
        False,
    )


def test_the_erasure_says_what_it_found_and_what_it_took(
    deployed: Deployed, work: Callable[[UserId], Task], capsys: pytest.CaptureFixture[str]
) -> None:
    work(ANNA)

    erased(ANNA)

    output = capsys.readouterr().out
    assert "Account: locked and signed out.\nSubscriptions: ended.\n" in output
    assert (
        "Pass 1: 2 deleted tasks, 7 history entries, 1 statistics, 2 tasks, 1 webhooks.\nPass 2: nothing.\n" in output
    )
    assert "Account: deleted. Access tokens stay valid for up to an hour" in output
    assert "Erased: 2 deleted tasks, 7 history entries, 1 statistics, 2 tasks, 1 webhooks.\n" in output


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
    assert (
        capsys.readouterr().out.count(
            "Account: none.\nPass 1: nothing.\nSubscribers: told by the event UserErased.\nErased: nothing.\n"
        )
        == 2
    )
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

    before_calls["ReceiveMessage"] = lambda: work(ANNA)

    assert erased(ANNA) == 1

    assert "Not finished: somebody still writes tasks of this person." in capsys.readouterr().out
    assert (user_pool.enabled, user_pool.there) == (False, True)


def test_changes_in_transit_are_waited_for_and_nothing_is_deleted_before(
    dynamodb: DynamoDBClient, deployed: Deployed, user_pool: UserPool, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks, projections = DynamoDBTasks(dynamodb, TABLE_NAME, lambda: None), DynamoDBProjections(dynamodb, TABLE_NAME)
    task = Task.create(task_id=an_id(), user_id=ANNA, details=TaskDetails(title="Secret"), at=now())
    change = TaskChange(task.state, tuple(task.events))
    tasks.add(task)  # its change waits in the stream, where nobody can count it

    assert erased(ANNA) == 1

    printed = capsys.readouterr().out
    assert f"Not finished: 1 changes are in transit and not recorded yet: version 1 of {task.id}, written by" in printed
    assert len(table(dynamodb)) == 1
    assert (user_pool.enabled, user_pool.there) == (False, True)

    projections.record(change)

    assert erased(ANNA) == 0
    assert table(dynamodb) == []
    assert not user_pool.there


def test_a_change_that_arrives_while_the_command_waits_finishes_it(
    dynamodb: DynamoDBClient, deployed: Deployed, before_calls: dict[str, Callable[[], object]]
) -> None:
    tasks, projections = DynamoDBTasks(dynamodb, TABLE_NAME, lambda: None), DynamoDBProjections(dynamodb, TABLE_NAME)
    task = Task.create(task_id=an_id(), user_id=ANNA, details=TaskDetails(title="Secret"), at=now())
    change = TaskChange(task.state, tuple(task.events))
    tasks.add(task)

    def arrive() -> None:
        del before_calls["ReceiveMessage"]
        projections.record(change)

    before_calls["ReceiveMessage"] = arrive

    assert erased(ANNA) == 0

    assert table(dynamodb) == []


def test_a_change_that_is_a_dead_letter_is_deleted_instead_of_awaited(
    dynamodb: DynamoDBClient, sqs: SQSClient, deployed: Deployed
) -> None:
    tasks = DynamoDBTasks(dynamodb, TABLE_NAME, lambda: None)
    task, parked = (
        Task.create(task_id=an_id(), user_id=ANNA, details=TaskDetails(title="Secret"), at=now()) for _ in range(2)
    )
    for stored in (task, parked):
        tasks.add(stored)
    letter = {"task": {"id": str(task.id), "version": 1, "userId": str(ANNA)}, "events": []}
    image = {"TaskId": {"S": str(parked.id)}, "Version": {"N": "1"}, "UserId": {"S": str(ANNA)}}
    sqs.send_message(QueueUrl=deployed.consumers[0].dead_letters, MessageBody=json.dumps(letter))
    sqs.send_message(QueueUrl=deployed.unrelayed, MessageBody=json.dumps({"dynamodb": {"NewImage": image}}))

    assert erased(ANNA) == 0

    assert table(dynamodb) == []
    assert [counts_of(sqs, url) for url in deployed.queues_of_failures] == [0, 0, 0]


def test_messages_of_other_people_keep_no_erasure_waiting(
    dynamodb: DynamoDBClient, sqs: SQSClient, deployed: Deployed, work: Callable[[UserId], Task]
) -> None:
    work(ANNA)
    for url in (deployed.consumers[0].queue, deployed.consumers[0].dead_letters):
        for body in ("{}", "[" * 100_000, json.dumps({"task": {"userId": str(BORIS)}})):
            sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.receive_message(QueueUrl=deployed.consumers[0].queue, VisibilityTimeout=60)  # a consumer is at work

    assert erased(ANNA) == 0

    assert table(dynamodb) == []
    assert counts_of(sqs, deployed.consumers[0].dead_letters) == 3


def test_letters_that_another_reader_holds_are_not_taken_for_none(
    sqs: SQSClient, deployed: Deployed, user_pool: UserPool, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = deployed.consumers[0].dead_letters
    sqs.send_message(QueueUrl=dead, MessageBody=json.dumps({"task": {"userId": str(ANNA)}}))
    held = sqs.receive_message(QueueUrl=dead, VisibilityTimeout=60)["Messages"][0]

    assert erased(ANNA) == 1

    assert "hold messages: 1 of dead." in capsys.readouterr().out
    assert user_pool.there

    sqs.change_message_visibility(QueueUrl=dead, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0)
    assert erased(ANNA) == 0
    assert counts_of(sqs, dead) == 0


def test_deletions_are_paced_and_repeat_what_was_not_processed(dynamodb: DynamoDBClient) -> None:
    key = {"PK": {"S": "a"}, "SK": {"S": "a"}}
    requests = [{"DeleteRequest": {"Key": key}}]
    consumed = [{"TableName": TABLE_NAME, "CapacityUnits": 25.0}]
    pauses: list[float] = []
    with Stubber(dynamodb) as stub:
        stub.add_response(
            "batch_write_item", {"UnprocessedItems": {TABLE_NAME: requests}, "ConsumedCapacity": consumed}
        )
        stub.add_response("batch_write_item", {"UnprocessedItems": {}, "ConsumedCapacity": consumed})
        items = PersonalItems(dynamodb, TABLE_NAME, pace=50, pause=pauses.append)

        tally = items.delete([{"PK": "a", "SK": "a"}])

        stub.assert_no_pending_responses()
    assert pauses == [0.5, 0.5], "25 units at 50 a second"
    assert tally.total() == 1


def test_an_erasure_is_recorded_without_personal_data(
    dynamodb: DynamoDBClient, deployed: Deployed, work: Callable[[UserId], Task]
) -> None:
    work(ANNA)
    erasures = DynamoDBErasures(dynamodb, TABLE_NAME)
    assert not erasures.includes(ANNA)

    erased(ANNA)

    assert erasures.includes(ANNA)
    assert DynamoDBErasures(dynamodb, TABLE_NAME).includes(ANNA), "in another process"
    assert not erasures.includes(BORIS)
    records = [item for item in everything(dynamodb) if item["PK"].startswith("ERASED#")]
    assert [sorted(record) for record in records] == [["ErasedAt", "ErasedBy", "ExpiresAt", "PK", "SK"]]
    assert str(ANNA) not in str(records)


def test_after_a_restore_one_command_erases_everybody_again(
    dynamodb: DynamoDBClient, deployed: Deployed, work: Callable[[UserId], Task], capsys: pytest.CaptureFixture[str]
) -> None:
    work(BORIS)
    of_others = table(dynamodb)
    work(ANNA)
    work(UserId("carol"))
    backup = everything(dynamodb)
    erased(ANNA)
    erased("carol")
    dynamodb.create_table(**create_table_request("old"))
    for item in everything(dynamodb):
        dynamodb.put_item(TableName="old", Item=serialize(item))
    for item in everything(dynamodb):
        dynamodb.delete_item(TableName=TABLE_NAME, Key=serialize({"PK": item["PK"], "SK": item["SK"]}))
    for item in backup:
        dynamodb.put_item(TableName=TABLE_NAME, Item=serialize(item))

    assert again() == 0, "without the records there is nobody to erase"
    assert len(table(dynamodb)) == len(backup)
    assert again("--records-from", "old", "--report-only") == 1
    assert len(table(dynamodb)) == len(backup)
    assert again("--records-from", "old") == 0

    assert table(dynamodb) == of_others
    assert "Records: 2 taken from old." in capsys.readouterr().out
    assert again("--report-only") == 0


def test_an_export_holds_everything_about_a_person_and_nothing_of_others(
    dynamodb: DynamoDBClient, sqs: SQSClient, deployed: Deployed, work: Callable[[UserId], Task], tmp_path: Path
) -> None:
    first = work(ANNA)
    work(BORIS)
    unrecorded = Task.create(task_id=an_id(), user_id=ANNA, details=TaskDetails(title="Secret plan 8"), at=later())
    unrecorded.delete(later(1))
    item = task_item(unrecorded, write_id="write", correlation_id=None)
    dynamodb.put_item(TableName=TABLE_NAME, Item=serialize(item))
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
    assert sorted([event["type"] for event in task["history"]] for task in export["deletedTasks"]) == [
        [],
        ["CREATED", "DELETED"],
        ["CREATED", "DELETED"],
    ]
    assert (export["statistics"]["total"], export["statistics"]["completed"]) == (2, 1)
    assert [webhook["url"] for webhook in export["webhooks"]] == ["https://hooks.example.com/anna"]
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
    message = capsys.readouterr().err
    assert "The stack s has no output " in message
    assert "There is no stack missing in this account and region." in message
