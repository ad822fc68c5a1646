"""A change reaches each webhook that wants it, signed so that the specification's own libraries verify it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from adapters.endpoints import Endpoints, trust
from adapters.messages import UnreadableMessage
from adapters.received_deliveries import delivery_of
from adapters.sqs_deliveries import SqsDeliveries
from adapters.timestamps import now
from adapters.webhook_messages import body_of, delivery_json
from adapters.webhook_secrets import DerivedSecrets
from domain.deliveries import RETRIES, Delivery, Failure, Notice
from domain.webhooks import Webhook, WebhookState
from local.settings import ROOT
from processor.queue_batches import BATCH_SIZE
from tests.builders import ANNA, NOON, a_task
from tests.in_memory_projections import InMemoryErasures
from tests.in_memory_webhooks import InMemoryQueue, InMemoryWebhooks, a_notice, a_webhook
from tests.integration.https_server import HttpsServer, https_server
from tests.integration.lambda_events import LambdaContext
from webhooks.batches import deliveries
from webhooks.deliver import Deliver, DeliveryOutcome
from webhooks.fan_out import NEWS, FanOut


class Master:
    """Secrets Manager with one master key."""

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        return {"SecretString": f"key of {SecretId}"}


SECRETS = DerivedSecrets(Master, "arn")  # type: ignore[arg-type]


class World:
    """Anna's webhooks, the queue of deliveries, and what an endpoint answers."""

    def __init__(self, endpoints: Any, *webhooks: Webhook) -> None:
        self.at = now()
        self.webhooks = InMemoryWebhooks.of_anna(*(webhooks or (a_webhook(),)))
        self.queue, self.erasures = InMemoryQueue(), InMemoryErasures()
        self.deliver = Deliver(
            self.webhooks, SECRETS, self.erasures, self.queue, endpoints, allows_loopback=True, clock=lambda: self.at
        )

    @property
    def webhook(self) -> Webhook:
        return self.webhooks.of(ANNA).webhooks[0]

    def outcome(self, notice: Notice | None = None) -> DeliveryOutcome:
        """Makes the attempt of a new delivery, or of the one that waits, at its time."""
        if notice:
            return self.deliver(Delivery.new(self.webhook.id, notice, self.at))
        (delivery,) = self.queue.deliveries
        self.queue.deliveries.clear()
        self.at = max(self.at, delivery.due)
        return self.deliver(delivery)


class Answers:
    """An endpoint that answers in turn, the last answer again and again, and keeps what it received."""

    def __init__(self, *answers: Failure | None) -> None:
        self.answers, self.received = list(answers), list[dict[str, str]]()

    def post(self, destination: object, body: bytes, headers: dict[str, str]) -> Failure | None:
        self.received.append({**headers, "body": body.decode()})
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


DOWN = Failure("It accepted no connection.")


def a_completion() -> Notice:
    task = a_task(version=2)
    task.complete(NOON)
    return Notice.of(task.changes[0].events[-1])


COMPLETION = a_completion()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpsServer]:
    with https_server(tmp_path) as server:
        yield server


def in_javascript(secret: str, body: str, headers: dict[str, str]) -> str:
    """Returns what the npm package says about a message: its type, or the name of the error."""
    program = """
        import { Webhook } from 'standardwebhooks';
        const { secret, body, headers } = JSON.parse(process.argv[1]);
        try { console.log(new Webhook(secret).verify(body, headers).type); }
        catch (failure) { console.log(failure.constructor.name); }
    """
    arguments = json.dumps({"secret": secret, "body": body, "headers": headers})
    command = ["node", "--input-type=module", "--eval", program, arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_a_message_is_verified_by_the_specifications_libraries_while_its_secret_is_renewed(server: HttpsServer) -> None:
    webhook = a_webhook(url=server.url)
    world = World(Endpoints(trust(str(server.authority))), webhook.renewed(now()))
    old, new, foreign = (SECRETS.secret(webhook.id, generation) for generation in (1, 2, 3))

    assert world.outcome(COMPLETION) is DeliveryOutcome.DELIVERED

    (received,) = server.requests
    text = received.body.decode()
    for secret in (old, new):
        assert Verifier(secret).verify(text, received.headers)["type"] == "task.completed"
        assert in_javascript(secret, text, received.headers) == "task.completed"
    with pytest.raises(WebhookVerificationError):
        Verifier(foreign).verify(text, received.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(new).verify(text.replace("COMPLETED", "CANCELLED"), received.headers)
    assert in_javascript(foreign, text, received.headers) == "WebhookVerificationError"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-id"] == COMPLETION.id


def test_a_body_names_the_task_and_holds_no_text_of_a_person() -> None:
    assert json.loads(body_of(COMPLETION)) == {
        "type": "task.completed",
        "timestamp": "2026-11-23T12:00:00.000Z",
        "data": {"id": str(COMPLETION.task_id), "version": 3, "status": "COMPLETED", "userId": "anna"},
    }
    assert json.loads(body_of(a_notice())) == {
        "type": "webhook.test",
        "timestamp": "2026-11-23T12:00:00.000Z",
        "data": {"userId": "anna"},
    }


def test_a_message_is_repeated_with_the_same_id_until_it_arrives() -> None:
    endpoint = Answers(DOWN, DOWN, DOWN, None)
    world = World(endpoint)

    assert world.outcome(COMPLETION) is DeliveryOutcome.REFUSED
    began = world.at
    assert [world.outcome(), world.webhook.state] == [DeliveryOutcome.REFUSED, WebhookState.ACTIVE]
    assert [world.outcome(), world.webhook.state] == [DeliveryOutcome.REFUSED, WebhookState.FAILING]
    assert world.webhook.last_failure == DOWN.reason
    assert [world.outcome(), world.webhook] == [DeliveryOutcome.DELIVERED, a_webhook()]

    assert world.at - began == sum(RETRIES[:3], timedelta(0))
    assert len({message["webhook-id"] for message in endpoint.received}) == 1
    assert len({message["webhook-timestamp"] for message in endpoint.received}) == 4
    assert world.queue.deliveries == []


def test_an_endpoint_that_stays_dead_is_disabled_after_the_last_attempt() -> None:
    world = World(Answers(DOWN))
    world.outcome(COMPLETION)
    outcomes = [world.outcome() for _ in RETRIES]

    assert outcomes == [DeliveryOutcome.REFUSED] * (len(RETRIES) - 1) + [DeliveryOutcome.GIVEN_UP]
    assert world.webhook.state is WebhookState.DISABLED
    assert world.queue.deliveries == []
    assert world.outcome(COMPLETION) is DeliveryOutcome.DROPPED


def test_an_endpoint_that_is_gone_is_disabled_and_its_message_not_repeated() -> None:
    world = World(Answers(Failure("It answered 410.", 410)))

    world.outcome(COMPLETION)

    assert (world.webhook.state, world.queue.deliveries) == (WebhookState.DISABLED, [])


def test_while_an_endpoint_asks_for_a_pause_no_message_is_sent_and_no_attempt_counted() -> None:
    endpoint = Answers(Failure("It answered 429.", 429, timedelta(hours=1)), None)
    world = World(endpoint)
    world.outcome(COMPLETION)
    world.queue.deliveries.clear()

    assert world.outcome(COMPLETION) is DeliveryOutcome.WAITING

    (waiting,) = world.queue.deliveries
    assert (waiting.due, waiting.attempts) == (world.at + timedelta(hours=1), 0)
    assert len(endpoint.received) == 1
    assert world.outcome() is DeliveryOutcome.DELIVERED


def test_a_delivery_before_its_time_waits_again() -> None:
    endpoint = Answers(None)
    world = World(endpoint)
    early = Delivery(
        webhook_id=world.webhook.id, notice=COMPLETION, begun=world.at, due=world.at + timedelta(hours=2), attempts=3
    )

    assert world.deliver(early) is DeliveryOutcome.WAITING

    assert (world.queue.deliveries, endpoint.received) == ([early], [])


def test_a_delivery_of_an_erased_person_is_dropped_whatever_else_remains() -> None:
    endpoint = Answers(None)
    world = World(endpoint)
    world.erasures.persons.add(ANNA)

    assert world.outcome(COMPLETION) is DeliveryOutcome.DROPPED

    world.webhooks.stored.clear()
    world.erasures.persons.clear()
    delivery = Delivery.new(a_webhook().id, COMPLETION, world.at)
    assert world.deliver(delivery) is DeliveryOutcome.DROPPED
    assert (endpoint.received, world.queue.deliveries, world.webhooks.stored) == ([], [], {})


def test_a_webhook_that_is_deleted_while_its_message_is_sent_does_not_come_back() -> None:
    class Deletes(Answers):
        def post(self, destination: object, body: bytes, headers: dict[str, str]) -> Failure | None:
            world.webhooks.stored.clear()
            return super().post(destination, body, headers)

    world = World(Deletes(DOWN))

    assert world.outcome(COMPLETION) is DeliveryOutcome.REFUSED

    assert world.webhooks.stored == {}
    assert world.outcome() is DeliveryOutcome.DROPPED


def test_a_renewal_during_an_attempt_is_not_lost() -> None:
    world = World(Answers(DOWN))
    stored = world.webhooks.of(ANNA)
    world.webhooks.rivals = [stored.with_changed(world.webhook.id, lambda webhook: webhook.renewed(NOON))]

    world.outcome(COMPLETION)

    assert (world.webhook.generation, world.webhook.last_failure) == (2, DOWN.reason)


def test_a_test_is_sent_once_to_a_disabled_webhook_too_and_tells_how_it_went() -> None:
    world = World(Answers(DOWN, None), a_webhook(state=WebhookState.DISABLED))

    assert world.outcome(a_notice()) is DeliveryOutcome.GIVEN_UP
    assert (world.webhook.state, world.webhook.last_failure) == (WebhookState.DISABLED, DOWN.reason)
    assert world.outcome(a_notice()) is DeliveryOutcome.DELIVERED
    assert (world.webhook.state, world.webhook.last_failure) == (WebhookState.DISABLED, None)
    assert world.queue.deliveries == []


def test_a_url_that_the_rules_no_longer_admit_is_a_failure() -> None:
    world = World(Answers(None), a_webhook(url="https://10.0.0.1/"))

    world.outcome(COMPLETION)

    assert str(world.webhook.last_failure).startswith("url must name a host by its full public name")


def a_change(**values: Any) -> Any:
    task = a_task(version=2, **values)
    task.complete(now())
    return task.changes[0]


def test_a_change_is_fanned_out_to_the_webhooks_that_want_its_events() -> None:
    both = a_webhook(events=("TaskStatusChanged", "TaskCompleted"))
    webhooks, queue = InMemoryWebhooks.of_anna(both), InMemoryQueue()
    fan_out = FanOut(webhooks, InMemoryErasures(), queue)

    assert fan_out(a_change(), None)

    assert [delivery.notice.event_type for delivery in queue.deliveries] == ["TaskStatusChanged", "TaskCompleted"]


def test_a_change_of_an_erased_person_or_of_long_ago_is_fanned_out_to_nobody() -> None:
    webhooks, queue = InMemoryWebhooks.of_anna(a_webhook()), InMemoryQueue()

    assert not FanOut(webhooks, InMemoryErasures({ANNA}), queue)(a_change(), None)
    late = FanOut(webhooks, InMemoryErasures(), queue, clock=lambda: now() + NEWS + timedelta(minutes=1))
    assert not late(a_change(), None)
    assert queue.deliveries == []


def test_a_delivery_survives_its_queue_which_hides_it_for_15_minutes_at_most() -> None:
    with mock_aws():
        client = boto3.client("sqs", region_name="us-east-1")
        url = client.create_queue(QueueName="deliveries")["QueueUrl"]
        sent: list[Any] = []
        client.meta.events.register("provide-client-params", lambda params, **_: sent.append(params))
        waits = (timedelta(0), timedelta(seconds=5), timedelta(hours=24))
        stored = [
            Delivery(webhook_id=a_webhook().id, notice=COMPLETION, begun=NOON, due=NOON + wait, attempts=2)
            for wait in waits * 4
        ]

        SqsDeliveries(lambda: client, url, clock=lambda: NOON).put(stored)

    entries = [entry for params in sent for entry in params["Entries"]]
    assert [len(params["Entries"]) for params in sent] == [10, 2]
    assert [entry["DelaySeconds"] for entry in entries] == [0, 5, 900] * 4
    assert {entry["MessageGroupId"] for entry in entries} == {str(a_webhook().id)}
    assert [delivery_of(entry["MessageBody"]) for entry in entries] == stored


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"source": "tasks-api", "version": 2}'])
def test_what_is_no_delivery_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableMessage):
        delivery_of(text)


def test_a_reader_ignores_what_newer_code_adds() -> None:
    delivery = Delivery.new(a_webhook().id, COMPLETION, NOON)
    message = json.loads(delivery_json(delivery))

    assert delivery_of(json.dumps(message | {"added": 1, "notice": message["notice"] | {"added": 1}})) == delivery
    assert delivery_of(delivery_json(Delivery.new(a_webhook().id, a_notice(), NOON))).notice.is_test


def batch(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": str(number), "body": body, "eventSource": "aws:sqs", "attributes": {}}
            for number, body in enumerate(bodies)
        ]
    }


def handled(world: World, *bodies: str, remaining: int = 60_000) -> list[str]:
    with ThreadPoolExecutor(BATCH_SIZE) as workers:
        handler = deliveries(world.deliver, workers)
        answer = handler(batch(*bodies), LambdaContext(remaining=remaining))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_batch_keeps_only_the_messages_that_failed_for_a_reason_of_ours() -> None:
    world = World(Answers(DOWN))
    good = delivery_json(Delivery.new(world.webhook.id, COMPLETION, world.at))

    assert handled(world, good, "no delivery") == ["1"]

    def broken(*_: object) -> None:
        raise RuntimeError("the table is gone")

    world.webhooks.of_id = broken  # type: ignore[method-assign,assignment]
    assert handled(world, good) == ["0"]


def test_a_slow_endpoint_takes_its_share_of_a_batch_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 6))  # each look at the clock is six seconds later
    monkeypatch.setattr("webhooks.batches.monotonic", lambda: float(next(clock)))
    endpoint = Answers(None)
    world = World(endpoint)

    handled(world, *[delivery_json(Delivery.new(world.webhook.id, COMPLETION, world.at))] * 5)

    assert (len(endpoint.received), len(world.queue.deliveries)) == (1, 4)


def test_no_attempt_begins_without_time_for_it() -> None:
    endpoint = Answers(None)
    world = World(endpoint)

    assert handled(world, delivery_json(Delivery.new(world.webhook.id, COMPLETION, world.at)), remaining=20_000) == []

    assert (endpoint.received, len(world.queue.deliveries)) == ([], 1)
