"""A task is created once per client token."""

from uuid import UUID

import pytest

from domain.access import Actor
from domain.details import TaskDetails
from domain.errors import Conflict, ValidationError
from domain.events import TaskCreated
from domain.identifiers import ClientToken, TaskId
from domain.services.change_tasks import CreateTask
from domain.status import TaskStatus
from tests.builders import ANNA, BORIS, NOON, later
from tests.in_memory_tasks import InMemoryTasks

OWNER = Actor(ANNA, acts_for_anyone=False)
SERVICE = Actor(None, acts_for_anyone=True)
TOKEN = ClientToken("t-1")
FRESH = UUID(int=7)


@pytest.fixture
def tasks() -> InMemoryTasks:
    return InMemoryTasks()


@pytest.fixture
def create_task(tasks: InMemoryTasks) -> CreateTask:
    return CreateTask(tasks, clock=lambda: NOON, new_id=lambda: FRESH)


def test_a_created_task_is_pending_stored_and_announced(create_task: CreateTask, tasks: InMemoryTasks) -> None:
    task = create_task(OWNER, None, TaskDetails(title=" Buy milk ", description="Two litres"))

    assert (task.user_id, task.state.title, task.state.description) == (ANNA, "Buy milk", "Two litres")
    assert (task.status, task.state.created_at, task.version) == (TaskStatus.PENDING, NOON, 1)
    assert tasks.get(task.id) == task
    assert [type(event) for event in tasks.events] == [TaskCreated]


def test_without_a_token_the_id_is_fresh_and_no_fingerprint_is_kept(create_task: CreateTask) -> None:
    task = create_task(OWNER, None, TaskDetails(title="Buy milk"))

    assert task.id == TaskId.of(FRESH)
    assert task.fingerprint is None


def test_with_a_token_the_id_derives_from_user_and_token(create_task: CreateTask) -> None:
    assert create_task(OWNER, None, TaskDetails(title="Buy milk"), TOKEN).id == TaskId.derived(ANNA, TOKEN)


def test_repeating_a_token_with_the_same_content_returns_the_first_task_as_it_is_now(
    create_task: CreateTask, tasks: InMemoryTasks
) -> None:
    first = create_task(OWNER, None, TaskDetails(title="Buy milk", description="Two litres"), TOKEN)
    first.start(later())
    tasks.save(first)

    again = create_task(OWNER, None, TaskDetails(title=" Buy milk ", description="Two litres"), TOKEN)

    assert again == first
    assert again.status is TaskStatus.IN_PROGRESS
    assert [event.event_type for event in tasks.events] == ["TaskCreated", "TaskStatusChanged"]


@pytest.mark.parametrize(("title", "description"), [("Buy bread", ""), ("Buy milk", "Two litres")])
def test_repeating_a_token_with_other_content_is_a_conflict_that_stores_nothing(
    create_task: CreateTask, tasks: InMemoryTasks, title: str, description: str
) -> None:
    first = create_task(OWNER, None, TaskDetails(title="Buy milk"), TOKEN)

    with pytest.raises(Conflict, match=r"^This clientToken was used for other content\.$") as refusal:
        create_task(OWNER, None, TaskDetails(title=title, description=description), TOKEN)

    assert refusal.value.info == {"code": "OTHER_CONTENT", "field": "clientToken"}
    assert tasks.get(first.id) == first
    assert len(tasks.events) == 1


def test_title_and_description_are_told_apart_in_the_fingerprint(create_task: CreateTask) -> None:
    create_task(OWNER, None, TaskDetails(title="a", description="b"), TOKEN)

    with pytest.raises(Conflict):
        create_task(OWNER, None, TaskDetails(title="ab"), TOKEN)


def test_a_token_whose_task_was_deleted_is_a_conflict(create_task: CreateTask, tasks: InMemoryTasks) -> None:
    first = create_task(OWNER, None, TaskDetails(title="Buy milk"), TOKEN)
    first.delete(later())
    tasks.save(first)

    with pytest.raises(Conflict, match=r"^The task created with this clientToken was deleted\.$") as refusal:
        create_task(OWNER, None, TaskDetails(title="Buy milk"), TOKEN)

    assert refusal.value.info == {"code": "DELETED", "field": "clientToken"}


def test_a_token_is_each_users_own(create_task: CreateTask) -> None:
    assert (
        create_task(OWNER, None, TaskDetails(title="Buy milk"), TOKEN).id
        != create_task(SERVICE, BORIS, TaskDetails(title="Buy bread"), TOKEN).id
    )


def test_a_fresh_id_that_is_taken_is_this_creation_whose_answer_was_lost(create_task: CreateTask) -> None:
    first = create_task(OWNER, None, TaskDetails(title="Buy milk"))

    assert create_task(OWNER, None, TaskDetails(title="Buy milk")) == first


def test_a_fresh_id_that_is_taken_and_deleted_since_still_answers_the_creation(
    create_task: CreateTask, tasks: InMemoryTasks
) -> None:
    first = create_task(OWNER, None, TaskDetails(title="Buy milk"))
    first.delete(later())
    tasks.save(first)

    assert create_task(OWNER, None, TaskDetails(title="Buy milk")).deleted


def test_a_bad_title_stores_nothing(create_task: CreateTask, tasks: InMemoryTasks) -> None:
    with pytest.raises(ValidationError):
        create_task(OWNER, None, TaskDetails(title=" "))

    assert tasks.get(TaskId.of(FRESH)) is None
    assert tasks.events == []
