"""Composes the objects that the resolvers use."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from secrets import randbelow
from typing import TYPE_CHECKING
from uuid import uuid4

from adapters.dynamodb_ended_access import DynamoDBEndedAccess
from adapters.dynamodb_listeners import DynamoDBListeners
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_settings import DynamoDBSettings
from adapters.dynamodb_spending import DynamoDBSpending
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.dynamodb_webhooks import DynamoDBWebhooks
from adapters.feed_tokens import FeedTokens
from adapters.timestamps import now
from domain.budget import Limit, WorkBudget
from domain.ports import Clock, DeliveryQueue, NewId, WebhookRepository, WebhookSecrets, Workers
from domain.services.change_many import ChangeTasks, CreateTasks
from domain.services.change_tasks import ChangeTask, CreateTask, MoveTask
from domain.services.manage_webhooks import (
    CreateWebhook,
    DeleteWebhook,
    ListWebhooks,
    RenewWebhookSecret,
    ResumeWebhook,
    SendTest,
)
from domain.services.read_changes import ReadActivity, ReadChanges
from domain.services.read_tasks import FindTask, FindTasks, ListTasks, ReadHistory, ReadStatistics
from domain.services.subscribe import Subscribe
from domain.services.user_settings import ReadSettings, UpdateSettings
from resolvers.access import Access

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_WORKERS = ThreadPoolExecutor(10)  # the size of botocore's connection pool


@dataclass(frozen=True, slots=True)
class WebhookParts:
    """The use cases of webhooks."""

    list: ListWebhooks
    create: CreateWebhook
    renew_secret: RenewWebhookSecret
    resume: ResumeWebhook
    delete: DeleteWebhook
    send_test: SendTest


@dataclass(frozen=True, slots=True)
class Parts:
    """The objects that the resolvers of one API use."""

    access: Access
    create_task: CreateTask
    create_tasks: CreateTasks
    change_tasks: ChangeTasks
    find_task: FindTask
    find_tasks: FindTasks
    list_tasks: ListTasks
    change_task: ChangeTask
    move_task: MoveTask
    read_changes: ReadChanges
    read_activity: ReadActivity
    feed_tokens: FeedTokens
    budget: WorkBudget
    read_history: ReadHistory
    read_statistics: ReadStatistics
    read_settings: ReadSettings
    update_settings: UpdateSettings
    subscribe: Subscribe
    webhooks: WebhookParts


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What webhooks need beside the table: where their secrets come from and where their deliveries wait.

    `allows_loopback` admits URLs of this machine, on the local stage.
    """

    secrets: WebhookSecrets
    queue: DeliveryQueue
    allows_loopback: bool = False


def compose(
    dynamodb: DynamoDBClient,
    table_name: str,
    *,
    accepts_api_keys: bool,
    clock: Clock = now,
    new_id: NewId = uuid4,
    correlation_id: Callable[[], str | None] = lambda: None,
    workers: Workers = _WORKERS.map,
    limits: Sequence[Limit] = (),
    webhooks: WebhookSettings,
) -> Parts:
    """Returns the parts for a table. `correlation_id` returns the id of the request that is being answered.

    `limits` are the budget of a user; without one, nobody has a budget.
    """
    tasks = DynamoDBTasks(dynamodb, table_name, correlation_id)
    budget = WorkBudget(DynamoDBSpending(dynamodb, table_name), clock, limits, random.random)
    projections = DynamoDBProjections(dynamodb, table_name)
    settings = DynamoDBSettings(dynamodb, table_name)
    return Parts(
        access=Access(accepts_api_keys=accepts_api_keys),
        create_task=CreateTask(tasks, clock, new_id),
        create_tasks=CreateTasks(tasks, clock, new_id, workers),
        change_tasks=ChangeTasks(tasks, clock, workers),
        find_task=FindTask(tasks),
        find_tasks=FindTasks(tasks),
        list_tasks=ListTasks(tasks),
        change_task=ChangeTask(tasks, clock),
        move_task=MoveTask(tasks, clock, randbelow),
        read_changes=ReadChanges(tasks, projections, clock),
        read_activity=ReadActivity(projections),
        feed_tokens=FeedTokens(table_name),
        budget=budget,
        read_history=ReadHistory(projections),
        read_statistics=ReadStatistics(projections, settings, clock),
        read_settings=ReadSettings(settings),
        update_settings=UpdateSettings(settings, clock),
        subscribe=Subscribe(DynamoDBListeners(dynamodb, table_name), DynamoDBEndedAccess(dynamodb, table_name), clock),
        webhooks=_webhooks(DynamoDBWebhooks(dynamodb, table_name), webhooks, clock, new_id),
    )


def _webhooks(stored: WebhookRepository, settings: WebhookSettings, clock: Clock, new_id: NewId) -> WebhookParts:
    return WebhookParts(
        list=ListWebhooks(stored),
        create=CreateWebhook(stored, settings.secrets, clock, new_id, settings.allows_loopback),
        renew_secret=RenewWebhookSecret(stored, settings.secrets, clock),
        resume=ResumeWebhook(stored),
        delete=DeleteWebhook(stored),
        send_test=SendTest(stored, settings.queue, clock, new_id),
    )
