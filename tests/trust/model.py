"""A model of the API in memory, which is the reference for the real API."""

from collections.abc import Callable, Sequence
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
    due: Text
    created_at: str
    rank: str
    request: tuple[str, str, Text]
    status: str = "PENDING"
    version: int = 1
    deleted: bool = False
    outbox: list[str] = field(default_factory=lambda: ["TaskCreated"])

    @property
    def position(self) -> Position:
        return self.created_at, self.id

    @property
    def place(self) -> Position:
        """The place in the manual order."""
        return self.rank, self.id

    @property
    def is_open(self) -> bool:
        return not self.deleted and self.status in ("PENDING", "IN_PROGRESS")

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
        self,
        caller: Caller,
        owner: Text,
        details: tuple[str, Text, Text],
        token: Text,
        named: Callable[[], tuple[str, str, str]],
    ) -> ModelTask:
        """Create a task with a title, a description and a due day.

        `named` returns the creation time, the id and the rank that the API chose.
        """
        title, description, due = details
        # The form of an input is checked before the caller.
        if token is not None and not set(token) <= TOKEN_FORM:
            raise Refused("ValidationError", field="clientToken")
        request = _title(title), description or "", due
        owner = self.owner(caller, owner)
        if token is not None and (known := self.tokens.get((owner, token))):
            if known.deleted or known.request != request:
                raise Refused("Conflict", field="clientToken")
            return known
        created_at, id_, rank = named()
        assert id_ not in self.tasks, "an id was given twice"
        task = self.tasks[id_] = ModelTask(id_, owner, *request, created_at, rank, request)
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

    def update(
        self, caller: Caller, id_: str, details: tuple[Text, Text, Text], clears: bool, expected: int | None
    ) -> ModelTask:
        """Edit a task's title, description and due day. An edit without effect changes nothing."""
        title, description, due = details
        self._check_form(id_, expected)
        wanted_title = None if title is None else _title(title)
        task = self.find_version(caller, id_, expected)
        if due is not None and clears:
            raise Refused("ValidationError", field="clear")
        if details == (None, None, None) and not clears:
            raise Refused("ValidationError", field="input")
        wanted = (
            wanted_title or task.title,
            task.description if description is None else description,
            None if clears else due or task.due,
        )
        if task.status in ("COMPLETED", "CANCELLED"):
            raise Refused(
                "InvalidTransition", currentStatus=task.status, wantedStatus=None, currentVersion=task.version
            )
        if wanted == (task.title, task.description, task.due):
            return task
        task.title, task.description, task.due = wanted
        return task.changed("TaskUpdated")

    def place(
        self,
        caller: Caller,
        id_: str,
        neighbors: tuple[Text, Text],
        expected: int | None,
        ranked: Callable[[], str],
    ) -> ModelTask:
        """Move a task between its neighbors in the manual order. `ranked` returns the rank that the API chose."""
        named = {name: neighbor for name, neighbor in zip(("after", "before"), neighbors, strict=True) if neighbor}
        self._check_form(id_, expected)
        if not caller.is_known:
            raise Refused("Unauthorized")
        if not named:
            raise Refused("ValidationError", field="after")
        for name, neighbor in named.items():
            if neighbor == id_:
                raise Refused("ValidationError", field=name)
        if len(set(named.values())) < len(named):
            raise Refused("ValidationError", field="before")
        task = self.find(caller, id_)
        tasks = {name: self.tasks[neighbor] for name, neighbor in named.items()}
        for name, beside in tasks.items():
            if beside.deleted or beside.owner != task.owner:
                raise Refused("ValidationError", field=name)
        low = tasks["after"].place if "after" in tasks else ("", "")
        high = tasks["before"].place if "before" in tasks else ("~", "")
        if not low < high:
            raise Refused("ValidationError", field="before")
        self.find_version(caller, id_, expected)
        if low < task.place < high:
            return task
        task.rank = ranked()
        assert low[0] < task.rank < high[0]
        return task.changed("TaskMoved")

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
        tasks = (task for task in self.tasks.values() if task.owner == owner and task.status in wanted)
        live = (task for task in tasks if not task.deleted and (after is None or task.position < after))
        return sorted(live, key=lambda task: task.position, reverse=True)

    def due_first(self, caller: Caller, owner: Text, days: tuple[Text, Text]) -> Sequence[ModelTask]:
        """Returns a user's open tasks that are due between these days, by day."""
        owner = self.owner(caller, owner)
        first, last = days
        due = ((task.due, task) for task in self.tasks.values() if task.owner == owner and task.is_open)
        dated = [(day, task.id, task) for day, task in due if day and (first or day) <= day <= (last or day)]
        return [task for _, _, task in sorted(dated, key=lambda entry: entry[:2])]

    def with_text(self, caller: Caller, owner: Text, text: str) -> Sequence[ModelTask]:
        """Returns a user's tasks whose title or description has the text, newest first."""
        tasks = self.list(caller, owner, None, None, None)
        return [task for task in tasks if any(_plain(text) in _plain(each) for each in (task.title, task.description))]

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
    normalized = normalize("NFC", title.strip())
    if not 1 <= len(normalized) <= 200 or set("\a\ud800") & set(normalized) or set(normalized) <= set("\u200b\u2800 "):
        raise Refused("ValidationError", field="title")
    return normalized


def _plain(text: str) -> str:
    """Returns a text of the test's alphabet without case and accents."""
    return normalize("NFD", text).replace("\u0301", "").upper()
