"""Every use case takes the actor first and refuses a stranger itself, so that no entry point can forget it."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from secrets import randbelow
from types import ModuleType
from typing import Any, get_type_hints
from uuid import uuid4

import pytest

from domain import services
from domain.access import Actor
from domain.details import TaskDetails
from domain.errors import TaskNotFound, Unauthorized, WebhookNotFound
from domain.identifiers import ClientToken
from domain.services.change_many import Action, ChangeTasks, CreateTasks, Creation
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
from domain.status import EVERY_STATUS
from domain.task import Task
from tests.builders import ANNA, BORIS, a_created_task, an_id, later
from tests.in_memory_projections import InMemoryEndedAccess, InMemoryListeners, InMemoryProjections, InMemorySettings
from tests.in_memory_tasks import InMemoryTasks
from tests.in_memory_webhooks import InMemoryQueue, InMemorySecrets, InMemoryWebhooks, a_webhook

STRANGER = Actor(BORIS, acts_for_anyone=False)
TASKS = InMemoryTasks()
TASK = a_created_task(user_id=ANNA)
TASKS.add(TASK)
WEBHOOK = a_webhook()
WEBHOOKS = InMemoryWebhooks.of_anna(WEBHOOK)


def raised(outcome: object) -> object:
    """Raises an outcome that is an error."""
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


ATTEMPTS_OF_A_STRANGER: Mapping[type, Callable[[], object]] = {
    CreateTask: lambda: CreateTask(TASKS, later, uuid4)(STRANGER, ANNA, TaskDetails(title="Mine")),
    ChangeTask: lambda: ChangeTask(TASKS, later)(STRANGER, TASK.id, Task.delete),
    ChangeTasks: lambda: raised(ChangeTasks(TASKS, later, map)(STRANGER, [Action(TASK.id, Task.delete)])[0]),
    CreateTasks: lambda: raised(
        CreateTasks(TASKS, later, uuid4, map)(STRANGER, [Creation(ANNA, TaskDetails(title="Mine"), ClientToken("t"))])[
            0
        ]
    ),
    FindTasks: lambda: raised(FindTasks(TASKS)(STRANGER, [TASK.id])[0] or TaskNotFound(str(TASK.id))),
    MoveTask: lambda: MoveTask(TASKS, later, randbelow)(STRANGER, TASK.id, an_id(), None),
    FindTask: lambda: FindTask(TASKS)(STRANGER, TASK.id),
    ListTasks: lambda: ListTasks(TASKS)(STRANGER, ANNA, EVERY_STATUS, None, None),
    ReadChanges: lambda: ReadChanges(TASKS, InMemoryProjections(), later)(STRANGER, ANNA, None, None),
    ReadActivity: lambda: ReadActivity(InMemoryProjections())(STRANGER, ANNA, None, None),
    ReadHistory: lambda: ReadHistory(InMemoryProjections())(STRANGER, ANNA, TASK.id),
    ReadStatistics: lambda: ReadStatistics(InMemoryProjections(), InMemorySettings(), later)(STRANGER, ANNA),
    ReadSettings: lambda: ReadSettings(InMemorySettings())(STRANGER, ANNA),
    UpdateSettings: lambda: UpdateSettings(InMemorySettings(), later)(STRANGER, ANNA, time_zone="UTC"),
    Subscribe: lambda: Subscribe(InMemoryListeners(), InMemoryEndedAccess(), later)(STRANGER, ANNA),
    ListWebhooks: lambda: ListWebhooks(WEBHOOKS)(STRANGER, ANNA),
    CreateWebhook: lambda: CreateWebhook(WEBHOOKS, InMemorySecrets(), later, uuid4)(
        STRANGER, ANNA, WEBHOOK.url, WEBHOOK.events
    ),
    RenewWebhookSecret: lambda: RenewWebhookSecret(WEBHOOKS, InMemorySecrets(), later)(STRANGER, WEBHOOK.id),
    ResumeWebhook: lambda: ResumeWebhook(WEBHOOKS)(STRANGER, WEBHOOK.id),
    DeleteWebhook: lambda: DeleteWebhook(WEBHOOKS)(STRANGER, WEBHOOK.id),
    SendTest: lambda: SendTest(WEBHOOKS, InMemoryQueue(), later, uuid4)(STRANGER, WEBHOOK.id),
}
"""What a stranger may not do to Anna, by the use case. A new use case needs an entry."""


def modules() -> list[ModuleType]:
    return [
        importlib.import_module(f"domain.services.{module.name}") for module in pkgutil.iter_modules(services.__path__)
    ]


def use_cases() -> list[type[Any]]:
    """Returns every class of domain/services that can be called."""
    return [
        kind
        for module in modules()
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and "__call__" in vars(kind)
    ]


@pytest.mark.parametrize("use_case", use_cases())
def test_a_use_case_takes_the_actor_first(use_case: type[Any]) -> None:
    _, first, *_ = inspect.signature(use_case.__call__).parameters.values()

    assert (first.name, first.default) == ("actor", inspect.Parameter.empty)
    assert get_type_hints(use_case.__call__)["actor"] is Actor


@pytest.mark.parametrize("use_case", use_cases())
def test_a_use_case_refuses_a_stranger(use_case: type[Any]) -> None:
    with pytest.raises((TaskNotFound, Unauthorized, WebhookNotFound)):
        ATTEMPTS_OF_A_STRANGER[use_case]()


def test_no_function_is_a_use_case_without_an_actor() -> None:
    functions = [
        name
        for module in modules()
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == module.__name__ and not name.startswith("_")
    ]

    assert functions == []
