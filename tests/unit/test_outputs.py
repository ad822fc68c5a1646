"""Domain values become exactly the schema's types."""

import pytest

from domain.ports import Page
from domain.services.read_tasks import StatisticsToday
from domain.statistics import TaskStatistics
from domain.status import Status, TaskStatus
from resolvers import outputs
from resolvers.outputs import STATUS_COUNTS
from tests.builders import ANNA, a_created_task, later


def test_a_history_entry() -> None:
    task = a_created_task()
    task.complete(later())

    entries = [outputs.task_event(event) for event in task.events]

    task_id = str(task.id)
    completed = {"taskId": task_id, "timestamp": "2026-11-23T12:01:00.000Z", "version": 2, "status": "COMPLETED"}
    nobody: dict[str, object] = {"by": None, "changed": []}
    assert entries == [
        {
            "id": f"{task.id}/1/TaskCreated",
            "taskId": task_id,
            "type": "CREATED",
            "timestamp": "2026-11-23T12:00:00.000Z",
            "version": 1,
            "status": "PENDING",
            **nobody,
        },
        {"id": f"{task.id}/2/TaskStatusChanged", "type": "STATUS_CHANGED", **completed, **nobody},
        {"id": f"{task.id}/2/TaskCompleted", "type": "COMPLETED", **completed, **nobody},
    ]


def test_the_count_of_a_status_has_its_name_in_camel_case() -> None:
    assert (STATUS_COUNTS[TaskStatus.PENDING], STATUS_COUNTS[TaskStatus.IN_PROGRESS]) == ("pending", "inProgress")


def test_statistics() -> None:
    counts: dict[Status, int] = {status: 2**number for number, status in enumerate(TaskStatus)}

    output = outputs.task_statistics(StatisticsToday(ANNA, TaskStatistics(counts), 3, 4))

    assert output == {
        "userId": "anna",
        "total": 2 ** len(TaskStatus) - 1,
        **{field: counts[status] for status, field in STATUS_COUNTS.items()},
        "completedToday": 3,
        "completedLast7Days": 4,
    }


def test_a_count_that_waits_for_an_earlier_change_is_not_shown_below_zero() -> None:
    counts: dict[Status, int] = {TaskStatus.PENDING: -1, TaskStatus.COMPLETED: 1, TaskStatus.CANCELLED: -2}

    shown = outputs.task_statistics(StatisticsToday(ANNA, TaskStatistics(counts), -1, 0))

    assert (shown["total"], shown["pending"], shown["completed"], shown["cancelled"]) == (0, 0, 1, 0)
    assert (shown["completedToday"], shown["completedLast7Days"]) == (0, 0)


@pytest.mark.parametrize("next_token", ["more", None])
def test_a_page(next_token: str | None) -> None:
    task = a_created_task()

    page = outputs.task_connection(Page([task.state], next_token))

    assert page == {"items": [outputs.task(task)], "nextToken": next_token}
