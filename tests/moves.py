"""The methods of a task that move it to another status, found by trying each of them in each status."""

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime

from domain.errors import InvalidTransition
from domain.status import TaskStatus
from domain.task import Task
from tests.builders import a_task, later

Move = Callable[[Task, datetime], None]


def moves() -> Mapping[TaskStatus, Move]:
    """Returns the method that moves a task to each status that has one. Each takes only the time."""
    methods = (
        method
        for name, method in inspect.getmembers(Task, inspect.isfunction)
        if not name.startswith("_") and [*inspect.signature(method).parameters] == ["self", "at"]
    )
    return {reached: method for method in methods for status in TaskStatus for reached in _reached(method, status)}


def _reached(method: Move, status: TaskStatus) -> set[TaskStatus]:
    task = a_task(status=status)
    try:
        method(task, later())
    except InvalidTransition:
        return set()
    return {status_ for status_ in (task.status,) if status_ != status and not task.deleted}
