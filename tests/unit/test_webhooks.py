"""The rules of webhooks: their number, their secrets, their states and the attempts of their messages."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.deliveries import (
    LIFETIME,
    LONGEST_BREAK,
    RETRIES,
    Delivery,
    Failure,
    Notice,
    deliveries_of,
    webhook_after,
)
from domain.errors import ValidationError
from domain.webhooks import MAXIMUM, UserWebhooks, Webhook, WebhookId, WebhookState, group_of
from tests.builders import ANNA, BORIS, NOON, a_created_task, a_task, changes_of
from tests.in_memory_webhooks import a_notice, a_webhook

HOUR = timedelta(hours=1)
DOWN = Failure("It accepted no connection.")


def an_event_notice() -> Notice:
    return a_notice(id="task-1/2/TaskCompleted", event_type="TaskCompleted")


def after(webhook: Webhook, failure: Failure, *, attempts: int = 0) -> Webhook:
    delivery = Delivery(webhook_id=webhook.id, notice=an_event_notice(), begun=NOON, due=NOON, attempts=attempts)
    return webhook_after(webhook, delivery, failure, NOON)


def test_a_user_has_at_most_five() -> None:
    webhooks = UserWebhooks(ANNA)
    for number in range(MAXIMUM):
        webhooks = webhooks.with_new(a_webhook(id=WebhookId.of(ANNA, UUID(int=number))))

    with pytest.raises(ValidationError, match="webhooks must be at most 5 of a user: delete one first"):
        webhooks.with_new(a_webhook(id=WebhookId.of(ANNA, UUID(int=99))))
    assert webhooks.version == MAXIMUM


def test_an_id_tells_the_group_of_its_owner_and_not_the_owner() -> None:
    webhook_id = WebhookId.of(ANNA, UUID(int=7))

    assert webhook_id.group == group_of(ANNA) != group_of(BORIS)
    assert "anna" not in str(webhook_id)


@pytest.mark.parametrize("text", ["", "one", "task-1", f"webhook-{'0' * 32}", f"webhook-{'0' * 32}-{'0' * 32}\n"])
def test_another_text_is_no_id(text: str) -> None:
    with pytest.raises(ValidationError, match="id must be the id of a webhook"):
        WebhookId(text)


def test_a_renewed_secret_signs_beside_the_new_one_for_a_day() -> None:
    renewed = a_webhook().renewed(NOON)

    assert renewed.generations(NOON + 23 * HOUR) == [2, 1]
    assert renewed.generations(NOON + 24 * HOUR) == [2]


def test_secrets_that_are_renewed_often_sign_until_their_own_time_and_three_at_most() -> None:
    webhook = a_webhook()
    for hour in range(5):
        webhook = webhook.renewed(NOON + hour * HOUR)

    assert webhook.generations(NOON + 5 * HOUR) == [6, 5, 4, 3]
    assert webhook.generations(NOON + 27 * HOUR) == [6, 5]


def test_an_event_is_delivered_to_each_webhook_that_wants_it() -> None:
    task = a_created_task(user_id=ANNA)
    (created,) = changes_of(task)
    wants = a_webhook(events=("TaskCreated",), created_at=NOON - HOUR)
    others = [
        a_webhook(events=("TaskCompleted",), created_at=NOON - HOUR),
        a_webhook(events=("TaskCreated",), created_at=created.timestamp + HOUR),
        a_webhook(events=("TaskCreated",), created_at=NOON - HOUR, state=WebhookState.DISABLED),
        a_webhook(events=("TaskCreated",), created_at=NOON - HOUR, state="PAUSED"),
    ]

    (delivery,) = deliveries_of(created, UserWebhooks(ANNA, 1, (wants, *others)), NOON)

    assert (delivery.webhook_id, delivery.notice.id) == (wants.id, created.events[0].event_id)
    assert (delivery.due, delivery.attempts) == (NOON, 0)


def test_a_notice_holds_no_text_of_a_person() -> None:
    task = a_task(title="private", description="private", version=2)
    task.complete(NOON)

    notices = [Notice.of(event) for change in task.changes for event in change.events]

    assert "private" not in repr(notices)
    assert {notice.task_id for notice in notices} == {task.id}


def test_a_message_is_repeated_after_the_waits_of_the_schedule_and_then_given_up() -> None:
    delivery, at, waits = Delivery.new(a_webhook().id, an_event_notice(), NOON), NOON, []
    while following := delivery.after_failure(at, timedelta(0)):
        waits.append(following.due - at)
        delivery, at = following, following.due

    assert tuple(waits) == RETRIES
    assert at - NOON == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (Failure("", 429, timedelta(minutes=10)), timedelta(minutes=10)),
        (Failure("", 503, timedelta(minutes=10)), timedelta(minutes=10)),
        (Failure("", 429, timedelta(days=400)), timedelta(hours=24)),
        (Failure("", 429, timedelta(seconds=1)), RETRIES[0]),
        (Failure("", 500, timedelta(minutes=10)), RETRIES[0]),
        (Failure("", 429), RETRIES[0]),
    ],
)
def test_an_endpoint_may_ask_for_a_longer_wait(failure: Failure, wait: timedelta) -> None:
    following = Delivery.new(a_webhook().id, an_event_notice(), NOON).after_failure(NOON, failure.wait)

    assert following is not None
    assert following.due == NOON + wait
    assert after(a_webhook(), failure).paused_until == NOON + (failure.wait or RETRIES[0])


def test_no_endpoint_can_ask_to_wait_for_ever() -> None:
    delivery = Delivery.new(a_webhook().id, an_event_notice(), NOON)

    assert delivery.after_failure(NOON + LIFETIME, timedelta(hours=24)) is None


def test_a_test_has_one_attempt_and_leaves_the_state() -> None:
    delivery = Delivery.new(a_webhook().id, a_notice(), NOON)

    assert delivery.after_failure(NOON, timedelta(0)) is None
    assert webhook_after(a_webhook(), delivery, DOWN, NOON) == a_webhook(last_failure=DOWN.reason)
    assert webhook_after(a_webhook(), delivery, Failure("", 410), NOON).receives


def test_a_webhook_is_failing_from_the_third_attempt_of_a_message_on_and_active_after_a_success() -> None:
    webhook = after(after(a_webhook(), DOWN), DOWN, attempts=1)
    assert (webhook.state, webhook.last_failure) == (WebhookState.ACTIVE, DOWN.reason)

    failing = after(webhook, DOWN, attempts=2)

    assert (failing.state, failing.receives) == (WebhookState.FAILING, True)
    assert failing.succeeded() == a_webhook()


def test_an_endpoint_that_fails_is_left_alone_for_a_while_and_no_longer() -> None:
    assert after(a_webhook(), DOWN).paused_until == NOON + RETRIES[0]
    assert after(a_webhook(), DOWN, attempts=8).paused_until == NOON + LONGEST_BREAK


def test_the_last_attempt_disables_a_webhook_that_no_message_reached_since_the_first() -> None:
    dead, works = a_webhook(failing_since=NOON), a_webhook(failing_since=NOON + HOUR)

    assert after(dead, DOWN, attempts=len(RETRIES)).state is WebhookState.DISABLED
    assert after(works, DOWN, attempts=len(RETRIES)).state is WebhookState.FAILING


def test_an_endpoint_that_is_gone_is_disabled_at_once() -> None:
    gone = after(a_webhook(), Failure("It answered 410.", 410))

    assert (gone.state, gone.last_failure) == (WebhookState.DISABLED, "It answered 410.")
    assert gone.resumed() == a_webhook()
    assert gone.succeeded().state is WebhookState.DISABLED  # a test reached it


def test_a_state_that_newer_code_wrote_receives_nothing_and_stays() -> None:
    paused = a_webhook(state="PAUSED")

    assert not paused.receives
    assert after(paused, DOWN, attempts=4).state == "PAUSED"
