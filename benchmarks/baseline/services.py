"""The baseline's use cases."""

from .adapters import DynamoDBTaskRepository, SNSEventPublisher
from .domain import Task


class TaskNotFoundError(Exception):
    """The task does not exist."""


class CreateTaskService:
    """Creates a task."""

    def __init__(self, repository: DynamoDBTaskRepository, publisher: SNSEventPublisher) -> None:
        self._repository = repository
        self._publisher = publisher

    def execute(self, user_id: str, title: str, description: str) -> Task:
        """Save the task, then publish its events. A crash in between loses the events."""
        task = Task.create(user_id, title, description)
        self._repository.save(task)
        for event in task.events:
            self._publisher.publish(event)
        return task


class GetTaskService:
    """Finds a task."""

    def __init__(self, repository: DynamoDBTaskRepository) -> None:
        self._repository = repository

    def execute(self, task_id: str) -> Task:
        """Returns the task. Raises TaskNotFoundError."""
        task = self._repository.find_by_id(task_id)
        if task is None:
            raise TaskNotFoundError(task_id)
        return task


class ListTasksService:
    """Lists a user's tasks."""

    def __init__(self, repository: DynamoDBTaskRepository) -> None:
        self._repository = repository

    def execute(self, user_id: str, limit: int) -> list[Task]:
        """Returns the user's tasks, newest first."""
        return self._repository.find_by_user(user_id, limit)


class CompleteTaskService:
    """Completes a task."""

    def __init__(self, repository: DynamoDBTaskRepository, publisher: SNSEventPublisher) -> None:
        self._repository = repository
        self._publisher = publisher

    def execute(self, task_id: str) -> Task:
        """Read, change, save, publish. Raises TaskNotFoundError."""
        task = self._repository.find_by_id(task_id)
        if task is None:
            raise TaskNotFoundError(task_id)
        task.complete()
        self._repository.save(task)
        for event in task.events:
            self._publisher.publish(event)
        return task
