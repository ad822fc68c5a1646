"""The baseline's task and its events."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, Field


class TaskStatus(StrEnum):
    """The status of a task."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"


class DomainEvent(BaseModel):
    """Something that happened to a task."""

    event_id: str = Field(default_factory=lambda: str(uuid4()))
    event_type: str
    timestamp: str
    aggregate_id: str
    data: dict[str, Any]


class CreateTaskInput(BaseModel):
    """The input of createTask."""

    user_id: str = Field(alias="userId", min_length=1)
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=1000)


class Task(BaseModel):
    """A task and the events that it raised since it was loaded or created."""

    id: str
    user_id: str
    title: str
    description: str
    status: TaskStatus
    created_at: str
    updated_at: str
    completed_at: str | None = None
    events: list[DomainEvent] = Field(default_factory=list, exclude=True)

    @classmethod
    def create(cls, user_id: str, title: str, description: str) -> "Task":
        """Returns a pending task that has raised TaskCreated."""
        now = datetime.now(UTC).isoformat()
        task = cls(
            id=f"task-{uuid4()}",
            user_id=user_id,
            title=title,
            description=description,
            status=TaskStatus.PENDING,
            created_at=now,
            updated_at=now,
        )
        task.record("TaskCreated")
        return task

    def complete(self) -> None:
        """Complete the task. Raises ValueError when it is completed already."""
        if self.status is TaskStatus.COMPLETED:
            raise ValueError("Task is already completed")
        self.status = TaskStatus.COMPLETED
        self.completed_at = self.updated_at = datetime.now(UTC).isoformat()
        self.record("TaskStatusChanged")
        self.record("TaskCompleted")

    def record(self, event_type: str) -> None:
        """Record an event with a snapshot of the task."""
        self.events.append(
            DomainEvent(
                event_type=event_type,
                timestamp=self.updated_at,
                aggregate_id=self.id,
                data=self.model_dump(mode="json"),
            )
        )
