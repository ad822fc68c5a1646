"""What the API is meant to do, in memory: the reference that the real one is compared with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.trust.callers import Caller

MOVES = {"startTask": "IN_PROGRESS", "completeTask": "COMPLETED", "cancelTask": "CANCELLED"}
FOLLOWS = {"PENDING": {"IN_PROGRESS", "COMPLETED", "CANCELLED"}, "IN_PROGRESS": {"COMPLETED", "CANCELLED"}}
TOKEN_FORM = {chr(code) for code in range(0x21, 0x7F)}


class Refused(Exception):
    """The error that is expected: its type, and what its info must hold at least."""

    def __init__(self, error_type: str, **info: object) -> None:
        super().__init__(error_type)
        self.error_type = error_type
        self.info = info


@dataclass
class ModelTask:
    """A task as it is meant to be; `outbox` is what its last change raised."""

    id: str
    owner: str
    title: str
    description: str
    created_at: str
    content: tuple[str, str] | None
    status: str = "PENDING"
    version: int = 1
    deleted: bool = False
    outbox: list[str] = field(default_factory=lambda: ["TaskCreated"])

    @property
    def position(self) -> tuple[str, str]:
        """Where it stands in lists."""
        return self.created_at, self.id


class Model:
    """All tasks and client tokens. Methods answer what the API must answer, or raise Refused."""

    def __init__(self) -> None:
        self.tasks: dict[str, ModelTask] = {}
        self.tokens: dict[tuple[str, str], ModelTask] = {}

    def create(
        self,
        caller: Caller,
        owner: str | None,
        title: str,
        description: str | None,
        token: str | None,
        named: Callable[[], tuple[str, str]],
    ) -> ModelTask:
        """`named` tells the id and creation time that the API chose, where it is free to choose."""
        owner = self.owner(caller, owner)
        if token is not None and not set(token) <= TOKEN_FORM:
            raise Refused("ValidationError", field="clientToken")
        content = _title(title), description or ""
        if token is not None and (known := self.tokens.get((owner, token))):
            if known.deleted or known.content != content:
                raise Refused("Conflict", field="clientToken")
            return known
        id_, created_at = named()
        assert id_ not in self.tasks, "an id was given twice"
        task = ModelTask(id_, owner, *content, created_at=created_at, content=content if token else None)
        self.tasks[id_] = task
        if token is not None:
            self.tokens[owner, token] = task
        return task

    def find(self, caller: Caller, id_: str) -> ModelTask:
        """A task that the caller may see."""
        _known(caller)
        if "#" in id_:
            raise Refused("ValidationError", field="id")
        task = self.tasks.get(id_)
        if task is None or task.deleted or not _may(caller, task.owner):
            raise Refused("TaskNotFound", id=id_)
        return task

    def update(
        self, caller: Caller, id_: str, title: str | None, description: str | None, expected: int | None
    ) -> ModelTask:
        """An edit; one that changes nothing leaves everything as it is."""
        if expected is not None and expected < 1:
            raise Refused("ValidationError", field="expectedVersion")
        task = self.find(caller, id_)
        if expected not in (None, task.version):
            raise Refused("Conflict", currentVersion=task.version)
        if title is None and description is None:
            raise Refused("ValidationError", field="input")
        wanted = (
            task.title if title is None else _title(title),
            task.description if description is None else description,
        )
        if task.status not in FOLLOWS:
            raise Refused("InvalidTransition", currentStatus=task.status, wantedStatus=None)
        if wanted != (task.title, task.description):
            task.title, task.description = wanted
            _changed(task, "TaskUpdated")
        return task

    def move(self, caller: Caller, mutation: str, id_: str) -> ModelTask:
        """A change of status, or a deletion."""
        task = self.find(caller, id_)
        if mutation == "deleteTask":
            task.deleted = True
            return _changed(task, "TaskDeleted")
        wanted = MOVES[mutation]
        if wanted not in FOLLOWS.get(task.status, ()):
            raise Refused("InvalidTransition", currentStatus=task.status, wantedStatus=wanted)
        task.status = wanted
        return _changed(task, "TaskStatusChanged", *(["TaskCompleted"] if wanted == "COMPLETED" else []))

    def list(
        self,
        caller: Caller,
        owner: str,
        status: str | None,
        issued_for: tuple[str, str | None] | None = None,
        after: tuple[str, str] | None = None,
    ) -> "list[ModelTask]":
        """A user's tasks, newest first; with a token, from its position on, if it was issued for this list."""
        self.owner(caller, owner)
        if issued_for not in (None, (owner, status)):
            raise Refused("ValidationError", field="nextToken")
        found = [
            task
            for task in self.tasks.values()
            if task.owner == owner and not task.deleted and status in (None, task.status)
        ]
        found.sort(key=lambda task: task.position, reverse=True)
        return [task for task in found if after is None or task.position < after]

    def owner(self, caller: Caller, named: str | None) -> str:
        """Whose tasks are meant."""
        _known(caller)
        if named is None:
            if caller.user is None:
                raise Refused("ValidationError", field="userId")
            return caller.user
        if not _may(caller, named):
            raise Refused("Unauthorized")
        return named


def _known(caller: Caller) -> None:
    if not caller.is_known:
        raise Refused("Unauthorized")


def _may(caller: Caller, owner: str) -> bool:
    return caller.acts_for_anyone or caller.user == owner


def _title(title: str) -> str:
    if not 1 <= len(title.strip()) <= 200 or "\a" in title:
        raise Refused("ValidationError", field="title")
    return title.strip()


def _changed(task: ModelTask, *events: str) -> ModelTask:
    task.version += 1
    task.outbox = list(events)
    return task
