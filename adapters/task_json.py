"""Tasks and events in the schema's words: what resolvers answer, messages carry and live updates tell."""

from collections.abc import Mapping

from adapters.timestamps import to_text
from domain.events import TaskSnapshot

# The schema's TaskEventType for each event.
EVENT_NAMES: Mapping[str, str] = {
    "TaskCreated": "CREATED",
    "TaskUpdated": "UPDATED",
    "TaskStatusChanged": "STATUS_CHANGED",
    "TaskCompleted": "COMPLETED",
    "TaskReopened": "REOPENED",
    "TaskDeleted": "DELETED",
}


def snapshot_json(task: TaskSnapshot) -> dict[str, str | int | None]:
    """A task as JSON: the schema's `Task` without its history, and `TaskSnapshotInput` to the letter."""
    return {
        "id": str(task.id),
        "userId": str(task.user_id),
        "title": task.title,
        "description": task.description,
        "status": str(task.status),
        "createdAt": to_text(task.created_at),
        "updatedAt": to_text(task.updated_at),
        "completedAt": to_text(task.completed_at) if task.completed_at else None,
        "version": task.version,
    }
