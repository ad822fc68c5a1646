"""Lists the tasks of a user in pages."""

from dataclasses import dataclass

from domain.errors import ValidationError
from domain.ports import Page, TaskQuery, TaskRepository

DEFAULT_LIMIT = 20
MAXIMUM_LIMIT = 100


@dataclass(frozen=True, slots=True)
class ListTasks:
    """The use case that lists tasks, newest first."""

    tasks: TaskRepository

    def __call__(self, query: TaskQuery, limit: int | None, next_token: str | None) -> Page:
        """Returns one page.

        Raises ValidationError for a limit outside 1 to 100 and for a token that another query issued.
        """
        size = DEFAULT_LIMIT if limit is None else limit
        if not 1 <= size <= MAXIMUM_LIMIT:
            raise ValidationError("limit", f"must be 1 to {MAXIMUM_LIMIT}")
        return self.tasks.list(query, size, next_token)
