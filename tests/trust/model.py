"""A model of the API in memory, which is the reference for the real API."""

from collections.abc import Callable
from dataclasses import dataclass, field
from unicodedata import normalize

from domain.status import TRANSITIONS
from tests.moves import moves
from tests.trust.callers import Caller

MOVES = {f"{move.__name__}Task": str(status) for status, move in moves().items()}
"""The status to which each mutation moves a task."""
FOLLOWS = {str(status): {str(next_) for next_ in following} for status, following in TRANSITIONS.items()}
RAISED = {"COMPLETED": ["TaskCompleted"], "PENDING": ["TaskReopened"]}
"""The events that a change to the status raises in addition to TaskStatusChanged."""
TOKEN_FORM = {chr(code) for code in range(0x21, 0x7F)}
Text = str | None
Statuses = tuple[str, ...] | None
Position = tuple[str, str]
"""The position of a task in lists: its creation time and its id."""


class Refused(Exception):
    """The expected error: its type and the entries that its info must have."""

    def __init__(self, error_type: str, **info: object) -> None:
        super().__init__(error_type)
        self.error_type, self.info = error_type, info


@dataclass
class ModelTask:
    """The expected state of a task.

    `asked` holds the details that the client token stands for, and `outbox` the events of the last change.
    """

    id: str
    owner: str
    title: str
    description: str
    created_at: str
    asked: tuple[str, str]
    status: str = "PENDING"
    version: int = 1
    deleted: bool = False
    outbox: list[str] = field(default_factory=lambda: ["TaskCreated"])

    @property
    def position(self) -> Position:
        return self.created_at, self.id

    def changed(self, *events: str) -> "ModelTask":
        self.version += 1
        self.outbox = list(events)
        return self


class Model:
    """All tasks and client tokens. Methods return what the API must return, or raise Refused."""

    def __init__(self) -> None:
        self.tasks: dict[str, ModelTask] = {}
        self.tokens: dict[tuple[str, str], ModelTask] = {}

    def create(
        self, caller: Caller, owner: Text, title: str, description: Text, token: Text, named: Callable[[], Position]
    ) -> ModelTask:
        """Create a task. `named` returns the creation time and the id that the API chose."""
        # The form of an input is checked before the caller.
        if token is not None and not set(token) <= TOKEN_FORM:
            raise Refused("ValidationError", field="clientToken")
        asked = _title(title), description or ""
        owner = self.owner(caller, owner)
        if token is not None and (known := self.tokens.get((owner, token))):
            if known.deleted or known.asked != asked:
                raise Refused("Conflict", field="clientToken")
            return known
        created_at, id_ = named()
        assert id_ not in self.tasks, "an id was given twice"
        task = self.tasks[id_] = ModelTask(id_, owner, *asked, created_at, asked)
        if token is not None:
            self.tokens[owner, token] = task
        return task

    def find(self, caller: Caller, id_: str) -> ModelTask:
        """Returns a task that the caller may see."""
        self._check_form(id_, None)
        if not caller.is_known:
            raise Refused("Unauthorized")
        task = self.tasks.get(id_)
        if task is None or task.deleted or not caller.may_act_for(task.owner):
            raise Refused("TaskNotFound", id=id_)
        return task

    def update(self, caller: Caller, id_: str, title: Text, description: Text, expected: int | None) -> ModelTask:
        """Edit a task. An edit without effect changes nothing."""
        self._check_form(id_, expected)
        wanted_title = None if title is None else _title(title)
        task = self.find_version(caller, id_, expected)
        if title is None and description is None:
            raise Refused("ValidationError", field="input")
        wanted = wanted_title or task.title, task.description if description is None else description
        if task.status in ("COMPLETED", "CANCELLED"):
            raise Refused(
                "InvalidTransition", currentStatus=task.status, wantedStatus=None, currentVersion=task.version
            )
        if wanted == (task.title, task.description):
            return task
        task.title, task.description = wanted
        return task.changed("TaskUpdated")

    def _check_form(self, id_: str, expected: int | None) -> None:
        """Refuse what has not the form of an input, which is checked before the caller."""
        if "#" in id_:
            raise Refused("ValidationError", field="id")
        if expected is not None and expected < 1:
            raise Refused("ValidationError", field="expectedVersion")

    def find_version(self, caller: Caller, id_: str, expected: int | None) -> ModelTask:
        """Returns a task that the caller may see and that has the expected version, if there is one."""
        self._check_form(id_, expected)
        task = self.find(caller, id_)
        if expected not in (None, task.version):
            raise Refused("Conflict", currentVersion=task.version, currentStatus=task.status)
        return task

    def move(self, caller: Caller, mutation: str, id_: str, expected: int | None) -> ModelTask:
        """Change the status of a task, or delete it."""
        task = self.find_version(caller, id_, expected)
        if mutation == "deleteTask":
            task.deleted = True
            return task.changed("TaskDeleted")
        wanted = MOVES[mutation]
        if wanted not in FOLLOWS[task.status]:
            raise Refused(
                "InvalidTransition", currentStatus=task.status, wantedStatus=wanted, currentVersion=task.version
            )
        task.status = wanted
        return task.changed("TaskStatusChanged", *RAISED.get(wanted, []))

    def list(
        self,
        caller: Caller,
        owner: Text,
        statuses: Statuses,
        issued_for: tuple[str, Statuses] | None,
        after: Position | None,
    ) -> "list[ModelTask]":
        """Returns a user's tasks, newest first. A token that this list issued continues after its position."""
        if caller.is_known and statuses is not None and (not statuses or len(set(statuses)) < len(statuses)):
            raise Refused("ValidationError", field="statuses")
        owner = self.owner(caller, owner)
        wanted = set(FOLLOWS if statuses is None else statuses)
        if issued_for is not None:
            first_owner, first_statuses = issued_for
            if (first_owner, set(FOLLOWS if first_statuses is None else first_statuses)) != (owner, wanted):
                raise Refused("ValidationError", field="nextToken")
        found = (task for task in self.tasks.values() if task.owner == owner and task.status in wanted)
        live = (task for task in found if not task.deleted and (after is None or task.position < after))
        return sorted(live, key=lambda task: task.position, reverse=True)

    def owner(self, caller: Caller, named: Text) -> str:
        """Returns the user whose tasks the call concerns."""
        if not caller.is_known:
            raise Refused("Unauthorized")
        if named is None and caller.user is None:
            raise Refused("ValidationError", field="userId")
        owner = named or caller.user or ""
        if not caller.may_act_for(owner):
            raise Refused("Unauthorized")
        return owner


def _title(title: str) -> str:
    kept = normalize("NFC", title.strip())
    if not 1 <= len(kept) <= 200 or set("\a\ud800") & set(kept) or set(kept) <= set("\u200b\u2800 "):
        raise Refused("ValidationError", field="title")
    return kept
