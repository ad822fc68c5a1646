"""Users create, read, test, resume and delete webhooks in the table, and everything wrong is refused whole."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from adapters.dynamodb_webhooks import DynamoDBWebhooks, WebhookOwners
from adapters.items import deserialize, serialize
from adapters.timestamps import from_text, to_text
from adapters.webhook_items import webhooks_key
from adapters.webhook_secrets import DerivedSecrets
from domain.access import Actor
from domain.deliveries import Delivery
from domain.errors import ValidationError
from domain.identifiers import ClientToken, UserId
from domain.ports import WebhookRepository, WebhooksChanged
from domain.services.manage_webhooks import CreateWebhook, ShownSecret
from domain.webhooks import REPEATABLE, UserWebhooks, Webhook, WebhookId, WebhookState, group_of
from tests.builders import ANNA as ANNAS_ID
from tests.builders import BORIS as BORISS_ID
from tests.builders import NOON, later
from tests.in_memory_webhooks import NUMBER, InMemorySecrets, a_webhook
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ADMIN, ANNA, BORIS, IAM, LambdaContext, field_event
from tests.integration.resolver_lambda import handler, queue

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.usefixtures("dynamodb")
URL = "https://hooks.example.com/tasks"


def resolve(field: str, arguments: dict[str, Any], caller: dict[str, Any] | None = ANNA) -> Any:
    return json.loads(json.dumps(handler(field_event(field, arguments, caller), LambdaContext())))


def created(caller: dict[str, Any] | None = ANNA, **values: Any) -> Any:
    return resolve("Mutation.createWebhook", {"input": {"url": URL, "events": ["COMPLETED"]} | values}, caller)


def stored(dynamodb: DynamoDBClient) -> UserWebhooks:
    return DynamoDBWebhooks(dynamodb, TABLE_NAME).of(ANNAS_ID)


def test_a_created_webhook_is_listed_without_its_secret(dynamodb: DynamoDBClient) -> None:
    answer = created(events=["COMPLETED", "DELETED"])["data"]

    webhook = answer["webhook"]
    assert (webhook["url"], webhook["events"], webhook["state"]) == (URL, ["COMPLETED", "DELETED"], "ACTIVE")
    assert webhook["lastFailure"] is None
    assert answer["secret"].startswith("whsec_")
    assert resolve("Query.webhooks", {})["data"] == [webhook]
    assert answer["secret"] not in json.dumps(dynamodb.scan(TableName=TABLE_NAME)["Items"])


def test_another_user_finds_no_webhook_and_admins_and_services_act_for_anyone() -> None:
    webhook_id = created()["data"]["webhook"]["id"]

    for mutation in ("renewWebhookSecret", "resumeWebhook", "deleteWebhook", "testWebhook"):
        answer = resolve(f"Mutation.{mutation}", {"id": webhook_id}, BORIS)
        assert (answer["error"]["type"], answer["error"]["info"]) == ("WebhookNotFound", {"id": webhook_id})
    assert resolve("Query.webhooks", {"userId": "anna"}, BORIS)["error"]["type"] == "Unauthorized"
    assert created(BORIS, userId="anna")["error"]["type"] == "Unauthorized"
    assert created(IAM)["error"]["info"]["field"] == "userId"
    for caller in (ADMIN, IAM):
        assert len(resolve("Query.webhooks", {"userId": "anna"}, caller)["data"]) == 1
        assert resolve("Mutation.resumeWebhook", {"id": webhook_id}, caller)["data"]["id"] == webhook_id
    assert created(ADMIN, userId="anna")["data"]


def test_everything_wrong_is_refused_at_once_and_stores_nothing(dynamodb: DynamoDBClient) -> None:
    answer = created(url="http://127.0.0.1:8080/", events=["COMPLETED", "EXPLODED"], userId="a b")

    assert {error["field"]: error["code"] for error in answer["error"]["info"]["errors"]} == {
        "url": "FORMAT",
        "events": "ONE_OF",
        "userId": "FORMAT",
    }
    for events, code in ([], "LIMIT"), (["COMPLETED", "COMPLETED"], "DUPLICATE"):
        assert created(events=events)["error"]["info"]["code"] == code
    loopback = created(url="https://127.0.0.1:8443/")["error"]["info"]
    assert (loopback["field"], loopback["code"]) == ("url", "FORMAT")
    assert dynamodb.scan(TableName=TABLE_NAME)["Items"] == []


def test_a_sixth_webhook_is_refused() -> None:
    for _ in range(5):
        assert "data" in created()

    assert created()["error"] == {
        "type": "ValidationError",
        "message": "webhooks must be at most 5 of a user: delete one first",
        "info": {
            "field": "webhooks",
            "rule": "must be at most 5 of a user: delete one first",
            "code": "LIMIT",
            "max": 5,
            "errors": [
                {
                    "field": "webhooks",
                    "rule": "must be at most 5 of a user: delete one first",
                    "code": "LIMIT",
                    "max": 5,
                }
            ],
        },
    }
    assert "data" in created(BORIS)


def test_a_creation_that_is_repeated_after_a_lost_answer_returns_the_same_webhook_and_secret() -> None:
    first = created(clientToken="import-7", events=["COMPLETED", "DELETED"])["data"]

    assert created(clientToken="import-7", events=["DELETED", "COMPLETED"])["data"] == first
    assert resolve("Query.webhooks", {})["data"] == [first["webhook"]]
    assert created(BORIS, clientToken="import-7")["data"]["webhook"]["id"] != first["webhook"]["id"]


@pytest.mark.parametrize("other", [{"url": f"{URL}/2"}, {"events": ["CREATED"]}])
def test_a_token_that_was_used_for_other_content_is_a_conflict_and_stores_nothing(other: dict[str, Any]) -> None:
    webhook = created(clientToken="import-7")["data"]["webhook"]

    error = created(clientToken="import-7", **other)["error"]

    assert (error["type"], error["info"]) == ("Conflict", {"code": "OTHER_CONTENT", "field": "clientToken"})
    assert resolve("Query.webhooks", {})["data"] == [webhook]


def test_a_token_shows_no_secret_after_an_hour_and_is_free_after_the_deletion(dynamodb: DynamoDBClient) -> None:
    webhook_id = created(clientToken="import-7")["data"]["webhook"]["id"]
    item = deserialize(dynamodb.scan(TableName=TABLE_NAME)["Items"][0])
    item["Webhooks"][0]["CreatedAt"] = to_text(from_text(item["Webhooks"][0]["CreatedAt"]) - REPEATABLE)
    dynamodb.put_item(TableName=TABLE_NAME, Item=serialize(item))

    error = created(clientToken="import-7")["error"]

    assert (error["type"], error["info"]) == ("Conflict", {"code": "EXPIRED", "field": "clientToken"})
    resolve("Mutation.deleteWebhook", {"id": webhook_id})
    assert created(clientToken="import-7")["data"]["webhook"]["id"] != webhook_id


@pytest.mark.parametrize("token", ["", "a b", "é", "x" * 129])
def test_a_malformed_token_is_refused(token: str) -> None:
    error = created(clientToken=token)["error"]["info"]

    assert (error["field"], error["rule"]) == ("clientToken", "must be 1 to 128 visible ASCII characters")


@dataclass
class Simultaneous(WebhookRepository):
    """Everybody has read before anybody stores. They store in turn, because moto is not made for threads."""

    webhooks: DynamoDBWebhooks
    callers: int

    def __post_init__(self) -> None:
        self.all_have_read = threading.Barrier(self.callers, timeout=30)
        self.turn = threading.Lock()
        self.local = threading.local()

    def of(self, owner: UserId) -> UserWebhooks:
        with self.turn:
            webhooks = self.webhooks.of(owner)
        if not hasattr(self.local, "has_read"):
            self.local.has_read = True
            self.all_have_read.wait()
        return webhooks

    def of_id(self, webhook_id: WebhookId) -> UserWebhooks | None:
        with self.turn:
            return self.webhooks.of_id(webhook_id)

    def save(self, webhooks: UserWebhooks) -> None:
        with self.turn:
            self.webhooks.save(webhooks)


def created_at_once(dynamodb: DynamoDBClient, tokens: list[ClientToken | None]) -> list[ShownSecret | ValidationError]:
    """Returns what as many simultaneous creations as there are tokens return or raise."""
    repository = Simultaneous(DynamoDBWebhooks(dynamodb, TABLE_NAME), len(tokens))
    create = CreateWebhook(repository, InMemorySecrets(), later, uuid4)

    def call(token: ClientToken | None) -> ShownSecret | ValidationError:
        try:
            return create(Actor(ANNAS_ID, acts_for_anyone=False), None, URL, ["TaskCompleted"], token)
        except ValidationError as refusal:
            return refusal

    with ThreadPoolExecutor(len(tokens)) as callers:
        return list(callers.map(call, tokens))


def test_simultaneous_creations_with_one_token_create_one_webhook(dynamodb: DynamoDBClient) -> None:
    first, *others = created_at_once(dynamodb, [ClientToken("import-7")] * 4)

    assert others == [first] * 3
    assert len(stored(dynamodb).webhooks) == 1


def test_simultaneous_creations_keep_the_limit(dynamodb: DynamoDBClient) -> None:
    for _ in range(3):
        created()

    answers = created_at_once(dynamodb, [None] * 4)

    assert sum(isinstance(answer, ValidationError) for answer in answers) == 2
    assert len(stored(dynamodb).webhooks) == 5


def test_a_renewed_secret_is_another_one() -> None:
    first = created()["data"]

    second = resolve("Mutation.renewWebhookSecret", {"id": first["webhook"]["id"]})["data"]

    assert second["webhook"] == first["webhook"]
    assert second["secret"] != first["secret"]


def test_a_disabled_webhook_is_active_again_when_it_is_resumed(dynamodb: DynamoDBClient) -> None:
    webhook_id = created()["data"]["webhook"]["id"]
    webhooks = DynamoDBWebhooks(dynamodb, TABLE_NAME)
    disabled = stored(dynamodb).with_changed(WebhookId(webhook_id), lambda each: each.tested("It hung.").disabled())
    webhooks.save(disabled)
    (shown,) = resolve("Query.webhooks", {})["data"]
    assert (shown["state"], shown["lastFailure"]) == ("DISABLED", "It hung.")

    resumed = resolve("Mutation.resumeWebhook", {"id": webhook_id})["data"]

    assert (resumed["state"], resumed["lastFailure"]) == ("ACTIVE", None)


def test_a_deleted_webhook_is_gone() -> None:
    webhook = created()["data"]["webhook"]

    assert resolve("Mutation.deleteWebhook", {"id": webhook["id"]})["data"] == webhook
    assert resolve("Query.webhooks", {})["data"] == []
    assert resolve("Mutation.deleteWebhook", {"id": webhook["id"]})["error"]["type"] == "WebhookNotFound"


def test_a_test_is_put_into_the_queue() -> None:
    webhook = created()["data"]["webhook"]
    queue.deliveries.clear()

    assert resolve("Mutation.testWebhook", {"id": webhook["id"]})["data"] == webhook

    (delivery,) = queue.deliveries
    assert isinstance(delivery, Delivery)
    assert (str(delivery.webhook_id), delivery.notice.is_test) == (webhook["id"], True)


@pytest.mark.parametrize("id_", ["one", "", "WEBHOOKS#x", f"webhook-{'0' * 32}-{'0' * 32}#", "webhook-anna-1"])
def test_an_id_that_would_forge_a_key_is_refused(id_: str) -> None:
    error = resolve("Mutation.deleteWebhook", {"id": id_})["error"]

    assert (error["type"], error["info"]["field"]) == ("ValidationError", "id")


def test_what_newer_code_wrote_is_kept_and_shown_as_far_as_it_is_known(dynamodb: DynamoDBClient) -> None:
    webhook = created()["data"]["webhook"]
    item = deserialize(dynamodb.scan(TableName=TABLE_NAME)["Items"][0]) | {"Quota": 7}
    item["Webhooks"][0] |= {"State": "PAUSED", "Label": "x", "Events": ["TaskCompleted", "TaskNudged"]}
    dynamodb.put_item(TableName=TABLE_NAME, Item=serialize(item))

    (shown,) = resolve("Query.webhooks", {})["data"]
    resolve("Mutation.renewWebhookSecret", {"id": webhook["id"]})

    assert (shown["state"], shown["events"]) == ("DISABLED", ["COMPLETED"])
    after = deserialize(dynamodb.scan(TableName=TABLE_NAME)["Items"][0])
    assert after["Quota"] == 7
    assert {name: after["Webhooks"][0][name] for name in ("State", "Label", "Events", "Generation")} == {
        "State": "PAUSED",
        "Label": "x",
        "Events": ["TaskCompleted", "TaskNudged"],
        "Generation": 2,
    }


def test_all_that_a_webhook_holds_is_stored(dynamodb: DynamoDBClient) -> None:
    webhook = a_webhook(
        state=WebhookState.FAILING, failing_since=NOON, last_failure="It hung.", paused_until=later()
    ).renewed(NOON)
    webhooks = DynamoDBWebhooks(dynamodb, TABLE_NAME)

    webhooks.save(UserWebhooks(ANNAS_ID, 1, (webhook,)))

    assert webhooks.of(ANNAS_ID) == webhooks.of_id(webhook.id) == UserWebhooks(ANNAS_ID, 1, (webhook,))
    assert webhooks.of(BORISS_ID) == UserWebhooks(BORISS_ID)


def test_of_two_changes_at_once_one_is_refused_and_nobody_recreates_what_was_erased(dynamodb: DynamoDBClient) -> None:
    webhooks = DynamoDBWebhooks(dynamodb, TABLE_NAME)
    before = UserWebhooks(ANNAS_ID).with_new(a_webhook())
    webhooks.save(before)
    changed = before.with_changed(a_webhook().id, Webhook.disabled)
    webhooks.save(changed)

    for late in (before, changed):
        with pytest.raises(WebhooksChanged):
            webhooks.save(late)
    dynamodb.delete_item(TableName=TABLE_NAME, Key=serialize(webhooks_key(group_of(ANNAS_ID))))
    with pytest.raises(WebhooksChanged):
        webhooks.save(changed.with_changed(a_webhook().id, Webhook.resumed))
    assert dynamodb.scan(TableName=TABLE_NAME)["Items"] == []


def test_who_has_no_webhook_is_told_in_one_read(dynamodb: DynamoDBClient) -> None:
    created()
    webhook = created(BORIS)["data"]["webhook"]
    resolve("Mutation.deleteWebhook", {"id": webhook["id"]}, BORIS)
    calls: list[str] = []
    dynamodb.meta.events.register("before-call", lambda model, **_: calls.append(model.name))

    without = WebhookOwners(dynamodb, TABLE_NAME).without_any(["anna", "boris", "carla"])

    assert without == {"boris", "carla"}
    assert calls == ["BatchGetItem"]


def test_secrets_are_derived_from_the_master_key_which_is_read_once(dynamodb: DynamoDBClient) -> None:
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="master", SecretString="m" * 64)["ARN"]
    calls: list[str] = []
    client.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
    first, other = (WebhookId.of(ANNAS_ID, NUMBER), WebhookId.of(BORISS_ID, NUMBER))

    secrets = DerivedSecrets(lambda: client, arn)
    derived = {secrets.secret(webhook, generation) for webhook in (first, other) for generation in (1, 2)}

    assert len(derived) == 4
    assert calls == ["GetSecretValue"]
    assert DerivedSecrets(lambda: client, arn).secret(first, 1) in derived
